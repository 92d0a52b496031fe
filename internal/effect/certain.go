package effect

import "github.com/safemig/safemig/internal/catalog"

// failsIfThere says that the server refuses to create a relation, where it is
// certain that there is one of the name. What stands in the body of a DO may be
// under a condition, and is not asked.
func (o *of) failsIfThere(e *Effect, n catalog.Name) {
	if old := o.c.Exists(n); old != nil && !o.body {
		e.Detail.Fails, e.Detail.SQLState = "relation "+n.String()+" already exists", "42P07"
		e.Change = nil
	}
}

// systemColumns are those that every table has.
var systemColumns = map[string]bool{"tableoid": true, "xmin": true, "cmin": true, "xmax": true, "cmax": true, "ctid": true, "oid": true}

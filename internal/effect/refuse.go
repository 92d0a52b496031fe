package effect

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/migration"
)

// refusal is why the server refuses the statement, whatever the rows are.
type refusal struct {
	why, state string
	span       migration.Span
}

// refuse notes that the server refuses the statement; the first reason counts.
// What stands in the body of a DO or of a function may be under a condition, and
// is not asked.
func (o *of) refuse(state, format string, args ...any) {
	if o.refused == nil && !o.body {
		o.refused = &refusal{fmt.Sprintf(format, args...), state, o.span()}
	}
}

// settle puts the refusal on the effect of the clause that it is about. A
// statement that is refused changes nothing.
func (o *of) settle() {
	if o.refused == nil || len(o.out) == 0 {
		return
	}
	at := 0
	for i := range o.out {
		if o.out[i].Detail.Fails != "" {
			return
		}
		if o.out[at].Span != o.refused.span && o.out[i].Span == o.refused.span && o.out[i].Op != Also {
			at = i
		}
	}
	o.out[at].Detail.Fails, o.out[at].Detail.SQLState = o.refused.why, o.refused.state
	for i := range o.out {
		o.out[i].Change = nil
	}
}

// failsIfThere says that the server refuses to create a relation, where it is
// certain that there is one of the name.
func (o *of) failsIfThere(e *Effect, n catalog.Name) {
	if old := o.c.Exists(n); old != nil && !o.body {
		e.Detail.Fails, e.Detail.SQLState = "relation "+n.String()+" already exists", "42P07"
		e.Change = nil
	}
}

// systemColumns are those that every table has (heap.c, SystemAttributes).
var systemColumns = map[string]bool{"tableoid": true, "xmin": true, "cmin": true, "xmax": true, "cmax": true, "ctid": true}

// lacks tells whether a relation certainly has no column of a name. One that the
// statement is about to create has no OID yet.
func (o *of) lacks(r *catalog.Relation, column string) bool {
	if column == "" || column == "*" || systemColumns[column] {
		return false
	}
	if r.OID != 0 {
		return o.c.HasColumn(r, column) == catalog.No
	}
	_, has := r.Column(column)
	return !has && !o.unsure
}

// needs notes that the server refuses the statement where a relation certainly
// has no such column.
func (o *of) needs(r *catalog.Relation, columns ...string) {
	for _, name := range columns {
		if r != nil && o.lacks(r, name) {
			o.refuse("42703", "%s has no column %s", r.Name, catalog.Quote(name))
		}
	}
}

// mentions is needs for the columns of an expression, in which the relation's
// own name stands for the whole row.
func (o *of) mentions(r *catalog.Relation, columns []string) {
	for _, name := range columns {
		if name != r.Name.Name {
			o.needs(r, name)
		}
	}
}

// twice gives the first name that a list has twice, "" for none.
func twice(names []string) string {
	seen := map[string]bool{}
	for _, n := range names {
		if n != "" && seen[n] {
			return n
		}
		seen[n] = true
	}
	return ""
}

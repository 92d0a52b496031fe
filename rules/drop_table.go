package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// DropTable reports DROP TABLE of a table that was there before: its rows are
// gone, and code that still uses it fails.
var DropTable = register(Rule{
	ID:       "drop-table",
	Summary:  "DROP TABLE loses the table's rows and breaks code that uses it",
	Category: DataLoss,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.DropTable) {
			if p.made(*a.Effect) {
				continue // the migration's own
			}
			f := p.about(a, *a.Effect, "")
			f.Message = fmt.Sprintf("DROP TABLE loses the rows of %s", a.Target)
			f.Consequence = "running code that still uses the table fails from the commit on"
			if others := p.lockedBesides(a); others != "" {
				f.Consequence += fmt.Sprintf("; it takes %s on %s too", effect.AccessExclusive, others)
			}
			if r := p.Catalog.Get(a.OID); a.Detail.IfExists && (r == nil || r.Assumed) {
				f.Severity = Warning // no migration created it: perhaps it is not there
			}
			f.Hint = "first deploy code that does not use the table\n" +
				"then drop it, with a comment before the statement: -- safemig:ignore drop-table and the reason"
			p.Report(f)
		}
	},
})

// lockedBesides names the tables that others use and that the action locks for
// the sake of its own: those that foreign keys reference, a partitioned parent.
// Partitions and views go with it.
func (p *Pass) lockedBesides(a action) string {
	var names []string
	for _, e := range a.also {
		r := p.Catalog.Get(e.OID)
		isTable := r != nil && (r.Kind == catalog.Table || r.Kind == catalog.PartitionedTable) && !r.IsPartition
		if name := e.Target.String(); isTable && e.Lock == effect.AccessExclusive && !p.IsNew(e) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

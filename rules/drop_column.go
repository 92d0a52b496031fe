package rules

import (
	"fmt"
	"slices"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// DropColumn reports DROP COLUMN of a column that was there before: its values
// are gone, and code that still names it fails.
var DropColumn = register(Rule{
	ID:       "drop-column",
	Summary:  "DROP COLUMN loses the column's values and breaks code that names it",
	Category: DataLoss,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.DropColumn) {
			if a.NoOp || p.made(*a.Effect) || p.madeColumn(*a.Effect) {
				continue // not there, or the migration's own
			}
			f := p.about(a, *a.Effect, "")
			f.Message = fmt.Sprintf("DROP COLUMN %s loses its values in %s", catalog.Quote(a.Column), a.Target)
			f.Consequence = "running code that still names the column fails from the commit on"
			if also := p.goesWithColumn(a); also != "" {
				f.Consequence += "; " + also + " over other columns too goes with it"
			}
			f.Hint = "first deploy code that does not name the column, in SELECT * and ORM models neither\n" +
				"then drop it, with a comment before the statement: -- safemig:ignore drop-column and the reason"
			p.Report(f)
		}
	},
})

// goesWithColumn names a constraint or index over the column and others: DROP
// COLUMN takes it along without a word (RemoveAttributeById, heap.c).
func (p *Pass) goesWithColumn(a action) string {
	r := p.Catalog.Get(a.OID)
	if r == nil {
		return ""
	}
	for _, k := range r.Constraints {
		if len(k.Columns) > 1 && k.Kind != catalog.Check && slices.Contains(k.Columns, a.Column) {
			return "the constraint " + catalog.Quote(k.Name)
		}
	}
	for _, oid := range r.Indexes {
		if ix := p.Catalog.Get(oid); ix != nil && len(ix.Keys) > 1 && slices.Contains(ix.Keys, a.Column) {
			return "the index " + catalog.Quote(ix.Name.Name)
		}
	}
	return ""
}

package rules

import (
	"fmt"
	"slices"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// DropUnique reports a unique constraint or index that goes without another in
// its place: INSERT … ON CONFLICT on its columns is refused from then on.
var DropUnique = register(Rule{
	ID:       "drop-unique",
	Summary:  "dropping a unique constraint or index breaks ON CONFLICT, and lets duplicates in",
	Category: Breaking,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.DropConstraint, effect.DropIndex},
	Section: func(p *SectionPass) {
		if p.Down {
			return
		}
		for i, effects := range p.Effects {
			for k, e := range effects {
				table, columns := e.OID, e.Detail.Columns
				what := "DROP CONSTRAINT " + catalog.Quote(e.Object)
				switch {
				case e.Op == effect.DropConstraint && e.Detail.Unknown != catalog.Yes && e.Detail.Kind == catalog.Unique: // of a primary key replica-identity-lost speaks
				case e.Op == effect.DropIndex && e.Detail.Unique:
					table, what = tableOf(effects[k:]), "DROP INDEX "+e.Target.Short()
				default:
					continue
				}
				if e.NoOp || e.New || e.Same || table == 0 || p.refused(i) || p.undone(i) || p.uniqueAgain(table) {
					continue
				}
				r := p.Catalog.Get(table)
				if r == nil || r.Migration == p.Catalog.Migration && r.Migration != 0 {
					continue // gone as well, or the migration's own
				}
				f := p.on(i, e)
				f.Relation = r.Name.String()
				f.Message = fmt.Sprintf("%s: nothing keeps %s of %s unique any more", what, columnList(columns), r.Name)
				if len(columns) == 0 || slices.Contains(columns, "") {
					f.Message = fmt.Sprintf("%s: nothing keeps the rows of %s unique in that way any more", what, r.Name)
				}
				f.Consequence = "INSERT … ON CONFLICT on it fails with SQLSTATE 42P10 from the commit on; duplicates get in, and keep it from being added again"
				f.Hint = "first deploy code that does not need it\nor add the one that takes its place first"
				p.Report(f)
			}
		}
	},
})

// uniqueAgain tells whether the section makes something of a table unique.
func (p *SectionPass) uniqueAgain(table catalog.OID) bool {
	for _, effects := range p.Effects {
		for _, e := range effects {
			switch e.Op {
			case effect.AddUnique, effect.AddPrimaryKey, effect.AddExclusion:
			case effect.CreateIndex:
				if !e.Detail.Unique {
					continue
				}
			case effect.DropColumn: // it went with the column, which is reported
			default:
				continue
			}
			if e.OID == table {
				return true
			}
		}
	}
	return false
}

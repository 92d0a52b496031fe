package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// ConstraintNotEnforced reports a constraint that the history leaves NOT ENFORCED
// (PostgreSQL 18): it keeps nothing out.
var ConstraintNotEnforced = register(Rule{
	ID:       "constraint-not-enforced",
	Summary:  "a NOT ENFORCED constraint keeps nothing out",
	Category: Hygiene,
	Severity: Info,
	Since:    "0.1.0",
	History: func(p *HistoryPass) {
		for _, r := range p.Catalog.Relations() {
			for _, k := range r.Constraints {
				if !k.NotEnforced || k.Inherited || k.Migration == 0 || k.Migration > len(p.Migrations) {
					continue
				}
				f := p.where(k.Migration, func(e effect.Effect) bool {
					return e.Object == k.Name && (e.Op == effect.AddCheck || e.Op == effect.AddForeignKey) || e.Op == effect.CreateTable && e.Target == r.Name
				})
				f.Relation = r.Name.String()
				f.Message = fmt.Sprintf("%s of %s is NOT ENFORCED: rows may break it", catalog.Quote(k.Name), r.Name)
				f.Consequence = "neither old rows nor new ones are checked, and who reads the schema may believe that they are"
				f.Hint = "NOT VALID, which checks new rows, and VALIDATE CONSTRAINT in a later migration"
				p.Report(f)
			}
		}
	},
})

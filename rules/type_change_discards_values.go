package rules

import (
	"fmt"
	"slices"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// TypeChangeDiscardsValues reports USING that does not speak of the column whose
// type changes: what it held is gone.
var TypeChangeDiscardsValues = register(Rule{
	ID:       "type-change-discards-values",
	Summary:  "USING makes the new values without the old ones, which are lost",
	Category: DataLoss,
	Severity: Error,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.AlterType},
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.AlterType) {
			d := &a.Detail
			if !d.Using || slices.Contains(d.Columns, a.Column) || slices.Contains(d.Columns, "*") || slices.Contains(d.Columns, a.Target.Name) ||
				p.Down || p.made(*a.Effect) || p.madeColumn(*a.Effect) {
				continue
			}
			f := p.about(a, *a.Effect, "")
			f.Message = fmt.Sprintf("USING does not speak of %s: its values in %s are lost", catalog.Quote(a.Column), a.Target)
			f.Consequence = "every row gets a value that has nothing to do with the one it had"
			f.Hint = "write USING over the column itself\n" +
				"or add a column of the new type and leave this one alone until nobody needs it"
			p.Report(f)
		}
	},
})

package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// TypeNarrowing reports a change to a type that does not hold all values of the
// old one: they are rounded, cut off, or the statement fails.
var TypeNarrowing = register(Rule{
	ID:       "type-narrowing",
	Summary:  "a column gets a type that does not hold all of its values",
	Category: DataLoss,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.AlterType},
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.AlterType) {
			if a.Detail.Narrows == "" || p.Down || p.made(*a.Effect) || p.madeColumn(*a.Effect) {
				continue // where USING computes, it says what becomes of them
			}
			f := p.about(a, *a.Effect, "")
			f.Message = fmt.Sprintf("%s of %s from %s to %s: %s", catalog.Quote(a.Column), a.Target, a.Detail.OldType, a.Detail.Type, a.Detail.Narrows)
			f.Consequence = "the migration fails as soon as one row has such a value"
			f.Hint = "first find such values on production, and keep the old column until nobody needs it"
			if a.Detail.Loses {
				f.Consequence = "nothing fails, and nothing brings it back"
			}
			p.Report(f)
		}
	},
})

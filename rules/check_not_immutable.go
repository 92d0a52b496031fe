package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// CheckNotImmutable reports a CHECK whose answer changes while the row does not.
var CheckNotImmutable = register(Rule{
	ID:       "check-not-immutable",
	Summary:  "a CHECK gives another answer another time: dumps of the table cannot be restored",
	Category: Failure,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.CreateTable, effect.AddCheck, effect.AddColumn},
	Section: func(p *SectionPass) {
		for i, effects := range p.Effects {
			for _, e := range effects {
				if e.Op != effect.CreateTable && e.Op != effect.AddCheck && e.Op != effect.AddColumn || e.NoOp || p.refused(i) {
					continue
				}
				r := p.Catalog.Lookup(e.Target)
				if r == nil {
					continue
				}
				for _, k := range r.Constraints {
					if k.Kind != catalog.Check || k.Unstable == "" || k.Inherited || k.Migration != p.Catalog.Migration || e.Op == effect.AddCheck && e.Object != k.Name {
						continue
					}
					f := p.on(i, e)
					f.Lock, f.Relation = "", r.Name.String()
					f.Message = fmt.Sprintf("the CHECK %s of %s calls %s, which gives another answer another time", catalog.Quote(k.Name), r.Name, k.Unstable)
					f.Consequence = "it is looked at when a row is written, never again: rows break it as time goes by, and a dump of them is not restored"
					f.Hint = "check it in a trigger, or in the application"
					p.Report(f)
					break
				}
			}
		}
	},
})

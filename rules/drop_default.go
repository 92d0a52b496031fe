package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// DropDefault reports DROP DEFAULT of a NOT NULL column that was there before:
// running code may leave the column out.
var DropDefault = register(Rule{
	ID:       "drop-default",
	Summary:  "a NOT NULL column loses its default: INSERTs that leave it out fail",
	Category: Breaking,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.DropDefault},
	Section: func(p *SectionPass) {
		if p.Down {
			return
		}
		for i, effects := range p.Effects {
			for _, e := range effects {
				if e.Op != effect.DropDefault || e.New || e.Same || p.refused(i) || p.undone(i) {
					continue
				}
				r := p.Catalog.Get(e.OID)
				if r == nil {
					continue
				}
				c, ok := r.Column(e.Column)
				if !ok || !c.NotNull || c.Default.Set || c.Identity != 0 || c.Generated != 0 || c.Migration != 0 || !e.Detail.HasDefault {
					continue // it has another, may be NULL, had one only until old code was gone, or never
				}
				f := p.on(i, e)
				f.Message = fmt.Sprintf("DROP DEFAULT of %s, which is NOT NULL in %s", catalog.Quote(e.Column), e.Target)
				f.Consequence = "INSERTs of running code that leave the column out fail with SQLSTATE 23502 from the commit on"
				f.Hint = "first deploy code that gives the column a value in every INSERT"
				p.Report(f)
			}
		}
	},
})

package rules

import (
	"github.com/safemig/safemig/internal/effect"
)

// OpaqueDoBlock reports SQL that is put together when it runs: nobody can tell
// from the text what it does.
var OpaqueDoBlock = register(Rule{
	ID:       "opaque-do-block",
	Summary:  "a DO block runs SQL that is not in the text, and is not checked",
	Category: Hygiene,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.Do},
	Section: func(p *SectionPass) {
		for i, effects := range p.Effects {
			for _, e := range effects {
				if e.Op != effect.Do || e.Object != "opaque" || p.refused(i) {
					continue
				}
				f := p.on(i, e)
				f.Lock, f.Relation = "", ""
				f.Message = "what is run here is not in the text: safemig has not checked it"
				f.Consequence = "locks, rewrites and losses that it brings are not reported"
				f.Hint = "write the statements out, or say in an ignore comment what they are"
				p.Report(f)
				break // one statement, one finding
			}
		}
	},
})

package rules

import (
	"fmt"
	"slices"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// SequenceNarrowed reports ALTER SEQUENCE … AS of a smaller type: it runs out
// sooner, perhaps at once.
var SequenceNarrowed = register(Rule{
	ID:       "sequence-narrowed",
	Summary:  "a sequence of a smaller type runs out sooner",
	Category: Failure,
	Severity: Warning,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.AlterSequence) {
			most := map[string]string{"integer": "2147483647", "smallint": "32767"}[a.Detail.Type]
			r := p.Catalog.Get(a.OID)
			if most == "" || p.made(*a.Effect) || r != nil && (r.SeqType == "int2" || r.SeqType == "int4" && a.Detail.Type == "integer") {
				continue
			}
			f := p.about(a, *a.Effect, "")
			f.Message = fmt.Sprintf("ALTER SEQUENCE AS %s: %s ends at %s, then nextval and every INSERT that takes its default fail", a.Detail.Type, a.Target, most)
			f.Hint = "leave it bigint, whatever the column is"
			p.Report(f)
		}
	},
})

// SequenceCycles reports a sequence that begins again at its end: what it gives
// out then was given out before.
var SequenceCycles = register(Rule{
	ID:       "sequence-cycles",
	Summary:  "a sequence with CYCLE gives out numbers twice",
	Category: Hygiene,
	Severity: Info,
	Since:    "0.1.0",
	Section: func(p *SectionPass) {
		for i, effects := range p.Effects {
			for _, e := range effects {
				set := e.Op == effect.CreateSequence || e.Op == effect.AlterSequence && slices.Contains(e.Detail.Names, "cycle")
				if r := p.Catalog.Lookup(e.Target); !set || e.NoOp || r == nil || r.Kind != catalog.Sequence || !r.Cycle || p.refused(i) {
					continue
				}
				f := p.on(i, e)
				f.Lock = ""
				f.Message = fmt.Sprintf("%s begins again at its end: a key that takes its default from it then collides", e.Target)
				f.Hint = "leave CYCLE out, and choose a type that does not run out"
				p.Report(f)
			}
		}
	},
})

package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/effect"
)

// NotRepeatableBeforeConcurrently reports a statement that commits by itself before
// a concurrent one of the same migration, and that does harm or fails when the
// migration is run again because the concurrent one failed.
var NotRepeatableBeforeConcurrently = register(Rule{
	ID:       "not-repeatable-before-concurrently",
	Summary:  "What commits before a concurrent statement is run again when that fails",
	Category: Failure,
	Severity: Warning,
	Since:    "0.1.0",
	Section: func(p *SectionPass) {
		last := -1
		for i, effects := range p.Effects {
			if _, no := effect.Forbidden(effects); no && !p.refused(i) {
				last = i
			}
		}
		for i := range max(last, 0) {
			if p.Stmts[i].Tx.Block() {
				continue
			}
			for _, e := range p.Effects[i] {
				why := ""
				switch {
				case e.Op == effect.Insert && e.Kind != "" && !p.isTemp(e.Target):
					if _, once := p.Stmts[i].Keyword("ON", "CONFLICT"); !once {
						why = "puts the rows in a second time"
					}
				case (e.Op == effect.CreateTable || e.Op == effect.AddColumn || e.Op == effect.CreateIndex && !e.Detail.Concurrent) &&
					!e.Detail.IfExists && !p.isTemp(e.Target):
					why = "fails here, for it is done already"
				}
				if why == "" {
					continue
				}
				f := p.on(i, e)
				f.Lock = ""
				f.Message = fmt.Sprintf("this commits by itself: when the concurrent statement on line %d fails, the next attempt %s", p.Line(&p.Stmts[last]), why)
				f.Hint = "give the concurrent statement a migration of its own"
				p.Report(f)
				break
			}
		}
	},
})

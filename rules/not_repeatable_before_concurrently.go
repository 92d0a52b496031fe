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
				f.Fix = p.repeatable(i, e)
				p.Report(f)
				break
			}
		}
	},
})

// repeatable puts IF NOT EXISTS into a statement that makes something: what is
// there on the next attempt is what this one made.
func (p *SectionPass) repeatable(i int, e effect.Effect) []Edit {
	s := &p.Stmts[i]
	for _, words := range map[effect.Op][][]string{effect.CreateTable: {{"TABLE"}}, effect.AddColumn: {{"ADD", "COLUMN"}, {"ADD"}}}[e.Op] {
		if at, ok := s.KeywordIn(e.Span, words...); ok && e.In == nil {
			return insert(p.Section, at.End, map[bool]string{true: " COLUMN", false: ""}[len(words) == 1 && words[0] == "ADD"]+" IF NOT EXISTS")
		}
	}
	return nil
}

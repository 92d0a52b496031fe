package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// TriggerDisabled reports DISABLE TRIGGER: the triggers of foreign keys are among
// ALL, and what is written meanwhile is never checked.
var TriggerDisabled = register(Rule{
	ID:       "trigger-disabled",
	Summary:  "triggers are disabled: foreign keys and audits do not see what is written",
	Category: Failure,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.DisableTrigger},
	Section: func(p *SectionPass) {
		for i, effects := range p.Effects {
			for _, e := range effects {
				if e.Op != effect.DisableTrigger || e.New || e.Same || p.refused(i) || p.undone(i) {
					continue
				}
				f := p.on(i, e)
				what := "TRIGGER " + catalog.Quote(e.Object)
				if e.Object == "ALL" || e.Object == "USER" {
					what = "TRIGGER " + e.Object
				}
				f.Message = fmt.Sprintf("DISABLE %s of %s is not taken back in this file", what, e.Target)
				f.Consequence = "what the triggers do is left out for every write from the commit on"
				if e.Object == "ALL" {
					f.Severity = Error
					f.Consequence = "foreign keys of the table and to it are not checked any more, from the commit on"
				}
				if p.enabledAgain(i, e) {
					if e.Object != "ALL" {
						continue // only the file's own rows are left out, which was the point
					}
					f.Severity = 0
					f.Message = fmt.Sprintf("DISABLE %s of %s: rows written up to ENABLE are never checked", what, e.Target)
					f.Consequence = "ENABLE TRIGGER does not look at them: rows that break a foreign key stay"
				}
				f.Hint = fmt.Sprintf("ALTER TABLE %s DISABLE TRIGGER USER;\nwhich leaves foreign keys on, and ENABLE TRIGGER USER at the end of the same transaction", e.Target.Short())
				if e.Object != "ALL" {
					f.Hint = fmt.Sprintf("at the end of the same transaction:\nALTER TABLE %s ENABLE %s;", e.Target.Short(), what)
				}
				p.Report(f)
			}
		}
	},
})

// enabledAgain tells whether a later statement enables triggers of the table.
func (p *SectionPass) enabledAgain(i int, e effect.Effect) bool {
	for _, effects := range p.Effects[i+1:] {
		for _, x := range effects {
			if x.Op == effect.EnableTrigger && x.Target == e.Target && (x.Object == e.Object || x.Object == "ALL" || x.Object == "USER" && e.Object != "ALL") {
				return true
			}
		}
	}
	return false
}

package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// CreateTriggerBlocksWrites reports CREATE TRIGGER on a table that others write
// to: it waits for their transactions, and new writes wait behind it.
var CreateTriggerBlocksWrites = register(Rule{
	ID:       "create-trigger-blocks-writes",
	Summary:  "CREATE TRIGGER waits for all writers, and new ones wait behind it",
	Category: Lock,
	Severity: Warning,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		if p.limited() || p.Down {
			return // the only way there is
		}
		for _, a := range p.actions(effect.CreateTrigger) {
			if p.IsNew(*a.Effect) || a.Same || a.Kind == catalog.View || p.Window.On(a.Target).BlocksWrites() {
				continue
			}
			f := p.about(a, *a.Effect, "")
			f.Message = fmt.Sprintf("CREATE TRIGGER %s takes %s on %s", catalog.Quote(a.Object), a.Lock, a.Target)
			f.Hint = lines(p.setLockTimeout(), "before it, and nothing after it in the transaction")
			p.Report(f)
		}
	},
})

// DropTriggerBlocksReads reports DROP TRIGGER: unlike CREATE TRIGGER it locks out
// readers too.
var DropTriggerBlocksReads = register(Rule{
	ID:       "drop-trigger-blocks-reads",
	Summary:  "DROP TRIGGER waits for every query on the table, and new ones wait behind it",
	Category: Lock,
	Severity: Warning,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		if p.limited() || p.Down {
			return // the only way there is
		}
		for _, a := range p.actions(effect.DropTrigger, effect.RenameTrigger) {
			if a.NoOp || p.IsNew(*a.Effect) || a.Same || a.Kind == catalog.View || p.Window.On(a.Target).BlocksReads() {
				continue
			}
			f := p.about(a, *a.Effect, "")
			what := "DROP TRIGGER"
			if a.Op == effect.RenameTrigger {
				what = "ALTER TRIGGER … RENAME"
			}
			f.Message = fmt.Sprintf("%s takes %s on %s", what, a.Lock, a.Target)
			f.Hint = lines(p.setLockTimeout(), "before it, and nothing after it in the transaction")
			if p.PG >= 14 && a.Op == effect.DropTrigger {
				f.Hint = lines(f.Hint, "a trigger that is only to be another: CREATE OR REPLACE TRIGGER, for which reads do not wait")
			}
			p.Report(f)
		}
	},
})

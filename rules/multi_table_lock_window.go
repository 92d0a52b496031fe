package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// MultiTableLockWindow reports a transaction that locks a second table for which
// others wait: until it gets that lock the first table is locked as well, and
// code that uses the tables in the other order deadlocks with it.
var MultiTableLockWindow = register(Rule{
	ID:       "multi-table-lock-window",
	Summary:  "one transaction holds locks on several tables that others wait for",
	Category: Lock,
	Severity: Warning,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		if _, _, long := p.longWork(); long {
			return // work-while-locked's
		}
		for _, e := range p.Effects {
			if !p.ownLock(e) || e.Work != 0 {
				continue // what works under its lock is reported for that
			}
			h, n := p.otherTables(e)
			if n != 1 || p.inOtherOrder(e) {
				continue // none yet, or reported where there was one, or by lock-order-inconsistent
			}
			f := Finding{
				Span:        e.Span,
				Message:     fmt.Sprintf("%s on %s is waited for while %s on %s is %s", e.Lock, e.Target, h.Lock, h.Target, p.since(h)),
				Consequence: fmt.Sprintf("who needs %s waits for both; code that uses them in the other order deadlocks", h.Target),
				Hint:        "put it in a migration of its own: one table for each transaction",
				Relation:    e.Target.String(),
				Lock:        e.Lock.String(),
			}
			if p.Down {
				f.Severity = Info
			}
			p.Report(f)
			return
		}
	},
})

// ownLock tells whether an effect is the action itself, not what it reaches
// besides, and locks a table that others use so that they wait.
func (p *Pass) ownLock(e effect.Effect) bool {
	return e.Op != effect.Also && holdsRows(e.Kind) && e.Lock.BlocksWrites() && !e.Brief && !p.IsNew(e) && !e.Same
}

func holdsRows(k catalog.Kind) bool {
	return k == catalog.Table || k == catalog.PartitionedTable || k == catalog.MatView
}

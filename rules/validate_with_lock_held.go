package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/effect"
)

// ValidateWithLockHeld reports VALIDATE CONSTRAINT in a transaction, or an ALTER
// TABLE, that holds a lock for which reads or writes of the table wait: they
// wait for the scan as well, which was to be avoided.
var ValidateWithLockHeld = register(Rule{
	ID:       "validate-with-lock-held",
	Summary:  "VALIDATE CONSTRAINT reads the table while a stronger lock is held",
	Category: Lock,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.ValidateConstraint) {
			e, where, ok := p.validatedUnder(a)
			if !ok {
				continue
			}
			f := p.about(a, e, "scan")
			f.Message = fmt.Sprintf("VALIDATE CONSTRAINT scans %s under %s, %s", e.Target, e.Lock, where)
			f.Hint = lines(laterMigration + alter(*a.Effect, p.Stmt.OneLine(a.Span)))
			p.Report(f)
		}
	},
})

// validatedUnder gives the table that a VALIDATE reads while reads or writes of
// it wait, with the lock that they wait for, and where that was taken.
func (p *Pass) validatedUnder(a action) (e effect.Effect, where string, ok bool) {
	for _, e := range a.reached() {
		if !e.Work.Has(effect.Scan) || p.idle(e) {
			continue
		}
		if e.Lock.BlocksWrites() {
			return e, "which another action of the statement takes", true
		}
		for _, h := range p.Window.Held {
			if h.Target == e.Target && h.Lock.BlocksWrites() {
				e.Lock = h.Lock
				return e, p.since(h), true
			}
		}
	}
	return e, "", false
}

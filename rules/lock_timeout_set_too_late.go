package rules

import "fmt"

// LockTimeoutSetTooLate reports a lock_timeout that is set after the transaction
// has waited for its first lock.
var LockTimeoutSetTooLate = register(Rule{
	ID:       "lock-timeout-set-too-late",
	Summary:  "lock_timeout is set after the first lock was waited for",
	Category: Hygiene,
	Severity: Warning,
	Since:    "0.1.0",
	Section: func(p *SectionPass) {
		for _, s := range p.lockTimeouts() {
			if s.ms == 0 || s.late == nil {
				continue
			}
			f := p.on(s.at, s.effect)
			f.Message = fmt.Sprintf("lock_timeout is set after %s on %s was waited for (line %d)", s.late.Lock, s.late.Target, p.Line(&p.Stmts[s.lateAt]))
			f.Consequence = "that wait had no limit, and the lock is held since"
			f.Hint = lines(setTimeout(s, s.effect.Detail.Value), "as the first statement")
			f.Relation, f.Lock = s.late.Target.String(), s.late.Lock.String()
			p.Report(f)
			return // once is enough
		}
	},
})

package rules

import "fmt"

// LockTimeoutTooLong reports a lock_timeout of more than ten seconds before a
// lock that others wait for.
var LockTimeoutTooLong = register(Rule{
	ID:       "lock-timeout-too-long",
	Summary:  "a lock is waited for longer than an application can stand still",
	Category: Hygiene,
	Severity: Warning,
	Since:    "0.1.0",
	Section: func(p *SectionPass) {
		for _, s := range p.lockTimeouts() {
			if s.ms <= 10e3 || s.covers == nil {
				continue
			}
			f := p.on(s.at, s.effect)
			f.Message = fmt.Sprintf("lock_timeout = '%s' lets every query on %s wait that long", s.effect.Detail.Value, s.covers.Target)
			f.Consequence = fmt.Sprintf("while %s is waited for, every other query waits behind it", s.covers.Lock)
			f.Hint = setTimeout(s, "2s")
			f.Relation, f.Lock = s.covers.Target.String(), s.covers.Lock.String()
			p.Report(f)
		}
	},
})

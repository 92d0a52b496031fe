package rules

import "fmt"

// LockTimeoutZero reports SET lock_timeout = 0 before a lock that others wait for:
// zero is no limit.
var LockTimeoutZero = register(Rule{
	ID:       "lock-timeout-zero",
	Summary:  "lock_timeout = 0 waits for a lock without limit",
	Category: Hygiene,
	Severity: Warning,
	Since:    "0.1.0",
	Section: func(p *SectionPass) {
		for _, s := range p.lockTimeouts() {
			if s.ms != 0 || s.covers == nil {
				continue
			}
			f := p.on(s.at, s.effect)
			f.Message = fmt.Sprintf("lock_timeout = 0 is no limit: %s on %s is waited for as long as it takes", s.covers.Lock, s.covers.Target)
			f.Consequence = "while it waits for one long query, every other one on the table waits behind it"
			f.Hint = setTimeout(s, "2s")
			f.Relation, f.Lock = s.covers.Target.String(), s.covers.Lock.String()
			p.Report(f)
		}
	},
})

// setTimeout gives the statement that sets it right.
func setTimeout(s timeoutSet, value string) string {
	if s.effect.Detail.Local {
		return "SET LOCAL lock_timeout = '" + value + "';"
	}
	return "SET lock_timeout = '" + value + "';"
}

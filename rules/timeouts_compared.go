package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/effect"
)

// LockTimeoutMasked reports a lock_timeout that is not below the statement_timeout:
// it never strikes.
var LockTimeoutMasked = register(Rule{
	ID:       "lock-timeout-masked",
	Summary:  "lock_timeout is not below statement_timeout, and never strikes",
	Category: Hygiene,
	Severity: Info,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.SetSetting},
	Check: func(p *Pass) {
		for _, e := range p.Effects {
			if e.Op != effect.SetSetting || e.Detail.Name != "lock_timeout" && e.Detail.Name != "statement_timeout" {
				continue
			}
			value := func(name string) (float64, string) {
				v, ok := p.Catalog.Setting(name)
				if e.Detail.Name == name {
					v, ok = e.Detail.Value, true
				}
				ms, known := effect.Milliseconds(v)
				if !ok || !known {
					ms = 0
				}
				return ms, v
			}
			lock, l := value("lock_timeout")
			all, s := value("statement_timeout")
			if lock == 0 || all == 0 || lock < all {
				continue
			}
			p.Report(Finding{Span: e.Span,
				Message:     fmt.Sprintf("lock_timeout = '%s' never strikes: statement_timeout = '%s' is there first", l, s),
				Consequence: "a statement that waited for its lock fails as one that ran too long does, with SQLSTATE 57014, and tools that try again after 55P03 do not",
				Hint:        "set lock_timeout to less than statement_timeout"})
		}
	},
})

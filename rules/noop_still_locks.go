package rules

import (
	"fmt"
	"strings"

	"github.com/safemig/safemig/internal/effect"
)

// NoopStillLocks reports a statement of which the history shows that it changes
// nothing: the lock is taken before that is found out.
var NoopStillLocks = register(Rule{
	ID:       "noop-still-locks",
	Summary:  "a statement changes nothing, and stops others all the same",
	Category: Lock,
	Severity: Info,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		var first *effect.Effect
		for i := range p.Effects {
			e := &p.Effects[i]
			switch {
			case e.Op == effect.Also || e.Op == effect.NoTransaction:
			case !e.NoOp:
				return // something is changed
			case first == nil && e.Lock.BlocksWrites() && !e.Brief && !p.IsNew(*e) && !e.Same:
				first = e
			}
		}
		if first == nil || p.Window.On(first.Target).Union(first.Lock) == p.Window.On(first.Target) {
			return
		}
		what := strings.ToUpper(first.Op.String())
		p.Report(Finding{
			Span:        first.Span,
			Message:     fmt.Sprintf("%s changes nothing, but takes %s on %s", what, first.Lock, first.Target),
			Consequence: p.Waits(*first, ""),
			Hint:        "leave it out: an earlier migration has done it",
			Relation:    first.Target.String(),
			Lock:        first.Lock.String(),
		})
	},
})

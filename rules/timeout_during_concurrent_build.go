package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/effect"
)

// TimeoutDuringConcurrentBuild reports a lock_timeout or statement_timeout that is
// in effect while an index is built, rebuilt or dropped CONCURRENTLY: when it
// strikes, an invalid index is left.
var TimeoutDuringConcurrentBuild = register(Rule{
	ID:       "timeout-during-concurrent-build",
	Summary:  "a timeout is in effect during CONCURRENTLY, and leaves an invalid index when it strikes",
	Category: Failure,
	Severity: Warning,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.CreateIndex, effect.Reindex, effect.DropIndex) {
			if !a.Detail.Concurrent || p.IsNew(*a.Effect) || a.NoOp {
				continue
			}
			var set []string
			var hint []string
			for _, name := range []string{"lock_timeout", "statement_timeout"} {
				v, ok := p.Catalog.Setting(name)
				if ms, known := effect.Milliseconds(v); ok && known && ms > 0 {
					set = append(set, name+" = '"+v+"'")
					hint = append(hint, "SET "+name+" = 0;")
				}
			}
			if len(set) == 0 {
				continue
			}
			f := p.about(a, *a.Effect, "")
			f.Message = fmt.Sprintf("%s is in effect during CONCURRENTLY on %s", set[0], a.Target)
			if len(set) > 1 {
				f.Message = fmt.Sprintf("%s and %s are in effect during CONCURRENTLY on %s", set[0], set[1], a.Target)
			}
			f.Consequence = "when it strikes, an invalid index is left, which costs every write and serves no read; nobody else waits meanwhile"
			f.Hint = lines(append(hint, "before it, and what it was after it")...)
			p.Report(f)
			return
		}
	},
})

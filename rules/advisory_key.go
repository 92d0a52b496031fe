package rules

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/lockkey"
)

// SharedLockAsMutex reports a shared advisory lock around work: two migrators can
// hold it together.
var SharedLockAsMutex = register(Rule{
	ID:       "shared-lock-as-mutex",
	Summary:  "a shared advisory lock keeps no other migrator out",
	Category: Failure,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.AdvisoryLock},
	Section: func(p *SectionPass) {
		for _, c := range p.advisories() {
			if c.Op != effect.AdvisoryLock || !strings.HasSuffix(c.Object, "_shared") || !p.changesAfter(c.at) {
				continue
			}
			f := p.on(c.at, c.Effect)
			f.Lock = ""
			f.Message = fmt.Sprintf("%s(%s) is a shared lock: two migrators can hold it together", c.Object, c.Detail.Name)
			f.Consequence = "both run what follows at once"
			f.Hint = fmt.Sprintf("SELECT %s(%s);", strings.TrimSuffix(c.Object, "_shared"), c.Detail.Name)
			p.Report(f)
		}
	},
})

// changesAfter tells whether a statement after the i'th changes something that
// is there for others.
func (p *SectionPass) changesAfter(i int) bool {
	for _, effects := range p.Effects[i+1:] {
		for j := range effects {
			switch e := &effects[j]; e.Op {
			case effect.Insert, effect.Update, effect.Delete, effect.Merged:
				return true
			default:
				if e.Change != nil && e.Kind != "" {
					return true
				}
			}
		}
	}
	return false
}

// UnbalancedReentrantLock reports a session's advisory lock that is taken more
// often than it is released: each call counts.
var UnbalancedReentrantLock = register(Rule{
	ID:       "unbalanced-reentrant-lock",
	Summary:  "an advisory lock is taken more often than it is released",
	Category: Failure,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.AdvisoryUnlock},
	Section: func(p *SectionPass) {
		calls := p.advisories()
		for i, c := range calls {
			if !c.forSession() || c.Detail.Name == "" {
				continue
			}
			taken, released, first := 0, 0, true
			for j, x := range calls {
				switch {
				case x.forSession() && x.Detail.Name == c.Detail.Name:
					taken++
					first = first && j >= i
				case x.all():
					released = len(calls)
				case x.of(c):
					released++
				}
			}
			if !first || released == 0 || taken <= released {
				continue // of what is never released missing-unlock speaks
			}
			f := p.on(c.at, c.Effect)
			f.Lock = ""
			f.Message = fmt.Sprintf("the lock %s is taken %d times and released %d times", c.Detail.Name, taken, released)
			f.Consequence = "PostgreSQL counts: the session holds it until it is released as often, and every later migrator waits"
			f.Hint = "take it once, or pg_advisory_xact_lock in a transaction, which ends with it"
			p.Report(f)
		}
	},
})

// BodyUsesRunnerKey reports a migration that locks the key of the tool that runs it.
var BodyUsesRunnerKey = register(Rule{
	ID:       "body-uses-runner-key",
	Summary:  "the migration locks the key that its own migrator holds",
	Category: Failure,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.AdvisoryLock},
	Section: func(p *SectionPass) {
		tool := p.Tool
		if tool == "plain" {
			tool = "safemig"
		}
		for _, c := range p.advisories() {
			k, err := strconv.ParseInt(c.Detail.Name, 10, 64)
			owner, known := lockkey.Name(k, lockkey.Names{})
			if c.Op != effect.AdvisoryLock || err != nil || !known || owner.Tool != tool {
				continue
			}
			f := p.on(c.at, c.Effect)
			f.Lock = ""
			f.Message = fmt.Sprintf("%d is %s", k, owner.What)
			f.Consequence = "on another connection than the migrator's it waits for itself; on the same one its release may give the migrator's lock away"
			f.Hint = "leave it out: the migrator holds it; or take a key of your own"
			p.Report(f)
		}
	},
})

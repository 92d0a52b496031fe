package rules

import (
	"fmt"
	"slices"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/pgsql"
)

// advisory is one call of a section that takes or releases an advisory lock.
type advisory struct {
	effect.Effect
	at int // the statement
}

// advisories gives the calls of a section in their order; DISCARD ALL is one
// that releases all.
func (p *SectionPass) advisories() []advisory {
	var out []advisory
	for i, effects := range p.Effects {
		for _, e := range effects {
			discard := e.Op == effect.ResetSetting && e.Object == "DISCARD ALL"
			if e.Op == effect.AdvisoryLock || e.Op == effect.AdvisoryUnlock || discard {
				if discard {
					e.Op = effect.AdvisoryUnlock
				}
				out = append(out, advisory{e, i})
			}
		}
	}
	return out
}

// all tells whether the call releases every lock of the session.
func (a advisory) all() bool {
	return a.Object == "pg_advisory_unlock_all" || a.Object == "DISCARD ALL"
}

// of tells whether a release is of the lock that a call has taken.
func (a advisory) of(l advisory) bool {
	return a.Op == effect.AdvisoryUnlock && (a.all() || a.Detail.Name == l.Detail.Name)
}

// forSession tells whether a call takes a lock that outlives its transaction.
func (a advisory) forSession() bool { return a.Op == effect.AdvisoryLock && !a.Detail.Local }

// LockReleasedBeforeRecord reports a migration that releases an advisory lock
// itself: the tool writes its version table afterwards, so that another runner
// can begin the same migration in between.
var LockReleasedBeforeRecord = register(Rule{
	ID:       "lock-released-before-record",
	Summary:  "an advisory lock is released before the migration is recorded",
	Category: Failure,
	Severity: Error,
	Since:    "0.1.0",
	Section: func(p *SectionPass) {
		calls := p.advisories()
		for i, c := range calls {
			taken := slices.IndexFunc(calls[:i], func(l advisory) bool { return l.forSession() && c.of(l) })
			if c.Op != effect.AdvisoryUnlock || taken < 0 && !c.all() || c.Object == "DISCARD ALL" || p.refused(c.at) {
				continue // of the latter discard-all speaks
			}
			f := p.on(c.at, c.Effect)
			f.Lock = ""
			switch {
			case taken >= 0:
				f.Message = fmt.Sprintf("the lock %s of line %d is released here, before the migration is recorded", key(calls[taken]), p.Line(&p.Stmts[calls[taken].at]))
				f.Consequence = "another runner that waits for it finds the version missing and runs the migration again"
				f.Hint = "let the migration tool hold the lock until it has written its record"
				if p.Stmts[c.at].Tx.Kind == pgsql.TxTool {
					f.Hint = lines(fmt.Sprintf("SELECT pg_advisory_xact_lock(%s);", calls[taken].Detail.Name), "in place of both: it is held until the tool's transaction, with the record, has ended")
				}
			default:
				f.Message = fmt.Sprintf("%s() releases the migration tool's lock too, before the migration is recorded", c.Object)
				f.Consequence = "another runner can begin the same migration now"
				f.Hint = "release the locks that the migration has taken, by their keys, or leave it out"
			}
			p.Report(f)
		}
	},
})

func key(a advisory) string {
	if a.Detail.Name == "" {
		return "without a key"
	}
	return a.Detail.Name
}

// MissingUnlock reports an advisory lock of the session that the migration
// takes and does not release.
var MissingUnlock = register(Rule{
	ID:       "missing-unlock",
	Summary:  "an advisory lock of the session is taken and never released",
	Category: Failure,
	Severity: Warning,
	Since:    "0.1.0",
	Section: func(p *SectionPass) {
		calls := p.advisories()
		for i, c := range calls {
			if !c.forSession() || c.Detail.NoWait && c.Detail.Unknown == catalog.No {
				continue // of the latter try-lock-result-ignored speaks
			}
			if slices.ContainsFunc(calls[i+1:], func(u advisory) bool { return u.of(c) }) {
				continue
			}
			f := p.on(c.at, c.Effect)
			f.Lock = ""
			f.Message = fmt.Sprintf("%s(%s) is never released: the connection keeps it", c.Object, c.Detail.Name)
			f.Consequence = "a connection that goes back to a pool keeps every later migrator waiting until it is closed"
			if u := slices.IndexFunc(calls[i+1:], func(u advisory) bool { return u.Op == effect.AdvisoryUnlock }); u >= 0 {
				f.Message = fmt.Sprintf("%s(%s) is never released: line %d unlocks %s", c.Object, c.Detail.Name,
					p.Line(&p.Stmts[calls[i+1+u].at]), key(calls[i+1+u]))
			}
			f.Hint = lines(fmt.Sprintf("SELECT pg_advisory_xact_lock(%s);", c.Detail.Name), "in a transaction: it is released when that ends")
			p.Report(f)
		}
	},
})

// TryLockResultIgnored reports SELECT pg_try_advisory_lock(…): where another
// session has the lock the call gives false, and the migration goes on.
var TryLockResultIgnored = register(Rule{
	ID:       "try-lock-result-ignored",
	Summary:  "nobody looks whether pg_try_advisory_lock got the lock",
	Category: Failure,
	Severity: Error,
	Since:    "0.1.0",
	Section: func(p *SectionPass) {
		for _, c := range p.advisories() {
			ignored := c.Op == effect.AdvisoryLock && c.Detail.NoWait && c.Detail.Unknown == catalog.No && c.In == nil
			if !ignored || c.at == len(p.Stmts)-1 {
				continue // looked at, or in a DO, or nothing depends on it
			}
			f := p.on(c.at, c.Effect)
			f.Lock = ""
			f.Message = fmt.Sprintf("nobody looks at the result of %s(%s)", c.Object, c.Detail.Name)
			f.Consequence = "where another session has the lock it is false, and what follows runs without it"
			f.Hint = "let the migration tool take its lock, or look at the result in a DO block and RAISE EXCEPTION"
			if p.Stmts[c.at].Tx.Block() {
				f.Hint = lines(fmt.Sprintf("SELECT pg_advisory_xact_lock(%s);", c.Detail.Name), "which waits until it has the lock")
			}
			p.Report(f)
		}
	},
})

// XactLockOutsideTransaction reports pg_advisory_xact_lock where no
// transaction is open: it is released when its own statement ends.
var XactLockOutsideTransaction = register(Rule{
	ID:       "xact-lock-outside-transaction",
	Summary:  "pg_advisory_xact_lock outside a transaction protects nothing",
	Category: Failure,
	Severity: Error,
	Since:    "0.1.0",
	Section: func(p *SectionPass) {
		for _, c := range p.advisories() {
			if c.Op != effect.AdvisoryLock || !c.Detail.Local || p.Stmts[c.at].Tx.Block() || c.Span != p.Stmts[c.at].Span {
				continue
			}
			f := p.on(c.at, c.Effect)
			f.Lock = ""
			f.Message = fmt.Sprintf("%s(%s) outside a transaction is released when its own statement ends", c.Object, c.Detail.Name)
			f.Consequence = "what follows runs without the lock"
			f.Hint = "put BEGIN before it and COMMIT after what it protects, or let the migration tool hold a lock"
			p.Report(f)
		}
	},
})

// BlockingLockWithConcurrently reports pg_advisory_lock in a migration that
// builds CONCURRENTLY: a second runner that waits for the lock has a snapshot
// that the build waits for.
var BlockingLockWithConcurrently = register(Rule{
	ID:       "blocking-lock-with-concurrently",
	Summary:  "a second runner that waits for an advisory lock deadlocks with CONCURRENTLY",
	Category: Failure,
	Severity: Error,
	Since:    "0.1.0",
	Section: func(p *SectionPass) {
		calls := p.advisories()
		if len(calls) == 0 {
			return
		}
		held := map[string]advisory{}
		for i, effects := range p.Effects {
			for _, c := range calls {
				if c.at != i {
					continue
				}
				if c.forSession() && !c.Detail.NoWait {
					held[c.Detail.Name] = c
				}
				for k, l := range held {
					if c.of(l) {
						delete(held, k)
					}
				}
			}
			if _, waits := effect.AwaitsSnapshots(effects); !waits || p.refused(i) {
				continue
			}
			for k, c := range held {
				f := p.on(c.at, c.Effect)
				f.Lock = ""
				f.Message = fmt.Sprintf("%s(%s) is held during CONCURRENTLY (line %d)", c.Object, c.Detail.Name, p.Line(&p.Stmts[i]))
				f.Consequence = "a second runner waiting for it has a snapshot that the build waits for: one of the two fails with 40P01, and an invalid index may be left"
				f.Hint = "let the migration tool hold its lock, and poll with pg_try_advisory_lock from the client, not in a transaction"
				p.Report(f)
				delete(held, k)
			}
		}
	},
})

package rules

import (
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/window"
)

// LockTimeoutMissing reports the first lock of a history that reads or writes
// wait for, taken while no lock_timeout is set: behind a statement that waits
// for its lock all others queue up.
var LockTimeoutMissing = register(Rule{
	ID:       "lock-timeout-missing",
	Summary:  "a lock is waited for without limit, and all queries on the table behind it",
	Category: Hygiene,
	Severity: Warning,
	Since:    "0.1.0",
	Once:     true,
	Check: func(p *Pass) {
		if p.Tool == "plain" && !p.Asked {
			return // safemig's own runner sets it
		}
		if p.limited() || p.queues(p.Window) {
			return // an earlier statement of the transaction is reported
		}
		if _, zero := p.Catalog.Setting("lock_timeout"); zero || p.limitedLater() {
			return // lock-timeout-zero's, lock-timeout-set-too-late's
		}
		e, ok := p.queuesFor()
		if !ok {
			return
		}
		set := "SET lock_timeout = '2s';"
		if p.Stmt.Tx.Block() || len(p.Section.Run.Batches) > 0 {
			set = "SET LOCAL lock_timeout = '2s';"
		}
		p.Report(Finding{
			Span:        e.Span,
			Message:     e.Lock.String() + " on " + e.Target.String() + " is waited for without a lock_timeout",
			Consequence: "while it waits for one long query, every other one on the table waits behind it",
			Hint:        lines(set, "as the first statement; when it strikes, run the migration again"),
			Relation:    e.Target.String(),
			Lock:        e.Lock.String(),
			Fix:         p.atTop("SET LOCAL lock_timeout = '2s';"),
		})
	},
})

// limited tells whether a lock_timeout is in effect.
func (p *Pass) limited() bool {
	v, ok := p.Catalog.Setting("lock_timeout")
	ms, known := effect.Milliseconds(v)
	return ok && (!known || ms > 0)
}

// limitedLater tells whether a later statement of the transaction sets a lock_timeout.
func (p *Pass) limitedLater() bool {
	for i := p.Index + 1; i < len(p.Stmts) && p.Stmts[i].Tx.Block() && p.Stmts[i].Tx.ID == p.Stmt.Tx.ID; i++ {
		if effect.SetsTimeout(&p.Stmts[i], "lock_timeout") {
			return true
		}
	}
	return false
}

// queuesFor gives the strongest lock of the statement behind which reads or
// writes of a relation queue up. Who builds CONCURRENTLY waits so that nobody
// queues, and leaves wreckage behind when a timeout strikes; where CONCURRENTLY
// is missing, that is what is reported.
func (p *Pass) queuesFor() (found effect.Effect, ok bool) {
	for _, e := range p.Effects {
		switch {
		case e.Detail.Concurrent, e.Op == effect.CreateIndex, e.Op == effect.DropIndex, e.Op == effect.Reindex:
			return effect.Effect{}, false
		}
		if e.Kind != "" && e.Lock.BlocksWrites() && e.Lock > found.Lock && !p.IsNew(e) {
			found, ok = e, true
		}
	}
	return found, ok
}

// queues tells whether the transaction holds such a lock already.
func (p *Pass) queues(w *window.Window) bool {
	for _, h := range w.Held {
		if h.Lock.BlocksWrites() && !p.IsNew(*h.Effect) {
			return true
		}
	}
	return false
}

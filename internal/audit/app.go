package audit

import (
	"fmt"
	"strings"

	"github.com/safemig/safemig/internal/trace"
)

// app follows an event of an application whose log names no sessions. Ecto logs
// idle= for a statement that took its own connection from the pool, and for no
// other: what runs on one connection can be told from that.
func (a *Auditor) app(e *trace.Event) {
	c := a.appClient(e)
	at := a.point(e)
	switch e.Kind {
	case trace.Statement:
		a.appStatement(c, e)
	case trace.Run:
		a.closeRun(c)
		c.run = &run{version: e.Version, title: e.Title, down: e.Down, at: at}
		if repo, _, ok := strings.Cut(e.Title, ".Migrations."); ok && e.Format == "ecto" {
			a.repos = note(a.repos, repo)
		}
		if e.Format == "ecto" {
			c.tool = "Ecto"
		}
		c.note(Marker, at, fmt.Sprintf("%s begins", spoken(e.Version, e.Title)))
	case trace.Done:
		if c.run != nil {
			c.run.done = true
			c.note(Marker, at, "the migration's code is through")
		}
	case trace.Command:
		a.command(c, e, at)
	case trace.Retry:
		a.retried(c)
	case trace.Hint:
		if c.run != nil && strings.Contains(e.Message, "migration lock") {
			c.run.hint = true
		}
	case trace.Notice:
		if e.NotOwner() {
			a.appNotOwner(c, e, at)
		}
	case trace.Crash:
		c.crashed = true
		c.note(Trouble, at, oneLine(e.Message, 200))
		a.crashedOn(c, e.Message, at)
	}
}

// crashedOn: the exception says that what the migration makes is there already. Where
// no lock covered it another node may have made it.
func (a *Auditor) crashedOn(c *client, message string, at Point) {
	r := c.run
	if r == nil || r.recorded && !strings.Contains(message, "23505") {
		return
	}
	exists := strings.Contains(message, "42P07") || strings.Contains(message, "42701") || strings.Contains(message, "42710") ||
		strings.Contains(message, "23505") && strings.Contains(message, "migrations")
	if exists && !a.protected(c, r.ddl) {
		c.pending = append(c.pending, a.thereAlready(r.version, message, at))
	}
}

// protected tells whether a lock of the client covers any of the statements.
func (a *Auditor) protected(c *client, body []*ddl) bool {
	for _, iv := range a.intervals {
		for _, d := range body {
			if iv.session.client == c && !iv.shared && iv.has(d) {
				return true
			}
		}
	}
	return len(body) == 0 && len(held(c.sessions)) > 0
}

func (c *client) note(role Role, at Point, text string) {
	if len(c.moments) < 400 {
		c.moments = append(c.moments, Moment{At: at, Role: role, Text: text})
	}
}

// appStatement finds the connection of a statement.
func (a *Auditor) appStatement(c *client, e *trace.Event) {
	first := trace.Op{}
	if len(e.Ops) > 0 {
		first = e.Ops[0]
	}
	switch first.Kind {
	case trace.OpLockTable, trace.OpRecord, trace.OpBegin, trace.OpAcquire:
		c.migrator = true
	}
	if r := c.run; r != nil && r.commands == 0 && e.Own == trace.Yes && first.Kind != trace.OpBegin && first.Kind != trace.OpRecord && !r.done {
		r.immediate = append(r.immediate, immediate{first, a.point(e)})
	}
	if c.run != nil && len(e.Ops) > 0 && first.Kind != trace.OpAcquire {
		c.run.pending = ""
	}
	var s *session
	switch {
	case e.Own == trace.Yes:
		c.idles = true
		c.checkouts++
		s = a.connection(c, e, first.Kind == trace.OpBegin)
	case first.Kind == trace.OpBegin, first.Kind == trace.OpAcquire && (c.run == nil || c.run.done || c.run.recorded) && !c.inTx():
		s = a.connection(c, e, true)
	case first.Kind == trace.OpRelease && c.holder(first) != nil:
		s = c.holder(first)
	case len(c.stack) > 0:
		s = c.stack[len(c.stack)-1]
	default:
		s = a.connection(c, e, false)
	}
	s.last = a.point(e)
	s.reads = true
	if first.Kind == trace.OpAcquire && c.run != nil {
		c.queuedTry = strings.Contains(c.run.pending, "execute ") && strings.Contains(c.run.pending, "advisory")
	}
	a.statement(s, e)
	if first.Kind == trace.OpAcquire && c.run != nil {
		c.run.pending, c.queuedTry = "", false
	}
	if s.anon {
		if len(s.own) == 0 {
			a.leave(s)
		}
		return
	}
	switch first.Kind {
	case trace.OpCommit, trace.OpRollback, trace.OpRelease:
		if s.tx == auto && len(s.own) == 0 {
			c.pop(s)
			a.leave(s)
		}
	}
	if len(c.stack) > 64 {
		c.stack = c.stack[32:] // begins without ends: a log with holes
	}
}

// inTx tells whether the connection on top of the stack is in a transaction.
func (c *client) inTx() bool { return len(c.stack) > 0 && c.stack[len(c.stack)-1].tx != auto }

// holder is the pinned connection that holds the key of a release.
func (c *client) holder(op trace.Op) *session {
	for _, s := range c.stack {
		for _, iv := range s.own {
			if iv.class == "session" && keyForm(iv.key) == keyForm(op.Key) {
				return s
			}
		}
	}
	return nil
}

func (c *client) pop(s *session) {
	for i := len(c.stack) - 1; i >= 0; i-- {
		if c.stack[i] == s {
			c.stack = append(c.stack[:i:i], c.stack[i+1:]...)
			return
		}
	}
}

// connection makes the session of a checkout: pinned until it is given back, or for
// one statement.
func (a *Auditor) connection(c *client, e *trace.Event, pinned bool) *session {
	a.anonymous++
	s := &session{id: fmt.Sprintf("checkout %d", a.anonymous), client: c, anon: !pinned, first: a.point(e), reads: true, db: "\x00" + e.Path + "\x00" + e.Node}
	switch {
	case !pinned:
		s.show = "pool"
		if a.o.PoolSize > 0 {
			s.show = fmt.Sprintf("connection %c", 'A'+rune((c.checkouts-1)%min(a.o.PoolSize, 26)))
		}
	case len(c.stack) == 0:
		s.show = "lock"
	default:
		s.show = "migration"
	}
	if c.name != "" {
		s.show = c.name + " " + s.show
	}
	c.sessions = append(c.sessions, s)
	if pinned {
		c.stack = append(c.stack, s)
	}
	return s
}

// command follows what Ecto says that it will run from its queue.
func (a *Auditor) command(c *client, e *trace.Event, at Point) {
	r := c.run
	if r == nil {
		return
	}
	r.commands++
	r.pending, r.pendingAt = e.Message, at
	if r.commands > 1 {
		return
	}
	for _, i := range r.immediate {
		if i.op.Kind == trace.OpRelease {
			c.pending = append(c.pending, immediateCall(i.at, at, e.Message))
		}
	}
}

// retried: the migrator says that its try was refused.
func (a *Auditor) retried(c *client) {
	for i := len(c.stack) - 1; i >= 0; i-- {
		s := c.stack[i]
		for _, iv := range s.own {
			if iv.class == "session" {
				a.drop(iv)
				c.pop(s)
				a.leave(s)
				return
			}
		}
	}
}

// appNotOwner: the server's warning has reached the application's log; it is about
// the last release.
func (a *Auditor) appNotOwner(c *client, e *trace.Event, at Point) {
	for i := len(a.intervals) - 1; i >= 0; i-- {
		iv := a.intervals[i]
		if iv.session.client != c || iv.given == 0 {
			continue
		}
		if iv.failed == nil {
			end := iv.release
			if iv.open {
				end = at
			}
			iv.failed = &end
			if !iv.open && a.lock(iv.id).holder == nil {
				iv.how, iv.release = "", Point{}
				a.grant(iv)
				a.intervals = a.intervals[:len(a.intervals)-1] // it is there already
			}
		}
		iv.certain = true
		f := a.otherSession(iv, at, "", Certain, c.checkouts-iv.checkout, a.o.PoolSize)
		c.pending = append(c.pending, f)
		return
	}
	a.loosely(c, a.notOwner(at, "", trace.Op{}))
}

func oneLine(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "") + "…"
	}
	return s
}

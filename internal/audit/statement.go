package audit

import (
	"slices"

	"github.com/safemig/safemig/internal/trace"
)

// statement follows one message to the server.
func (a *Auditor) statement(s *session, e *trace.Event) {
	at := a.point(e)
	s.undo, s.missed = s.undo[:0], nil
	s.lastOps = e.Ops
	if s.client.held() {
		a.alive(s)
	}
	if w := s.waits; w != nil { // it goes on: it has the lock that it waited for
		s.waits = nil
		l := a.lock(w.id)
		l.unwait(w)
		if h := l.holder; h != nil {
			w.from, w.doubtful = h, true
			a.remove(h)
			h.release, h.how = at, "ended unseen"
		}
		a.grant(w)
		s.undo = s.undo[:0]
	}
	if e.Name != "" {
		a.unite(s, e.Name)
	}
	implicit := s.server && s.tx == auto && len(e.Ops) > 1 && !controls(e.Ops)
	if implicit {
		a.begin(s, at)
	}
	for i := range e.Ops {
		op := e.Ops[i]
		if !op.Writes() && op.Kind != trace.OpOther || op.Kind == trace.OpOther && !s.server {
			s.reads = true
		}
		a.op(s, e, &op, at)
	}
	if implicit {
		a.commit(s, at, "the end of its message")
	}
	s.vxid = e.VXID
}

// controls tells whether a message begins or ends transactions itself.
func controls(ops []trace.Op) bool {
	for i := range ops {
		switch ops[i].Kind {
		case trace.OpBegin, trace.OpCommit, trace.OpRollback:
			return true
		}
	}
	return false
}

func (c *client) held() bool {
	for _, s := range c.sessions {
		if s.held > 0 {
			return true
		}
	}
	return false
}

func (a *Auditor) op(s *session, e *trace.Event, op *trace.Op, at Point) {
	switch op.Kind {
	case trace.OpBegin:
		if s.tx == auto {
			a.begin(s, at)
			s.client.begins = true
		}
	case trace.OpCommit:
		a.commit(s, at, "commit")
	case trace.OpRollback:
		a.rollback(s, at, "rollback")
	case trace.OpRollbackTo:
		if s.tx == aborted {
			s.tx = open
		}
	case trace.OpAcquire:
		a.acquire(s, e, op, at)
	case trace.OpRelease:
		a.unlock(s, e, op, at)
	case trace.OpReleaseAll:
		a.releaseAll(s, op, at)
	case trace.OpLockTable:
		a.lockTable(s, op, at)
	case trace.OpRowLock, trace.OpRowUnlock:
		a.rowLock(s, op, at)
	case trace.OpCheck:
		a.checked(s, op, at)
	case trace.OpSetup:
		s.client.migrates = true
		s.client.tool = spokenTool(s.client.tool, trace.Tool(op.Table))
	case trace.OpStart:
		a.started(s, op, at)
	case trace.OpRecord:
		a.recorded(s, e, op, at)
	case trace.OpDDL:
		a.changed(s, e, op, at)
	}
}

func (a *Auditor) begin(s *session, at Point) {
	a.txs++
	s.tx, s.txn, s.begun = open, a.txs, at
	s.undo = append(s.undo, func(Point) {
		if s.tx == open && s.begun.seq == at.seq {
			s.tx = auto
		}
	})
}

func (a *Auditor) commit(s *session, at Point, how string) {
	if s.tx == aborted {
		a.rollback(s, at, "rollback: the transaction had failed")
		return
	}
	recs := s.recs
	s.recs = nil
	if len(recs) > 0 || len(s.locks) > 0 || s.hasDDL() {
		s.moment(Commit, at, how, 0)
	}
	s.tx = auto
	for _, r := range recs {
		r.commit = at
		a.judge(r)
	}
	for len(s.locks) > 0 {
		a.shut(s.locks[len(s.locks)-1], at, how)
	}
	s.txn = 0
}

// hasDDL tells whether the open transaction has changed the schema.
func (s *session) hasDDL() bool {
	return s.tx != auto && len(s.ddl) > 0 && s.ddl[len(s.ddl)-1].txn == s.txn
}

func (a *Auditor) rollback(s *session, at Point, how string) {
	if s.tx != auto {
		kept := s.ddl[:0]
		for _, d := range s.ddl {
			if d.txn != s.txn {
				kept = append(kept, d)
			}
		}
		if len(kept) < len(s.ddl) || len(s.recs) > 0 {
			s.moment(Commit, at, how, 0)
		}
		s.ddl = kept
	}
	if r := s.client.run; r != nil {
		kept := r.ddl[:0]
		for _, d := range r.ddl {
			if d.session != s || d.txn == 0 || d.txn != s.txn {
				kept = append(kept, d)
			}
		}
		r.ddl = kept
	}
	s.recs = nil
	s.tx = auto
	for len(s.locks) > 0 {
		a.shut(s.locks[len(s.locks)-1], at, how)
	}
	s.txn = 0
}

// end ends a session: what it holds is free, what it has not committed is gone.
func (a *Auditor) end(s *session, at Point, how string) {
	if s.waits != nil {
		a.lock(s.waits.id).unwait(s.waits)
		s.waits = nil
	}
	a.rollback(s, at, how)
	for len(s.own) > 0 {
		a.shut(s.own[len(s.own)-1], at, how)
	}
	if !s.server {
		return
	}
	delete(a.sessions, s.id)
	s.gone = true
	if c := s.client; len(c.pending) > 0 || len(s.ddl) > 0 {
		if !slices.Contains(a.gone, c) && len(a.gone) < maxSessions {
			a.gone = append(a.gone, c)
		}
	}
	for name, x := range a.names {
		if x == s {
			delete(a.names, name)
		}
	}
	if len(s.ddl) == 0 && len(s.client.sessions) > 1 {
		a.leave(s)
	}
}

// leave takes a session that has ended out of its client.
func (a *Auditor) leave(s *session) {
	c := s.client
	for i, x := range c.sessions {
		if x == s {
			c.sessions = append(c.sessions[:i:i], c.sessions[i+1:]...)
			return
		}
	}
}

// restart ends all sessions of the server.
func (a *Auditor) restart(e *trace.Event) {
	at := a.point(e)
	for _, s := range a.sessions {
		if s.server && s.id != "?" {
			a.end(s, at, "the server restarted")
		}
	}
}

func (a *Auditor) lockTable(s *session, op *trace.Op, at Point) {
	if !trace.SelfExclusive(op.Mode) || !a.isVersionTable(op) {
		return
	}
	s.moment(Lock, at, op.Text, 0)
	s.client.migrates = true
	iv := &interval{session: s, name: spokenTable(op), class: "table", grant: at, text: op.Text, taken: 1, count: 1, blocking: true}
	iv.id = lockID(s.db, "table", iv.name)
	if s.tx == auto && s.server {
		return // LOCK TABLE outside a transaction is refused
	}
	l := a.lock(iv.id)
	switch {
	case l.holder == nil || !s.server:
		a.grant(iv)
	case l.holder.session == s:
	default:
		l.waiting = append(l.waiting, iv)
		s.waits = iv
		s.undo = append(s.undo, func(Point) { l.unwait(iv); s.waits = nil })
	}
}

func spokenTable(op *trace.Op) string {
	if op.Schema != "" {
		return op.Schema + "." + op.Table
	}
	return op.Table
}

func (a *Auditor) isVersionTable(op *trace.Op) bool {
	return op.Table != "" && (trace.IsVersionTable(op.Schema, op.Table) || contains(a.tables, op.Table))
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// rowLock follows a row that tools use as a lock: taken by one statement, given back
// by another; or by SELECT … FOR UPDATE, to the end of the transaction.
func (a *Auditor) rowLock(s *session, op *trace.Op, at Point) {
	s.client.migrates = true
	name := spokenTable(op)
	id := lockID(s.db, "row", name)
	if op.Kind == trace.OpRowUnlock {
		s.moment(Unlock, at, op.Text, 0)
		for _, x := range a.relatives(s) {
			for _, iv := range x.own {
				if iv.id == id {
					a.shut(iv, at, "released")
					return
				}
			}
		}
		return
	}
	s.moment(Lock, at, op.Text, 0)
	iv := &interval{session: s, id: id, name: name, class: "row", grant: at, text: op.Text, taken: 1, count: 1, try: !op.Xact, blocking: op.Xact}
	if op.Xact && s.tx == auto && s.server {
		return
	}
	iv.open = true
	s.own = append(s.own, iv)
	s.held++
	if op.Xact {
		s.locks = append(s.locks, iv)
	}
	a.intervals = append(a.intervals, iv)
	if l := a.lock(id); l.holder == nil {
		l.holder = iv
	}
}

func (a *Auditor) checked(s *session, op *trace.Op, at Point) {
	s.client.migrates = true
	s.client.check, s.checks = at, at
	if s.firstCheck.seq == 0 {
		s.firstCheck = at
	}
	s.client.tool = spokenTool(s.client.tool, trace.Tool(op.Table))
	if op.Schema != "" {
		a.schemas = note(a.schemas, op.Schema)
	}
	a.tables = note(a.tables, op.Table)
	s.moment(Check, at, op.Text, 0)
	a.trust(s)
	for _, iv := range held(a.relatives(s)) {
		iv.check = true
	}
}

// started is a tool's note that a version begins.
func (a *Auditor) started(s *session, op *trace.Op, at Point) {
	s.client.migrates = true
	if len(op.Versions) == 0 {
		return
	}
	s.client.run = &run{version: op.Versions[0], down: op.Down, at: at, server: true}
	s.moment(Marker, at, op.Text, 0)
}

func (a *Auditor) changed(s *session, e *trace.Event, op *trace.Op, at Point) {
	if op.Temporary {
		return
	}
	d := &ddl{op: *op, at: at, session: s, vxid: e.VXID, took: e.Duration, ended: e.After}
	if s.tx != auto {
		d.txn = s.txn
	}
	if e.After && e.Duration > 0 && !at.Time.IsZero() {
		d.began = at.Time.Add(-e.Duration)
	}
	if !s.server && !s.client.begins && !op.Concurrently && s.client.format == "django" {
		d.tx = true
	}
	if e.Failed {
		d.failed = "?"
	}
	s.moment(Body, at, op.Text, e.Duration)
	if s.client.migrates {
		a.trust(s)
	}
	if len(s.ddl) >= 200 {
		s.ddl = append(s.ddl[:50], s.ddl[150:]...)
	}
	s.ddl = append(s.ddl, d)
	if r := s.client.run; r != nil && !r.recorded {
		r.ddl = append(r.ddl, d)
		r.pending = ""
	}
	if len(a.recent) >= 256 {
		a.recent = append(a.recent[:0], a.recent[128:]...)
	}
	a.recent = append(a.recent, d)
	for _, iv := range held(a.relatives(s)) {
		iv.ddl++
		if op.Concurrently {
			a.concurrently(s, d, iv)
		}
	}
	s.undo = append(s.undo, func(Point) {
		if d.failed == "" {
			d.failed = "?"
		}
	})
}

func (a *Auditor) recorded(s *session, e *trace.Event, op *trace.Op, at Point) {
	s.client.migrates = true
	s.records++
	s.client.tool = spokenTool(s.client.tool, trace.Tool(op.Table))
	a.tables = note(a.tables, op.Table)
	if op.Schema != "" {
		a.schemas = note(a.schemas, op.Schema)
	}
	a.trust(s)
	s.moment(Record, at, op.Text, e.Duration)
	if e.Failed {
		return
	}
	r := &record{op: *op, at: at, commit: at, session: s, vxid: e.VXID, check: s.client.check}
	a.body(r)
	if s.tx != auto {
		r.txn = s.txn
		s.recs = append(s.recs, r)
		s.undo = append(s.undo, func(Point) { s.recs = nil; r.dead = true })
		return
	}
	a.due = r
	s.undo = append(s.undo, func(Point) {
		r.dead = true
		if a.due == r {
			a.due = nil
		}
	})
}

// settle judges a record that has committed by itself, once it is known not to have
// failed at once.
func (a *Auditor) settle(e *trace.Event) {
	r := a.due
	if r == nil {
		return
	}
	if e != nil && e.Server && e.Session == r.session.show && e.Kind != trace.Statement && e.Kind != trace.End {
		return // its error, perhaps
	}
	a.due = nil
	a.judge(r)
}

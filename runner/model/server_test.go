package model

// The server of the model: sessions, one advisory lock, and what two migrations leave.
// Migration T runs in a transaction (its effect is x+1), migration N outside of one:
// either a concurrent index build or a CALL that commits by itself (y+1).

type stmt uint8

const (
	noStmt stmt = iota
	tryLock
	waitLock // pg_advisory_lock: waits inside the statement, with a snapshot
	readAll
	begin
	body
	recordT
	commit
	started
	build // CREATE INDEX CONCURRENTLY
	call
	verify
	drop
	done // the step is done and N is recorded, in one transaction
	unlock
	tryTool  // the other tool's lock, asked for by safemig
	waitTool // the same, inside pg_advisory_lock, by the tool
	look     // whether the tool waits
)

var stmtNames = [...]string{"", "try-lock", "lock", "read the ledger", "BEGIN", "body of T", "record T", "COMMIT",
	"step started", "CREATE INDEX CONCURRENTLY", "CALL", "look at the index", "DROP INDEX CONCURRENTLY",
	"step done, record N", "unlock", "try-lock of the tool's key", "lock of the tool's key", "look for waiters"}

type reply uint8

const (
	noReply reply = iota
	yes
	no
	refused   // the fence did not hold
	duplicate // of a version, a step or an index
	deadlock  // the server ended the statement, which waited for whom waits for it
)

type index uint8

const (
	absent index = iota
	invalid
	valid
)

// view is what a read of the ledger or of the catalog says.
type view struct {
	t, n, started bool
	index         index
	waiter        bool // the tool waits inside pg_advisory_lock
}

// session is a backend. The first two belong to the runners, the others to nobody: their
// client is gone, but they run their statement to its end.
type session struct {
	up, tx, building bool
	stmt             stmt
	reply            reply
	view             view
	dx, dt           bool // uncommitted: x+1, the record of T
}

const nobody = -1

type state struct {
	lock, toolLock int8
	sess           [4]session
	run            [2]process
	x, y           uint8
	t, n           uint8 // records of T and N
	started        bool
	index          index
	faults, hazard uint8 // how many are still to come
	bad            violation
}

func (s *state) view() view { return view{t: s.t > 0, n: s.n > 0, started: s.started, index: s.index} }

// end is a session's end: what is not committed is undone, its lock is free.
func (s *state) end(i int) {
	s.sess[i] = session{}
	s.free(i)
}

// free gives the locks of session i back, and tells whether it had safemig's.
func (s *state) free(i int) bool {
	had := s.lock == int8(i)
	if had {
		s.lock = nobody
	}
	if s.toolLock == int8(i) {
		s.toolLock = nobody
	}
	return had
}

// orphan is a client that is gone while its backend is not.
func (s *state) orphan(i int) {
	s.end(i + 2) // at most one is followed per runner; the older one ends first
	s.sess[i+2], s.sess[i] = s.sess[i], session{}
	for _, l := range []*int8{&s.lock, &s.toolLock} {
		if *l == int8(i) {
			*l = int8(i + 2)
		}
	}
}

// others tells whether another session is in a state.
func (s *state) others(i int, in func(*session) bool) bool {
	for j := range s.sess {
		if j != i && s.sess[j].up && in(&s.sess[j]) {
			return true
		}
	}
	return false
}

// exec runs the statement of session i, or its next phase. It tells whether anything
// happened: a statement that waits does nothing.
func (s *state) exec(i int, p protocol) bool {
	c := &s.sess[i]
	if p.waits(s, i) {
		return s.detect(i)
	}
	fenced := !p.noFence && s.lock != int8(i) && !p.isTool(i)
	c.reply = yes
	switch c.stmt {
	case tryLock, waitLock:
		if s.lock != nobody && s.lock != int8(i) {
			c.reply = no
		} else {
			s.lock = int8(i)
		}
	case tryTool, waitTool:
		if s.toolLock != nobody && s.toolLock != int8(i) {
			c.reply = no
		} else {
			s.toolLock = int8(i)
		}
	case look:
		c.view.waiter = s.others(i, func(o *session) bool { return o.stmt == waitTool })
	case readAll, verify:
		c.view = s.view()
	case begin:
		c.tx = true
	case body:
		c.dx = true
	case recordT:
		s.write(c, fenced, s.t > 0 && !p.noKey, func() { c.dt = true })
	case commit:
		s.commit(i)
	case started:
		s.write(c, fenced, s.started && !p.noKey, func() { s.started = true; s.owned(i) })
	case done:
		s.write(c, fenced, s.n > 0 && !p.noKey, func() { s.n++; s.owned(i) })
	case build:
		return s.build(i, p)
	case call:
		s.y++
		s.alone(i)
	case drop:
		s.index = absent
		s.alone(i)
	case unlock:
		if !s.free(i) {
			c.reply = no
		}
	}
	c.stmt = noStmt
	return true
}

// detect is the server's deadlock check: a build that waits for a session which waits for
// the build's own lock is ended, and leaves its index invalid. The waiter has waited for
// longer than deadlock_timeout: its own check is over.
func (s *state) detect(i int) bool {
	c := &s.sess[i]
	if c.stmt != build || s.toolLock != int8(i) || !s.others(i, func(o *session) bool { return o.stmt == waitTool }) {
		return false
	}
	c.building, c.stmt, c.reply = false, noStmt, deadlock
	return true
}

func (s *state) write(c *session, fenced, exists bool, do func()) {
	switch {
	case fenced:
		c.reply = refused
	case exists:
		c.reply = duplicate
	default:
		do()
	}
}

// build is CREATE INDEX CONCURRENTLY: first an invalid index is committed, then it is
// made valid. A session that ends between the two leaves it invalid.
func (s *state) build(i int, p protocol) bool {
	c := &s.sess[i]
	switch {
	case c.building:
		s.index, c.building, c.stmt, c.reply = valid, false, noStmt, yes
	case s.index != absent && !p.ifNotExists:
		c.stmt, c.reply = noStmt, duplicate
	case s.index != absent:
		c.stmt, c.reply = noStmt, yes // a notice: it exists, skipping
	default:
		s.index, c.building, c.reply = invalid, true, noReply
	}
	s.alone(i)
	return true
}

func (s *state) commit(i int) {
	c := &s.sess[i]
	if c.dt {
		s.t++
		s.owned(i)
	}
	if c.dx {
		s.x++
	}
	c.tx, c.dx, c.dt = false, false, false
}

// waits tells whether the server would make the statement wait: for a row, for the lock
// on the table, for a snapshot.
func (p protocol) waits(s *state, i int) bool {
	c := &s.sess[i]
	switch c.stmt {
	case waitLock:
		return s.lock != nobody && s.lock != int8(i)
	case waitTool:
		return s.toolLock != nobody && s.toolLock != int8(i)
	case body:
		return s.others(i, func(o *session) bool { return o.dx })
	case recordT:
		return !p.noKey && s.others(i, func(o *session) bool { return o.dt })
	case build:
		if c.building { // waiting for old snapshots and for transactions that wrote
			return s.others(i, func(o *session) bool { return o.dx || o.stmt == waitLock || o.stmt == waitTool })
		}
		return s.others(i, func(o *session) bool { return o.building })
	case drop:
		return s.others(i, func(o *session) bool { return o.building })
	}
	return false
}

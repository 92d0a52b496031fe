package model

// The runner of the model: the protocol, statement by statement, and the ways to get it wrong.

// protocol is how a runner works. The zero value is ours.
type protocol struct {
	noFence      bool // the record does not ask for the lock
	noReread     bool // the ledger is read before the lock is granted, not after
	unlockFirst  bool // the lock is given back before the record is written
	ifNotExists  bool // IF NOT EXISTS, and nobody looks whether the index is valid
	blocking     bool // pg_advisory_lock instead of polling
	noStarted    bool // no step row before a statement that runs alone
	sameAfterCut bool // a lost connection is replaced under the assumed lock
	blindRerun   bool // a CALL that may have run is run again
	leak         bool // the session goes back to a pool with its lock
	noKey        bool // the version table has no unique key, as goose's
	call         bool // N is a CALL, not an index build
	tool         bool // B is another tool, which waits inside pg_advisory_lock and has no fence
	noYield      bool // safemig builds while the tool waits
}

// isTool tells whether a session is the other tool's.
func (p protocol) isTool(i int) bool { return p.tool && i%2 == 1 }

type outcome uint8

const (
	running outcome = iota
	ok
	failed
	unresolved
)

// process is a runner: what it waits for and what it knows.
type process struct {
	sent stmt
	view view
	end  outcome
}

// step lets runner r take its reply, or the loss of its session, and send what follows.
// It tells whether it did anything.
func (s *state) step(r int, p protocol) bool {
	run, c := &s.run[r], &s.sess[r]
	switch {
	case run.end != running:
		return false
	case run.sent == noStmt: // connect
		*c = session{up: true}
		s.send(r, p.first(r))
		return true
	case !c.up: // the session was ended: know nothing, start again
		s.lost(r, p)
		return true
	case c.reply == noReply:
		return false
	}
	got := c.reply
	c.reply = noReply
	if p.isTool(r) {
		s.reactTool(r, got)
	} else {
		s.react(r, p, got)
	}
	return true
}

func (p protocol) first(r int) stmt {
	if p.isTool(r) {
		return waitTool
	}
	if p.noReread {
		return readAll
	}
	return p.lock()
}

func (p protocol) lock() stmt {
	if p.blocking {
		return waitLock
	}
	return tryLock
}

func (s *state) lost(r int, p protocol) {
	if p.sameAfterCut && s.run[r].sent > readAll {
		s.sess[r] = session{up: true}
		s.send(r, s.run[r].sent)
		return
	}
	s.run[r].sent = noStmt
}

func (s *state) send(r int, q stmt) {
	s.run[r].sent = q
	s.sess[r].stmt = q
}

// react is the protocol.
func (s *state) react(r int, p protocol, got reply) {
	run := &s.run[r]
	switch got {
	case refused: // the lock is lost: roll back, start again
		s.end(r)
		run.sent = noStmt
		return
	case duplicate:
		s.end(r)
		run.end = failed
		return
	case deadlock: // what it left is looked for and taken away
		s.send(r, verify)
		return
	}
	switch run.sent {
	case tryLock, waitLock:
		switch {
		case got == no:
			s.send(r, p.first(r)) // polls
		case p.noReread:
			s.next(r, p)
		case p.tool:
			s.send(r, tryTool)
		default:
			s.send(r, readAll)
		}
	case tryTool:
		if got == no {
			s.send(r, tryTool)
			return
		}
		s.send(r, readAll)
	case look:
		if s.sess[r].view.waiter { // the tool goes first
			s.end(r)
			run.sent = noStmt
			return
		}
		s.send(r, build)
	case readAll:
		run.view = s.sess[r].view
		if p.noReread {
			s.send(r, p.lock())
			return
		}
		s.next(r, p)
	case begin:
		s.send(r, body)
	case body:
		if p.unlockFirst {
			s.send(r, unlock)
			return
		}
		s.send(r, recordT)
	case recordT:
		s.send(r, commit)
	case commit:
		run.view.t = true
		s.next(r, p)
	case started:
		s.attempt(r, p)
	case build, call:
		if p.call || p.ifNotExists {
			s.send(r, done)
			return
		}
		s.send(r, verify)
	case verify:
		s.verified(r, p, s.sess[r].view)
	case drop:
		s.attempt(r, p)
	case done:
		run.view.n = true
		s.next(r, p)
	case unlock:
		if p.unlockFirst && !run.view.t {
			s.send(r, recordT)
			return
		}
		s.end(r)
		run.end = ok
	}
}

// next is what the view says is still to do.
func (s *state) next(r int, p protocol) {
	v := &s.run[r].view
	switch {
	case !v.t:
		s.send(r, begin)
	case v.n && p.leak:
		s.run[r].end = ok
	case v.n:
		s.send(r, unlock)
	case v.started && p.call && p.blindRerun:
		s.send(r, call)
	case v.started && p.call:
		s.end(r) // closing gives the lock back
		s.run[r].end = unresolved
	case v.started && !p.ifNotExists:
		s.send(r, verify)
	case v.started || p.noStarted:
		s.attempt(r, p)
	default:
		s.send(r, started)
	}
}

func (s *state) attempt(r int, p protocol) {
	switch {
	case p.call:
		s.send(r, call)
	case p.tool && !p.noYield:
		s.send(r, look)
	default:
		s.send(r, build)
	}
}

func (s *state) verified(r int, p protocol, v view) {
	switch v.index {
	case valid:
		s.send(r, done)
	case invalid:
		s.send(r, drop)
	default:
		s.attempt(r, p)
	}
}

// reactTool is a tool as golang-migrate, tern and sqlx are: what it records, it does not
// prove, and an index that is there already is an error of its own.
func (s *state) reactTool(r int, got reply) {
	run := &s.run[r]
	if got == duplicate {
		s.end(r)
		run.end = unresolved
		return
	}
	switch run.sent {
	case waitTool:
		s.send(r, readAll)
		return
	case readAll:
		run.view = s.sess[r].view
	case begin:
		s.send(r, body)
		return
	case body:
		s.send(r, recordT)
		return
	case recordT:
		s.send(r, commit)
		return
	case commit:
		run.view.t = true
	case build:
		s.send(r, done)
		return
	case done:
		run.view.n = true
	}
	switch {
	case !run.view.t:
		s.send(r, begin)
	case !run.view.n:
		s.send(r, build)
	default:
		s.end(r)
		run.end = ok
	}
}

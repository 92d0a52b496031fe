package audit

import (
	"slices"
	"time"

	"github.com/safemig/safemig/internal/trace"
)

// interval is a lock of one session, from its grant to its release.
type interval struct {
	session  *session
	id       string
	key      trace.Key
	name     string // the key, or the table
	class    string // session, transaction, table, row
	shared   bool
	try      bool
	blocking bool
	bare     bool
	text     string

	grant, release Point
	open           bool
	how            string
	count          int // grants that have not been released
	taken, given   int
	before         bool // granted before the log begins

	tentative bool      // try while another held it: granted if that one is dead
	doubtful  bool      // granted by inference
	from      *interval // whom it was taken to be dead

	own      trace.Tri // of an application: its own checkout
	checkout int
	queued   bool // Ecto: from the queue of execute, which drops results
	body     bool // taken by the migration, not by the tool that runs it
	check    bool // the version table was read inside
	ddl      int
	failed   *Point // a release that failed: where it was meant to end
	failedOn string
	certain  bool // that it failed
	waited   *Point
	version  *Version
}

// lock is what is known of one key in one database.
type lock struct {
	holder    *interval
	tentative []*interval
	waiting   []*interval
}

const maxIntervals = 512

func lockID(db, class, key string) string { return db + "\x00" + class + "\x00" + key }

func (a *Auditor) lock(id string) *lock {
	l := a.locks[id]
	if l == nil {
		if len(a.locks) > 8192 {
			for k, x := range a.locks {
				if x.holder == nil && len(x.waiting) == 0 && len(x.tentative) == 0 {
					delete(a.locks, k)
				}
			}
		}
		l = &lock{}
		a.locks[id] = l
	}
	return l
}

// acquire follows an advisory lock that is asked for.
func (a *Auditor) acquire(s *session, e *trace.Event, op *trace.Op, at Point) {
	class := "session"
	if op.Xact {
		class = "transaction"
		if s.tx == auto && len(e.Ops) == 1 && (s.server || s.client.begins) {
			if s.client.migrates || len(s.client.pending) < 4 { // an application may do it all day
				s.moment(Lock, at, op.Text, e.Duration)
				a.xactAlone(s, op, at)
			}
			return
		}
	}
	iv := &interval{session: s, key: op.Key, name: op.Key.String(), class: class, shared: op.Shared, try: op.Try, blocking: !op.Try,
		bare: op.Bare, text: op.Text, grant: at, own: e.Own, taken: 1, count: 1}
	iv.id = lockID(s.db, "advisory", keyForm(op.Key))
	iv.body = a.inBody(s, e)
	iv.queued = s.client.queuedTry
	if s.anon || !s.server {
		iv.checkout = s.client.checkouts
	}
	s.moment(Lock, at, op.Text, e.Duration)
	if op.Shared {
		a.grant(iv)
		return
	}
	l := a.lock(iv.id)
	switch h := l.holder; {
	case h == nil || h.session == s && s.anon:
		a.grant(iv)
	case h.session == s:
		h.count++
		h.taken++
		s.undo = append(s.undo, func(Point) { h.count--; h.taken-- })
	case h.session.client == s.client && !s.server:
		a.ownKey(s, iv, h)
		a.open(iv)
	case op.Try:
		iv.tentative = true
		l.tentative = append(l.tentative, iv)
		a.open(iv)
	default:
		l.waiting = append(l.waiting, iv)
		s.waits = iv
		s.undo = append(s.undo, func(Point) { l.unwait(iv); s.waits = nil })
	}
}

// keyForm tells one bigint from two ints, which are different locks.
func keyForm(k trace.Key) string {
	if k.Two {
		return "2:" + k.String()
	}
	return "1:" + k.String()
}

func (l *lock) unwait(iv *interval) {
	l.waiting = slices.DeleteFunc(l.waiting, func(x *interval) bool { return x == iv })
}

// open makes an interval one that is held.
func (a *Auditor) open(iv *interval) {
	iv.open = true
	s := iv.session
	s.own = append(s.own, iv)
	s.held++
	if iv.class != "session" {
		s.locks = append(s.locks, iv)
	}
	if len(a.intervals) >= maxIntervals {
		a.trimIntervals()
	}
	a.intervals = append(a.intervals, iv)
	s.undo = append(s.undo, func(Point) { a.drop(iv) })
}

// trimIntervals forgets the oldest that are closed.
func (a *Auditor) trimIntervals() {
	keep := a.intervals[:0]
	surplus := len(a.intervals) - maxIntervals/2
	for _, iv := range a.intervals {
		if surplus > 0 && (!iv.open || !iv.session.client.migrates) {
			surplus--
			continue
		}
		keep = append(keep, iv)
	}
	clear(a.intervals[len(keep):])
	a.intervals = keep
}

func (a *Auditor) grant(iv *interval) {
	if !iv.shared {
		a.lock(iv.id).holder = iv
	}
	a.open(iv)
}

// drop undoes an interval: it was never granted.
func (a *Auditor) drop(iv *interval) {
	if !iv.open {
		return
	}
	a.remove(iv)
	a.intervals = slices.DeleteFunc(a.intervals, func(x *interval) bool { return x == iv })
}

// remove takes an open interval from its session and its lock.
func (a *Auditor) remove(iv *interval) {
	iv.open = false
	s := iv.session
	s.held--
	s.own = slices.DeleteFunc(s.own, func(x *interval) bool { return x == iv })
	s.locks = slices.DeleteFunc(s.locks, func(x *interval) bool { return x == iv })
	l := a.locks[iv.id]
	if l == nil {
		return
	}
	l.tentative = slices.DeleteFunc(l.tentative, func(x *interval) bool { return x == iv })
	if l.holder == iv {
		l.holder = nil
	}
}

// shut ends an interval.
func (a *Auditor) shut(iv *interval, at Point, how string) {
	if !iv.open {
		return
	}
	a.remove(iv)
	iv.release, iv.how = at, how
	l := a.locks[iv.id]
	if l == nil || l.holder != nil {
		return
	}
	for _, t := range slices.Clone(l.tentative) { // the holder was there until now
		a.refuse(t)
	}
	if len(l.waiting) > 0 {
		next := l.waiting[0]
		l.waiting = l.waiting[1:]
		next.session.waits = nil
		next.grant = at
		a.grant(next)
	}
}

// alive is told of every event of a client that holds locks: tries of others have
// failed then.
func (a *Auditor) alive(s *session) {
	for _, x := range s.client.sessions {
		for _, iv := range x.own {
			if iv.tentative {
				continue
			}
			if l := a.locks[iv.id]; l != nil {
				for _, t := range slices.Clone(l.tentative) {
					if t.session.client != s.client {
						a.refuse(t)
					}
				}
			}
		}
	}
}

// refuse drops a try that cannot have been granted.
func (a *Auditor) refuse(t *interval) {
	a.drop(t)
	c := t.session.client
	c.refused = append(c.refused, t)
	if len(c.refused) > 20 {
		c.refused = c.refused[10:]
	}
	if t.version != nil {
		t.version.add(a.ignored(t, Certain, t.from))
	}
}

// trust takes the tries of a client to have been granted, once it goes on.
func (a *Auditor) trust(s *session) {
	for _, x := range a.relatives(s) {
		for _, iv := range slices.Clone(x.own) {
			if !iv.tentative {
				continue
			}
			l := a.lock(iv.id)
			l.tentative = slices.DeleteFunc(l.tentative, func(t *interval) bool { return t == iv })
			iv.tentative, iv.doubtful = false, true
			if h := l.holder; h != nil {
				iv.from = h
				a.remove(h)
				h.release, h.how = iv.grant, "ended unseen"
			}
			l.holder = iv
		}
	}
}

// find gives a session's open interval of a key.
func (s *session) find(id string, shared bool) *interval {
	for _, iv := range slices.Backward(s.own) {
		if iv.id == id && iv.shared == shared && iv.class == "session" {
			return iv
		}
	}
	return nil
}

// release follows pg_advisory_unlock.
func (a *Auditor) unlock(s *session, e *trace.Event, op *trace.Op, at Point) {
	s.moment(Unlock, at, op.Text, e.Duration)
	id := lockID(s.db, "advisory", keyForm(op.Key))
	if s.tx == aborted {
		a.unlockAborted(s, op, at)
		return
	}
	iv := s.find(id, op.Shared)
	if iv == nil && !s.server {
		a.unlockElsewhere(s, e, op, at, id)
		return
	}
	if iv == nil {
		a.unlockUnheld(s, op, at, id)
		return
	}
	if iv.tentative {
		a.trust(s)
	}
	iv.given++
	if iv.count > 1 {
		iv.count--
		s.undo = append(s.undo, func(Point) { iv.count++; iv.given-- })
		return
	}
	a.shut(iv, at, "released")
	s.undo = append(s.undo, func(Point) { // it was not released after all
		iv.given--
		if l := a.lock(iv.id); l.holder == nil {
			a.grant(iv)
		}
	})
}

// unlockUnheld is a release by a session that is not seen to hold the lock. Where
// the server does not warn, and nobody else has it, the session has had the lock
// since before the log began.
func (a *Auditor) unlockUnheld(s *session, op *trace.Op, at Point, id string) {
	l := a.lock(id)
	if h := l.holder; h != nil && !op.Shared {
		s.missed = &missed{op: *op, at: at, holder: h}
		return
	}
	iv := &interval{session: s, key: op.Key, name: op.Key.String(), class: "session", id: id, shared: op.Shared, before: true, doubtful: true,
		release: at, how: "released", text: op.Text, taken: 1, given: 1}
	a.intervals = append(a.intervals, iv)
	s.missed = &missed{op: *op, at: at, guess: iv}
}

// missed is a release whose lock was not found.
type missed struct {
	op     trace.Op
	at     Point
	holder *interval
	guess  *interval
}

// unlockElsewhere is a release in an application's log, on a connection of which is
// not known whether it is the lock's.
func (a *Auditor) unlockElsewhere(s *session, e *trace.Event, op *trace.Op, at Point, id string) {
	var iv *interval
	for _, x := range s.client.sessions {
		if f := x.find(id, op.Shared); f != nil {
			iv = f
		}
	}
	if iv == nil {
		iv = a.anonymousLock(s.client, id, op.Shared)
	}
	if iv == nil {
		a.otherKey(s, op, at)
		return
	}
	iv.given++
	if iv.own != trace.Yes || e.Own != trace.Yes {
		a.shut(iv, at, "released")
		return
	}
	distance := s.client.checkouts - iv.checkout
	size, known := a.o.PoolSize, a.o.PoolSize > 0
	if !known {
		size = 2 // mix ecto.migrate and with_repo
	}
	free := max(1, size-len(s.client.stack))
	same := distance%free == 0
	if !known && same && e.Idle > 0 && !at.Time.IsZero() {
		idleSince := at.Time.Add(-e.Idle - e.Queue - e.Duration)
		same = !idleSince.Before(iv.grant.Time.Add(-5 * time.Millisecond))
	}
	if same {
		a.shut(iv, at, "released")
		iv.doubtful = iv.doubtful || !known
		return
	}
	iv.failed, iv.failedOn, iv.certain = &at, "another connection of the pool", known
	c := Possible
	if known {
		c = Certain
	}
	a.report(s, a.otherSession(iv, at, "", c, distance, size))
}

// anonymousLock is the last open lock of a key that a client took on a connection of
// its own.
func (a *Auditor) anonymousLock(c *client, id string, shared bool) *interval {
	for _, iv := range slices.Backward(a.intervals) {
		if iv.open && iv.id == id && iv.shared == shared && iv.session.client == c {
			return iv
		}
	}
	return nil
}

// releaseAll follows pg_advisory_unlock_all and DISCARD ALL.
func (a *Auditor) releaseAll(s *session, op *trace.Op, at Point) {
	if s.tx != auto && op.Text != "" && s.server && len(s.own) == 0 {
		return
	}
	for _, iv := range slices.Clone(s.own) {
		if iv.class == "session" {
			s.moment(Unlock, at, op.Text, 0)
			a.shut(iv, at, op.Text)
		}
	}
}

// held gives the open exclusive locks of the sessions.
func held(sessions []*session) []*interval {
	var out []*interval
	for _, s := range sessions {
		for _, iv := range s.own {
			if iv.open && !iv.shared {
				out = append(out, iv)
			}
		}
	}
	return out
}

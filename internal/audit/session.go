package audit

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/safemig/safemig/internal/trace"
)

// session is a connection to the server. In a server's log it is one for certain; in
// an application's it is what the log lets one infer.
type session struct {
	id      string
	show    string
	server  bool
	anon    bool // a checkout of its own of an application: which connection is unknown
	client  *client
	db      string
	user    string
	app     string
	host    string
	first   Point
	last    Point
	reads   bool
	noted   bool // that reads of its user are logged
	sampled bool
	records int

	tx         txState
	txn        int // of the open transaction
	vxid       string
	ddl        []*ddl
	recs       []*record     // of the open transaction
	locks      []*interval   // released when it ends
	undo       []func(Point) // of the last statement, should it turn out to have failed
	lastOps    []trace.Op
	checks     Point
	firstCheck Point // since the last record
	begun      Point
	held       int // locks that are open
	own        []*interval
	missed     *missed
	gone       bool
	waits      *interval // a blocking acquire that has not been answered
}

type txState uint8

const (
	auto txState = iota
	open
	aborted
)

// client is a program with its sessions: a node.
type client struct {
	name     string
	sessions []*session
	server   bool
	check    Point // the version table was read last
	migrates bool  // it has read or written a version table
	begins   bool  // BEGIN of it is in the log
	moments  []Moment
	dropped  int
	pending  []Finding // of no version yet
	tool     string
	lastRec  Point

	// of applications
	format    string
	run       *run
	stack     []*session // connections that are checked out: transactions, the migrator's lock
	checkouts int
	idles     bool // idle= was seen
	migrator  bool // the migrator's own SQL was seen
	queuedTry bool // the acquire that is read now comes from Ecto's queue
	crashed   bool
	refused   []*interval // tries that others' locks have refused
}

// run is a migration that an application says it runs.
type run struct {
	version, title string
	down           bool
	at             Point
	done           bool
	commands       int
	immediate      []immediate // before the first command
	pending        string      // the last command, until its SQL is seen
	pendingAt      Point
	server         bool // from a tool's note in the database
	hint           bool // concurrently without disabling the migration lock
	ddl            []*ddl
	recorded       bool
}

type immediate struct {
	op trace.Op
	at Point
}

// ddl is a statement of a body.
type ddl struct {
	op       trace.Op
	at       Point
	session  *session
	txn      int
	vxid     string
	failed   string // SQLSTATE
	took     time.Duration
	ended    bool // it is known to have ended
	began    time.Time
	failedAt Point
	skipped  *ddl      // IF NOT EXISTS found what this one had left
	under    *interval // a lock that ends with a transaction of another session
	hangs    bool
	hung     bool
	recorded *Version
	tx       bool // in a transaction that the log does not show
}

// record is a version's row on its way.
type record struct {
	op      trace.Op
	at      Point
	commit  Point
	session *session
	txn     int
	vxid    string
	version *Version
	dead    bool // the server refused it
	run     *run
	body    []*ddl
	check   Point
}

const maxSessions = 4096

// session finds or makes the session of an event.
func (a *Auditor) session(e *trace.Event) *session {
	id := e.Session
	if !e.Server {
		id = "app\x00" + e.Format + "\x00" + e.Path + "\x00" + e.Node + "\x00" + id
	} else if id == "" {
		id = "?"
	}
	s := a.sessions[id]
	if s == nil {
		if len(a.sessions) >= maxSessions {
			a.evict()
		}
		s = &session{id: id, show: e.Session, server: e.Server, first: a.point(e)}
		switch {
		case e.Server && s.show == "":
			s.show = "?"
		case !e.Server && strings.HasSuffix(id, "/lock"):
			s.show = spoken(e.Node, "lock")
		case !e.Server:
			s.show = spoken(e.Node, "main")
		}
		a.sessions[id] = s
		s.client = &client{name: s.show, server: e.Server, sessions: []*session{s}, format: e.Format}
		if !e.Server {
			s.client = a.appClient(e)
			s.db = "\x00" + e.Path + "\x00" + e.Node // nodes' locks are not compared: their clocks are not one
			s.client.sessions = append(s.client.sessions, s)
		}
	}
	s.last = a.point(e)
	if e.DB != "" {
		s.db, s.user = e.DB, e.User
		a.dbs = note(a.dbs, e.DB)
	}
	if e.App != "" {
		s.app = e.App
	}
	if e.Host != "" {
		s.host, _, _ = strings.Cut(e.Host, "(")
		if i := strings.LastIndexByte(s.host, ':'); i > 0 {
			s.host = s.host[:i]
		}
	}
	if e.Reads && e.Server && !s.noted {
		s.noted = true
		if len(a.reads) < maxSessions {
			a.reads[e.User+"@"+e.DB] = true
		}
	}
	s.sampled = e.Sampled
	return s
}

// note adds a name to a short list.
func note(list []string, s string) []string {
	if s == "" || len(list) > 50 || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// appClient is the client of an application's events: one for each node of a file.
func (a *Auditor) appClient(e *trace.Event) *client {
	id := e.Path + "\x00" + e.Node
	c := a.apps[id]
	if c == nil {
		name := e.Node
		c = &client{name: name, format: e.Format}
		a.apps[id] = c
	}
	return c
}

// evict forgets sessions that hold nothing and have done nothing that waits to be
// judged.
func (a *Auditor) evict() {
	for id, s := range a.sessions {
		if s.idle() && a.seq-s.last.seq > 100 {
			a.forget(id, s)
		}
	}
	for id, s := range a.sessions { // all of them busy: those that have been silent for longest go
		if len(a.sessions) < maxSessions*3/4 {
			break
		}
		if a.seq-s.last.seq > maxSessions {
			a.forget(id, s)
		}
	}
	if len(a.sessions) >= maxSessions {
		for id, s := range a.sessions {
			a.forget(id, s)
			if len(a.sessions) < maxSessions/2 {
				break
			}
		}
	}
}

func (a *Auditor) forget(id string, s *session) {
	delete(a.sessions, id)
	s.client.sessions = slices.DeleteFunc(s.client.sessions, func(x *session) bool { return x == s })
	for name, x := range a.names {
		if x == s {
			delete(a.names, name)
		}
	}
}

func (s *session) idle() bool {
	return s.tx == auto && len(s.ddl) == 0 && len(s.recs) == 0 && len(s.locks) == 0 && s.waits == nil && !s.client.migrates && len(s.client.pending) == 0 &&
		!slices.ContainsFunc(s.client.sessions, func(x *session) bool { return x.holds() })
}

// holds tells whether any lock of the session is open.
func (s *session) holds() bool { return s.held > 0 }

var ectoName = regexp.MustCompile(`^ecto_\d+$`)

// unite makes sessions that share a prepared statement's name of Ecto's one client:
// the number in it is unique in a node.
func (a *Auditor) unite(s *session, name string) {
	if !ectoName.MatchString(name) {
		return
	}
	id := s.db + "\x00" + s.user + "\x00" + s.host + "\x00" + name
	other := a.names[id]
	if other == nil {
		if len(a.names) > maxSessions {
			clear(a.names)
		}
		a.names[id] = s
		s.client.tool = "Ecto"
		return
	}
	a.merge(other.client, s.client)
}

// merge moves the sessions of a client to another.
func (a *Auditor) merge(to, from *client) {
	if to == from {
		return
	}
	for _, s := range from.sessions {
		s.client = to
		to.sessions = append(to.sessions, s)
	}
	to.moments = append(to.moments, from.moments...)
	slices.SortStableFunc(to.moments, func(x, y Moment) int { return x.At.seq - y.At.seq })
	to.pending = append(to.pending, from.pending...)
	if from.check.seq > to.check.seq {
		to.check = from.check
	}
	to.migrates = to.migrates || from.migrates
	to.begins = to.begins || from.begins
	to.tool = spokenTool(to.tool, from.tool)
}

func spokenTool(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// relatives are the sessions that belong to a session's client, and those of which it
// is likely: the same user and program, opened within seconds.
func (a *Auditor) relatives(s *session) []*session {
	out := slices.Clone(s.client.sessions)
	if !s.server {
		return out
	}
	for _, x := range a.sessions {
		if x.client == s.client || !x.server || x.db != s.db || x.user != s.user || x.app != s.app || x.host != s.host {
			continue
		}
		if x.client.tool == "Ecto" && s.client.tool == "Ecto" || x.records > 0 {
			continue // nodes of their own
		}
		for _, y := range s.client.sessions {
			if near(x.first, y.first, 3*time.Second) {
				out = append(out, x)
				break
			}
		}
	}
	return out
}

// near tells whether two points are closer than d; without times, whether few events
// are between them.
func near(x, y Point, d time.Duration) bool {
	if x.Time.IsZero() || y.Time.IsZero() {
		return x.seq-y.seq < 50 && y.seq-x.seq < 50
	}
	diff := x.Time.Sub(y.Time)
	return diff < d && diff > -d
}

// moment remembers a line of the log for the version that it will belong to.
func (s *session) moment(role Role, at Point, text string, took time.Duration) {
	c := s.client
	switch {
	case !c.migrates && len(c.moments) >= 24: // an application's own locks and tables
		c.moments = append(c.moments[:0], c.moments[12:]...)
		c.dropped += 12
	case len(c.moments) >= 400:
		c.moments = slices.Delete(c.moments, 100, 300)
		c.dropped += 200
	}
	c.moments = append(c.moments, Moment{At: at, Session: s.show, Role: role, Text: text, Took: took})
}

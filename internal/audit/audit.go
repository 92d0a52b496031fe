// Package audit judges what a log says happened while migrations ran: whether one
// lock covered each version from the reading of the version table to the commit of
// its record, so that two nodes cannot run it twice.
//
// It is fed the events of package trace in the order of the log and keeps no more of
// them than it needs, so that logs of any size can be judged. It never claims more
// than the log shows: see Certainty.
package audit

import (
	"slices"
	"strings"
	"time"

	"github.com/safemig/safemig/internal/trace"
)

// Severity of a finding, and with it the verdict.
type Severity string

// The severities.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// Certainty is how well the log proves a finding.
type Certainty string

// The certainties.
const (
	Certain       Certainty = "certain"        // the log shows it
	Possible      Certainty = "possible"       // it follows from the log and something that the log does not show
	NotObservable Certainty = "not-observable" // the log cannot show whether it is so
)

// Verdict of a version, or of all.
type Verdict string

// The verdicts: an error makes fail, a warning warn.
const (
	Pass Verdict = "pass"
	Warn Verdict = "warn"
	Fail Verdict = "fail"
)

// Point is a place in a log.
type Point struct {
	Path  string
	Line  int
	Time  time.Time // the zero time where the log tells none
	Clock bool      // the time has no date
	seq   int

	coarse bool // the log's times are whole seconds: only its order tells more
}

// Finding is one thing that went wrong, or that the log cannot rule out.
type Finding struct {
	Rule      string
	Severity  Severity
	Certainty Certainty
	At        Point
	Message   string
	Hint      string // the remedy, for the tool that was seen
	key       string // two findings of a version with one key are one
}

// Role is what a moment is to its migration.
type Role string

// The roles of moments.
const (
	Lock    Role = "lock"
	Unlock  Role = "unlock"
	Check   Role = "check"
	Begin   Role = "begin"
	Commit  Role = "commit"
	Body    Role = "body"
	Record  Role = "record"
	Trouble Role = "trouble"
	Marker  Role = "marker"
)

// Moment is a line of the log that matters to a version.
type Moment struct {
	At      Point
	Session string // as shown
	Role    Role
	Text    string
	Failed  bool
	Took    time.Duration
}

// Span is a lock that was held, as far as the log shows.
type Span struct {
	Session  string
	Key      string // "123", "schema_migrations"
	Owner    string // whose lock it is, where that is known: "Ecto's lock of MyApp.Repo"
	Class    string // session, transaction, table, row
	From     Point
	To       Point
	Open     bool   // not released in the log
	How      string // it ended: "released", "commit", "session ended", …
	Intended bool   // To is where it was meant to end: the release failed
	Doubtful bool   // whether it was granted is inferred
}

// Version is what is known of one version of one version table.
type Version struct {
	Version  string
	Table    string
	DB       string
	Tool     string
	Title    string
	Down     bool
	Recorded bool
	Verdict  Verdict
	Findings []Finding
	Moments  []Moment
	Spans    []Span
	Dropped  int // moments that are not shown

	intervals []*interval
	client    *client
	rec       *record
	hashes    []string
	begin     Point
}

// Report is the whole judgement.
type Report struct {
	Verdict  Verdict
	Versions []*Version
	Stats    trace.Stats
	Notes    []string // what the log could not show, for all versions
}

// Options for an audit. The zero value is right where nothing is known.
type Options struct {
	PoolSize int // connections of the client's pool; 0 is unknown
}

// Auditor takes events and gives a Report. It is for one goroutine.
type Auditor struct {
	o         Options
	seq       int
	txs       int
	sessions  map[string]*session
	apps      map[string]*client
	locks     map[string]*lock
	intervals []*interval // the last of them, oldest first
	names     map[string]*session
	versions  []*Version
	index     map[string]*Version
	loose     *Version // findings of no version
	due       *record
	recent    []*ddl // the last of all sessions, for versions that run twice
	warnings  []warning
	dbs       []string
	schemas   []string
	repos     []string
	tables    []string
	anonymous int
	fine      bool            // times have fractions of seconds
	gone      []*client       // with sessions that have ended and left something to judge
	reads     map[string]bool // user@database whose reads are in the log
}

// warning is the server's answer to a failed release that no session of the log
// explains.
type warning struct {
	at      Point
	session string
}

// New gives an Auditor.
func New(o Options) *Auditor {
	return &Auditor{o: o, sessions: map[string]*session{}, apps: map[string]*client{}, locks: map[string]*lock{}, names: map[string]*session{}, index: map[string]*Version{}, reads: map[string]bool{}}
}

func (a *Auditor) point(e *trace.Event) Point {
	a.fine = a.fine || e.Time.Nanosecond() != 0
	return Point{Path: e.Path, Line: e.Line, Time: e.Time, Clock: e.Clock, seq: a.seq, coarse: !a.fine}
}

// Add takes the next event of the log.
func (a *Auditor) Add(e *trace.Event) {
	a.seq++
	if e.Kind == trace.Restart {
		a.settle(nil)
		a.restart(e)
		return
	}
	if e.Server && e.Session == "" && e.Kind == trace.Notice && e.NotOwner() {
		a.warnings = append(a.warnings, warning{a.point(e), ""})
		return
	}
	a.settle(e)
	if !e.Server && e.Session == "" {
		a.app(e)
		return
	}
	s := a.session(e)
	switch e.Kind {
	case trace.Statement:
		a.statement(s, e)
	case trace.Failure:
		a.failure(s, e)
	case trace.Notice:
		a.notice(s, e)
	case trace.Waiting, trace.Granted:
		a.waiting(s, e)
	case trace.End:
		a.end(s, a.point(e), "the session ended")
	}
}

// Finish gives the report, after the last event.
func (a *Auditor) Finish(stats trace.Stats) *Report {
	a.settle(nil)
	a.close()
	r := &Report{Versions: a.versions, Stats: stats, Verdict: Pass}
	if a.loose != nil && len(a.loose.Findings) > 0 {
		r.Versions = append(r.Versions, a.loose)
	}
	for _, v := range r.Versions {
		a.draw(v)
		slices.SortStableFunc(v.Findings, func(x, y Finding) int {
			if c := rank(x.Severity) - rank(y.Severity); c != 0 {
				return c
			}
			if (x.Certainty == Certain) != (y.Certainty == Certain) {
				return map[bool]int{true: -1, false: 1}[x.Certainty == Certain]
			}
			return x.At.seq - y.At.seq
		})
		v.Verdict = Pass
		for _, f := range v.Findings {
			v.Verdict = worse(v.Verdict, f.Severity)
		}
		if v.Verdict == Fail || v.Verdict == Warn && r.Verdict == Pass {
			r.Verdict = v.Verdict
		}
	}
	return r
}

func rank(s Severity) int { return map[Severity]int{Error: 0, Warning: 1, Info: 2}[s] }

func worse(v Verdict, s Severity) Verdict {
	switch {
	case s == Error:
		return Fail
	case s == Warning && v == Pass:
		return Warn
	}
	return v
}

// add adds a finding to a version unless it says what another has said; of two that
// differ in certainty the more certain stays.
func (v *Version) add(f Finding) {
	f.key = f.Rule + "\x00" + f.key
	for i := range v.Findings {
		if have := &v.Findings[i]; have.key == f.key {
			if f.Certainty == Certain && have.Certainty != Certain {
				*have = f
			}
			return
		}
	}
	if len(v.Findings) < 100 {
		v.Findings = append(v.Findings, f)
	}
}

// spoken is a name in a message.
func spoken(names ...string) string {
	return strings.Join(slices.DeleteFunc(names, func(s string) bool { return s == "" }), " ")
}

// Before tells whether a point comes earlier in the log than another.
func (p Point) Before(q Point) bool { return p.seq < q.seq }

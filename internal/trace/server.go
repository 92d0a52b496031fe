package trace

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// serverRecord is one entry of PostgreSQL's log, whatever the format.
type serverRecord struct {
	line                                          int
	node                                          string
	time, pid, session, vxid, user, db, app, host []byte
	severity, code, message, detail, hint         []byte
	statement, other                              []byte
	backend                                       []byte
}

func (r *serverRecord) reset() {
	r.line, r.node = 0, ""
	for _, b := range []*[]byte{&r.time, &r.pid, &r.session, &r.vxid, &r.user, &r.db, &r.app, &r.host, &r.severity, &r.code,
		&r.message, &r.detail, &r.hint, &r.statement, &r.other, &r.backend} {
		*b = (*b)[:0]
	}
}

// server turns entries into events.
type server struct {
	r        *reader
	names    map[string]string // interned
	sessions map[string]string // session id by process
	reads    map[string]bool   // user@database whose reads are logged
	lastRead []byte
	plain    bool          // statements are logged before they run: log_statement
	fastest  time.Duration // of those logged by their duration
	timed    int
}

func newServer(r *reader) *server {
	return &server{r: r, names: map[string]string{}, sessions: map[string]string{}, reads: map[string]bool{}}
}

// intern keeps one string of equal bytes.
func (s *server) intern(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if v, ok := s.names[string(b)]; ok {
		return v
	}
	if len(s.names) > 1<<16 {
		clear(s.names)
	}
	v := string(b)
	s.names[v] = v
	return v
}

func (s *server) event(rec *serverRecord, kind Kind, format string) *Event {
	e := &Event{Kind: kind, Format: format, Server: true, Line: rec.line, Node: rec.node, User: s.intern(rec.user), DB: s.intern(rec.db),
		App: s.intern(rec.app), Host: s.intern(rec.host), VXID: string(rec.vxid)}
	e.Time = parseTime(rec.time)
	e.Session = s.session(rec)
	e.Reads = s.reads[e.User+"@"+e.DB]
	e.Sampled = !s.plain && s.timed > 0 && s.fastest >= 5*time.Millisecond
	return e
}

// session names a session by its process. A process number that is used again ends
// the session that had it.
func (s *server) session(rec *serverRecord) string {
	pid := rec.pid
	if len(pid) == 0 {
		if i := bytes.IndexByte(rec.session, '.'); i > 0 {
			if n, err := strconv.ParseInt(string(rec.session[i+1:]), 16, 64); err == nil {
				pid = strconv.AppendInt(nil, n, 10)
			}
		}
	}
	if len(pid) == 0 {
		if bytes.IndexByte(rec.host, '(') > 0 || bytes.IndexByte(rec.host, ':') > 0 {
			return s.intern(rec.host) // address and port are the connection's own
		}
		return ""
	}
	name := s.intern(pid)
	if len(rec.session) > 0 {
		old, ok := s.sessions[name]
		if ok && old != string(rec.session) {
			s.r.emit(&Event{Kind: End, Format: "", Server: true, Line: rec.line, Session: name, Time: parseTime(rec.time), Node: rec.node})
		}
		if !ok || old != string(rec.session) {
			if len(s.sessions) > 1<<16 {
				clear(s.sessions)
			}
			s.sessions[name] = string(rec.session)
		}
	}
	return name
}

var (
	msgStatement = []byte("statement: ")
	msgExecute   = []byte("execute ")
	msgDuration  = []byte("duration: ")
	msgProcess   = []byte("process ")
)

func (s *server) record(rec *serverRecord, format string) {
	switch string(rec.severity) {
	case "LOG":
		s.log(rec, format)
	case "ERROR", "FATAL", "PANIC":
		e := s.event(rec, Failure, format)
		e.Message, e.Detail = string(rec.message), string(rec.detail)
		e.Code = string(rec.code)
		if e.Code == "" || e.Code == "00000" {
			e.Code = codeOf(e.Message)
		}
		if len(rec.statement) > 0 {
			e.SQL = string(rec.statement)
			e.Ops = s.r.Tables.Classify(rec.statement, nil)
		}
		s.r.emit(e)
		if string(rec.severity) != "ERROR" {
			end := *e
			end.Kind = End
			s.r.emit(&end)
		}
	case "WARNING", "NOTICE", "INFO":
		e := s.event(rec, Notice, format)
		e.Message, e.Detail, e.Code = string(rec.message), string(rec.detail), string(rec.code)
		s.r.emit(e)
	}
}

func (s *server) log(rec *serverRecord, format string) {
	m := rec.message
	switch {
	case bytes.HasPrefix(m, msgStatement):
		s.plain = true
		s.sql(rec, m[len(msgStatement):], "", 0, false, format)
	case bytes.HasPrefix(m, msgExecute):
		if name, sql, ok := executed(m[len(msgExecute):]); ok {
			s.plain = true
			s.sql(rec, sql, name, 0, false, format)
		}
	case bytes.HasPrefix(m, msgDuration):
		s.duration(rec, m[len(msgDuration):], format)
	case bytes.HasPrefix(m, msgProcess):
		s.wait(rec, format)
	default:
		s.life(rec, format)
	}
}

// executed reads "name: sql", "name/portal: sql" and "fetch from name: sql" of the
// extended protocol (postgres.c, exec_execute_message).
func executed(m []byte) (name string, sql []byte, ok bool) {
	i := bytes.Index(m, []byte(": "))
	if i < 0 {
		return "", nil, false
	}
	n := m[:i]
	if bytes.HasPrefix(n, []byte("fetch from ")) {
		return "", nil, false // the rest of what was executed before
	}
	n, _, _ = bytes.Cut(n, []byte("/"))
	return string(n), m[i+2:], true
}

// duration reads what log_min_duration_statement and log_duration write; it stands
// after the statement has ended. What log_statement has shown is not shown again.
func (s *server) duration(rec *serverRecord, m []byte, format string) {
	i := bytes.Index(m, []byte(" ms"))
	if i < 0 {
		return
	}
	ms, err := strconv.ParseFloat(string(m[:i]), 64)
	if err != nil {
		return
	}
	d := time.Duration(ms * float64(time.Millisecond))
	rest := bytes.TrimLeft(m[i+3:], " ")
	if s.timed == 0 || d < s.fastest {
		s.fastest = d
	}
	s.timed++
	switch {
	case bytes.HasPrefix(rest, msgStatement):
		s.sql(rec, rest[len(msgStatement):], "", d, true, format)
	case bytes.HasPrefix(rest, msgExecute):
		if name, sql, ok := executed(rest[len(msgExecute):]); ok {
			s.sql(rec, sql, name, d, true, format)
		}
	}
}

func (s *server) sql(rec *serverRecord, sql []byte, name string, d time.Duration, after bool, format string) {
	s.r.stats.Statements++
	relevant, reads := s.r.Tables.relevant(sql)
	if reads {
		s.sawRead(rec)
	}
	if !relevant {
		return
	}
	var params []string
	if len(rec.detail) > 0 {
		params = parameters(rec.detail)
	}
	ops := s.r.Tables.Classify(sql, params)
	for i := range ops {
		if !ops[i].Writes() {
			s.sawRead(rec)
		}
	}
	if onlyOther(ops) {
		return
	}
	e := s.event(rec, Statement, format)
	e.Ops, e.Params, e.Name, e.Duration, e.After = ops, params, name, d, after
	s.r.emit(e)
}

func (s *server) sawRead(rec *serverRecord) {
	// the same user and database as the last time, nearly always
	n := len(rec.user)
	if len(s.lastRead) == n+1+len(rec.db) && bytes.Equal(s.lastRead[:n], rec.user) && bytes.Equal(s.lastRead[n+1:], rec.db) {
		return
	}
	s.lastRead = append(append(append(s.lastRead[:0], rec.user...), '@'), rec.db...)
	if len(s.reads) > 1<<14 {
		clear(s.reads)
	}
	s.reads[string(s.lastRead)] = true
}

func onlyOther(ops []Op) bool {
	for i := range ops {
		if ops[i].Kind != OpOther {
			return false
		}
	}
	return true
}

// parameters reads "parameters: $1 = 'x', $2 = NULL"; from 16 on "Parameters:".
func parameters(detail []byte) []string {
	i := bytes.Index(detail, []byte("arameters: "))
	if i < 0 {
		return nil
	}
	var out []string
	l := lexer{src: detail[i+len("arameters: "):]}
	for t := l.next(); t.kind != tokEnd; t = l.next() {
		if t.kind != tokParam {
			continue
		}
		if t = l.next(); !t.mark('=') {
			return out
		}
		switch t = l.next(); t.kind {
		case tokString:
			out = append(out, strings.ReplaceAll(string(t.text), "''", "'"))
		default:
			out = append(out, "NULL")
		}
	}
	return out
}

var waitText = regexp.MustCompile(`^process (\d+) (still waiting for|acquired|detected deadlock while waiting for|avoided deadlock for) (\w+) on (.*?)(?: after .* ms)?$`)

func (s *server) wait(rec *serverRecord, format string) {
	m := waitText.FindSubmatch(rec.message)
	if m == nil {
		return
	}
	e := s.event(rec, Waiting, format)
	if string(m[2]) == "acquired" {
		e.Kind = Granted
	}
	e.Message = string(rec.message)
	e.Wait = Wait{Session: string(m[1]), Mode: string(m[3]), Object: string(m[4])}
	e.Wait.Key = advisoryKey(e.Wait.Object)
	if held, ok := bytes.CutPrefix(rec.detail, []byte("Process")); ok {
		if _, list, ok := bytes.Cut(held, []byte(": ")); ok {
			list, _, _ = bytes.Cut(list, []byte("."))
			for _, p := range bytes.Split(list, []byte(", ")) {
				e.Wait.Holders = append(e.Wait.Holders, string(p))
			}
		}
	}
	if len(rec.statement) > 0 {
		e.SQL = string(rec.statement)
		e.Ops = s.r.Tables.Classify(rec.statement, nil)
	}
	s.r.emit(e)
}

// advisoryKey reads "advisory lock [database,high,low,form]" (lmgr.c, DescribeLockTag).
func advisoryKey(object string) Key {
	list, ok := strings.CutPrefix(object, "advisory lock [")
	if !ok {
		return Key{Text: "?"}
	}
	f := strings.Split(strings.TrimSuffix(list, "]"), ",")
	if len(f) != 4 {
		return Key{Text: "?"}
	}
	hi, err1 := strconv.ParseUint(f[1], 10, 32)
	lo, err2 := strconv.ParseUint(f[2], 10, 32)
	if err1 != nil || err2 != nil {
		return Key{Text: "?"}
	}
	if f[3] == "2" {
		return Key{A: int32(hi), B: int32(lo), Two: true}
	}
	return Key{N: int64(hi<<32 | lo)}
}

// life reads the entries that tell of sessions and of the server itself.
func (s *server) life(rec *serverRecord, format string) {
	m := rec.message
	starts := func(text string) bool { return bytes.HasPrefix(m, []byte(text)) }
	switch {
	case starts("disconnection: "), starts("unexpected EOF on client connection"), starts("could not receive data from client"),
		starts("connection received: "), starts("connection authorized: ") && len(rec.session) == 0:
		e := s.event(rec, End, format)
		e.Message = string(m)
		if !starts("connection authorized: ") {
			s.r.emit(e)
		}
	case starts("server process (PID "), starts("terminating any other active server processes"), starts("all server processes terminated"),
		starts("database system was interrupted"), starts("database system was not properly shut down"), starts("database system is shut down"),
		starts("database system was shut down"), starts("received immediate shutdown"):
		if starts("server process (PID ") && !bytes.Contains(m, []byte("was terminated")) && !bytes.Contains(m, []byte("exited with exit code")) {
			return
		}
		e := s.event(rec, Restart, format)
		e.Session, e.Message = "", string(m)
		s.r.emit(e)
	}
}

// codeOf is the SQLSTATE of an error whose log does not tell it, for the errors that
// matter to migrations.
func codeOf(message string) string {
	has := func(s string) bool { return strings.Contains(message, s) }
	switch {
	case has("duplicate key value violates unique constraint"):
		return "23505"
	case has("deadlock detected"):
		return "40P01"
	case has("cannot run inside a transaction block"), has("cannot be executed from a function"):
		return "25001"
	case has("current transaction is aborted"):
		return "25P02"
	case has("canceling statement due to lock timeout"):
		return "55P03"
	case has("canceling statement due to"):
		return "57014"
	case has("terminating connection"):
		return "57P01"
	case has("column ") && has("already exists"):
		return "42701"
	case has("already exists") && (has("relation ") || has("table ")):
		return "42P07"
	case has("already exists"):
		return "42710"
	}
	return ""
}

// parseTime reads "2026-11-22 10:55:00.497 UTC", with or without its parts, and
// seconds since 1970 with a fraction. What it cannot read gives the zero time.
func parseTime(b []byte) time.Time {
	if len(b) < 10 {
		return time.Time{}
	}
	if b[4] != '-' {
		if f, err := strconv.ParseFloat(string(b), 64); err == nil && f > 1e8 && f < 1e11 {
			return time.UnixMilli(int64(f * 1000)).UTC()
		}
		return time.Time{}
	}
	n := func(from, to int) int {
		v := 0
		for _, c := range b[from:min(to, len(b))] {
			if !isDigit(c) {
				return 0
			}
			v = v*10 + int(c-'0')
		}
		return v
	}
	if len(b) < 19 {
		return time.Time{}
	}
	nanos, i := 0, 19
	if i < len(b) && (b[i] == '.' || b[i] == ',') {
		scale := 100_000_000
		for i++; i < len(b) && isDigit(b[i]); i++ {
			nanos += int(b[i]-'0') * scale
			scale /= 10
		}
	}
	t := time.Date(n(0, 4), time.Month(max(1, n(5, 7))), max(1, n(8, 10)), n(11, 13), n(14, 16), n(17, 19), nanos, time.UTC)
	rest := bytes.TrimSpace(b[i:])
	if len(rest) >= 3 && (rest[0] == '+' || rest[0] == '-') { // an offset; names are taken for one zone
		h, _ := strconv.Atoi(string(rest[1:3]))
		off := time.Duration(h) * time.Hour
		if mm := bytes.TrimLeft(rest[3:], ":"); len(mm) >= 2 {
			if v, err := strconv.Atoi(string(mm[:2])); err == nil {
				off += time.Duration(v) * time.Minute
			}
		}
		if rest[0] == '+' {
			off = -off
		}
		t = t.Add(off)
	}
	return t
}

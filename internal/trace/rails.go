package trace

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// rails reads the log of ActiveRecord, with the banners of db:migrate
// (log_subscriber.rb, migration.rb).
type rails struct {
	app *app

	at, end int // of "(0.3ms)" in the line that matches was asked about
	kind    int
	line    int
	head    []byte // of the record: the name of the query
	sql     []byte
	took    float64
	open    bool
	full    bool
	running bool
}

func (f *rails) name() string { return "rails" }

var (
	railsBanner = regexp.MustCompile(`^== (\d+) ([\w:]+): (migrating|migrated|reverting|reverted)\b`)
	railsRuby   = regexp.MustCompile(`^[DIWEF], \[(\d{4}-\d\d-\d\dT[\d:.]+)\s+#(\d+)\]\s+\w+ -- [^:]*: `)
	railsCall   = regexp.MustCompile(`^\s*(-- \w+\(|-> |-- \w+$)`)
	railsName   = regexp.MustCompile(`^(\[[^\]]*\] ?)*\s*(?:[\w:]+(?: [\w:]+){0,4} ?)?$`)
)

const (
	railsSQL = iota + 1
	railsHead
	railsNote
	railsError
)

func (f *rails) matches(line []byte) bool {
	f.kind = 0
	body, _, _ := f.ruby(line)
	switch {
	case bytes.HasPrefix(line, []byte("== ")) && railsBanner.Match(line):
		f.kind = railsHead
	case bytes.HasPrefix(line, []byte("PG::")):
		f.kind = railsError
	case f.query(body):
		f.kind = railsSQL
	case len(body) < len(line) || railsCall.Match(line):
		f.kind = railsNote
	}
	return f.kind != 0
}

// ruby takes off what Ruby's Logger puts before a message.
func (f *rails) ruby(line []byte) (body []byte, when, pid string) {
	if len(line) < 20 || line[1] != ',' || line[2] != ' ' {
		return line, "", ""
	}
	m := railsRuby.FindSubmatchIndex(line)
	if m == nil {
		return line, "", ""
	}
	return line[m[1]:], string(line[m[2]:m[3]]), string(line[m[4]:m[5]])
}

// query finds "(0.3ms)" with nothing but a name before it and two spaces behind.
func (f *rails) query(body []byte) bool {
	f.end = bytes.Index(body[:min(len(body), 200)], []byte("ms)"))
	if f.end < 2 {
		return false
	}
	f.at = bytes.LastIndexByte(body[:f.end], '(')
	if f.at < 0 || !isFloat(body[f.at+1:f.end]) || !railsName.Match(body[:f.at]) {
		return false
	}
	rest := body[f.end+3:]
	return bytes.HasPrefix(rest, []byte("  ")) || bytes.HasPrefix(rest, []byte(" (db time"))
}

func isFloat(b []byte) bool {
	for _, c := range b {
		if !isDigit(c) && c != '.' {
			return false
		}
	}
	return len(b) > 0
}

func (f *rails) take(line []byte, n int) {
	f.flush()
	body, when, pid := f.ruby(line)
	if when != "" {
		f.app.when([]byte(when), pid)
	}
	switch f.kind {
	case railsHead:
		f.banner(line, n)
	case railsError:
		e := f.app.event(Failure, "rails", n)
		e.Message = string(line)
		e.Code = codeOf(e.Message)
		e.Session = f.session(nil)
		f.app.r.emit(e)
	case railsSQL:
		f.query(body)
		f.line, f.open, f.full = n, true, false
		f.head = append(f.head[:0], bytes.TrimSpace(body[:f.at])...)
		f.took, _ = strconv.ParseFloat(string(body[f.at+1:f.end]), 64)
		rest := body[f.end+3:]
		if i := bytes.Index(rest, []byte(")  ")); bytes.HasPrefix(rest, []byte(" (db time")) && i > 0 {
			rest = rest[i+1:]
		}
		f.sql = append(f.sql[:0], bytes.TrimLeft(rest, " ")...)
		f.full = bytes.HasSuffix(f.sql, []byte("]]"))
	}
}

func (f *rails) banner(line []byte, n int) {
	g := railsBanner.FindSubmatch(line)
	kind := Run
	if w := string(g[3]); w == "migrated" || w == "reverted" {
		kind = Done
	}
	e := f.app.event(kind, "rails", n)
	e.Version, e.Title, e.Down = string(g[1]), string(g[2]), bytes.HasPrefix(g[3], []byte("revert"))
	f.running = kind == Run
	f.app.r.emit(e)
}

func (f *rails) more(line []byte) bool {
	trimmed := bytes.TrimSpace(line)
	if bytes.HasPrefix(trimmed, []byte("↳")) || len(trimmed) == 0 && (!f.open || f.full) {
		return true
	}
	if !f.open || f.full || bytes.HasPrefix(line, []byte("rails aborted!")) || bytes.HasPrefix(line, []byte("StandardError")) {
		return false
	}
	if len(f.sql) < maxRecord {
		f.sql = append(append(f.sql, '\n'), line...)
	}
	f.full = bytes.HasSuffix(f.sql, []byte("]]"))
	return true
}

func (f *rails) flush() {
	if !f.open {
		return
	}
	f.open = false
	if bytes.HasPrefix(f.head, []byte("CACHE")) || len(f.sql) == 0 {
		return
	}
	sql, params := railsBinds(f.sql)
	e := f.app.statement("rails", f.line, sql, params)
	e.Duration, e.After = time.Duration(f.took*float64(time.Millisecond)), true
	e.Session = f.session(e.Ops)
	f.app.r.emit(e)
}

// session names the connection: a migrating process has one for its work, and
// another for the lock that db:migrate takes around all of it (migration.rb,
// with_advisory_lock; from 5.2 on).
func (f *rails) session(ops []Op) string {
	name := f.app.client
	if name == "" {
		name = "rails"
	}
	for _, op := range ops {
		if (op.Kind == OpAcquire || op.Kind == OpRelease) && !op.Xact && op.Bare && !f.running {
			return name + "/lock"
		}
	}
	return name
}

// railsBinds parts "sql  [["version", "2024"], [nil, 1]]" in two.
func railsBinds(text []byte) (sql []byte, params []string) {
	i := bytes.LastIndex(text, []byte("  [["))
	if i < 0 || !bytes.HasSuffix(text, []byte("]]")) {
		return text, nil
	}
	for _, pair := range inspected(text[i+3 : len(text)-1]) {
		p := inspected([]byte(strings.TrimSuffix(strings.TrimPrefix(pair, "["), "]")))
		params = append(params, p[len(p)-1])
	}
	return text[:i], params
}

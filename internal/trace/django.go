package trace

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// django reads what django.db.backends logs, and the progress of manage.py migrate.
type django struct {
	app *app

	kind int
	at   int
	line int
	sql  []byte
	took float64
	open bool
	full bool
}

func (f *django) name() string { return "django" }

var (
	djangoQuery = regexp.MustCompile(`(?:^|\s|\.\.\.)\((\d+\.\d{3})\) `)
	djangoRun   = regexp.MustCompile(`^\s*(Applying|Unapplying) ([\w.]+?)\.\.\.`)
	djangoArgs  = regexp.MustCompile(`; args=(\(.*\)|\[.*\]|None|\{.*\})(?:; alias=\S+)?$`)
)

func (f *django) matches(line []byte) bool {
	f.kind = 0
	head := line[:min(len(line), 250)]
	if m := djangoQuery.FindSubmatchIndex(head); m != nil {
		rest := line[m[1]:]
		if len(rest) > 0 && (isNameStart(rest[0]) || rest[0] == '\n' || rest[0] == '(' || rest[0] == '-' || rest[0] == ' ') || len(rest) == 0 {
			f.kind, f.at = 1, m[1]
			return true
		}
	}
	if djangoRun.Match(head) {
		f.kind = 2
		return true
	}
	if t := bytes.TrimSpace(line); string(t) == "OK" || string(t) == "Running migrations:" {
		f.kind = 3
		return true
	}
	return false
}

func (f *django) take(line []byte, n int) {
	f.flush()
	if g := djangoRun.FindSubmatch(line); g != nil {
		e := f.app.event(Run, "django", n)
		e.Version, e.Down = string(g[2]), g[1][0] == 'U'
		f.app.r.emit(e)
	}
	switch f.kind {
	case 1:
		f.app.clockTime(bytes.TrimLeft(line[:f.at], "DEBUGINFO []"))
		m := djangoQuery.FindSubmatch(line[:min(len(line), 250)])
		f.took, _ = strconv.ParseFloat(string(m[1]), 64)
		f.line, f.open = n, true
		f.sql = append(f.sql[:0], line[f.at:]...)
		f.full = djangoArgs.Match(f.sql)
	case 2, 3:
		if bytes.HasSuffix(bytes.TrimSpace(line), []byte("OK")) {
			f.app.r.emit(f.app.event(Done, "django", n))
		}
	}
}

func (f *django) more(line []byte) bool {
	if !f.open || f.full {
		return len(bytes.TrimSpace(line)) == 0
	}
	if len(f.sql) < maxRecord {
		f.sql = append(append(f.sql, '\n'), line...)
	}
	f.full = djangoArgs.Match(line)
	return true
}

func (f *django) flush() {
	if !f.open {
		return
	}
	f.open = false
	sql := f.sql
	var params []string
	if m := djangoArgs.FindSubmatchIndex(sql); m != nil {
		args := strings.Trim(string(sql[m[2]:m[3]]), "()[]")
		sql = sql[:m[0]]
		for _, a := range inspected([]byte(strings.ReplaceAll(args, "'", `"`))) {
			if a != "" && a != "None" {
				params = append(params, a)
			}
		}
		sql = percents(sql)
	}
	e := f.app.statement("django", f.line, sql, params)
	e.Duration, e.After = time.Duration(f.took*float64(time.Second)), true
	e.Session = "django"
	f.app.r.emit(e)
}

// percents numbers the parameters that Python writes %s.
func percents(sql []byte) []byte {
	if !bytes.Contains(sql, []byte("%s")) {
		return sql
	}
	var out []byte
	for n := 1; ; n++ {
		before, after, ok := bytes.Cut(sql, []byte("%s"))
		out = append(out, before...)
		if !ok {
			return out
		}
		out = append(append(out, '$'), strconv.Itoa(n)...)
		sql = after
	}
}

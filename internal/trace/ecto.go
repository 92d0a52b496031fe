package trace

import (
	"bytes"
	"regexp"
	"strings"
)

// ecto reads what Elixir's Logger prints of Ecto with --log-migrations-sql and
// --log-migrator-sql (ecto_sql, sql.ex, log_iodata; migration/runner.ex). The levels'
// padding, the time's form and the blank lines between records vary.
type ecto struct {
	app   *app
	whole bool // the messages have no level before them: they come out of JSON

	msg    int // where in the line that matches was asked about the message begins
	line   int
	header []byte
	sql    []byte
	open   bool
	full   bool // the SQL and its parameters are through
}

func (f *ecto) name() string { return "ecto" }

var (
	ectoQuery       = []byte("QUERY ")
	ectoRunning     = regexp.MustCompile(`^== Running (\d+) ([\w.]+?)\.(up|down|change)/0(?: (forward|backward))?`)
	ectoDone        = regexp.MustCompile(`^== Migrated (\d+) in `)
	ectoLevel       = regexp.MustCompile(`\[(debug|info|notice|warn|warning|error|critical)\] *|level=(debug|info|notice|warn|warning|error) .*?message=`)
	ectoCommand     = regexp.MustCompile(`^(execute|create|drop|alter|rename) `)
	ectoLockWarning = []byte("to concurrently but did not disable migration lock")
	ectoTxWarning   = []byte("to concurrently but did not disable ddl transaction")
)

func (f *ecto) matches(line []byte) bool {
	f.msg = -1
	head := line[:min(len(line), 300)]
	if bytes.HasPrefix(line, []byte("** (")) || bytes.Contains(line, ectoLockWarning) || bytes.Contains(line, ectoTxWarning) {
		f.msg = 0
		return true
	}
	for _, word := range [][]byte{[]byte("QUERY OK"), []byte("QUERY ERROR"), []byte("== Running "), []byte("== Migrated "), []byte("Migration lock occupied for ")} {
		if i := bytes.Index(head, word); i >= 0 && (i == 0 || !isName(head[i-1])) {
			if m := line[i:]; word[0] != '=' || ectoRunning.Match(m) || ectoDone.Match(m) {
				f.msg = i
				return true
			}
		}
	}
	if f.whole {
		f.msg = 0
		return ectoCommand.Match(line) || bytes.Contains(head, []byte("you don't own a lock"))
	}
	if bytes.IndexByte(head, '[') < 0 && !bytes.Contains(head, []byte("level=")) {
		return false
	}
	if m := ectoLevel.FindIndex(head); m != nil && (m[0] == 0 || isSpace(head[m[0]-1]) || head[m[0]] == '[') {
		f.msg = m[1]
		return true
	}
	return false
}

func (f *ecto) take(line []byte, n int) {
	f.flush()
	f.app.clockTime(line[:f.msg])
	m := line[f.msg:]
	switch {
	case bytes.HasPrefix(m, ectoQuery):
		f.header = append(f.header[:0], m...)
		f.line, f.open, f.full, f.sql = n, true, false, f.sql[:0]
		if rest := afterHeader(m); len(rest) > 0 {
			f.add(rest)
		}
	case ectoRunning.Match(m):
		g := ectoRunning.FindSubmatch(m)
		e := f.app.event(Run, "ecto", n)
		e.Version, e.Title = string(g[1]), string(g[2])
		e.Down = string(g[3]) == "down" || string(g[4]) == "backward"
		f.emit(e)
	case ectoDone.Match(m):
		e := f.app.event(Done, "ecto", n)
		e.Version = string(ectoDone.FindSubmatch(m)[1])
		f.emit(e)
	case bytes.HasPrefix(m, []byte("Migration lock occupied")):
		e := f.app.event(Retry, "ecto", n)
		e.Message = string(m)
		f.emit(e)
	case bytes.HasPrefix(m, []byte("** (")):
		e := f.app.event(Crash, "ecto", n)
		e.Message = string(m)
		f.emit(e)
	case bytes.Contains(m, ectoLockWarning), bytes.Contains(m, ectoTxWarning):
		e := f.app.event(Hint, "ecto", n)
		e.Message = string(m)
		f.emit(e)
	case ectoCommand.Match(m):
		e := f.app.event(Command, "ecto", n)
		e.Message = string(m)
		f.emit(e)
	default:
		e := f.app.event(Notice, "ecto", n)
		e.Message = string(m)
		f.emit(e)
	}
}

func (f *ecto) emit(e *Event) {
	e.Raw = e.Message
	f.app.r.emit(e)
}

// afterHeader gives what stands behind "QUERY OK db=0.1ms idle=2ms" on the same line.
func afterHeader(m []byte) []byte {
	rest := m
	for {
		rest = bytes.TrimLeft(rest, " ")
		word, tail, _ := bytes.Cut(rest, []byte(" "))
		w := string(word)
		if w != "QUERY" && w != "OK" && w != "ERROR" && !strings.HasPrefix(w, "source=") && !(strings.HasSuffix(w, "ms") && strings.Contains(w, "=")) {
			return rest
		}
		rest = tail
	}
}

func (f *ecto) more(line []byte) bool {
	if !f.open {
		return len(bytes.TrimSpace(line)) == 0
	}
	trimmed := bytes.TrimSpace(line)
	if f.full {
		// blank lines and the stack: ↳ module.function/1, at: file:line
		return len(trimmed) == 0 || bytes.HasPrefix(trimmed, []byte("↳")) || bytes.Contains(trimmed, []byte(", at: "))
	}
	if len(f.sql) == 0 {
		f.line = f.app.r.lines.n // people look for the SQL, not for its header
	}
	f.add(line)
	return true
}

func (f *ecto) add(line []byte) {
	if len(f.sql) > maxRecord {
		return
	}
	if len(f.sql) > 0 {
		f.sql = append(f.sql, '\n')
	}
	f.sql = append(f.sql, line...)
	if b := bytes.TrimRight(line, " "); len(b) > 0 && b[len(b)-1] == ']' {
		_, _, f.full = splitParams(f.sql)
	}
}

func (f *ecto) flush() {
	if !f.open {
		return
	}
	f.open = false
	sql, params, ok := splitParams(f.sql)
	if !ok {
		f.app.r.stats.Cut++
	}
	if len(bytes.TrimSpace(sql)) == 0 {
		return
	}
	e := f.app.statement("ecto", f.line, sql, inspected(params))
	e.Failed = bytes.HasPrefix(f.header, []byte("QUERY ERROR"))
	e.Duration, _ = millis(f.header, " db=")
	e.Queue, _ = millis(f.header, " queue=")
	e.After = true
	e.Own = No
	if d, ok := millis(f.header, " idle="); ok {
		e.Own, e.Idle = Yes, d
	}
	f.app.r.emit(e)
}

// splitParams parts "sql [a, b]" in two. Brackets of the SQL's own stand behind a
// name or a bracket; those of the parameters behind a space.
func splitParams(text []byte) (sql, params []byte, ok bool) {
	text = bytes.TrimRight(text, " \n\t")
	if bytes.HasSuffix(text, []byte(" []")) || string(text) == "[]" {
		return bytes.TrimRight(text[:len(text)-2], " \n"), nil, true
	}
	if len(text) == 0 || text[len(text)-1] != ']' {
		return text, nil, false
	}
	for i := 0; i < len(text); i++ {
		k := bytes.IndexByte(text[i:], '[')
		if k < 0 {
			break
		}
		i += k
		if i > 0 && isSpace(text[i-1]) && bracketEnd(text, i) == len(text) {
			return bytes.TrimRight(text[:i], " \n"), text[i+1 : len(text)-1], true
		}
	}
	return text, nil, false
}

// bracketEnd is the place behind the bracket that closes the one at i; strings are
// skipped. 0 where none does.
func bracketEnd(b []byte, i int) int {
	depth, quoted := 0, false
	for ; i < len(b); i++ {
		switch c := b[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{' || c == '(':
			depth++
		case c == ']' || c == '}' || c == ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// inspected gives the elements of a list as Elixir's inspect writes it.
func inspected(b []byte) []string {
	var out []string
	for len(b) > 0 {
		b = bytes.TrimLeft(b, " ")
		depth, quoted, i := 0, false, 0
	element:
		for ; i < len(b); i++ {
			switch c := b[i]; {
			case quoted && c == '\\':
				i++
			case c == '"':
				quoted = !quoted
			case quoted:
			case c == '[' || c == '{' || c == '(' || c == '<':
				depth++
			case c == ']' || c == '}' || c == ')' || c == '>':
				depth--
			case c == ',' && depth == 0:
				break element
			}
		}
		i = min(i, len(b))
		out = append(out, strings.Trim(string(b[:i]), `"`))
		b = b[min(len(b), i+1):]
	}
	return out
}

package trace

import (
	"bytes"
	"strings"
)

// script reads plain SQL: the dry run of a tool, what psql -a echoes, a dump. A
// comment of Alembic's that a revision begins is an event.
type script struct {
	app *app

	buf   []byte
	line  int
	mode  byte   // 0, ' " c for a comment, $ for dollar quotes
	fence []byte // of dollar quotes
	depth int    // of comments
	copy  bool   // rows of COPY FROM stdin
	count int
}

func (f *script) name() string { return "sql" }

func (f *script) matches([]byte) bool { return false }

func (f *script) take([]byte, int) {}

// sqlWords begin a statement of PostgreSQL's or of psql's.
var sqlWords = map[string]bool{"BEGIN": true, "START": true, "COMMIT": true, "CREATE": true, "ALTER": true, "DROP": true, "SELECT": true, "INSERT": true,
	"UPDATE": true, "DELETE": true, "SET": true, "LOCK": true, "DO": true, "WITH": true, "TRUNCATE": true, "COMMENT": true, "GRANT": true, "REVOKE": true,
	"COPY": true, "VACUUM": true, "ANALYZE": true, "REINDEX": true, "CLUSTER": true, "REFRESH": true, "END": true, "ROLLBACK": true, "CALL": true, "RESET": true, "DISCARD": true}

// looksLikeSQL tells whether a text has a statement that begins a line.
func looksLikeSQL(head []byte) bool {
	for line := range bytes.Lines(head) {
		word, _, _ := bytes.Cut(bytes.TrimSpace(line), []byte(" "))
		if sqlWords[strings.ToUpper(string(bytes.TrimRight(word, ";")))] && bytes.IndexByte(head, ';') >= 0 {
			return true
		}
	}
	return false
}

// more takes every line: there is no line of SQL that is none.
func (f *script) more(line []byte) bool {
	n := f.app.r.lines.n
	if f.count == 0 {
		f.app.r.stats.Formats["sql"] = 1
	}
	f.count++
	if f.copy {
		f.copy = string(line) != `\.`
		return true
	}
	if len(bytes.TrimSpace(f.buf)) == 0 {
		f.buf, f.line = f.buf[:0], n
		if f.mode == 0 && f.comment(line, n) {
			return true
		}
	}
	from := len(f.buf)
	if len(f.buf) < maxRecord {
		f.buf = append(append(f.buf, line...), '\n')
	}
	f.scan(from)
	return true
}

// comment reads a comment line between statements.
func (f *script) comment(line []byte, n int) bool {
	t := bytes.TrimSpace(line)
	if len(t) == 0 {
		return true
	}
	if !bytes.HasPrefix(t, []byte("--")) {
		return t[0] == '\\' // psql's
	}
	if g := alembicRun.FindSubmatch(t); g != nil {
		e := f.app.event(Run, "sql", n)
		e.Version = string(g[3])
		if e.Down = string(g[1]) == "downgrade"; e.Down {
			e.Version = strings.TrimSpace(string(g[2]))
		}
		f.app.r.emit(e)
	}
	return true
}

// scan follows quotes and comments from a place on, and gives away each statement
// that ends.
func (f *script) scan(i int) {
	start := 0
	b := f.buf
	for i < len(b) {
		c := b[i]
		next := byte(0)
		if i+1 < len(b) {
			next = b[i+1]
		}
		switch {
		case f.mode == '\'' || f.mode == '"':
			if c == f.mode {
				f.mode = 0
			}
		case f.mode == '$':
			if bytes.HasPrefix(b[i:], f.fence) {
				i += len(f.fence) - 1
				f.mode = 0
			}
		case f.mode == 'c':
			if c == '*' && next == '/' {
				i++
				if f.depth--; f.depth == 0 {
					f.mode = 0
				}
			} else if c == '/' && next == '*' {
				f.depth++
				i++
			}
		case c == '\'' || c == '"':
			f.mode = c
		case c == '-' && next == '-':
			for i < len(b) && b[i] != '\n' {
				i++
			}
		case c == '/' && next == '*':
			f.mode, f.depth = 'c', 1
			i++
		case c == '$' && (i == 0 || !isName(b[i-1])):
			l := lexer{src: b, at: i}
			end := i + 1
			for end < len(b) && isName(b[end]) && b[end] != '$' {
				end++
			}
			if end < len(b) && b[end] == '$' && !isDigit(l.peek(1)) {
				f.mode, f.fence = '$', bytes.Clone(b[i:end+1])
				i = end
			}
		case c == ';':
			f.statement(b[start : i+1])
			start = i + 1
			f.line = f.app.r.lines.n
		}
		i++
	}
	f.buf = append(f.buf[:0], b[start:]...)
}

func (f *script) statement(sql []byte) {
	lead := 0
	for lead < len(sql) && isSpace(sql[lead]) {
		lead++
	}
	sql = sql[lead:]
	if len(sql) <= 1 {
		return
	}
	e := f.app.statement("sql", f.line, sql, nil)
	e.Session = "script"
	if foldPrefix(sql, "copy") && bytes.Contains(bytes.ToLower(sql), []byte("from stdin")) {
		f.copy = true
	}
	if len(e.Ops) > 0 {
		f.app.r.emit(e)
	}
}

func (f *script) flush() {
	if len(bytes.TrimSpace(f.buf)) > 0 {
		f.app.r.stats.Cut++
		f.statement(append(bytes.Clone(f.buf), ';'))
		f.buf = f.buf[:0]
	}
}

package trace

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// jsonlog reads one JSON object a line: PostgreSQL's jsonlog (15 and later), and the
// lines of applications, containers and collectors that carry a message in one.
type jsonlog struct {
	server *server
	app    *app
	node   string
	rec    serverRecord
	obj    object
	inner  []format // of messages
	last   format
}

func (f *jsonlog) name() string { return "jsonlog" }

func (f *jsonlog) matches(line []byte) bool {
	if len(line) < 2 || line[0] != '{' || !f.obj.parse(line) {
		return false
	}
	return f.obj.has("error_severity") || f.message() != nil || f.obj.has("textPayload")
}

// message is the text of an application's line.
func (f *jsonlog) message() []byte {
	for _, k := range []string{"message", "msg", "@message", "log", "textPayload", "event"} {
		if f.obj.has(k) {
			return f.obj.get(k)
		}
	}
	return nil
}

func (f *jsonlog) take(_ []byte, n int) {
	if f.obj.has("error_severity") {
		o := &f.obj
		f.rec = serverRecord{line: n, node: f.node, time: o.get("timestamp"), user: o.get("user"), db: o.get("dbname"), pid: o.get("pid"),
			session: o.get("session_id"), vxid: o.get("vxid"), severity: o.get("error_severity"), code: o.get("state_code"), message: o.get("message"),
			detail: o.get("detail"), hint: o.get("hint"), statement: o.get("statement"), app: o.get("application_name"), backend: o.get("backend_type")}
		if h := o.get("remote_host"); len(h) > 0 {
			f.rec.host = append(append(bytes.Clone(h), ':'), o.get("remote_port")...)
		}
		f.server.record(&f.rec, "jsonlog")
		return
	}
	f.application(n)
}

// application reads the message as if it had stood in the log alone.
func (f *jsonlog) application(n int) {
	when := f.obj.get("time")
	for _, k := range []string{"timestamp", "@timestamp", "ts", "datetime"} {
		if len(when) == 0 {
			when = f.obj.get(k)
		}
	}
	if f.inner == nil {
		r := f.server.r
		f.inner = []format{&stderr{server: f.server, prefix: f.server.r.prefix, node: f.node}, &ecto{app: newApp(r, f.node), whole: true},
			&alchemy{app: newApp(r, f.node)}, &rails{app: newApp(r, f.node)}, &django{app: newApp(r, f.node)}}
	}
	client := string(f.obj.get("pid"))
	if len(client) == 0 {
		client = string(f.obj.get("erl_pid"))
	}
	text := bytes.TrimRight(bytes.Clone(f.message()), "\n")
	for i, line := range bytes.Split(text, []byte("\n")) {
		line = stripANSI(bytes.TrimRight(line, "\r"))
		var found format
		for _, g := range f.inner {
			if g.matches(line) {
				found = g
				break
			}
		}
		switch {
		case found != nil:
			if f.last != nil && f.last != found {
				f.last.flush()
			}
			f.last = found
			found.take(line, n)
			if a := appOf(found); a != nil && len(when) > 0 {
				a.when(when, client)
			}
		case f.last != nil && (i > 0 || f.last != nil && f.last.more(line)):
			if i > 0 {
				f.last.more(line)
			}
		default:
			f.server.r.skip(line)
		}
	}
	if f.last != nil && bytes.HasSuffix(bytes.TrimSpace(text), []byte("]")) {
		f.last.flush()
		f.last = nil
	}
}

func (f *jsonlog) more([]byte) bool { return false }

func (f *jsonlog) flush() {
	if f.last != nil {
		f.last.flush()
		f.last = nil
	}
}

// object is a flat view of a JSON object: its own strings and numbers, and those of
// objects in it where the name is not taken. It is for speed: a log's lines are
// read by the hundred thousand.
type object struct {
	keys, vals [][]byte
	buf        []byte
}

func (o *object) get(key string) []byte {
	for i := range o.keys {
		if string(o.keys[i]) == key {
			return o.vals[i]
		}
	}
	return nil
}

func (o *object) has(key string) bool {
	for i := range o.keys {
		if string(o.keys[i]) == key {
			return true
		}
	}
	return false
}

// parse tells whether a line is an object. One that is cut off is, as far as it goes.
func (o *object) parse(b []byte) bool {
	o.keys, o.vals, o.buf = o.keys[:0], o.vals[:0], o.buf[:0]
	if cap(o.buf) < len(b) {
		o.buf = make([]byte, 0, 2*len(b)) // slices of it stay valid: it never grows
	}
	i := skipSpace(b, 1)
	if i < len(b) && b[i] != '"' && b[i] != '}' {
		return false
	}
	o.members(b, i, 0)
	return len(o.keys) > 0
}

func (o *object) members(b []byte, i, depth int) int {
	for i < len(b) {
		i = skipSpace(b, i)
		if i >= len(b) || b[i] == '}' {
			return i + 1
		}
		if b[i] == ',' {
			i++
			continue
		}
		if b[i] != '"' {
			return len(b)
		}
		var key []byte
		key, i = o.str(b, i)
		i = skipSpace(b, i)
		if i >= len(b) || b[i] != ':' {
			return len(b)
		}
		i = skipSpace(b, i+1)
		if i >= len(b) {
			return i
		}
		switch b[i] {
		case '"':
			var v []byte
			v, i = o.str(b, i)
			o.keys, o.vals = append(o.keys, key), append(o.vals, v)
		case '{':
			if depth > 20 {
				return len(b)
			}
			i = o.members(b, i+1, depth+1)
		case '[':
			i = skipArray(b, i)
		default:
			n := i
			for n < len(b) && b[n] != ',' && b[n] != '}' && !isSpace(b[n]) {
				n++
			}
			o.keys, o.vals = append(o.keys, key), append(o.vals, b[i:n])
			i = n
		}
	}
	return i
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	return i
}

func skipArray(b []byte, i int) int {
	depth, quoted := 0, false
	for ; i < len(b); i++ {
		switch c := b[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[':
			depth++
		case c == ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return i
}

// str reads a string; without escapes it is a slice of the line.
func (o *object) str(b []byte, i int) ([]byte, int) {
	i++
	end := bytes.IndexByte(b[i:], '"')
	if end < 0 {
		end = len(b) - i
	}
	if bytes.IndexByte(b[i:i+end], '\\') < 0 {
		return b[i : i+end], min(len(b), i+end+1)
	}
	start := len(o.buf)
	for i < len(b) && b[i] != '"' {
		if b[i] != '\\' || i+1 >= len(b) {
			o.buf = append(o.buf, b[i])
			i++
			continue
		}
		i++
		switch b[i] {
		case 'n':
			o.buf = append(o.buf, '\n')
		case 't':
			o.buf = append(o.buf, '\t')
		case 'r':
			o.buf = append(o.buf, '\r')
		case 'b', 'f':
			o.buf = append(o.buf, ' ')
		case 'u':
			if i+4 < len(b) {
				if v, err := strconv.ParseUint(string(b[i+1:i+5]), 16, 32); err == nil {
					o.buf = utf8.AppendRune(o.buf, rune(v))
				}
				i += 4
			}
		default:
			o.buf = append(o.buf, b[i])
		}
		i++
	}
	return o.buf[start:], min(len(b), i+1)
}

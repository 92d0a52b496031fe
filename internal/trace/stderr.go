package trace

import "bytes"

// stderr reads PostgreSQL's log_destination stderr: a prefix that the server's
// configuration gives, a severity, a text; further lines of the text begin with a
// tab (elog.c, send_message_to_server_log).
type stderr struct {
	server *server
	prefix *prefixParser
	node   string

	at, end int // of the severity in the line that matches was asked about
	rec     serverRecord
	open    bool
	part    *[]byte // which text further lines belong to
}

func (f *stderr) name() string { return "stderr" }

func (f *stderr) matches(line []byte) bool {
	f.at, f.end = severity(line)
	if f.at >= 0 && (bytes.HasPrefix(line, []byte("PG::")) || bytes.HasPrefix(line, []byte("psql:"))) {
		f.at = -1 // what a client says of the server's answer
	}
	return f.at >= 0
}

var twoSpaces = []byte(":  ")

// severity gives where in a line the severity stands and where it ends; -1 where
// there is none.
func severity(line []byte) (at, end int) {
	from := 0
	for tries := 0; tries < 4; tries++ {
		i := bytes.Index(line[from:min(len(line), 500)], twoSpaces)
		if i < 0 {
			return -1, -1
		}
		end = from + i
		at = end
		for at > 0 && ('A' <= line[at-1] && line[at-1] <= 'Z' || isDigit(line[at-1])) {
			at--
		}
		if isSeverity(line[at:end]) {
			return at, end
		}
		from = end + 3
	}
	return -1, -1
}

func isSeverity(w []byte) bool {
	switch string(w) {
	case "LOG", "ERROR", "WARNING", "NOTICE", "INFO", "FATAL", "PANIC", "STATEMENT", "DETAIL", "HINT", "CONTEXT", "QUERY", "LOCATION",
		"DEBUG", "DEBUG1", "DEBUG2", "DEBUG3", "DEBUG4", "DEBUG5":
		return true
	}
	return false
}

func (f *stderr) take(line []byte, n int) {
	word, text := line[f.at:f.end], line[f.end+3:]
	if f.open {
		if part := f.aux(word); part != nil {
			*part = append((*part)[:0], text...)
			f.part = part
			return
		}
		f.flush()
	}
	f.rec.reset()
	f.rec.line = n
	f.rec.node = f.node
	f.prefix.parse(line[:f.at], &f.rec)
	f.rec.severity = append(f.rec.severity, word...)
	f.rec.message = append(f.rec.message, text...)
	f.part = &f.rec.message
	f.open = true
}

// aux gives the part of the open record that a line of this severity is.
func (f *stderr) aux(word []byte) *[]byte {
	switch string(word) {
	case "STATEMENT":
		return &f.rec.statement
	case "DETAIL":
		return &f.rec.detail
	case "HINT":
		return &f.rec.hint
	case "CONTEXT", "QUERY", "LOCATION":
		return &f.rec.other
	}
	return nil
}

func (f *stderr) more(line []byte) bool {
	if !f.open || len(line) > 0 && line[0] != '\t' {
		return false
	}
	if len(*f.part) < maxRecord {
		*f.part = append(*f.part, '\n')
		if len(line) > 1 {
			*f.part = append(*f.part, line[1:]...)
		}
	}
	return true
}

func (f *stderr) flush() {
	if f.open {
		f.open = false
		for _, part := range []*[]byte{&f.rec.message, &f.rec.detail, &f.rec.statement} {
			*part = bytes.TrimRight(*part, "\n")
		}
		f.server.record(&f.rec, "stderr")
	}
}

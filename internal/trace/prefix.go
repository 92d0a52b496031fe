package trace

import (
	"bytes"
	"fmt"
)

// prefixParser takes the prefix of a stderr line apart: by log_line_prefix where it
// is given, else by what its parts look like, once it has seen some of them.
type prefixParser struct {
	pieces []prefixPiece // of a given log_line_prefix
	given  bool

	pid int // which of the plain numbers of a prefix is the process; -1: none
}

// prefixPiece is a text or an escape of log_line_prefix.
type prefixPiece struct {
	text []byte
	esc  byte
}

func newPrefixParser(format string) (*prefixParser, error) {
	p := &prefixParser{pid: -1}
	if format == "" {
		return p, nil
	}
	p.given = true
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			p.literal(format[i])
			continue
		}
		i++
		for i < len(format) && (format[i] == '-' || isDigit(format[i])) {
			i++ // %-10u: padding
		}
		if i == len(format) {
			return nil, fmt.Errorf("log_line_prefix %q ends in a %% that says nothing", format)
		}
		switch c := format[i]; {
		case c == '%':
			p.literal('%')
		case bytes.IndexByte([]byte("aubdrhLpPtmnsiecvlxqQ"), c) >= 0:
			p.pieces = append(p.pieces, prefixPiece{esc: c})
		default:
			return nil, fmt.Errorf("log_line_prefix %q: PostgreSQL has no escape %%%c", format, c)
		}
	}
	return p, nil
}

func (p *prefixParser) literal(c byte) {
	if n := len(p.pieces); n > 0 && p.pieces[n-1].esc == 0 {
		p.pieces[n-1].text = append(p.pieces[n-1].text, c)
		return
	}
	p.pieces = append(p.pieces, prefixPiece{text: []byte{c}})
}

func (p *prefixParser) parse(prefix []byte, rec *serverRecord) {
	if p.given {
		p.compiled(prefix, rec)
		return
	}
	f := fields{src: prefix, rec: rec, pid: p.pid}
	f.scan()
}

// compiled follows the given pieces. What does not fit ends it: the rest is unknown.
func (p *prefixParser) compiled(b []byte, rec *serverRecord) {
	for i, piece := range p.pieces {
		if piece.esc == 0 {
			b = bytes.TrimLeft(b, " ")
			want := bytes.TrimLeft(piece.text, " ")
			if !bytes.HasPrefix(b, bytes.TrimRight(want, " ")) {
				return
			}
			b = b[min(len(b), len(want)):]
			continue
		}
		if piece.esc == 'q' {
			continue
		}
		b = bytes.TrimLeft(b, " ")
		n := escapeLength(piece.esc, b)
		if n < 0 { // up to the next text
			n = len(b)
			if i+1 < len(p.pieces) && p.pieces[i+1].esc == 0 {
				if k := bytes.Index(b, p.pieces[i+1].text); k >= 0 {
					n = k
				}
			}
		}
		if dst := rec.field(piece.esc); dst != nil {
			*dst = append((*dst)[:0], bytes.TrimRight(b[:n], " ")...)
		}
		b = b[n:]
	}
}

func (r *serverRecord) field(esc byte) *[]byte {
	switch esc {
	case 'a':
		return &r.app
	case 'u':
		return &r.user
	case 'd':
		return &r.db
	case 'r', 'h':
		return &r.host
	case 'p':
		return &r.pid
	case 't', 'm', 'n':
		return &r.time
	case 'e':
		return &r.code
	case 'c':
		return &r.session
	case 'v':
		return &r.vxid
	}
	return nil
}

// escapeLength is how long the text of an escape is that has a form of its own; -1
// for those that are any text.
func escapeLength(esc byte, b []byte) int {
	switch esc {
	case 't', 'm', 's':
		return timeLength(b)
	case 'n':
		return span(b, func(c byte) bool { return isDigit(c) || c == '.' })
	case 'p', 'P', 'l', 'x':
		return span(b, isDigit)
	case 'Q':
		return span(b, func(c byte) bool { return isDigit(c) || c == '-' })
	case 'c':
		return span(b, func(c byte) bool { return isHex(c) || c == '.' })
	case 'v':
		return span(b, func(c byte) bool { return isDigit(c) || c == '/' || c == '-' })
	case 'e':
		return min(5, len(b))
	}
	return -1
}

func span(b []byte, in func(byte) bool) int {
	for i, c := range b {
		if !in(c) {
			return i
		}
	}
	return len(b)
}

func isHex(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'f' }

// timeLength is the length of "2026-11-22 10:55:00[.497] UTC" at the beginning; 0
// where there is none.
func timeLength(b []byte) int {
	if len(b) < 19 || b[4] != '-' || b[7] != '-' || b[13] != ':' || b[16] != ':' || !isDigit(b[0]) || !isDigit(b[18]) {
		return 0
	}
	i := 19
	if i < len(b) && b[i] == '.' {
		i += 1 + span(b[i+1:], isDigit)
	}
	if i+1 < len(b) && b[i] == ' ' {
		i += zoneLength(b[i+1:])
	}
	return i
}

// zoneLength is the length of " UTC", " +01" or " -0330" after a time.
func zoneLength(b []byte) int {
	if b[0] == '+' || b[0] == '-' {
		if n := span(b[1:], isDigit); n == 2 || n == 4 {
			return 2 + n
		}
		return 0
	}
	if n := span(b, func(c byte) bool { return 'A' <= c && c <= 'Z' }); n >= 1 && n <= 6 {
		return 1 + n
	}
	return 0
}

// fields reads a prefix of unknown form.
type fields struct {
	src  []byte
	rec  *serverRecord
	pid  int
	at   int
	nums []number // for learning; nil when the process is known
	want bool     // collect numbers
	seen int      // plain numbers so far
	time bool
	done bool // a label or the session id told the process
}

// number is a plain number of a prefix, with what stands around it.
type number struct {
	value         int64
	before, after byte
	nth           int
	piece         bool // 5-1: a counter of lines
}

func (f *fields) scan() {
	for f.at < len(f.src) {
		b := f.src[f.at:]
		if isDigit(b[0]) {
			f.digits(b)
			continue
		}
		if isNameStart(b[0]) || b[0] == '[' && len(b) > 1 && !isDigit(b[1]) {
			f.word(b)
			continue
		}
		f.at++
	}
}

func (f *fields) digits(b []byte) {
	if n := timeLength(b); n > 0 {
		if !f.time {
			f.rec.time = append(f.rec.time[:0], b[:n]...)
			f.time = true
		}
		f.at += n
		return
	}
	n := span(b, isHex)
	switch {
	case n >= 8 && n < len(b) && b[n] == '.': // 6b02ca04.6834, or 1637000000.123
		m := span(b[n+1:], isHex)
		if n == 10 && m == 3 && allDigits(b[:n]) {
			if !f.time {
				f.rec.time, f.time = append(f.rec.time[:0], b[:n+4]...), true
			}
		} else {
			f.rec.session = append(f.rec.session[:0], b[:n+1+m]...)
		}
		f.at += n + 1 + m
		return
	case n == 8 && !allDigits(b[:n]):
		f.at += n
		return
	}
	n = span(b, isDigit)
	if n < len(b) && b[n] == '/' && n+1 < len(b) && isDigit(b[n+1]) && f.plain() { // 3/22
		m := span(b[n+1:], isDigit)
		f.rec.vxid = append(f.rec.vxid[:0], b[:n+1+m]...)
		f.at += n + 1 + m
		return
	}
	if n < len(b) && b[n] == '.' { // an address
		m := span(b, func(c byte) bool { return isDigit(c) || c == '.' })
		f.host(b, m)
		return
	}
	if n < len(b) && (isNameStart(b[n]) || b[n] == '@') { // 5f2c…, a name that begins with a digit
		f.word(b)
		return
	}
	f.number(b, n)
	f.at += n
}

// plain tells whether what stands before is no part of a word.
func (f *fields) plain() bool { return f.at == 0 || !isName(f.src[f.at-1]) && f.src[f.at-1] != '.' }

func (f *fields) host(b []byte, n int) {
	if n < len(b) && b[n] == '(' {
		if k := bytes.IndexByte(b, ')'); k > 0 {
			n = k + 1
		}
	}
	f.rec.host = append(f.rec.host[:0], b[:n]...)
	f.at += n
}

func (f *fields) number(b []byte, n int) {
	nth := f.seen
	f.seen++
	num := number{nth: nth}
	for _, c := range b[:min(n, 18)] {
		num.value = num.value*10 + int64(c-'0')
	}
	if f.at > 0 {
		num.before = f.src[f.at-1]
	}
	if n < len(b) {
		num.after = b[n]
	}
	num.piece = num.before == '-' || num.after == '-'
	if f.want {
		f.nums = append(f.nums, num)
	}
	if !f.done && nth == f.pid {
		f.rec.pid = append(f.rec.pid[:0], b[:n]...)
	}
}

// word reads user@db, name=value and names alone.
func (f *fields) word(b []byte) {
	n := 0
	if b[0] != '[' {
		n = span(b, func(c byte) bool { return isName(c) || c == '-' || c == '.' })
	} else if bytes.HasPrefix(b, []byte("[unknown]")) {
		n = len("[unknown]")
	} else if bytes.HasPrefix(b, []byte("[local]")) {
		f.rec.host = append(f.rec.host[:0], "[local]"...)
		f.at += len("[local]")
		return
	} else {
		f.at++
		return
	}
	if n == 0 {
		f.at++
		return
	}
	switch {
	case n < len(b) && b[n] == '@':
		f.rec.user = append(f.rec.user[:0], b[:n]...)
		m := span(b[n+1:], func(c byte) bool { return isName(c) || c == '-' || c == '.' })
		if bytes.HasPrefix(b[n+1:], []byte("[unknown]")) {
			m = len("[unknown]")
		}
		f.rec.db = append(f.rec.db[:0], b[n+1:n+1+m]...)
		f.at += n + 1 + m
	case n < len(b) && b[n] == '=':
		f.labelled(b[:n], b[n+1:])
		f.at += n + 1
	default:
		f.at += n
	}
}

// labelled reads a value whose label says what it is. Values that have a form of
// their own are read by digits.
func (f *fields) labelled(label, rest []byte) {
	n := span(rest, func(c byte) bool {
		return c != ',' && c != ' ' && c != ';' && c != '|' && c != ')' && c != ']' && c != ':'
	})
	value := rest[:n]
	var dst *[]byte
	switch string(bytes.ToLower(label)) {
	case "pid", "p", "process", "proc":
		if allDigits(value) {
			f.rec.pid = append(f.rec.pid[:0], value...)
			f.done = true
		}
		return
	case "user", "u", "usr":
		dst = &f.rec.user
	case "db", "d", "database", "datname":
		dst = &f.rec.db
	case "app", "a", "application", "application_name":
		dst = &f.rec.app
		if k := bytes.IndexByte(rest, ','); k >= 0 {
			value = rest[:k] // an application's name may have spaces
		}
	case "client", "host", "h", "r", "remote":
		n = span(rest, func(c byte) bool { return c != ',' && c != ' ' && c != ';' && c != '|' && c != ']' })
		value, dst = rest[:n], &f.rec.host
	case "session", "sess", "sid", "c":
		if bytes.IndexByte(value, '.') == 8 {
			dst = &f.rec.session
		}
	case "state", "sqlstate", "sql_error_code", "e", "error_code":
		dst = &f.rec.code
	case "xid", "txid", "tx", "line", "l", "queryid", "query_id", "q":
	default:
		return
	}
	if dst != nil {
		*dst = append((*dst)[:0], bytes.TrimSpace(value)...)
	}
	f.at += len(value)
}

// learn finds which number of a prefix is the process.
func (p *prefixParser) learn(prefixes [][]byte) {
	if p.given || len(prefixes) == 0 {
		return
	}
	type column struct {
		n, score, zero, steps int
		last                  int64
		values                map[int64]bool
	}
	cols := map[int]*column{}
	for _, b := range prefixes {
		f := fields{src: b, rec: &serverRecord{}, pid: -1, want: true}
		f.scan()
		for _, x := range f.nums {
			c := cols[x.nth]
			if c == nil {
				c = &column{values: map[int64]bool{}}
				cols[x.nth] = c
			}
			c.n++
			if x.before == '[' && x.after == ']' {
				c.score += 3
			}
			if x.piece {
				c.score -= 6
			}
			if x.value == 0 {
				c.zero++
			}
			if x.value == c.last+1 {
				c.steps++
			}
			if x.value > 1<<22 { // more than a kernel gives
				c.score -= 6
			}
			c.last = x.value
			c.values[x.value] = true
		}
	}
	best := -1 << 30
	for nth := range 8 {
		c := cols[nth]
		if c == nil {
			continue
		}
		score := c.score/c.n*4 - nth
		if c.zero > 0 {
			score -= 12
		}
		if c.n > 2 && c.steps*2 > c.n { // counts lines
			score -= 20
		}
		if len(c.values) > 4 && len(c.values)*10 > c.n*9 {
			score -= 4 // never twice the same: a transaction
		}
		if score > best {
			best, p.pid = score, nth
		}
	}
}

package migration

import (
	"bytes"
	"strings"
)

// Placeholders are filled in by the tool before the server sees the text. A
// section's Text has something of the same length in their place that parses:
// where a name or a value may stand, a name made of the placeholder's own letters
// (${schema} is __schema_), so that the same placeholder is the same name
// everywhere; a string where the grammar wants one; a CALL, of which nobody knows
// what it does, where a whole statement may stand; blanks for what only steers a
// template. In quotes and comments the placeholder stays as it is.
//
// Not understood: a placeholder that stands for several tokens in the middle of a
// statement (columns of a table, a WHERE clause), and templates whose branches
// are alternatives: all of them are in the text.

// placeholder finds the next placeholder at or after an offset; start < 0 where
// there is none.
type placeholder func(src []byte, from int) (start, end int)

// masked is the section with its placeholders out of the parser's way.
func (s Section) masked(find placeholder) Section {
	start, end := find(s.Text, 0)
	if start < 0 {
		return s
	}
	m := masker{src: s.Text, out: bytes.Clone(s.Text)}
	for start >= 0 {
		m.name(start, end)
		m.at = append(m.at, Span{start, end})
		start, end = find(s.Text, end)
	}
	m.context(0, len(m.out))
	s.Text, s.Filled = m.out, m.at
	return s
}

// Templated is the section with {{ }} and ${ } out of the parser's way where its
// tool fills in neither: SQL has them in quotes and comments alone, so that a file
// with one elsewhere is filled in by somebody's own program before the tool gets it.
func (s Section) Templated() Section {
	if at, _ := anyTemplate(s.Text, 0); at < 0 || len(s.Filled) > 0 || !templated(s.Text, 0, len(s.Text), "{$") {
		return s
	}
	return s.masked(anyTemplate)
}

var shell = between("${", "}")

// anyTemplate finds {{ }} and ${ }.
func anyTemplate(src []byte, from int) (start, end int) {
	start, end = goTemplate(src, from)
	if s, e := shell(src, from); s >= 0 && (start < 0 || s < start) {
		return s, e
	}
	return start, end
}

// templated tells whether {{ or ${ stands outside quotes and comments; first are
// the bytes that count. What stands between dollars is mostly SQL itself, but
// ${ may be a program's own there.
func templated(src []byte, from, to int, first string) bool {
	for i := from; ; {
		t := scanSQL(src[:to], i)
		switch i = t.end; {
		case t.kind == sqlEnd:
			return false
		case t.kind == sqlDollar:
			tag := dollarTag(src[t.start:])
			if templated(src, t.start+tag, max(t.start+tag, t.end-tag), "{") {
				return true
			}
		case t.kind == sqlOther && i < to && strings.IndexByte(first, src[t.start]) >= 0 && src[i] == '{':
			return true
		}
	}
}

type masker struct {
	src, out []byte
	at       []Span // the placeholders, in order
	n        int    // the first that is not placed yet
}

// name writes a name over a placeholder.
func (m *masker) name(start, end int) {
	for i := start; i < end; i++ {
		switch b := m.src[i]; {
		case b == '\n' || b == '\r': // lines stay
		case 'A' <= b && b <= 'Z':
			m.out[i] = b + 'a' - 'A'
		case isWordByte(b) && b < 0x80 && (i > start || b > '9'):
		default:
			m.out[i] = '_'
		}
	}
}

// context goes over the text, where names stand for placeholders, and makes of
// them what their place asks for.
func (m *masker) context(from, to int) {
	var prev, first []byte // words
	fresh := true          // at the beginning of a statement
	for i := from; m.n < len(m.at); {
		t := scanSQL(m.out[:to], i)
		for m.n < len(m.at) && m.at[m.n].End <= t.start {
			m.n++ // it was blank
		}
		if t.kind == sqlEnd || m.n == len(m.at) {
			return
		}
		i = t.end
		at := m.at[m.n]
		inside := at.Start < t.end && at.Start >= t.start
		switch {
		case t.kind == sqlDollar && inside:
			tag := dollarTag(m.out[t.start:])
			m.context(t.start+tag, t.end)
			continue
		case (t.kind == sqlString || t.kind == sqlName || t.kind == sqlComment) && inside:
			m.restore(t)
		case inside && at.Start == t.start && at.End <= t.end && fresh && m.steers(at):
			m.blank(at)
			m.n++
			i = at.End
			continue
		case inside:
			if at.Start == t.start && at.End == t.end {
				m.place(at, first, prev, fresh)
			}
			for m.n < len(m.at) && m.at[m.n].Start < t.end {
				m.n++
			}
		}
		if t.kind == sqlComment {
			continue
		}
		fresh = t.kind == sqlOther && m.out[t.start] == ';'
		prev = nil
		if t.kind == sqlWord {
			prev = m.out[t.start:t.end]
		}
		if first == nil {
			first = prev
		}
		if fresh {
			first = nil
		}
	}
}

// restore puts the placeholders of a quoted text back, where they hold nothing
// that would end it.
func (m *masker) restore(t sqlToken) {
	for ; m.n < len(m.at) && m.at[m.n].Start < t.end; m.n++ {
		p := m.at[m.n]
		if !bytes.ContainsAny(m.src[p.Start:p.End], "'\"\\*/") {
			copy(m.out[p.Start:p.End], m.src[p.Start:p.End])
		}
	}
}

// place makes of a placeholder that is a token of its own what may stand there:
// behind the word before, in a statement that begins with a word.
func (m *masker) place(at Span, begins, before []byte, fresh bool) {
	first, prev := strings.ToUpper(string(begins)), strings.ToUpper(string(before))
	switch {
	case m.steers(at), m.qualifies(at):
		m.blank(at)
	case fresh && m.alone(at):
		m.blank(at)
		if call := "CALL _();"; at.Len() >= len(call) && bytes.IndexByte(m.src[at.Start:at.End], '\n') < 0 {
			name := m.words(at)
			name = name[:min(len(name), at.Len()-len("CALL ();"))]
			copy(m.out[at.Start:], "CALL "+name+"();")
		}
	case prev == "IN" && at.Len() >= 3:
		m.out[at.Start], m.out[at.End-1] = '(', ')'
	case wantsString[prev], prev == "IS" && first == "COMMENT", prev == "AS" && first == "CREATE" && m.endsStatement(at):
		m.out[at.Start], m.out[at.End-1] = '\'', '\''
	}
}

// wantsString are the words that only a string may follow.
var wantsString = map[string]bool{"PASSWORD": true, "INTERVAL": true, "UNTIL": true, "LOCATION": true, "CONNECTION": true, "VALUE": true}

// words is a name made of a placeholder's letters and digits.
func (m *masker) words(at Span) string {
	name := strings.Trim(string(m.out[at.Start:at.End]), "_")
	if name == "" || name[0] <= '9' {
		return "_" + name
	}
	return name
}

func (m *masker) blank(at Span) {
	blankBytes(m.out, at.Start, at.End)
}

// steers tells whether a template's action puts out no text.
func (m *masker) steers(at Span) bool {
	text, ok := bytes.CutPrefix(m.src[at.Start:at.End], []byte("{{"))
	if !ok {
		return false
	}
	text = bytes.TrimLeft(bytes.TrimPrefix(text, []byte("-")), " \t\r\n")
	if bytes.HasPrefix(text, []byte("/*")) || bytes.HasPrefix(text, []byte("$")) && bytes.Contains(text, []byte(":=")) {
		return true
	}
	word := text
	if i := bytes.IndexAny(text, " \t\r\n-}"); i >= 0 {
		word = text[:i]
	}
	switch string(word) {
	case "if", "else", "end", "range", "with", "define", "block", "break", "continue":
		return true
	}
	return false
}

// qualifies tells whether the placeholder is flyway's own default schema: a table
// with it is the table without. The dot goes with it.
func (m *masker) qualifies(at Span) bool {
	if !bytes.EqualFold(bytes.Trim(m.src[at.Start:at.End], "${}"), []byte("flyway:defaultSchema")) ||
		at.End >= len(m.out) || m.out[at.End] != '.' {
		return false
	}
	m.out[at.End] = ' '
	return true
}

// alone tells whether nothing of the statement follows on the placeholder's line.
func (m *masker) alone(at Span) bool {
	rest, _ := cutLine(m.out, at.End)
	rest = bytes.TrimLeft(rest, " \t")
	return len(rest) == 0 || rest[0] == ';' || bytes.HasPrefix(rest, []byte("--"))
}

// endsStatement tells whether a semicolon or the end follows.
func (m *masker) endsStatement(at Span) bool {
	t := scanSQL(m.out, at.End)
	return t.kind == sqlEnd || m.out[t.start] == ';'
}

// maxPlaceholder is the length of the longest name between two marks.
const maxPlaceholder = 1 << 10

// between finds placeholders that stand between two marks on one line.
func between(open, closing string) placeholder {
	o, c := []byte(open), []byte(closing)
	return func(src []byte, from int) (int, int) {
		for {
			i := bytes.Index(src[from:], o)
			if i < 0 {
				return -1, -1
			}
			i += from
			from = i + len(o)
			line, _ := cutLine(src, from)
			line = line[:min(len(line), maxPlaceholder)]
			if n := bytes.Index(line, c); n > 0 {
				return i, from + n + len(c)
			}
		}
	}
}

// goTemplate finds {{ }}, on several lines too.
func goTemplate(src []byte, from int) (int, int) {
	i := bytes.Index(src[from:], []byte("{{"))
	if i < 0 {
		return -1, -1
	}
	i += from
	n := bytes.Index(src[i:], []byte("}}"))
	if n < 0 {
		return -1, -1
	}
	return i, i + n + 2
}

// colonNames takes psql's variables out of the way: :name becomes a name, :'name'
// a string, :"name" a quoted name. Casts, := and array slices stay. only tells
// which names are variables.
func (s Section) colonNames(only func(name []byte, quoted bool) bool) Section {
	if bytes.IndexByte(s.Text, ':') < 0 {
		return s
	}
	src := s.Text
	var out []byte
	put := func(i int, b byte) {
		if out == nil {
			out = bytes.Clone(src)
		}
		out[i] = b
	}
	brackets := 0
	for i := 0; ; {
		t := scanSQL(src, i)
		i = t.end
		if t.kind == sqlEnd {
			break
		}
		if t.kind == sqlOther {
			switch src[t.start] {
			case '[':
				brackets++
			case ']':
				brackets--
			}
		}
		if t.kind != sqlOther || src[t.start] != ':' || i == len(src) || brackets > 0 {
			continue
		}
		switch next := scanSQL(src, i); {
		case src[i] == ':' || src[i] == '=':
			i++
		case next.start != i:
		case next.kind == sqlWord && only(src[i:next.end], false) && (t.start == 0 || src[t.start-1] < '0' || src[t.start-1] > '9'):
			put(t.start, '_')
			s.Filled = append(s.Filled, Span{t.start, next.end})
		case (next.kind == sqlString || next.kind == sqlName) && only(bytes.Trim(src[i:next.end], `'"`), true):
			put(t.start, ' ')
			s.Filled = append(s.Filled, Span{t.start, next.end})
		}
	}
	if out != nil {
		s.Text = out
	}
	return s
}

// environment finds $NAME and ${NAME}, not what may be the tag of a quoted text.
func environment(src []byte, from int) (int, int) {
	for i := from; i+1 < len(src); i++ {
		if src[i] != '$' {
			continue
		}
		if src[i+1] == '{' {
			line, _ := cutLine(src, i)
			if n := bytes.IndexByte(line[:min(len(line), maxPlaceholder)], '}'); n > 2 {
				return i, i + n + 1
			}
			continue
		}
		end := i + 1
		for end < len(src) && isWordByte(src[end]) {
			end++
		}
		if end > i+1 && src[i+1] > '9' && (end == len(src) || src[end] != '$') && (i == 0 || src[i-1] != '$' && !isWordByte(src[i-1])) {
			return i, end
		}
		i = max(i, end-1)
	}
	return -1, -1
}

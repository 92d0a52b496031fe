package migration

import (
	"bytes"
	"io/fs"
)

// Unclaimed reads what no tool's marks claim, as Plain does: files in the order of
// their numbers, each as wrap says. Who runs them is not known, so what only
// safemig's own layout asks for is no error: two files may have one number, and
// placeholders in the forms that other tools fill in (${x}, {{x}}, :x, …) are kept
// out of the parser's way.
func Unclaimed(wrap Wrap) Format {
	f := Plain(wrap)
	include := f.Include
	f.Include = func(fsys fs.FS, m *Migration) { // after which its sections are what they stay
		include(fsys, m)
		m.unclaimed()
	}
	f.Read = func(fsys fs.FS) ([]Migration, error) {
		ms, err := readPlain(fsys, f.ReadFile)
		for i := range ms {
			ms[i].unclaimed()
		}
		return ms, err
	}
	return f
}

func (m *Migration) unclaimed() {
	for _, ss := range [][]Section{m.Up, m.Down} {
		for i := range ss {
			ss[i] = ss[i].unclaimed()
		}
	}
}

// unclaimed is the section with what may be placeholders out of the way. The forms
// are those that are no SQL outside quotes; in quotes, function bodies and comments
// nothing is taken for one.
func (s Section) unclaimed() Section {
	if !bytes.ContainsAny(s.Text, "{$:") {
		return s
	}
	var at []Span
	for i := 0; ; {
		t := scanSQL(s.Text, i)
		i = t.end
		if t.kind == sqlEnd {
			break
		}
		if t.kind != sqlOther {
			continue
		}
		if end := bracedEnd(s.Text, t.start); end > 0 {
			at, i = append(at, Span{t.start, end}), end
		}
	}
	n := 0
	return s.masked(func(_ []byte, _ int) (int, int) {
		if n == len(at) {
			return -1, -1
		}
		n++
		return at[n-1].Start, at[n-1].End
	}).colonNames(func([]byte, bool) bool { return true })
}

// braces are the marks around a placeholder's name, longest first.
var braces = [...]struct{ open, closing string }{{"{{", "}}"}, {"${", "}"}, {"#{", "}"}, {"$(", ")"}, {"$%", "%$"}, {"{", "}"}}

// bracedEnd is the offset behind the placeholder in braces that begins at i, on
// one line; 0 where none does. A lone { is one only around a name.
func bracedEnd(text []byte, i int) int {
	line, _ := cutLine(text, i)
	line = line[:min(len(line), maxPlaceholder)]
	for _, b := range braces {
		inside, ok := bytes.CutPrefix(line, []byte(b.open))
		if !ok {
			continue
		}
		n := bytes.Index(inside, []byte(b.closing))
		if n <= 0 || b.open == "{" && scanSQL(inside, 0) != (sqlToken{0, n, sqlWord}) {
			return 0
		}
		return i + len(b.open) + n + len(b.closing)
	}
	return 0
}

package pgsql

import (
	"bytes"
	"sort"
	"strconv"
	"strings"

	"github.com/safemig/safemig/internal/migration"
)

// within makes a section of text that stands in another: the segments lead from
// it to offsets in the outer section's text.
func within(outer *migration.Section, text []byte, segs []migration.Segment) *migration.Section {
	var out []migration.Segment
	add := func(s migration.Segment) {
		if n := len(out) - 1; n >= 0 && out[n].Text+out[n].Len == s.Text && out[n].File+out[n].Len == s.File {
			out[n].Len += s.Len
			return
		}
		out = append(out, s)
	}
	for _, s := range segs {
		if s.Len == 0 {
			out = append(out, migration.Segment{Text: s.Text, File: outer.Map.Offset(s.File)})
		}
		for s.Len > 0 { // as far as the outer map goes straight
			n, made := straight(outer.Map, s.File, s.Len)
			next := migration.Segment{Text: s.Text, File: outer.Map.Offset(s.File), Len: n}
			if made {
				next.Len = 0
			}
			add(next)
			s.Text, s.File, s.Len = s.Text+n, s.File+n, s.Len-n
		}
	}
	return &migration.Section{File: outer.File, Text: text, Map: migration.SourceMap{Segments: out}}
}

// straight gives how many of the n bytes at a text offset stand side by side in
// the file, or are all made up by the reader and so stand at one place.
func straight(m migration.SourceMap, off, n int) (length int, made bool) {
	if len(m.Segments) == 0 {
		return n, false
	}
	i := sort.Search(len(m.Segments), func(i int) bool { return m.Segments[i].Text > off })
	if i < len(m.Segments) {
		n = min(n, m.Segments[i].Text-off)
	}
	if i == 0 {
		return n, true
	}
	if s := m.Segments[i-1]; off < s.Text+s.Len {
		return min(n, s.Text+s.Len-off), false
	}
	return n, true
}

// constants reads expressions that have a constant text as their value.
type constants struct {
	src  []byte
	toks []token
	at   int
}

func (c *constants) has(words ...string) bool {
	return c.at < len(c.toks) && hasWords(c.src, c.toks[c.at:], words...)
}

// concat reads x [|| x]….
func (c *constants) concat() (text []byte, segs []migration.Segment, ok bool) {
	for {
		t, s, ok := c.primary()
		if !ok {
			return nil, nil, false
		}
		text, segs = appendText(text, segs, t, s)
		if !c.has("||") {
			return text, segs, true
		}
		c.at++
	}
}

// appendText joins two texts with their segments.
func appendText(text []byte, segs []migration.Segment, t []byte, s []migration.Segment) ([]byte, []migration.Segment) {
	for _, seg := range s {
		seg.Text += len(text)
		segs = append(segs, seg)
	}
	return append(text, t...), segs
}

// primary reads 'x', (x), quote_ident(x), quote_literal(x), format(x, …), each
// with ::text after it or not.
func (c *constants) primary() (text []byte, segs []migration.Segment, ok bool) {
	if c.at >= len(c.toks) {
		return nil, nil, false
	}
	t := c.toks[c.at]
	switch {
	case t.kind == tokString:
		text, segs, ok = unquote(c.src, t)
		c.at++
	case c.has("("):
		c.at++
		text, segs, ok = c.concat()
		ok = ok && c.close()
	case c.has("QUOTE_IDENT", "("), c.has("QUOTE_LITERAL", "("):
		c.at += 2
		text, segs, ok = c.concat()
		if ok = ok && c.close(); ok {
			text = quoted(text, isWord(c.src, t, "QUOTE_IDENT"))
			segs = stretch(nil, 0, len(text), int(t.start), int(c.toks[c.at-1].end))
		}
	case c.has("FORMAT", "("):
		c.at += 2
		text, segs, ok = c.format()
	}
	if ok && (c.has("::", "TEXT") || c.has("::", "VARCHAR")) {
		c.at += 2
	}
	return text, segs, ok
}

func (c *constants) close() bool {
	if !c.has(")") {
		return false
	}
	c.at++
	return true
}

// quoted is text as an identifier or a literal.
func quoted(text []byte, ident bool) []byte {
	s := string(text)
	switch {
	case ident:
		return []byte(`"` + strings.ReplaceAll(s, `"`, `""`) + `"`)
	case strings.Contains(s, `\`):
		return []byte(` E'` + strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), `'`, `''`) + `'`)
	}
	return []byte(`'` + strings.ReplaceAll(s, `'`, `''`) + `'`)
}

// format reads the arguments of format() and gives its value. %I, %L, %s and %%
// are known, with positions or without; widths are not.
func (c *constants) format() (text []byte, segs []migration.Segment, ok bool) {
	layout, lsegs, ok := c.concat()
	if !ok {
		return nil, nil, false
	}
	var args [][]byte
	for c.has(",") {
		c.at++
		var arg []byte
		if c.at < len(c.toks) && c.toks[c.at].kind == tokNumber {
			arg = c.src[c.toks[c.at].start:c.toks[c.at].end]
			c.at++
		} else if arg, _, ok = c.concat(); !ok {
			return nil, nil, false
		}
		args = append(args, arg)
	}
	if !c.close() {
		return nil, nil, false
	}
	lmap := migration.SourceMap{Segments: lsegs}
	next := 0
	for i := 0; i < len(layout); {
		n := bytes.IndexByte(layout[i:], '%')
		if n < 0 {
			n = len(layout) - i
		}
		for from := i; from < i+n; { // keep the layout's places
			length, made := straight(lmap, from, i+n-from)
			seg := migration.Segment{Text: len(text), File: lmap.Offset(from), Len: length}
			if made {
				seg.Len = 0
			}
			segs = append(segs, seg)
			text = append(text, layout[from:from+length]...)
			from += length
		}
		if i += n; i == len(layout) {
			break
		}
		percent := i
		i++
		digits := i
		for digits < len(layout) && is(layout[digits], classDigit) {
			digits++
		}
		if digits > i && digits < len(layout) && layout[digits] == '$' {
			next, _ = strconv.Atoi(string(layout[i:digits]))
			next--
			i = digits + 1
		}
		if i >= len(layout) {
			return nil, nil, false
		}
		var value []byte
		switch verb := layout[i]; {
		case verb == '%':
			value = []byte("%")
			next--
		case next < 0 || next >= len(args):
			return nil, nil, false
		case verb == 's':
			value = args[next]
		case verb == 'I' || verb == 'L':
			value = quoted(args[next], verb == 'I')
		default:
			return nil, nil, false
		}
		segs = stretch(segs, len(text), len(value), lmap.Offset(percent), lmap.Offset(i)+1)
		text = append(text, value...)
		i++
		next++
	}
	return text, segs, true
}

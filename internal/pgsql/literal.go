package pgsql

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"github.com/safemig/safemig/internal/migration"
)

// commentEnd gives the end of the /* comment at i; they nest.
func commentEnd(src []byte, i int) (end int, closed bool) {
	depth := 0
	for i+1 < len(src) {
		switch {
		case src[i] == '/' && src[i+1] == '*':
			depth++
			i += 2
		case src[i] == '*' && src[i+1] == '/':
			depth--
			i += 2
			if depth == 0 {
				return i, true
			}
		default:
			i++
		}
	}
	return len(src), false
}

// quoteEnd gives the end of the quote whose opening mark stands at i. A string
// goes on after blanks with a line break and another quote, under the same rules.
// Style is e, b or x for the strings with that letter: the first has backslashes,
// the others do not double the quote.
func quoteEnd(src []byte, i int, style byte) (end int, closed bool) {
	mark := src[i]
	for i++; ; {
		n := bytes.IndexByte(src[i:], mark)
		if style == 'e' {
			for n = 0; i+n < len(src) && src[i+n] != mark; n++ {
				if src[i+n] == '\\' {
					n++
				}
			}
		}
		if n < 0 || i+n >= len(src) {
			return len(src), false
		}
		i += n + 1
		if i < len(src) && src[i] == mark && style != 'b' && style != 'x' {
			i++
			continue
		}
		if mark == '\'' {
			if more := continued(src, i); more > 0 {
				i = more
				continue
			}
		}
		return i, true
	}
}

// continued gives the offset after the quote that continues the string which
// ended at i, or 0. Between the two are blanks with a line break, no comments.
func continued(src []byte, i int) int {
	line := false
	for i < len(src) {
		switch {
		case src[i] == '\n' || src[i] == '\r':
			line = true
			i++
		case is(src[i], classBlank):
			i++
		case src[i] == '\'' && line:
			return i + 1
		default:
			return 0
		}
	}
	return 0
}

// dollar is the token of the $ at i: a dollar-quoted string or a parameter.
func dollar(src []byte, i int) token {
	end := i + 1
	if end < len(src) && is(src[end], classDigit) {
		for end < len(src) && is(src[end], classDigit) {
			end++
		}
		return token{start: int32(i), end: int32(end), kind: tokParam}
	}
	for end < len(src) && src[end] != '$' && is(src[end], classIdent) {
		end++
	}
	if end >= len(src) || src[end] != '$' {
		return token{start: int32(i), end: int32(i + 1), kind: tokBad}
	}
	tag := src[i : end+1]
	n := bytes.Index(src[end+1:], tag)
	if n < 0 {
		return token{start: int32(i), end: int32(len(src)), kind: tokString, open: true}
	}
	return token{start: int32(i), end: int32(end + 1 + n + len(tag)), kind: tokString}
}

// unquote gives the value of a string token, with segments from it to src. It is
// not ok for bit strings, U&” and strings that are not closed.
func unquote(src []byte, t token) (text []byte, segs []migration.Segment, ok bool) {
	i, end := t.span()
	if t.kind != tokString || t.open {
		return nil, nil, false
	}
	take := func(from, to int) {
		if from == to {
			return
		}
		segs = append(segs, migration.Segment{Text: len(text), File: from, Len: to - from})
		text = append(text, src[from:to]...)
	}
	escapes := false
	switch src[i] {
	case '$':
		tag := bytes.IndexByte(src[i+1:end], '$') + 2
		take(i+tag, end-tag)
		return text, segs, true
	case 'e', 'E':
		escapes = true
		i++
	case '\'':
	default:
		return nil, nil, false
	}
	from := i + 1
	for i++; i < end; {
		switch {
		case escapes && src[i] == '\\':
			take(from, i)
			value, n := escape(src[i:end])
			segs = stretch(segs, len(text), len(value), i, i+n)
			text = append(text, value...)
			i += n
			from = i
		case src[i] == '\'' && i+1 < end && src[i+1] == '\'':
			take(from, i)
			from = i + 1 // so that a span that ends here has both
			i += 2
		case src[i] == '\'': // the end, or a gap before the string goes on
			take(from, i)
			if i = continued(src[:end], i+1); i == 0 {
				return text, segs, utf8.Valid(text)
			}
			from = i
		default:
			i++
		}
	}
	return nil, nil, false
}

// stretch adds the segments of n bytes of text that stand for src[from:to]: the
// last of them ends where that ends, the others begin where it begins.
func stretch(segs []migration.Segment, text, n, from, to int) []migration.Segment {
	if n > 1 {
		segs = append(segs, migration.Segment{Text: text, File: from})
	}
	if n > 0 {
		segs = append(segs, migration.Segment{Text: text + n - 1, File: to - 1, Len: 1})
	}
	return segs
}

// escape gives the value of the backslash escape that src begins with, and its length.
func escape(src []byte) (value []byte, n int) {
	digits := func(from, most, base int) (rune, int) {
		to := from
		for to < len(src) && to < from+most {
			if _, err := strconv.ParseUint(string(src[to]), base, 8); err != nil {
				break
			}
			to++
		}
		v, err := strconv.ParseUint(string(src[from:to]), base, 32)
		if err != nil {
			return 0, 0
		}
		return rune(v), to
	}
	switch c := src[1]; c {
	case 'b':
		return []byte{'\b'}, 2
	case 'f':
		return []byte{'\f'}, 2
	case 'n':
		return []byte{'\n'}, 2
	case 'r':
		return []byte{'\r'}, 2
	case 't':
		return []byte{'\t'}, 2
	case 'x':
		if v, to := digits(2, 2, 16); to > 0 {
			return []byte{byte(v)}, to
		}
	case 'u', 'U':
		most := 4
		if c == 'U' {
			most = 8
		}
		if v, to := digits(2, most, 16); to == 2+most {
			return utf8.AppendRune(nil, v), to
		}
	case '0', '1', '2', '3', '4', '5', '6', '7':
		v, to := digits(1, 3, 8)
		return []byte{byte(v)}, to
	}
	return src[1:2], 2
}

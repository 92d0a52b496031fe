package pgsql

import "bytes"

// tokenKind says what a token is. The lexer follows scan.l of PostgreSQL 16 with
// standard_conforming_strings on; unlike the server's it never fails.
type tokenKind uint8

const (
	tokEOF     tokenKind = iota
	tokWord              // keyword or unquoted identifier
	tokQuoted            // "identifier", U&"identifier"
	tokString            // 'x', E'x', B'x', X'x', U&'x', $tag$x$tag$, with its continuation lines
	tokNumber            // 1, 1.5, 1e6, 0xff, 1_000
	tokParam             // $1
	tokOp                // operator, also :: := => .. and a single : (psql variables)
	tokPunct             // one of , ( ) [ ] . ;
	tokComment           // -- or /* */, only from next
	tokBad               // a byte that no token starts with: backslash, NUL, ...
)

// token is a piece of text; offsets are in the text that was lexed.
type token struct {
	start, end int32
	kind       tokenKind
	open       bool // the quote or comment is never closed
}

func (t token) span() (start, end int) { return int(t.start), int(t.end) }

const (
	classBlank = 1 << iota
	classIdentStart
	classIdent // letters, digits, $
	classDigit
	classOp
	classPunct
)

var class = func() (c [256]uint8) {
	for _, b := range []byte(" \t\n\r\f") {
		c[b] |= classBlank
	}
	for b := 0; b < 256; b++ {
		switch {
		case 'a' <= b|0x20 && b|0x20 <= 'z' && b < 0x80, b == '_', b >= 0x80:
			c[b] |= classIdentStart | classIdent
		case '0' <= b && b <= '9':
			c[b] |= classDigit | classIdent
		case b == '$':
			c[b] |= classIdent
		}
	}
	for _, b := range []byte("~!@#^&|`?+-*/%<>=") {
		c[b] |= classOp
	}
	for _, b := range []byte(",()[].;") {
		c[b] |= classPunct
	}
	return c
}()

func is(b byte, mask uint8) bool { return class[b]&mask != 0 }

// next gives the token that starts at or after offset i, comments included. At
// the end of the text its kind is tokEOF.
func next(src []byte, i int) token {
	for i < len(src) && is(src[i], classBlank) {
		i++
	}
	if i >= len(src) {
		return token{start: int32(len(src)), end: int32(len(src))}
	}
	tok := func(kind tokenKind, end int) token {
		return token{start: int32(i), end: int32(end), kind: kind}
	}
	quoted := func(kind tokenKind, from int, style byte) token {
		end, closed := quoteEnd(src, from, style)
		t := tok(kind, end)
		t.open = !closed
		return t
	}
	at := func(j int) byte {
		if j < len(src) {
			return src[j]
		}
		return 0
	}
	b := src[i]
	switch {
	case is(b, classIdentStart):
		switch n := at(i + 1); {
		case n == '\'' && (b|0x20 == 'e' || b|0x20 == 'b' || b|0x20 == 'x'):
			return quoted(tokString, i+1, b|0x20)
		case n == '&' && b|0x20 == 'u' && at(i+2) == '\'':
			return quoted(tokString, i+2, 0)
		case n == '&' && b|0x20 == 'u' && at(i+2) == '"':
			return quoted(tokQuoted, i+2, 0)
		}
		end := i + 1
		for end < len(src) && is(src[end], classIdent) {
			end++
		}
		return tok(tokWord, end)
	case b == '\'':
		return quoted(tokString, i, 0)
	case b == '"':
		return quoted(tokQuoted, i, 0)
	case b == '-' && at(i+1) == '-':
		return tok(tokComment, lineEnd(src, i))
	case b == '/' && at(i+1) == '*':
		end, closed := commentEnd(src, i)
		t := tok(tokComment, end)
		t.open = !closed
		return t
	case b == '$':
		return dollar(src, i)
	case is(b, classDigit), b == '.' && is(at(i+1), classDigit):
		return tok(tokNumber, numberEnd(src, i))
	case b == ':':
		if n := at(i + 1); n == ':' || n == '=' {
			return tok(tokOp, i+2)
		}
		return tok(tokOp, i+1)
	case b == '.' && at(i+1) == '.':
		return tok(tokOp, i+2)
	case is(b, classPunct):
		return tok(tokPunct, i+1)
	case is(b, classOp):
		return tok(tokOp, opEnd(src, i))
	}
	return tok(tokBad, i+1)
}

// lineEnd is the offset of the line break at or after i, or of the end.
func lineEnd(src []byte, i int) int {
	for i < len(src) && src[i] != '\n' && src[i] != '\r' {
		i++
	}
	return i
}

// numberEnd gives the end of the number at i.
func numberEnd(src []byte, i int) int {
	run := func(i int, digit func(byte) bool) int { // digits with single _ between them
		for i < len(src) && (digit(src[i]) || src[i] == '_' && i+1 < len(src) && digit(src[i+1])) {
			i++
		}
		return i
	}
	decimal := func(b byte) bool { return is(b, classDigit) }
	if src[i] == '0' && i+1 < len(src) {
		var digit func(byte) bool
		switch src[i+1] | 0x20 {
		case 'x':
			digit = func(b byte) bool { return is(b, classDigit) || 'a' <= b|0x20 && b|0x20 <= 'f' }
		case 'o':
			digit = func(b byte) bool { return '0' <= b && b <= '7' }
		case 'b':
			digit = func(b byte) bool { return b == '0' || b == '1' }
		}
		if digit != nil {
			if end := run(i+2, digit); end > i+2 {
				return end
			}
		}
	}
	start := i
	if is(src[i], classDigit) {
		i = run(i, decimal)
	}
	// 1..2 is a range of PL/pgSQL; scan.l forgets digits with underscores there.
	if i < len(src) && src[i] == '.' && (i+1 >= len(src) || src[i+1] != '.' || bytes.IndexByte(src[start:i], '_') >= 0) {
		if i++; i < len(src) && is(src[i], classDigit) {
			i = run(i, decimal)
		}
	}
	if i < len(src) && src[i]|0x20 == 'e' {
		j := i + 1
		if j < len(src) && (src[j] == '-' || src[j] == '+') {
			j++
		}
		if j < len(src) && is(src[j], classDigit) {
			i = run(j, decimal)
		}
	}
	return i
}

// maxOp bounds the time for a run of + and -, each of which is read again for the
// next. The server refuses operators of more than 63 bytes.
const maxOp = 256

// opEnd gives the end of the operator at i. A comment ends it; so does its last
// + or - unless one of ~ ! @ # ^ & | ` ? % is in it.
func opEnd(src []byte, i int) int {
	end := i
	special := false
	for end < len(src) && is(src[end], classOp) && end < i+maxOp {
		if end+1 < len(src) && (src[end] == '-' && src[end+1] == '-' || src[end] == '/' && src[end+1] == '*') {
			break
		}
		switch src[end] {
		case '~', '!', '@', '#', '^', '&', '|', '`', '?', '%':
			special = true
		}
		end++
	}
	for !special && end > i+1 && (src[end-1] == '+' || src[end-1] == '-') {
		end--
	}
	return end
}

// tokens gives the tokens of src[start:end], without comments; offsets are in src.
func tokens(src []byte, start, end int) []token {
	toks := make([]token, 0, (end-start)/6+4)
	for i := start; ; {
		t := next(src[:end], i)
		if t.kind == tokEOF {
			return toks
		}
		i = int(t.end)
		if t.kind != tokComment {
			toks = append(toks, t)
		}
	}
}

// isWord tells whether the token is the unquoted word, given in upper case.
func isWord(src []byte, t token, word string) bool {
	if t.kind != tokWord || int(t.end-t.start) != len(word) {
		return false
	}
	for i := range len(word) {
		b := src[int(t.start)+i]
		if 'a' <= b && b <= 'z' {
			b -= 'a' - 'A'
		}
		if b != word[i] {
			return false
		}
	}
	return true
}

// isPunct tells whether the token is the punctuation mark.
func isPunct(src []byte, t token, mark byte) bool {
	return t.kind == tokPunct && src[t.start] == mark
}

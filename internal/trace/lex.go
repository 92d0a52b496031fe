package trace

// tokenKind is what a token of SQL is.
type tokenKind uint8

const (
	tokEnd    tokenKind = iota
	tokWord             // an unquoted name or keyword
	tokQuoted           // "a name"
	tokString           // 'text', E'text', $$text$$
	tokNumber
	tokParam // $1
	tokMark  // a character
)

// token is a piece of SQL. Its text has no quotes.
type token struct {
	kind       tokenKind
	text       []byte // of a string: what is between the quotes, escapes untouched
	start, end int
	dollar     bool // a string in dollar quotes
}

// lexer cuts SQL into tokens. It is for text that may be cut off or no SQL at all:
// it always ends, and says nothing of errors. Where the text parses, it sees the
// tokens that PostgreSQL sees (scan.l), with standard_conforming_strings on.
type lexer struct {
	src []byte
	at  int
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'
}
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isNameStart(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c >= 0x80
}
func isName(c byte) bool { return isNameStart(c) || isDigit(c) || c == '$' }

// blank skips spaces and comments; psql's commands are none.
func (l *lexer) blank() {
	for l.at < len(l.src) {
		c := l.src[l.at]
		switch {
		case isSpace(c):
			l.at++
		case c == '-' && l.peek(1) == '-':
			for l.at < len(l.src) && l.src[l.at] != '\n' {
				l.at++
			}
		case c == '/' && l.peek(1) == '*':
			l.comment()
		default:
			return
		}
	}
}

func (l *lexer) comment() {
	depth := 0
	for l.at < len(l.src) {
		switch {
		case l.src[l.at] == '/' && l.peek(1) == '*':
			depth++
			l.at += 2
		case l.src[l.at] == '*' && l.peek(1) == '/':
			depth--
			l.at += 2
			if depth == 0 {
				return
			}
		default:
			l.at++
		}
	}
}

func (l *lexer) peek(n int) byte {
	if l.at+n < len(l.src) {
		return l.src[l.at+n]
	}
	return 0
}

// next gives the next token, tokEnd at the end.
func (l *lexer) next() token {
	l.blank()
	start := l.at
	if start >= len(l.src) {
		return token{kind: tokEnd, start: len(l.src), end: len(l.src)}
	}
	switch c := l.src[start]; {
	case (c == 'E' || c == 'e') && l.peek(1) == '\'':
		l.at++
		return l.quoted(start, '\'', tokString, true)
	case isNameStart(c):
		for l.at < len(l.src) && isName(l.src[l.at]) {
			l.at++
		}
		return token{kind: tokWord, text: l.src[start:l.at], start: start, end: l.at}
	case c == '"':
		return l.quoted(start, '"', tokQuoted, false)
	case c == '\'':
		return l.quoted(start, '\'', tokString, false)
	case c == '$':
		return l.dollar(start)
	case isDigit(c):
		for l.at < len(l.src) && (isName(l.src[l.at]) || l.src[l.at] == '.') {
			l.at++
		}
		return token{kind: tokNumber, text: l.src[start:l.at], start: start, end: l.at}
	}
	l.at++
	return token{kind: tokMark, text: l.src[start:l.at], start: start, end: l.at}
}

// quoted reads to the closing quote; doubled ones, and escaped ones where there are
// escapes, are text.
func (l *lexer) quoted(start int, q byte, kind tokenKind, escapes bool) token {
	l.at++
	body := l.at
	for l.at < len(l.src) {
		switch c := l.src[l.at]; {
		case escapes && c == '\\':
			l.at++
		case c == q && l.peek(1) == q:
			l.at++
		case c == q:
			l.at++
			return token{kind: kind, text: l.src[body : l.at-1], start: start, end: l.at}
		}
		l.at++
	}
	l.at = len(l.src)
	return token{kind: kind, text: l.src[min(body, l.at):l.at], start: start, end: l.at}
}

// dollar reads a parameter or a string in dollar quotes.
func (l *lexer) dollar(start int) token {
	l.at++
	for l.at < len(l.src) && isDigit(l.src[l.at]) {
		l.at++
	}
	if l.at > start+1 {
		return token{kind: tokParam, text: l.src[start+1 : l.at], start: start, end: l.at}
	}
	tag := l.at
	for tag < len(l.src) && (isNameStart(l.src[tag]) || isDigit(l.src[tag])) {
		tag++
	}
	if tag >= len(l.src) || l.src[tag] != '$' {
		return token{kind: tokMark, text: l.src[start:l.at], start: start, end: l.at}
	}
	fence := l.src[start : tag+1]
	body := tag + 1
	for i := body; i+len(fence) <= len(l.src); i++ {
		if l.src[i] == '$' && string(l.src[i:i+len(fence)]) == string(fence) {
			l.at = i + len(fence)
			return token{kind: tokString, text: l.src[body:i], start: start, end: l.at, dollar: true}
		}
	}
	l.at = len(l.src)
	return token{kind: tokString, text: l.src[body:], start: start, end: l.at, dollar: true}
}

// is tells whether a token is a keyword, written in lower case.
func (t token) is(word string) bool { return t.kind == tokWord && foldEqual(t.text, word) }

// mark tells whether a token is a character.
func (t token) mark(c byte) bool { return t.kind == tokMark && t.text[0] == c }

// name tells whether a token can be a name.
func (t token) name() bool { return t.kind == tokWord || t.kind == tokQuoted }

// foldEqual compares without regard to case; lower is in lower case.
func foldEqual(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i := range b {
		c := b[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

package migration

import (
	"bytes"
	"strings"
)

// sqlKind is the kind of a piece of SQL, as far as readers need to know: what is
// quoted, what is a comment, where a statement ends. Parsing is pgsql's business.
type sqlKind byte

const (
	sqlEnd     sqlKind = iota
	sqlWord            // keyword, identifier, number
	sqlString          // '…', E'…'
	sqlName            // "…"
	sqlDollar          // $tag$…$tag$
	sqlComment         // -- … or /* … */
	sqlOther           // one byte of anything else
)

// sqlToken is a piece of SQL; start and end are offsets in the text.
type sqlToken struct {
	start, end int
	kind       sqlKind
}

// scanSQL gives the piece at or after an offset; blanks are passed over.
func scanSQL(src []byte, i int) sqlToken {
	for i < len(src) && isBlank(src[i]) {
		i++
	}
	if i >= len(src) {
		return sqlToken{len(src), len(src), sqlEnd}
	}
	switch b := src[i]; {
	case isWordByte(b):
		if b|0x20 == 'e' && i+1 < len(src) && src[i+1] == '\'' {
			return sqlToken{i, quoteEnd(src, i+1, true), sqlString}
		}
		end := i + 1
		for end < len(src) && (isWordByte(src[end]) || src[end] == '$') {
			end++
		}
		return sqlToken{i, end, sqlWord}
	case b == '\'':
		return sqlToken{i, quoteEnd(src, i, false), sqlString}
	case b == '"':
		return sqlToken{i, quoteEnd(src, i, false), sqlName}
	case b == '-' && bytes.HasPrefix(src[i:], []byte("--")):
		if n := bytes.IndexByte(src[i:], '\n'); n >= 0 {
			return sqlToken{i, i + n, sqlComment}
		}
		return sqlToken{i, len(src), sqlComment}
	case b == '/' && bytes.HasPrefix(src[i:], []byte("/*")):
		return sqlToken{i, i + blockComment(src[i:]), sqlComment}
	case b == '$':
		if tag := dollarTag(src[i:]); tag > 0 {
			end := len(src)
			if n := bytes.Index(src[i+tag:], src[i:i+tag]); n >= 0 {
				end = i + tag + n + tag
			}
			return sqlToken{i, end, sqlDollar}
		}
	}
	return sqlToken{i, i + 1, sqlOther}
}

// dollarTag is the length of the opening tag that text starts with, 0 for none.
func dollarTag(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch b := text[i]; {
		case b == '$':
			return i + 1
		case !isWordByte(b) || i == 1 && '0' <= b && b <= '9':
			return 0
		}
	}
	return 0
}

// quoteEnd is the offset behind the quoted text that begins at i.
func quoteEnd(src []byte, i int, backslash bool) int {
	quote := src[i]
	for i++; i < len(src); i++ {
		switch {
		case backslash && src[i] == '\\':
			i++
		case src[i] == quote && i+1 < len(src) && src[i+1] == quote:
			i++
		case src[i] == quote:
			return i + 1
		}
	}
	return len(src)
}

func isBlank(b byte) bool { return b == ' ' || '\t' <= b && b <= '\r' }

func isWordByte(b byte) bool {
	return 'a' <= b|0x20 && b|0x20 <= 'z' || '0' <= b && b <= '9' || b == '_' || b >= 0x80
}

// statements calls f with the words that each statement of the text begins with,
// in upper case and separated by spaces, at most n of them, and with its place.
// Semicolons in parentheses and in BEGIN ATOMIC bodies end none.
func statements(text []byte, n int, f func(words []byte, at Span)) {
	var last []byte // a word of the body
	words := make([]byte, 0, 64)
	count := 0
	at := Span{-1, -1}
	parens, atomic := 0, 0
	done := func() {
		if at.Start >= 0 {
			f(words, at)
		}
		words, last, count, at, parens, atomic = words[:0], nil, 0, Span{-1, -1}, 0, 0
	}
	for i := 0; ; {
		t := scanSQL(text, i)
		i = t.end
		switch {
		case t.kind == sqlEnd:
			done()
			return
		case t.kind == sqlComment:
			continue
		case t.kind == sqlOther && text[t.start] == ';' && parens <= 0 && atomic == 0:
			done()
			continue
		case t.kind == sqlOther && text[t.start] == '(':
			parens++
		case t.kind == sqlOther && text[t.start] == ')':
			parens--
		}
		if at.Start < 0 {
			at.Start = t.start
		}
		at.End = t.end
		var word []byte
		if t.kind == sqlWord {
			word = text[t.start:t.end]
		}
		switch {
		case isWord(word, "ATOMIC") && isWord(last, "BEGIN"), atomic > 0 && isWord(word, "CASE"):
			atomic++
		case atomic > 0 && isWord(word, "END"):
			atomic--
		}
		if count < n && t.kind != sqlOther {
			if count++; count > 1 {
				words = append(words, ' ')
			}
			for _, b := range text[t.start:t.end] {
				if 'a' <= b && b <= 'z' {
					b -= 'a' - 'A'
				}
				words = append(words, b)
			}
		}
		last = word
	}
}

// hasDollarTag tells whether something in the text may open a dollar quote.
func hasDollarTag(text []byte) bool {
	for i := 0; ; i++ {
		n := bytes.IndexByte(text[i:], '$')
		if n < 0 {
			return false
		}
		if i += n; dollarTag(text[i:]) > 0 {
			return true
		}
	}
}

// isWord compares a word with one in upper case.
func isWord(word []byte, upper string) bool {
	return len(word) == len(upper) && word[0]|0x20 == upper[0]|0x20 && strings.EqualFold(string(word), upper)
}

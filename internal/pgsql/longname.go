package pgsql

import (
	"bytes"
	"strings"

	"github.com/safemig/safemig/internal/migration"
)

// LongName is an identifier that the server cuts off (NAMEDATALEN, 64 bytes with
// the one that ends it).
type LongName struct {
	Name string // without quotes, folded
	Span migration.Span
}

const nameMax = 63

// LongNames gives the identifiers of the statement that have more than 63 bytes.
// Names in bodies of functions and in DO are not seen; of a statement that was
// made from another language Span is the whole statement.
func (s *Statement) LongNames() []LongName {
	raw := s.Raw()
	if !hasLongWord(raw) {
		return nil
	}
	var out []LongName
	for t := next(raw, 0); t.kind != tokEOF; t = next(raw, int(t.end)) {
		start, end := t.span()
		var name string
		switch t.kind {
		case tokWord:
			name = strings.ToLower(string(raw[start:end]))
		case tokQuoted:
			if raw[start] != '"' {
				continue // U&"…"
			}
			name = strings.ReplaceAll(string(raw[start+1:max(start+1, end-1)]), `""`, `"`)
		}
		if len(name) <= nameMax {
			continue
		}
		n := LongName{Name: name, Span: s.Span}
		if s.Span.Len() == len(raw) {
			n.Span = migration.Span{Start: s.Span.Start + start, End: s.Span.Start + end}
		}
		out = append(out, n)
	}
	return out
}

// hasLongWord tells whether anything in a text may be such a name.
func hasLongWord(src []byte) bool {
	if len(src) <= nameMax {
		return false
	}
	run := 0
	for _, b := range src {
		if run++; !is(b, classIdent) {
			run = 0
		}
		if run > nameMax {
			return true
		}
	}
	return bytes.IndexByte(src, '"') >= 0 && longQuoted(src)
}

// longQuoted tells whether two quotes stand that far apart.
func longQuoted(src []byte) bool {
	for {
		i := bytes.IndexByte(src, '"')
		if i < 0 {
			return false
		}
		j := bytes.IndexByte(src[i+1:], '"')
		if j > nameMax {
			return true
		}
		if j < 0 {
			return false
		}
		src = src[i+1+j:]
	}
}

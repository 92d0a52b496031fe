package pgsql

import "strings"

// ReplaceName gives an expression with every identifier name replaced, as f says;
// of what is no identifier of that name it changes nothing. Keywords, functions
// (what stands before a parenthesis) and what stands behind a dot after another
// name are left alone; strings and comments too. Identifiers are compared as the
// server does: folded unless quoted.
func ReplaceName(sql, name string, f func(text string) string) string {
	src := []byte(sql)
	toks := tokens(src, 0, len(src))
	var b strings.Builder
	at := 0
	for i, t := range toks {
		start, end := t.span()
		if spelled(src, t) != name || i+1 < len(toks) && isPunct(src, toks[i+1], '(') || i > 0 && isPunct(src, toks[i-1], '.') {
			continue
		}
		b.WriteString(sql[at:start])
		b.WriteString(f(sql[start:end]))
		at = end
	}
	return b.String() + sql[at:]
}

// Mentions tells whether an identifier stands in the text, qualified or not.
func Mentions(sql, name string) bool {
	src := []byte(sql)
	for _, t := range tokens(src, 0, len(src)) {
		if spelled(src, t) == name {
			return true
		}
	}
	return false
}

// spelled gives the name that a token spells, "" where it is none.
func spelled(src []byte, t token) string {
	text := string(src[t.start:t.end])
	switch {
	case t.kind == tokWord:
		return strings.ToLower(text)
	case t.kind == tokQuoted && text[0] == '"' && !t.open:
		return strings.ReplaceAll(text[1:len(text)-1], `""`, `"`)
	}
	return ""
}

package lint

import (
	"bytes"
	"regexp"
)

// What libraries fill in before the server sees a query. Strings and comments are
// matched first, so that they stay as they are; so are casts.
const quotedText = `'(?:[^']|'')*'|"[^"]*"|--[^\n]*|/\*.*?\*/|`

var (
	// atNames are @name of pgx.NamedArgs and sqlc, and sqlc.arg(name): they parse, as
	// an operator and a column, and are neither.
	atNames = regexp.MustCompile(`(?is)` + quotedText + `\bsqlc\s*\.\s*(?:n?arg|slice|embed)\s*\([^)]*\)|@[a-z_][a-z0-9_]*`)

	// parameters are ? and :name of sqlx, gorm and bun.
	parameters = regexp.MustCompile(`(?is)` + quotedText + `::|:[a-z_][a-z0-9_.]*|\?`)
)

// maskParameters puts a constant of the same length in the place of every
// parameter, so that offsets hold.
func maskParameters(text []byte, of *regexp.Regexp) []byte {
	return of.ReplaceAllFunc(text, func(m []byte) []byte {
		switch {
		case m[0] == '\'' || m[0] == '"' || m[0] == '-' || m[0] == '/' || string(m) == "::":
			return m
		case m[0] == '?':
			return []byte("1")
		}
		out := bytes.Repeat([]byte(" "), len(m))
		if copy(out, "NULL"); len(m) < len("NULL") {
			copy(out, "1   ")
		}
		return out
	})
}

// Package catalog is the schema as far as the migrations read so far tell it:
// relations, types, functions and session settings. It knows what it does not
// know: a table that no migration created is assumed, and answers about it are
// Unknown, never no.
package catalog

import "strings"

// Name is a schema-qualified name, as stored: folded and without quotes.
type Name struct{ Schema, Name string }

// String writes the name as SQL does, quoted only where SQL needs it.
func (n Name) String() string {
	if n.Schema == "" {
		return Quote(n.Name)
	}
	return Quote(n.Schema) + "." + Quote(n.Name)
}

// Short leaves out the schema where it is public.
func (n Name) Short() string {
	if n.Schema == "public" || n.Schema == "" {
		return Quote(n.Name)
	}
	return n.String()
}

// Quote writes an identifier, quoted where SQL needs it.
func Quote(id string) string {
	plain := id != "" && !reserved[id]
	for i := 0; plain && i < len(id); i++ {
		c := id[i]
		plain = c == '_' || 'a' <= c && c <= 'z' || i > 0 && ('0' <= c && c <= '9' || c == '$')
	}
	if plain {
		return id
	}
	return `"` + strings.ReplaceAll(id, `"`, `""`) + `"`
}

// reserved are the words that PostgreSQL does not take as a bare table or
// column name (appendix C of the manual, "reserved").
var reserved = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`all analyse analyze and any array as asc asymmetric authorization binary both case cast
		check collate collation column concurrently constraint create cross current_catalog current_date current_role
		current_schema current_time current_timestamp current_user default deferrable desc distinct do else end except
		false fetch for foreign freeze from full grant group having ilike in initially inner intersect into is isnull join
		lateral leading left like limit localtime localtimestamp natural not notnull null offset on only or order outer
		overlaps placing primary references returning right select session_user similar some symmetric system_user table
		tablesample then to trailing true union unique user using variadic verbose when where window with`) {
		m[w] = true
	}
	return m
}()

// Tri is an answer of three values.
type Tri int8

// The answers. The zero value is Unknown.
const (
	Unknown Tri = iota
	No
	Yes
)

// Of makes a Tri of a bool that is known.
func Of(b bool) Tri {
	if b {
		return Yes
	}
	return No
}

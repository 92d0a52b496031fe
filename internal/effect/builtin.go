package effect

import (
	"cmp"
	_ "embed"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:generate env SAFEMIG_REQUIRE_PG=1 go test -run TestBuiltinsAreTheServers -update-builtins .

// builtinText is what the servers' own catalogs hold, one row a line: functions
// with their volatility, types, casts, and default operator classes of
// pg_catalog in each major, and those of contrib's extensions ("ext NAME …").
//
//go:embed builtin.txt
var builtinText string

// builtinKey is a row's kind and name: "func now", "cast int4 int8", "opclass
// btree text", "type int4".
type builtinKey struct{ kind, a, b string }

// builtinFact is what a row says of its key, and in which majors.
type builtinFact struct {
	value       string
	first, last int
}

// rowWords is how many words the rows of a kind have, without the majors.
var rowWords = map[string]int{"func": 3, "type": 3, "cast": 4, "opclass": 4}

// builtinRow splits a line of builtin.txt into the row and the majors that have it.
func builtinRow(line string) (row string, first, last int, ok bool) {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return "", 0, 0, false
	}
	first, last = 0, math.MaxInt
	f := strings.Fields(line)
	want := rowWords[f[0]]
	if f[0] == "ext" && len(f) > 2 {
		want = 2 + rowWords[f[2]]
	}
	if len(f) > want {
		from, to, _ := strings.Cut(f[len(f)-1], "-")
		if from != "" {
			first, _ = strconv.Atoi(from) // generated: always digits
		}
		if to != "" {
			last, _ = strconv.Atoi(to)
		}
		line = strings.Join(f[:len(f)-1], " ")
	}
	return line, first, last, true
}

var builtins = sync.OnceValue(func() map[builtinKey][]builtinFact {
	m := make(map[builtinKey][]builtinFact, strings.Count(builtinText, "\n"))
	for line := range strings.Lines(builtinText) {
		row, first, last, ok := builtinRow(line)
		if !ok {
			continue
		}
		f := strings.Fields(row)
		if f[0] == "ext" {
			ext := f[1]
			if f = f[2:]; f[0] == "type" {
				k := builtinKey{kind: "extension", a: ext}
				m[k] = append(m[k], builtinFact{f[1], first, last})
			}
			if f[0] == "type" || f[0] == "func" { // not to be taken for those of pg_catalog
				f[0] = "ext " + f[0]
			}
		}
		k := builtinKey{kind: f[0], a: f[1]}
		if len(f) == 4 {
			k.b = f[2]
		}
		m[k] = append(m[k], builtinFact{f[len(f)-1], first, last})
	}
	return m
})

// builtin gives what the server of a major says of a key; of pg 0, any server.
func builtin(kind, a, b string, pg int) (string, bool) {
	for _, f := range builtins()[builtinKey{kind, a, b}] {
		if pg == 0 || f.first <= pg && pg <= f.last {
			return f.value, true
		}
	}
	return "", false
}

// builtinVolatility gives the volatility of a function of pg_catalog, else of
// one of contrib's extensions: 'i', 's' or 'v'; where overloads differ, the most volatile. timezone(text, timetz),
// volatile up to 14, does not count: AT TIME ZONE is nearly always of a timestamp.
func builtinVolatility(name string, pg int) (byte, bool) {
	v, ok := builtin("func", name, "", pg)
	if !ok {
		v, ok = builtin("ext func", name, "", pg)
	}
	if !ok {
		return 0, false
	}
	return v[0], true
}

// knownType tells whether any supported server has a type of that name in
// pg_catalog, pseudo-types included.
func knownType(name string) bool {
	_, ok := builtin("type", name, "", 0)
	return ok
}

// binaryCoercible tells whether values of one type of pg_catalog are values of
// the other as they stand: the same type, or a cast WITHOUT FUNCTION, be it
// implicit or not (pg_cast.castmethod = 'b'). Names are those of pg_type.
func binaryCoercible(from, to string, pg int) bool {
	v, ok := builtin("cast", from, to, pg)
	return from == to || ok && v[0] == 'b'
}

// castContext gives where a cast from one type of pg_catalog to another
// applies: 'i' everywhere, 'a' in assignments, 'e' where written. Casts to and
// from strings by way of the text form are included (find_coercion_pathway,
// parse_coerce.c): they are assignment casts to a string, explicit from one.
func castContext(from, to string, pg int) (byte, bool) {
	if from == to {
		return 'i', true
	}
	if v, ok := builtin("cast", from, to, pg); ok {
		return v[1], true
	}
	switch {
	case !knownType(from) || !knownType(to):
		return 0, false
	case typeCategory(to) == 'S':
		return 'a', true
	case typeCategory(from) == 'S':
		return 'e', true
	}
	return 0, false
}

// castFunction tells whether a cast from one type of pg_catalog to another
// exists, in whatever context.
func castFunction(from, to string, pg int) bool {
	_, ok := castContext(from, to, pg)
	return ok
}

// typeCategory is pg_type.typcategory of a type of pg_catalog, 0 for others.
func typeCategory(name string) byte {
	v, ok := builtin("type", name, "", 0)
	if !ok {
		return 0
	}
	return v[1]
}

// defaultOpclass gives the operator class that an index of the access method
// takes for a type when none is written, "" where there is none. The type is
// one of pg_catalog; an array is "int4[]" or "_int4", an enum "anyenum".
// As GetDefaultOpClass does (indexcmds.c), the type's own class comes first, then
// that of a type that it is binary coercible to.
func defaultOpclass(typ, method string) string {
	if strings.HasSuffix(typ, "[]") || strings.HasPrefix(typ, "_") {
		typ = "anyarray"
	}
	if v, ok := builtin("opclass", method, typ, 0); ok {
		return v
	}
	for _, base := range implicitBases()[typ] {
		if v, ok := builtin("opclass", method, base, 0); ok {
			return v
		}
	}
	if v, ok := builtin("type", typ, "", 0); ok {
		if poly := map[byte]string{'r': "anyrange", 'm': "anymultirange"}[v[0]]; poly != "" && poly != typ {
			return defaultOpclass(poly, method)
		}
	}
	return ""
}

// implicitBases gives for each type those that it is implicitly binary
// coercible to, preferred types of their category first.
var implicitBases = sync.OnceValue(func() map[string][]string {
	m := map[string][]string{}
	for k, facts := range builtins() {
		if k.kind == "cast" && facts[0].value == "bi" {
			m[k.a] = append(m[k.a], k.b)
		}
	}
	preferred := func(typ string) int {
		if v, _ := builtin("type", typ, "", 0); strings.HasSuffix(v, "!") {
			return 0
		}
		return 1
	}
	for _, bases := range m {
		slices.SortFunc(bases, func(a, b string) int {
			return cmp.Or(cmp.Compare(preferred(a), preferred(b)), cmp.Compare(a, b))
		})
	}
	return m
})

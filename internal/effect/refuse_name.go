package effect

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// unresolved notes a column reference that certainly stands for nothing: every
// item of FROM, at every level, is known with all its columns (colNameToVar,
// errorMissingColumn, parse_relation.c).
func (q *query) unresolved(sc *scope, qualifier []string, name string) {
	if systemColumns[name] || slices.Contains(qualifier, "new") || slices.Contains(qualifier, "old") || slices.Contains(sc.results, name) && len(qualifier) == 0 {
		return
	}
	items, named := 0, false
	for s := sc; s != nil; s = s.outer {
		for _, it := range s.items {
			if !it.sure {
				return
			}
			items++
			named = named || len(qualifier) > 0 && it.called(qualifier)
		}
	}
	switch {
	case items == 0:
	case len(qualifier) > 0 && !named:
		q.o.refuse("42P01", "nothing in FROM is called %s", catalog.Quote(qualifier[len(qualifier)-1]))
	case len(qualifier) > 0 && q.o.callable(name): // t.f is f(t)
	case len(qualifier) > 0:
		q.o.refuse("42703", "%s has no column %s", catalog.Quote(qualifier[len(qualifier)-1]), catalog.Quote(name))
	default:
		q.o.refuse("42703", "no relation of the query has a column %s", catalog.Quote(name))
	}
}

// ambiguous notes a name that two relations of the query have (colNameToVar,
// parse_relation.c). What ORDER BY calls by a name of the result is no such.
func (q *query) ambiguous(sc *scope, name string) {
	if !slices.Contains(sc.results, name) {
		q.o.refuse("42702", "%s may be a column of either of two relations", catalog.Quote(name))
	}
}

// callable tells whether there may be a function, or a type to cast to, of a name.
func (o *of) callable(name string) bool {
	_, builtin := builtinVolatility(name, o.pg)
	_, extension := extensionVolatility[name]
	return builtin || extension || len(o.c.Functions("", name)) > 0 || knownType(name) || o.c.LookupType("", name) != nil
}

// resultNames gives the names that ORDER BY and GROUP BY may call columns of the
// result by.
func resultNames(targets []*pg_query.Node) []string {
	var out []string
	for _, t := range targets {
		name := t.GetResTarget().GetName()
		if name == "" {
			name = figureName(t.GetResTarget().GetVal())
		}
		out = append(out, name)
	}
	return out
}

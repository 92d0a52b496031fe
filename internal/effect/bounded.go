package effect

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// bounded tells whether an UPDATE or DELETE reaches only so many rows as its
// text says: a key given as constants, or a subquery or WITH query with LIMIT.
func (q *query) bounded(w *writing, where *pg_query.Node, from []*pg_query.Node) bool {
	for _, t := range w.terms {
		switch {
		case !q.o.key(w.rel, t.Column):
		case t.Op == "=" || t.Op == "IN" || t.Op == equalsUnknown:
			return true
		case t.Op == ">=" || t.Op == ">":
			if slices.ContainsFunc(w.terms, func(u catalog.Term) bool { return u.Column == t.Column && (u.Op == "<" || u.Op == "<=") }) {
				return true
			}
		}
	}
	limit := false
	look := func(n any) bool {
		if s, ok := n.(*pg_query.SelectStmt); ok && s.LimitCount != nil && !isNull(s.LimitCount) {
			limit = true
		}
		return !limit
	}
	walk(where, look)
	walk(from, look)
	if len(from) > 0 && !limit {
		walk(q.o.s.Node, look) // the WITH queries that FROM names
	}
	return limit
}

// key tells whether a column identifies rows: by a primary key or unique index,
// and where the table is not known by its name.
func (o *of) key(r *catalog.Relation, column string) bool {
	if column == "ctid" {
		return true
	}
	for _, i := range r.Indexes {
		if ix := o.c.Get(i); ix != nil && ix.Unique && len(ix.Keys) == 1 && ix.Keys[0] == column {
			return true
		}
	}
	if _, known := r.Primary(); known || !r.Assumed {
		return false
	}
	return column == "id" || column == "uuid"
}

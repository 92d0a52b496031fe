package effect

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/pgsql"
)

// bounded tells whether an UPDATE or DELETE reaches only so many rows as its
// text says: a key given as constants, or a subquery or WITH query with LIMIT; or
// changes a catalog of the server's own.
func (q *query) bounded(w *writing, where *pg_query.Node, from []*pg_query.Node) bool {
	if w.rel.Name.Schema == "pg_catalog" {
		return true // as many rows as the schema has parts
	}
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
	if slices.ContainsFunc(conjuncts(where), func(c *pg_query.Node) bool { return q.picks(w, c) }) {
		return true
	}
	return len(from) > 0 && (q.limited(from) || q.limited(q.o.s.Node)) // the WITH queries that FROM names
}

// picks tells whether a condition lets only so many rows pass as a subquery has: IN and
// = ANY of one with LIMIT, or a key that equals one. EXISTS, NOT IN and comparisons of
// order let pass any number.
func (q *query) picks(w *writing, c *pg_query.Node) bool {
	if s := c.GetSubLink(); s != nil {
		in := len(s.OperName) == 0 || text(s.OperName[0]) == "="
		return s.SubLinkType == pg_query.SubLinkType_ANY_SUBLINK && in && q.limited(s.Subselect)
	}
	a := c.GetAExpr()
	if a == nil || len(a.Name) != 1 || text(a.Name[0]) != "=" {
		return false
	}
	if a.Kind == pg_query.A_Expr_Kind_AEXPR_OP_ANY {
		return q.limited(a.Rexpr)
	}
	for _, side := range [][2]*pg_query.Node{{a.Lexpr, a.Rexpr}, {a.Rexpr, a.Lexpr}} {
		col, plain := bareColumn(side[0])
		if plain && q.o.key(w.rel, col) && side[1].GetSubLink().GetSubLinkType() == pg_query.SubLinkType_EXPR_SUBLINK {
			return true
		}
	}
	return false
}

// limited tells whether a query has LIMIT, or reads a WITH query that has.
func (q *query) limited(tree any) bool {
	limit := false
	pgsql.Walk(tree, func(n any) bool {
		switch n := n.(type) {
		case *pg_query.SelectStmt:
			limit = limit || n.LimitCount != nil && !isNull(n.LimitCount)
		case *pg_query.RangeVar:
			limit = limit || n.Schemaname == "" && q.limitedWith(n.Relname)
		}
		return !limit
	})
	return limit
}

// limitedWith tells whether the statement has a WITH query of the name with LIMIT.
func (q *query) limitedWith(name string) bool {
	found := false
	pgsql.Walk(q.o.s.Node, func(n any) bool {
		cte, ok := n.(*pg_query.CommonTableExpr)
		if ok && cte.Ctename == name {
			s := cte.Ctequery.GetSelectStmt()
			found = found || s != nil && s.LimitCount != nil && !isNull(s.LimitCount)
		}
		return !found
	})
	return found
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

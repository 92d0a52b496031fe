package effect

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/pgsql"
)

// query gathers what a query reads, writes and calls, at all levels.
type query struct {
	o      *of
	reads  []*reading
	writes []*writing
	calls  []*pg_query.FuncCall
	inner  int // how deep in WITH queries and subqueries outside FROM

	use func(Use, int32) // takes names down with their locations; nil: nobody asks
}

// run reads a statement that can stand in WITH, EXPLAIN or PREPARE, and gives
// the columns of its result.
func (q *query) run(n *pg_query.Node, outer *scope) source {
	switch n := n.GetNode().(type) {
	case *pg_query.Node_SelectStmt:
		return q.selects(n.SelectStmt, outer, false)
	case *pg_query.Node_InsertStmt:
		return q.insert(n.InsertStmt, outer)
	case *pg_query.Node_UpdateStmt:
		return q.update(n.UpdateStmt, outer)
	case *pg_query.Node_DeleteStmt:
		return q.delete(n.DeleteStmt, outer)
	case *pg_query.Node_MergeStmt:
		return q.merge(n.MergeStmt, outer)
	}
	return source{}
}

// level opens a query level below outer: its WITH queries stand in a level of
// their own, which subqueries without LATERAL see as well.
func (q *query) level(w *pg_query.WithClause, outer *scope) *scope {
	up := &scope{outer: outer, with: map[string]*source{}, missing: q.unresolved, twofold: q.ambiguous}
	for _, n := range w.GetCtes() {
		cte := n.GetCommonTableExpr()
		src := &source{name: cte.GetCtename()}
		if w.Recursive {
			up.with[src.name] = src
		}
		q.inner++
		res := q.run(cte.GetCtequery(), up)
		q.inner--
		src.columns, src.whole, src.sure = res.columns, res.whole, res.sure
		src.rename(texts(cte.GetAliascolnames()))
		up.with[src.name] = src
	}
	return &scope{outer: up, star: source{whole: true, sure: true}, missing: q.unresolved, twofold: q.ambiguous}
}

// selects reads a SELECT, VALUES or set operation. locked says that FOR UPDATE
// of the level above reaches in (transformLockingClause, analyze.c).
func (q *query) selects(s *pg_query.SelectStmt, outer *scope, locked bool) source {
	if s == nil {
		return source{}
	}
	sc := q.level(s.WithClause, outer)
	sc.lock = locked
	sc.locking(s.LockingClause)
	if s.Larg != nil {
		return q.setOperation(s, sc)
	}
	for _, f := range s.FromClause {
		q.from(f, sc)
	}
	q.where(s.WhereClause, sc)
	q.expr(s.ValuesLists, sc)
	out := q.targets(s.TargetList, sc)
	sc.results = resultNames(s.TargetList)
	for _, part := range [][]*pg_query.Node{s.DistinctClause, s.GroupClause, s.WindowClause, s.SortClause} {
		q.expr(part, sc)
	}
	sc.results = nil
	q.expr([]*pg_query.Node{s.HavingClause, s.LimitCount, s.LimitOffset}, sc)
	q.early(s, sc)
	if len(s.ValuesLists) > 0 {
		return q.values(s, sc)
	}
	return out
}

func (q *query) setOperation(s *pg_query.SelectStmt, sc *scope) source {
	l := q.selects(s.Larg, sc.outer, false)
	r := q.selects(s.Rarg, sc.outer, false)
	q.expr(s.LimitCount, sc)
	out := source{columns: slices.Clone(l.columns), whole: l.whole && r.whole, sure: l.sure && r.sure}
	if l.sure && r.sure && len(l.columns) != len(r.columns) {
		q.o.refuse("42601", "the arms of %s have %d and %d columns", setWords[s.Op], len(l.columns), len(r.columns))
	}
	for i := range out.columns {
		out.columns[i].NotNull = false
		if i >= len(r.columns) || !sameType(out.columns[i].Type, r.columns[i].Type) {
			out.columns[i].Type = catalog.Type{}
		}
	}
	return out
}

var setWords = map[pg_query.SetOperation]string{pg_query.SetOperation_SETOP_UNION: "UNION",
	pg_query.SetOperation_SETOP_INTERSECT: "INTERSECT", pg_query.SetOperation_SETOP_EXCEPT: "EXCEPT"}

func (q *query) values(s *pg_query.SelectStmt, sc *scope) source {
	out := source{whole: true, sure: true}
	for i, n := range listOf(s.ValuesLists[0]) {
		out.columns = append(out.columns, catalog.Column{Name: "column" + itoa(i+1), Type: q.typeOf(n, sc)})
	}
	return out
}

// early marks what the server need not read to its end: LIMIT without a sort
// that no index serves, and min() or max() of an indexed column.
func (q *query) early(s *pg_query.SelectStmt, sc *scope) {
	if len(sc.items) != 1 || sc.items[0].read == nil || len(s.GroupClause) > 0 || len(s.DistinctClause) > 0 {
		return
	}
	r := sc.items[0].read
	if s.LimitCount != nil && !isNull(s.LimitCount) {
		sort := ""
		if len(s.SortClause) > 0 {
			sort, _ = bareColumn(s.SortClause[0].GetSortBy().GetNode())
		}
		if len(s.SortClause) == 0 && !aggregates(s.TargetList) || sort != "" && q.o.indexed(r.rel, sort) {
			r.scan = false
		}
	}
	for _, t := range s.TargetList {
		f := t.GetResTarget().GetVal().GetFuncCall()
		_, name := qualified(f.GetFuncname())
		if name != "min" && name != "max" || len(f.Args) != 1 {
			return
		}
		if c, ok := bareColumn(f.Args[0]); !ok || !q.o.indexed(r.rel, c) {
			return
		}
	}
	r.scan = r.scan && len(s.TargetList) == 0
}

// aggregates tells whether a target list needs every row.
func aggregates(targets []*pg_query.Node) bool {
	found := false
	pgsql.Walk(targets, func(n any) bool {
		if f, ok := n.(*pg_query.FuncCall); ok {
			_, name := qualified(f.Funcname)
			found = found || f.AggStar || slices.Contains([]string{"count", "sum", "avg", "min", "max", "array_agg", "string_agg",
				"json_agg", "jsonb_agg", "json_object_agg", "jsonb_object_agg", "bool_and", "bool_or", "every"}, name)
		}
		return !found
	})
	return found
}

// indexed tells whether an index of the relation begins with the column.
func (o *of) indexed(r *catalog.Relation, columns ...string) bool {
	for _, i := range r.Indexes {
		ix := o.c.Get(i)
		if ix != nil && !ix.Invalid && ix.Predicate == "" && len(ix.Keys) > 0 && slices.Contains(columns, ix.Keys[0]) {
			return true
		}
	}
	return false
}

// expr reads an expression, or several.
func (q *query) expr(tree any, sc *scope) {
	pgsql.Walk(tree, func(n any) bool {
		switch n := n.(type) {
		case *pg_query.SelectStmt:
			q.inner++
			q.selects(n, sc, false)
			q.inner--
			return false
		case *pg_query.A_Expr:
			if q.use == nil {
				q.compares(n, sc)
			}
		case *pg_query.ColumnRef:
			sc.find(n)
		case *pg_query.FuncCall:
			q.calls = append(q.calls, n)
		}
		return true
	})
}

// where reads a condition and hands its conjuncts to the relations they are about.
func (q *query) where(n *pg_query.Node, sc *scope) {
	q.expr(n, sc)
	for _, c := range conjuncts(n) {
		if src, ts := sc.judge(c); src != nil && src.read != nil {
			src.read.terms = append(src.read.terms, ts...)
		}
	}
}

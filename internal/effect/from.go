package effect

import (
	"slices"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// from reads an item of FROM into the scope and gives what * shows of it.
func (q *query) from(n *pg_query.Node, sc *scope) {
	src := q.item(n, sc)
	sc.star.columns = append(sc.star.columns, src.columns...)
	sc.star.whole, sc.star.sure = sc.star.whole && src.whole, sc.star.sure && src.sure
}

func (q *query) item(n *pg_query.Node, sc *scope) source {
	switch f := n.GetNode().(type) {
	case *pg_query.Node_RangeVar:
		return q.table(f.RangeVar, sc)
	case *pg_query.Node_JoinExpr:
		return q.join(f.JoinExpr, sc)
	case *pg_query.Node_RangeTableSample:
		src := q.item(f.RangeTableSample.Relation, sc)
		q.expr(f.RangeTableSample.Args, sc)
		return src
	case *pg_query.Node_RangeSubselect:
		sub := f.RangeSubselect
		outer := sc.outer
		if sub.Lateral {
			outer = sc
		}
		src := q.selects(sub.Subquery.GetSelectStmt(), outer, sc.locked(sub.GetAlias().GetAliasname()))
		return q.place(&src, sub.Alias, sc)
	case *pg_query.Node_RangeFunction:
		q.expr(f.RangeFunction.Functions, sc)
		src := q.functionColumns(f.RangeFunction)
		return q.place(&src, f.RangeFunction.Alias, sc)
	}
	q.expr(n, sc) // XMLTABLE, JSON_TABLE
	return q.place(&source{}, nil, sc)
}

// place puts a source under its alias into the scope.
func (q *query) place(src *source, a *pg_query.Alias, sc *scope) source {
	if a != nil {
		src.name, src.schema = a.Aliasname, ""
		src.rename(texts(a.Colnames))
	}
	sc.items = append(sc.items, src)
	return *src
}

// functionColumns gives the columns of a function in FROM: only a list of
// definitions tells them.
func (q *query) functionColumns(f *pg_query.RangeFunction) source {
	out := source{}
	for _, fn := range f.Functions {
		if l := listOf(fn); len(l) > 0 && out.name == "" {
			_, out.name = qualified(l[0].GetFuncCall().GetFuncname())
		}
	}
	for _, d := range f.Coldeflist {
		out.columns = append(out.columns, catalog.Column{Name: d.GetColumnDef().GetColname(), Type: q.o.typeOf(d.GetColumnDef().GetTypeName())})
		out.whole = true
	}
	return out
}

// table reads a relation or WITH query in FROM.
func (q *query) table(rv *pg_query.RangeVar, sc *scope) source {
	src := &source{name: rv.GetRelname(), schema: rv.GetSchemaname()}
	if cte := sc.cte(rv.GetRelname()); cte != nil && rv.Schemaname == "" {
		src.columns, src.whole, src.sure = cte.columns, cte.whole, cte.sure
		return q.place(src, rv.Alias, sc)
	}
	if q.o.system(rv) {
		return q.place(src, rv.Alias, sc)
	}
	r := q.o.rel(rv, catalog.Table)
	src.schema, src.table = r.Name.Schema, r
	src.columns, src.whole, src.sure = r.Columns, !r.Assumed && !r.Partial, q.o.c.Complete(r)
	src.read = &reading{rel: r, lock: AccessShare, only: !rv.Inh, inner: q.inner > 0, scan: true}
	name := rv.Relname
	if rv.Alias != nil {
		name = rv.Alias.Aliasname
	}
	if sc.locked(name) {
		src.read.lock = RowShare
	}
	q.reads = append(q.reads, src.read)
	src.note = q.noteOf(r, rv.Location, false)
	return q.place(src, rv.Alias, sc)
}

// system tells whether a name is one of the server's own catalogs, which stand
// before search_path.
func (o *of) system(rv *pg_query.RangeVar) bool {
	switch s := rv.GetSchemaname(); s {
	case "pg_catalog", "information_schema", "pg_toast":
		return true
	case "":
		return strings.HasPrefix(rv.GetRelname(), "pg_") && o.known("", rv.GetRelname()) == nil
	}
	return false
}

// join reads both sides; the columns of USING come once and first.
func (q *query) join(j *pg_query.JoinExpr, sc *scope) source {
	l, r := q.item(j.Larg, sc), q.item(j.Rarg, sc)
	using := texts(j.UsingClause)
	if j.IsNatural {
		for _, c := range l.columns {
			if r.column(c.Name) != nil {
				using = append(using, c.Name)
			}
		}
	}
	out := source{whole: l.whole && r.whole, sure: l.sure && r.sure,
		columns: make([]catalog.Column, 0, len(l.columns)+len(r.columns))}
	sc.merged = append(sc.merged, using...)
	if j.Alias != nil || j.IsNatural && !out.sure {
		sc.merged = append(sc.merged, "*")
	}
	for _, name := range using {
		for _, it := range sc.items {
			if it.column(name) != nil || !it.whole {
				it.read.use(name)
				if it.note != nil && it.column(name) != nil {
					it.note(name, 0)
				}
			}
		}
		if c := l.column(name); c != nil {
			out.columns = append(out.columns, *c)
		}
	}
	for _, side := range [][]catalog.Column{l.columns, r.columns} {
		for _, c := range side {
			if !slices.Contains(using, c.Name) {
				out.columns = append(out.columns, c)
			}
		}
	}
	twofold := sc.twofold
	sc.twofold = nil // ON sees the two sides alone
	q.expr(j.Quals, sc)
	sc.twofold = twofold
	if j.Alias != nil { // the alias hides nothing that matters here: add it
		aliased := out
		return q.place(&aliased, j.Alias, sc)
	}
	return out
}

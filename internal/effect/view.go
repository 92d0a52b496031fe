package effect

import (
	"fmt"
	"slices"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// createView models CREATE [OR REPLACE] VIEW: what the query names is locked
// ACCESS SHARE, a view that is replaced ACCESS EXCLUSIVE (DefineView, view.c).
func (o *of) createView(n *pg_query.ViewStmt) {
	q := &query{o: o}
	res := q.run(n.Query, nil)
	o.viewRefused(res, texts(n.Aliases))
	res.rename(texts(n.Aliases))
	name := o.newName(n.View)
	rel := catalog.Relation{Name: name, Kind: catalog.View, Persistence: persistence(n.View), Columns: res.columns, Partial: !res.whole,
		ViewInfo: q.viewInfo()}
	rel.Base = q.base(n.Query.GetSelectStmt())
	if o.readsTemp(q) { // then the view is temporary too (isQueryUsingTempRelation)
		rel.Persistence = catalog.Temp
		if n.View.GetSchemaname() == "" {
			rel.Name.Schema = "pg_temp"
		}
	}
	old := o.c.Lookup(rel.Name)
	switch {
	case old != nil && n.Replace:
		o.replaceView(old, rel)
	case old != nil && !old.Assumed:
		o.add(Effect{Op: CreateView, Target: rel.Name, Kind: catalog.View, Span: o.span(),
			Detail: Detail{Fails: "relation " + rel.Name.String() + " already exists", SQLState: "42P07"}})
	default:
		o.created(CreateView, rel.Name, catalog.View, addReader(rel))
	}
	q.emit(CreateView, named)
}

func (o *of) readsTemp(q *query) bool {
	return slices.ContainsFunc(q.reads, func(r *reading) bool { return r.rel.Persistence == catalog.Temp || r.rel.Name.Schema == "pg_temp" })
}

func (o *of) replaceView(old *catalog.Relation, rel catalog.Relation) {
	e := o.on(ReplaceView, old, AccessExclusive)
	e.Detail.Fails, e.Detail.SQLState = replaceFails(old, &rel)
	oid := old.OID
	e.Change = func(c *catalog.Catalog) {
		r := c.Edit(oid)
		if r == nil {
			return
		}
		before := r.Uses
		r.Kind, r.Columns, r.Partial, r.Assumed, r.ViewInfo = catalog.View, rel.Columns, rel.Partial, false, rel.ViewInfo
		for _, u := range before {
			if used := c.Relink(u); used != nil {
				used.Views = slices.DeleteFunc(used.Views, func(v catalog.OID) bool { return v == oid })
			}
		}
		linkViews(c, rel.Uses, oid)
	}
	if e.Detail.Fails != "" {
		e.Change = nil
	}
	o.add(e)
}

// replaceFails says what the server refuses of CREATE OR REPLACE VIEW: columns
// may be added at the end, nothing else (checkViewColumns, view.c).
// https://www.postgresql.org/docs/current/sql-createview.html
func replaceFails(old, rel *catalog.Relation) (why, state string) {
	if old.Assumed {
		return "", ""
	}
	if old.Kind != catalog.View {
		return old.Name.String() + " is not a view", "42809"
	}
	if old.Partial || rel.Partial {
		return "", ""
	}
	if len(rel.Columns) < len(old.Columns) {
		return "cannot drop columns from view " + old.Name.String() + ": " + missing(old, rel) + " would go", "42P16"
	}
	for i, was := range old.Columns {
		is := rel.Columns[i]
		if was.Name != is.Name {
			return fmt.Sprintf("cannot change name of view column %s to %s", catalog.Quote(was.Name), catalog.Quote(is.Name)), "42P16"
		}
		if was.Type.Name != "" && is.Type.Name != "" && !sameType(was.Type, is.Type) {
			return fmt.Sprintf("cannot change data type of view column %s from %s to %s", catalog.Quote(was.Name), typeSQL(was.Type), typeSQL(is.Type)), "42P16"
		}
	}
	return "", ""
}

func missing(old, rel *catalog.Relation) string {
	var out []string
	for _, c := range old.Columns {
		if _, ok := rel.Column(c.Name); !ok {
			out = append(out, catalog.Quote(c.Name))
		}
	}
	if len(out) == 0 {
		return "one"
	}
	return strings.Join(out, ", ")
}

// base gives the relation that writes through a view with this query reach, 0
// where the view is not automatically updatable (view_query_is_auto_updatable,
// rewriteHandler.c).
func (q *query) base(s *pg_query.SelectStmt) catalog.OID {
	if s == nil || s.Larg != nil || len(s.FromClause) != 1 || len(s.DistinctClause) > 0 || len(s.GroupClause) > 0 ||
		s.HavingClause != nil || s.WithClause != nil || s.LimitCount != nil || s.LimitOffset != nil || aggregates(s.TargetList) {
		return 0
	}
	rv := s.FromClause[0].GetRangeVar()
	if rv == nil || q.o.system(rv) {
		return 0
	}
	for _, t := range s.TargetList {
		if t.GetResTarget().GetVal().GetFuncCall().GetOver() != nil {
			return 0
		}
	}
	switch r := q.o.rel(rv, catalog.Table); r.Kind {
	case catalog.Table, catalog.PartitionedTable, catalog.ForeignTable, catalog.View:
		return r.OID
	}
	return 0
}

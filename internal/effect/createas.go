package effect

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// createTableAs models CREATE TABLE AS, SELECT INTO and CREATE MATERIALIZED
// VIEW: what the query reads is locked ACCESS SHARE and scanned, unless WITH NO
// DATA (ExecCreateTableAs, createas.c).
func (o *of) createTableAs(n *pg_query.CreateTableAsStmt) {
	into := n.GetInto()
	name := o.newName(into.GetRel())
	body, op, kind := n.Query, CreateTableAs, catalog.Table
	if n.Objtype == pg_query.ObjectType_OBJECT_MATVIEW {
		op, kind = CreateMatView, catalog.MatView
	}
	if x := body.GetExecuteStmt(); x != nil {
		body = o.prepared(x.Name)
	}
	q := &query{o: o}
	res := q.run(body, nil)
	d := Detail{IfExists: n.IfNotExists, NotValid: into.GetSkipData()}
	if old := o.c.Lookup(name); old != nil && !old.Assumed {
		if n.IfNotExists {
			o.add(Effect{Op: op, Target: name, OID: old.OID, NoOp: true, Span: o.span(), Detail: d})
		} else {
			d.Fails, d.SQLState = "relation "+name.String()+" already exists", "42P07"
			o.add(Effect{Op: op, Target: name, Kind: kind, Span: o.span(), Detail: d})
		}
		q.emit(op, analyzed)
		return
	}
	o.viewRefused(res, texts(into.GetColNames()))
	res.rename(texts(into.GetColNames()))
	rel := catalog.Relation{Name: name, Kind: kind, Persistence: persistence(into.GetRel()), Columns: res.columns, Partial: !res.whole,
		AccessMethod: into.GetAccessMethod(), Tablespace: into.GetTableSpaceName(), Populated: catalog.Of(!into.GetSkipData())}
	if kind == catalog.MatView {
		rel.ViewInfo = q.viewInfo()
		rel.NoData = into.GetSkipData()
	}
	o.add(Effect{Op: op, Target: name, Kind: kind, Lock: AccessExclusive, New: true, Same: true, Span: o.span(), Detail: d,
		Change: addReader(rel)})
	ph := executed
	if into.GetSkipData() {
		ph = analyzed
	}
	q.emit(op, ph)
}

// addReader adds a relation made by a query, and itself to the views of what it
// reads. Of a table that the query made, only a view depends on its sources.
func addReader(rel catalog.Relation) catalog.Change {
	return func(c *catalog.Catalog) {
		if old := c.Lookup(rel.Name); old != nil && old.Assumed { // spoken of before, and there no more
			c.Drop(old.OID)
		}
		linkViews(c, rel.Uses, c.Add(rel))
	}
}

func linkViews(c *catalog.Catalog, uses []catalog.OID, view catalog.OID) {
	for _, u := range uses {
		if e := c.Get(u); e != nil && !slices.Contains(e.Views, view) {
			e = c.Relink(u)
			e.Views = append(e.Views, view)
		}
	}
}

// viewInfo says what a view with this query depends on.
func (q *query) viewInfo() catalog.ViewInfo {
	v := catalog.ViewInfo{UsesColumns: map[catalog.OID][]string{}, UsesAll: map[catalog.OID]bool{}, Only: map[catalog.OID]bool{}, Inner: map[catalog.OID]bool{}}
	v.Calls = q.o.callsIn(q.calls)
	for _, r := range q.reads {
		oid := r.rel.OID
		if !slices.Contains(v.Uses, oid) {
			v.Uses = append(v.Uses, oid)
			v.Only[oid], v.Inner[oid] = true, true
		}
		v.Only[oid], v.Inner[oid] = v.Only[oid] && r.only, v.Inner[oid] && r.inner
		for _, c := range r.columns {
			if !slices.Contains(v.UsesColumns[oid], c) {
				v.UsesColumns[oid] = append(v.UsesColumns[oid], c)
			}
		}
		if r.all {
			v.UsesAll[oid] = true
		}
		if r.scan && (q.o.scanWork(r.rel, r.terms) != 0 || !r.rel.HasStorage()) {
			v.Scans = append(v.Scans, oid)
		}
	}
	return v
}

// refresh models REFRESH MATERIALIZED VIEW: plain, the view is written anew
// under ACCESS EXCLUSIVE with its indexes; CONCURRENTLY it is compared with a
// new result under EXCLUSIVE, which readers do not notice. Both are allowed in a
// transaction block (RefreshMatViewByOid, matview.c).
func (o *of) refresh(n *pg_query.RefreshMatViewStmt) {
	mv := o.rel(n.Relation, catalog.MatView)
	e := o.on(RefreshMatView, mv, AccessExclusive)
	e.Detail.Concurrent, e.Detail.NotValid = n.Concurrent, n.SkipData
	e.Work = Rewrite | Scan
	if n.Concurrent {
		e.Lock, e.Work = Exclusive, Scan
	}
	if n.SkipData {
		e.Work = Rewrite
	}
	e.Detail.Fails, e.Detail.SQLState = o.refreshFails(mv, n)
	oid, noData := mv.OID, n.SkipData
	e.Change = func(c *catalog.Catalog) {
		if r := c.Edit(oid); r != nil {
			r.NoData, r.Populated = noData, catalog.Of(!noData)
		}
	}
	o.add(e)
	if n.Concurrent {
		o.alsoIndexes(RefreshMatView, mv, RowExclusive, 0)
	} else {
		o.alsoIndexes(RefreshMatView, mv, AccessExclusive, Build)
	}
	if n.SkipData {
		return // the query is not run
	}
	for _, u := range mv.Uses {
		if r := o.c.Get(u); r != nil {
			read := &reading{rel: r, lock: AccessShare, only: mv.Only[u], scan: slices.Contains(mv.Scans, u)}
			o.also(RefreshMatView, r, AccessShare, o.workIf(read.scan, r, nil))
			o.readBelow(RefreshMatView, read, executed, map[catalog.OID]bool{})
		}
	}
}

// refreshFails says what the server certainly refuses of CONCURRENTLY.
func (o *of) refreshFails(mv *catalog.Relation, n *pg_query.RefreshMatViewStmt) (why, state string) {
	switch {
	case mv.Kind != catalog.MatView && !mv.Assumed:
		return mv.Name.String() + " is not a materialized view", "0A000"
	case !n.Concurrent:
		return "", ""
	case n.SkipData:
		return "CONCURRENTLY and WITH NO DATA cannot be used together", "42601"
	case mv.Assumed:
		return "", ""
	case mv.NoData:
		return "CONCURRENTLY cannot be used when the materialized view is not populated", "0A000"
	}
	for _, i := range mv.Indexes {
		// is_usable_unique_index, matview.c
		if ix := o.c.Get(i); ix != nil && ix.Unique && !ix.HasExpr && ix.Predicate == "" && !ix.Invalid {
			return "", ""
		}
	}
	return "CONCURRENTLY needs a unique index without WHERE on columns of " + mv.Name.String(), "55000"
}

package effect

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// reindex models REINDEX: SHARE on the table and ACCESS EXCLUSIVE on the index,
// which stops reads as well, since planning opens every index; CONCURRENTLY
// takes SHARE UPDATE EXCLUSIVE (ExecReindex, indexcmds.c).
func (o *of) reindex(n *pg_query.ReindexStmt) {
	concurrently := false
	for _, p := range n.Params {
		if d := p.GetDefElem(); d.GetDefname() == "concurrently" {
			v := defValue(d.Arg)
			concurrently = v != "false" && v != "off" && v != "0"
		}
	}
	switch n.Kind {
	case pg_query.ReindexObjectType_REINDEX_OBJECT_INDEX:
		o.reindexIndex(o.rel(n.Relation, catalog.Index), concurrently)
	case pg_query.ReindexObjectType_REINDEX_OBJECT_TABLE:
		o.reindexTable(o.rel(n.Relation, catalog.Table), concurrently)
	default:
		what := map[pg_query.ReindexObjectType]string{pg_query.ReindexObjectType_REINDEX_OBJECT_SCHEMA: "REINDEX SCHEMA",
			pg_query.ReindexObjectType_REINDEX_OBJECT_DATABASE: "REINDEX DATABASE"}[n.Kind]
		if what == "" {
			what = "REINDEX SYSTEM"
		}
		o.noTransaction(what)
		switch n.Kind {
		case pg_query.ReindexObjectType_REINDEX_OBJECT_SCHEMA:
			o.reindexAll(n.Name, concurrently)
		case pg_query.ReindexObjectType_REINDEX_OBJECT_DATABASE:
			o.reindexAll("", concurrently)
		}
		if len(o.out) == 1 { // none that the history knows
			o.add(Effect{Op: Reindex, Object: what, Span: o.span(), Detail: Detail{Concurrent: concurrently}})
		}
	}
}

// tableLock is what REINDEX takes on the index's table.
func tableLock(concurrently bool) LockMode {
	if concurrently {
		return ShareUpdateExclusive
	}
	return Share
}

func (o *of) reindexIndex(ix *catalog.Relation, concurrently bool) {
	table := o.c.Get(ix.Table)
	if ix.Kind == catalog.PartitionedIndex {
		o.reindexPartitioned(ix, o.indexTree(ix)[1:], concurrently)
		return
	}
	if concurrently {
		o.noTransaction("REINDEX CONCURRENTLY")
	}
	e := o.on(Reindex, ix, AccessExclusive)
	e.Detail.Concurrent, e.Work = concurrently, Build
	if table != nil {
		e.Detail.Ref = table.Name
	}
	lock := tableLock(concurrently)
	e.Brief = concurrently
	o.add(e)
	if table != nil {
		o.also(Reindex, table, lock, o.work(table, Scan))
	}
}

// reindexAll rebuilds every index of a schema, or of the database.
func (o *of) reindexAll(schema string, concurrently bool) {
	for _, r := range o.c.Relations() {
		if (r.Kind == catalog.Table || r.Kind == catalog.MatView) && (schema == "" || r.Name.Schema == schema) {
			o.reindexOne(r, concurrently)
		}
	}
}

func (o *of) reindexTable(r *catalog.Relation, concurrently bool) {
	if r.Kind == catalog.PartitionedTable {
		o.reindexPartitioned(r, o.family(r)[1:], concurrently)
		return
	}
	if concurrently {
		o.noTransaction("REINDEX CONCURRENTLY")
	}
	o.reindexOne(r, concurrently)
}

// reindexOne rebuilds every index of a table.
func (o *of) reindexOne(r *catalog.Relation, concurrently bool) {
	e := o.on(Reindex, r, tableLock(concurrently))
	e.Detail.Concurrent = concurrently
	if len(r.Indexes) > 0 || r.Assumed {
		e.Work = o.work(r, Scan)
	}
	o.add(e)
	for _, i := range r.Indexes {
		if ix := o.c.Get(i); ix != nil {
			x := o.on(Also, ix, AccessExclusive)
			x.Via, x.Work, x.Brief = Reindex, Build, concurrently
			o.add(x)
		}
	}
}

// reindexPartitioned rebuilds the parts one by one, each in a transaction of
// its own, and so not in a block (14+). Up to 13 REINDEX TABLE of a partitioned
// table does nothing but lock it, and REINDEX INDEX is refused.
func (o *of) reindexPartitioned(root *catalog.Relation, parts []*catalog.Relation, concurrently bool) {
	if o.pg < 14 {
		e := o.on(Reindex, root, Share)
		e.NoOp = true
		if root.IsIndex() {
			e.Lock, e.NoOp = AccessExclusive, false
			e.Detail.Fails, e.Detail.SQLState = "REINDEX of a partitioned index needs PostgreSQL 14", "0A000"
		}
		if concurrently {
			o.noTransaction("REINDEX CONCURRENTLY")
			e.Lock = ShareUpdateExclusive
		}
		o.add(e)
		return
	}
	o.noTransaction("REINDEX of a partitioned relation")
	e := o.on(Reindex, root, Share) // what looking up the name takes, for a moment
	e.Detail.Concurrent, e.Brief = concurrently, true
	table := tableLock(concurrently)
	if root.IsIndex() {
		e.Lock = AccessExclusive
	} else {
		e.Lock = table
	}
	o.add(e)
	if t := o.c.Get(root.Table); root.IsIndex() && t != nil {
		o.also(Reindex, t, table, 0)
	}
	var seen []catalog.OID
	for _, p := range parts {
		table := p
		if p.IsIndex() {
			table = o.c.Get(p.Table)
		}
		if table == nil || root.IsIndex() && table.Kind == catalog.PartitionedTable {
			x := o.on(Also, p, Share) // as below
			x.Via, x.Brief = Reindex, true
			o.add(x)
			continue
		}
		lock, w := tableLock(concurrently), Scan
		if !root.IsIndex() {
			lock = lock.Union(Share) // CONCURRENTLY too, for a moment (find_all_inheritors)
			if len(p.Indexes) == 0 && !p.Assumed {
				w = 0
			}
		}
		if !slices.Contains(seen, table.OID) {
			seen = append(seen, table.OID)
			o.also(Reindex, table, lock, o.work(table, w))
		}
		switch {
		case p.IsIndex():
			o.also(Reindex, p, AccessExclusive, Build)
		case p.HasStorage():
			o.alsoIndexes(Reindex, p, AccessExclusive, Build)
		}
	}
}

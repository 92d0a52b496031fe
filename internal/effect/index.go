package effect

import (
	"slices"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// createIndex models CREATE INDEX: SHARE on the table, SHARE UPDATE EXCLUSIVE
// when CONCURRENTLY, which cannot run in a transaction block. The name is
// checked after the lock is taken, so IF NOT EXISTS locks all the same
// (DefineIndex, indexcmds.c).
func (o *of) createIndex(n *pg_query.IndexStmt) {
	r := o.rel(n.Relation, catalog.Table)
	lock := Share
	if n.Concurrent {
		o.noTransaction("CREATE INDEX CONCURRENTLY")
		if r.Persistence != catalog.Temp { // nobody else sees a temporary table: the server leaves CONCURRENTLY out
			lock = ShareUpdateExclusive
		}
	}
	idx := o.indexOf(r, n)
	e := o.on(CreateIndex, r, lock)
	e.Object = idx.Name.Name
	e.Detail = Detail{Columns: idx.Keys, Concurrent: n.Concurrent, Unique: n.Unique, IfExists: n.IfNotExists, Name: n.Idxname}
	o.indexRefused(r, &idx, n)
	old := o.c.Lookup(idx.Name)
	if n.IfNotExists && n.Idxname != "" && old != nil && !old.Assumed {
		e.NoOp = true
		o.add(e)
		for _, p := range o.partitions(r)[1:] { // locked before anybody looks at the name
			if n.Relation.Inh {
				o.also(CreateIndex, p, lock, 0)
			}
		}
		return
	}
	recurse := r.Kind == catalog.PartitionedTable && n.Relation.Inh
	if n.Concurrent && r.Kind == catalog.PartitionedTable {
		e.Detail.Fails, e.Detail.SQLState = "an index on a partitioned table cannot be created CONCURRENTLY", "0A000"
	}
	e.Detail.Recurses = recurse
	e.Work = o.work(r, Scan|Build)
	e.Change = func(c *catalog.Catalog) {
		idx.Kind = catalog.Index
		if r.Kind == catalog.PartitionedTable {
			idx.Kind = catalog.PartitionedIndex
			idx.Invalid = !recurse && len(c.Get(r.OID).Children) > 0
		}
		oid := addIndex(c, idx)
		if recurse {
			buildOnPartitions(c, oid)
		}
	}
	if n.Idxname != "" {
		o.failsIfThere(&e, idx.Name)
	}
	children := o.missingOnPartitions(r, idx, recurse)
	o.add(e)
	for _, m := range children {
		o.also(CreateIndex, m.table, lock, o.work(m.table, m.work))
		o.also(CreateIndex, m.reused, m.lock, 0)
	}
	o.add(Effect{Op: Also, Via: CreateIndex, Target: idx.Name, Kind: indexKind(r), Lock: AccessExclusive, Work: Build, New: true, Same: true, Span: o.span()})
}

func indexKind(r *catalog.Relation) catalog.Kind {
	if r.Kind == catalog.PartitionedTable {
		return catalog.PartitionedIndex
	}
	return catalog.Index
}

// work leaves out the work that a relation without rows of its own cannot have.
func (o *of) work(r *catalog.Relation, w Work) Work {
	if r.HasStorage() {
		return w
	}
	return 0
}

// indexOf reads a CREATE INDEX, with the name that the server would choose.
func (o *of) indexOf(r *catalog.Relation, n *pg_query.IndexStmt) catalog.Relation {
	ix := catalog.Relation{Kind: catalog.Index, Persistence: r.Persistence, IndexInfo: catalog.IndexInfo{Table: r.OID,
		Unique: n.Unique, Method: n.AccessMethod}}
	if ix.Method == "" {
		ix.Method = "btree"
	}
	var parts []string
	for _, p := range slices.Concat(n.IndexParams, n.IndexIncludingParams) {
		name, col := indexElemName(p.GetIndexElem())
		for i, base := 1, name; slices.Contains(parts, name); i++ { // ChooseIndexColumnNames
			name = base + itoa(i)
		}
		parts = append(parts, name)
		if len(parts) > len(n.IndexParams) {
			ix.Include = append(ix.Include, col)
			continue
		}
		ix.Keys = append(ix.Keys, col)
		elem := p.GetIndexElem()
		ix.Ordered = ix.Ordered || len(elem.GetCollation()) > 0 || elem.GetOrdering() == pg_query.SortByDir_SORTBY_DESC ||
			elem.GetNullsOrdering() > pg_query.SortByNulls_SORTBY_NULLS_DEFAULT
		_, class := qualified(elem.GetOpclass())
		ix.OpClasses = append(ix.OpClasses, class)
		if col == "" {
			ix.HasExpr = true
			ix.Mentions = append(ix.Mentions, columnsIn(p.GetIndexElem().GetExpr())...)
		}
	}
	if n.WhereClause != nil {
		ix.Predicate = strings.Join(columnsIn(n.WhereClause), ",") + " "
		ix.Mentions = append(ix.Mentions, columnsIn(n.WhereClause)...)
	}
	ix.IndexInfo.Calls = o.callsIn([]any{n.IndexParams, n.WhereClause})
	ix.Attributes = parts
	ix.Name = catalog.Name{Schema: r.Name.Schema, Name: n.Idxname}
	if n.Idxname == "" {
		ix.Name = relationName(o.c, r.Name.Schema, r.Name.Name, columnsPart(parts), "idx")
	}
	return ix
}

// partitionIndex is what creating a partitioned index does to one partition.
type partitionIndex struct {
	table  *catalog.Relation
	work   Work
	reused *catalog.Relation // a matching index that becomes a part of the new one
	lock   LockMode
}

// missingOnPartitions says what CREATE INDEX on a partitioned table does below:
// each partition gets SHARE; a matching index is taken over, else one is built.
func (o *of) missingOnPartitions(r *catalog.Relation, idx catalog.Relation, recurse bool) []partitionIndex {
	if !recurse {
		return nil
	}
	var out []partitionIndex
	for _, p := range o.family(r)[1:] {
		m := partitionIndex{table: p, work: Scan | Build, lock: Share}
		if twin := matchingIndex(o.c, p, idx.IndexInfo); twin != nil {
			m.work, m.reused = 0, twin
		}
		out = append(out, m)
	}
	return out
}

// matchingIndex finds an index of the table that can be a part of a partitioned
// index (CompareIndexInfo, index.c) and is not part of another yet.
func matchingIndex(c *catalog.Catalog, t *catalog.Relation, want catalog.IndexInfo) *catalog.Relation {
	for _, i := range t.Indexes {
		ix := c.Get(i)
		if ix == nil || ix.ParentIdx != 0 || ix.Unique != want.Unique || ix.Method != want.Method || ix.Invalid {
			continue
		}
		if want.Constraint != "" && ix.Constraint == "" {
			continue
		}
		if slices.Equal(ix.Keys, want.Keys) && slices.Equal(ix.Include, want.Include) && ix.Predicate == want.Predicate &&
			slices.Equal(ix.Mentions, want.Mentions) {
			return ix
		}
	}
	return nil
}

// buildOnPartitions gives every partition below an index's table its part of
// the index: a matching one is taken over, else one is added.
func buildOnPartitions(c *catalog.Catalog, parent catalog.OID) {
	p := c.Get(parent)
	for _, ch := range slices.Clone(c.Get(p.Table).Children) {
		indexPart(c, parent, ch)
	}
}

func indexPart(c *catalog.Catalog, parent, table catalog.OID) {
	p, t := c.Get(parent), c.Get(table)
	if p == nil || t == nil {
		return
	}
	if twin := matchingIndex(c, t, p.IndexInfo); twin != nil {
		c.Relink(twin.OID).ParentIdx = parent
		e := c.Relink(parent)
		e.ChildIdx = append(e.ChildIdx, twin.OID)
		return
	}
	oid := copyIndex(c, *p, table, true)
	if t.Kind == catalog.PartitionedTable {
		buildOnPartitions(c, oid)
	}
}

// copyIndex adds an index like another to a table, under a name of its own;
// part makes it a part of the other. A constraint behind it is copied too.
func copyIndex(c *catalog.Catalog, like catalog.Relation, table catalog.OID, part bool) catalog.OID {
	t := c.Get(table)
	info := like.IndexInfo
	info.Table, info.ParentIdx, info.ChildIdx, info.Invalid = table, 0, nil, false
	if part {
		info.ParentIdx = like.OID
	}
	if len(info.Attributes) == 0 {
		info.Attributes = append(slices.Clone(info.Keys), info.Include...)
	}
	label, columns := "idx", columnsPart(info.Attributes)
	var k *catalog.Constraint
	if src := c.Get(like.Table); info.Constraint != "" && src != nil {
		k, _ = src.FindConstraint(info.Constraint)
	}
	if k != nil {
		label = map[catalog.ConstraintKind]string{catalog.PrimaryKey: "pkey", catalog.Unique: "key", catalog.Exclusion: "excl"}[k.Kind]
		if k.Kind == catalog.PrimaryKey {
			columns = ""
		}
	}
	name := relationName(c, t.Name.Schema, t.Name.Name, columns, label)
	kind := catalog.Index
	if t.Kind == catalog.PartitionedTable {
		kind = catalog.PartitionedIndex
	}
	if k != nil {
		info.Constraint = name.Name
	}
	oid := addIndex(c, catalog.Relation{Name: name, Kind: kind, Persistence: t.Persistence, IndexInfo: info})
	if k != nil {
		kk := *k
		kk.Name, kk.Index, kk.Inherited = name.Name, oid, part
		e := c.Edit(table)
		e.Constraints = append(e.Constraints, kk)
	}
	return oid
}

// inheritIndexes gives a new partition its parts of the parent's indexes.
func inheritIndexes(c *catalog.Catalog, table catalog.OID) {
	for _, p := range c.Get(table).Parents {
		parent := c.Get(p)
		if parent == nil {
			continue
		}
		for _, i := range slices.Clone(parent.Indexes) {
			indexPart(c, i, table)
		}
	}
}

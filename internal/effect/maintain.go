package effect

import (
	"slices"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/pgsql"
)

// cluster models CLUSTER: the table is written anew in the order of an index,
// under ACCESS EXCLUSIVE on it and its indexes. Without a table, and from 15 on
// of a partitioned table, it runs in transactions of its own (cluster.c).
func (o *of) cluster(n *pg_query.ClusterStmt) {
	op, re := Cluster, o.newer(pgsql.KindRepack)
	if re != nil {
		op = Repack
	}
	if n.Relation == nil {
		o.noTransaction(strings.ToUpper(op.String()))
		for _, r := range o.c.Relations() {
			if r.ClusterOn != 0 && r.HasStorage() {
				o.clusterOne(r, o.c.Get(r.ClusterOn), op)
			}
		}
		return
	}
	r := o.rel(n.Relation, catalog.Table)
	var ix *catalog.Relation
	if n.Indexname != "" {
		ix = o.c.Lookup(catalog.Name{Schema: r.Name.Schema, Name: n.Indexname})
	} else {
		ix = o.c.Get(r.ClusterOn)
	}
	if re != nil && re.Concurrently {
		o.repackConcurrently(r)
		return
	}
	if r.Kind == catalog.PartitionedTable {
		o.clusterPartitioned(r, ix, op)
		return
	}
	o.clusterOne(r, ix, op)
	if n.Indexname == "" && ix == nil && !r.Assumed {
		e := &o.out[len(o.out)-1-len(r.Indexes)]
		e.Detail.Fails, e.Detail.SQLState = "there is no previously clustered index for table "+r.Name.String(), "42704"
	}
}

func (o *of) clusterOne(r, ix *catalog.Relation, op Op) {
	e := o.on(op, r, AccessExclusive)
	e.Work = Rewrite | Scan
	if ix != nil {
		e.Detail.UsesIndex = ix.Name.Name
		table, index := r.OID, ix.OID
		e.Change = func(c *catalog.Catalog) {
			if t := c.Edit(table); t != nil {
				t.ClusterOn = index
			}
		}
	}
	o.add(e)
	o.alsoIndexes(op, r, AccessExclusive, Build)
}

// clusterPartitioned models CLUSTER of a partitioned table: every leaf that has
// a part of the index is clustered, one transaction each.
func (o *of) clusterPartitioned(r, ix *catalog.Relation, op Op) {
	if o.pg < 15 {
		e := o.on(op, r, AccessExclusive)
		e.Detail.Fails, e.Detail.SQLState = "cannot cluster a partitioned table", "0A000"
		o.add(e)
		return
	}
	o.noTransaction(strings.ToUpper(op.String()))
	o.add(o.on(op, r, AccessExclusive))
	if ix == nil {
		return
	}
	for _, leaf := range o.below(r, nil) {
		if leaf.HasStorage() && o.hasPartOf(leaf, ix) {
			e := o.on(Also, leaf, AccessExclusive)
			e.Via, e.Work = op, Rewrite|Scan
			o.add(e)
			o.alsoIndexes(op, leaf, AccessExclusive, Build)
		}
	}
}

// hasPartOf tells whether an index of the relation is a part of a partitioned index.
func (o *of) hasPartOf(leaf, ix *catalog.Relation) bool {
	for _, i := range leaf.Indexes {
		for p := o.c.Get(i); p != nil; p = o.c.Get(p.ParentIdx) {
			if p.OID == ix.OID {
				return true
			}
		}
	}
	return false
}

// lockTable models LOCK TABLE: children are locked too, unless ONLY; of a view
// all that it reads, unless it is no table (LockTableRecurse and
// LockViewRecurse, lockcmds.c).
func (o *of) lockTable(n *pg_query.LockStmt) {
	mode := LockMode(n.Mode)
	if mode <= NoLock || mode > AccessExclusive {
		mode = AccessExclusive
	}
	for _, node := range n.Relations {
		rv := node.GetRangeVar()
		if o.system(rv) {
			continue
		}
		r := o.rel(rv, catalog.Table)
		e := o.on(LockTable, r, mode)
		e.Detail.NoWait = n.Nowait
		switch {
		case !o.s.Tx.Block():
			e.Detail.Fails, e.Detail.SQLState = "LOCK TABLE can only be used in transaction blocks", "25P01"
		case !r.Assumed && !lockable(r):
			e.Detail.Fails, e.Detail.SQLState = r.Name.String()+" is not a table or view", "42809"
		}
		o.add(e)
		o.lockBelow(r, mode, rv.GetInh(), map[catalog.OID]bool{})
	}
	if len(o.out) == 0 {
		o.other(LockTable, "", nil)
	}
}

func lockable(r *catalog.Relation) bool {
	return slices.Contains([]catalog.Kind{catalog.Table, catalog.PartitionedTable, catalog.View}, r.Kind)
}

func (o *of) lockBelow(r *catalog.Relation, mode LockMode, inh bool, seen map[catalog.OID]bool) {
	if seen[r.OID] {
		return
	}
	seen[r.OID] = true
	if r.Kind == catalog.View {
		for _, u := range r.Uses {
			if used := o.c.Get(u); used != nil && lockable(used) {
				o.also(LockTable, used, mode, 0)
				o.lockBelow(used, mode, !r.Only[u], seen)
			}
		}
		return
	}
	if inh {
		for _, ch := range o.below(r, nil) {
			o.also(LockTable, ch, mode, 0)
		}
	}
}

package effect

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// truncation gathers the tables that one TRUNCATE empties.
type truncation struct {
	rels  []*catalog.Relation
	named int // so many of rels stand in the statement, or below one that does
}

func (t *truncation) has(oid catalog.OID) bool {
	return slices.ContainsFunc(t.rels, func(r *catalog.Relation) bool { return r.OID == oid })
}

func (t *truncation) add(rs ...*catalog.Relation) {
	for _, r := range rs {
		if !t.has(r.OID) {
			t.rels = append(t.rels, r)
		}
	}
}

// truncate models TRUNCATE: ACCESS EXCLUSIVE on the tables, what inherits from
// them unless ONLY, with CASCADE all that reference them, and on the indexes;
// with RESTART IDENTITY on the sequences that they own. Nothing is read
// (ExecuteTruncate, tablecmds.c).
func (o *of) truncate(n *pg_query.TruncateStmt) {
	var t truncation
	for _, node := range n.Relations {
		rv := node.GetRangeVar()
		r := o.rel(rv, catalog.Table)
		t.add(r)
		if rv.GetInh() {
			t.add(o.below(r, nil)...)
		}
	}
	t.named = len(t.rels)
	cascade := n.Behavior == pg_query.DropBehavior_DROP_CASCADE
	why, state := o.truncateFails(n, &t, cascade)
	if cascade {
		o.truncateReach(&t)
	}
	for i, r := range t.rels {
		e := o.on(Truncate, r, AccessExclusive)
		if i >= t.named || !o.inStatement(n, r) {
			e.Op, e.Via = Also, Truncate
		}
		e.Detail = Detail{Cascade: cascade, Fails: why, SQLState: state}
		e.Change = emptied(r.OID)
		o.add(e)
		o.alsoIndexes(Truncate, storage(r), AccessExclusive, 0)
		if n.RestartSeqs {
			for _, s := range r.Seqs {
				o.also(Truncate, o.c.Get(s), AccessExclusive, 0)
			}
		}
		if o.pg < 14 && r.IsPartition { // the partition's constraint is read from the parent
			for _, p := range r.Parents {
				o.also(Truncate, o.c.Get(p), AccessShare, 0)
			}
		}
	}
}

func (o *of) inStatement(n *pg_query.TruncateStmt, r *catalog.Relation) bool {
	return slices.ContainsFunc(n.Relations, func(x *pg_query.Node) bool {
		return o.rel(x.GetRangeVar(), catalog.Table).OID == r.OID
	})
}

func emptied(oid catalog.OID) catalog.Change {
	return func(c *catalog.Catalog) {
		if r := c.Edit(oid); r != nil {
			r.Populated, r.Emptied, r.Truncated = catalog.No, c.Tx, true
		}
	}
}

// truncateReach adds what CASCADE reaches: tables with foreign keys to one that
// is truncated, and so on. Partitions have the keys of their partitioned table,
// children by inheritance have not (heap_truncate_find_FKs, heap.c).
func (o *of) truncateReach(t *truncation) {
	for i := 0; i < len(t.rels); i++ {
		for _, up := range o.ancestors(t.rels[i]) {
			for _, oid := range o.referencing(up) {
				t.add(o.partitions(o.c.Get(oid))...)
			}
		}
	}
}

// referencing gives the tables with a foreign key to r that is enforced.
func (o *of) referencing(r *catalog.Relation) []catalog.OID {
	var out []catalog.OID
	for _, oid := range r.RefBy {
		c := o.c.Get(oid)
		if c != nil && slices.ContainsFunc(c.Constraints, func(k catalog.Constraint) bool {
			return k.Kind == catalog.ForeignKey && k.Ref == r.OID
		}) {
			out = append(out, oid)
		}
	}
	return out
}

// truncateFails says what the server certainly refuses.
func (o *of) truncateFails(n *pg_query.TruncateStmt, t *truncation, cascade bool) (why, state string) {
	for _, node := range n.Relations {
		r := o.rel(node.GetRangeVar(), catalog.Table)
		switch {
		case r.Assumed:
		case r.Kind == catalog.PartitionedTable && !node.GetRangeVar().GetInh():
			return "cannot truncate only a partitioned table", "42809"
		case r.Kind == catalog.ForeignTable && o.pg < 14, !truncatable(r):
			return r.Name.String() + " is not a table", "42809"
		}
	}
	if cascade {
		return "", ""
	}
	for _, r := range t.rels {
		for _, up := range o.ancestors(r) {
			for _, oid := range o.referencing(up) {
				if !t.has(oid) {
					return "cannot truncate " + r.Name.String() + ": " + o.c.Get(oid).Name.String() + " references it in a foreign key", "0A000"
				}
			}
		}
	}
	return "", ""
}

func truncatable(r *catalog.Relation) bool {
	return slices.Contains([]catalog.Kind{catalog.Table, catalog.PartitionedTable, catalog.ForeignTable}, r.Kind)
}

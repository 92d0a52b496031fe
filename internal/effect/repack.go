package effect

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/pgsql"
)

// repack models REPACK (19) without an index: a rewrite as of VACUUM FULL, but
// one plain table can be repacked in a transaction block. It was read in the
// manual, not observed. https://www.postgresql.org/docs/devel/sql-repack.html
func (o *of) repack(n *pg_query.VacuumStmt, re *pgsql.Newer) {
	if len(n.Rels) == 0 {
		o.noTransaction("REPACK")
		for _, r := range o.c.Relations() {
			if r.HasStorage() {
				o.clusterOne(r, nil, Repack)
			}
		}
		return
	}
	for _, x := range n.Rels {
		r := o.rel(x.GetVacuumRelation().GetRelation(), catalog.Table)
		switch {
		case re.Concurrently:
			o.repackConcurrently(r)
		case r.Kind == catalog.PartitionedTable:
			o.noTransaction("REPACK")
			o.add(o.on(Repack, r, AccessExclusive))
			for _, leaf := range o.below(r, nil) {
				if leaf.HasStorage() {
					o.also(Repack, leaf, AccessExclusive, Rewrite|Scan)
					o.alsoIndexes(Repack, leaf, AccessExclusive, Build)
				}
			}
		default:
			o.clusterOne(r, nil, Repack)
		}
	}
}

// repackConcurrently models REPACK (CONCURRENTLY): SHARE UPDATE EXCLUSIVE while
// the copy is made, ACCESS EXCLUSIVE only to swap it in.
func (o *of) repackConcurrently(r *catalog.Relation) {
	o.noTransaction("REPACK (CONCURRENTLY)")
	e := o.on(Repack, r, ShareUpdateExclusive)
	e.Work, e.Detail.Concurrent = Scan, true
	e.Why = "the copy is swapped in under ACCESS EXCLUSIVE at the end"
	o.add(e)
}

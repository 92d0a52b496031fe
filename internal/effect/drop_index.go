package effect

import "github.com/safemig/safemig/internal/catalog"

// index drops an index: its table is locked as the index is, ACCESS EXCLUSIVE,
// or SHARE UPDATE EXCLUSIVE with CONCURRENTLY (RangeVarCallbackForDropRelation,
// tablecmds.c); a partitioned one takes its parts along.
func (d *dropping) index(e Effect, ix *catalog.Relation) {
	table := d.c.Get(ix.Table)
	e.Detail.Unknown = catalog.Of(table == nil)
	e.Detail.Columns, e.Detail.Unique = ix.Keys, ix.Unique
	switch {
	case ix.Constraint != "":
		e.Detail.Fails, e.Detail.SQLState = "the constraint "+catalog.Quote(ix.Constraint)+" needs the index", "2BP01"
	case ix.ParentIdx != 0:
		e.Detail.Fails, e.Detail.SQLState = "the index is part of a partitioned index", "2BP01"
	case d.stmt.Concurrent && len(d.stmt.Objects) > 1:
		e.Detail.Fails, e.Detail.SQLState = "DROP INDEX CONCURRENTLY takes one index at a time", "0A000"
	case d.stmt.Concurrent && d.cascade:
		e.Detail.Fails, e.Detail.SQLState = "DROP INDEX CONCURRENTLY does not take CASCADE", "0A000"
	case d.stmt.Concurrent && ix.Kind == catalog.PartitionedIndex:
		e.Detail.Fails, e.Detail.SQLState = "a partitioned index cannot be dropped CONCURRENTLY", "0A000"
	}
	e.Lock = AccessExclusive // CONCURRENTLY too, in its last phase
	oid := ix.OID
	e.Change = func(c *catalog.Catalog) { dropIndexTree(c, oid) }
	lock := AccessExclusive
	if d.stmt.Concurrent {
		lock = ShareUpdateExclusive
	}
	parts := d.indexTree(ix)[1:]
	d.add(e)
	d.also(DropIndex, table, lock, 0)
	for _, p := range parts {
		d.also(DropIndex, p, lock, 0)
	}
	if table != nil && table.Kind == catalog.PartitionedTable { // every partition, even one without a part of the index
		for _, p := range d.family(table)[1:] {
			d.also(DropIndex, p, lock, 0)
		}
	}
}

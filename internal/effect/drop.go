package effect

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// drop models DROP of every kind (RemoveRelations, tablecmds.c; performDeletion,
// dependency.c): every relation that goes, or loses a part, is locked ACCESS
// EXCLUSIVE.
func (o *of) drop(n *pg_query.DropStmt) {
	d := &dropping{of: o, stmt: n, cascade: n.Behavior == pg_query.DropBehavior_DROP_CASCADE}
	if n.Concurrent {
		o.noTransaction("DROP INDEX CONCURRENTLY")
	}
	o.c.Loose = o.c.Loose || n.MissingOk
	for _, obj := range n.Objects {
		d.object(obj)
	}
}

// dropping is one DROP statement.
type dropping struct {
	*of
	stmt    *pg_query.DropStmt
	cascade bool
	gone    map[catalog.OID]bool
}

var dropOps = map[pg_query.ObjectType]Op{
	pg_query.ObjectType_OBJECT_TABLE: DropTable, pg_query.ObjectType_OBJECT_FOREIGN_TABLE: DropTable,
	pg_query.ObjectType_OBJECT_VIEW: DropView, pg_query.ObjectType_OBJECT_MATVIEW: DropMatView,
	pg_query.ObjectType_OBJECT_SEQUENCE: DropSequence, pg_query.ObjectType_OBJECT_INDEX: DropIndex,
}

func (d *dropping) object(obj *pg_query.Node) {
	if op, ok := dropOps[d.stmt.RemoveType]; ok {
		d.relation(op, obj)
		return
	}
	switch d.stmt.RemoveType {
	case pg_query.ObjectType_OBJECT_SCHEMA:
		d.schema(text(obj))
	case pg_query.ObjectType_OBJECT_TYPE, pg_query.ObjectType_OBJECT_DOMAIN:
		d.typ(obj.GetTypeName())
	case pg_query.ObjectType_OBJECT_TRIGGER, pg_query.ObjectType_OBJECT_RULE, pg_query.ObjectType_OBJECT_POLICY:
		d.onTable(obj)
	case pg_query.ObjectType_OBJECT_FUNCTION, pg_query.ObjectType_OBJECT_PROCEDURE, pg_query.ObjectType_OBJECT_ROUTINE, pg_query.ObjectType_OBJECT_AGGREGATE:
		d.function(obj.GetObjectWithArgs())
	case pg_query.ObjectType_OBJECT_STATISTIC_EXT:
		d.statistics(obj)
	case pg_query.ObjectType_OBJECT_EXTENSION:
		d.extension(text(obj))
	case pg_query.ObjectType_OBJECT_PUBLICATION:
		name := catalog.Name{Name: text(obj)}
		d.other(Other, "DROP PUBLICATION", func(c *catalog.Catalog) { c.DropObject("publication", name) })
	default:
		d.other(Other, "DROP", nil)
	}
}

// relation drops a table, view, sequence or index.
func (d *dropping) relation(op Op, obj *pg_query.Node) {
	schema, name := qualified(listOf(obj))
	r := d.known(schema, name)
	if n := d.c.Resolve(schema, name); !d.stmt.MissingOk && !d.body && d.c.Gone(n) {
		d.add(Effect{Op: op, Object: n.String(), Span: d.span(), Detail: Detail{Fails: "there is no " + n.String() + " any more",
			SQLState: map[bool]string{true: "42704", false: "42P01"}[op == DropIndex]}})
		return
	}
	if r == nil {
		if d.stmt.MissingOk && d.c.Whole(d.c.Resolve(schema, name).Schema) {
			d.other(Other, "DROP IF EXISTS", nil)
			return
		}
		kind := map[Op]catalog.Kind{DropView: catalog.View, DropMatView: catalog.MatView, DropSequence: catalog.Sequence, DropIndex: catalog.Index}[op]
		if kind == "" {
			kind = catalog.Table
		}
		r = d.named(schema, name, kind)
	}
	d.kindRefused(r, droppedKinds[op]...)
	lock := AccessExclusive
	if d.stmt.Concurrent {
		lock = ShareUpdateExclusive
	}
	e := d.on(op, r, lock)
	e.Object = r.Name.String()
	e.Detail.Cascade, e.Detail.IfExists, e.Detail.Concurrent = d.cascade, d.stmt.MissingOk, d.stmt.Concurrent
	e.Detail.Unknown = catalog.Of(r.Assumed)
	for _, x := range d.stmt.Objects {
		_, n := qualified(listOf(x))
		e.Detail.Names = append(e.Detail.Names, n)
	}
	if op == DropIndex {
		d.index(e, r)
		return
	}
	d.gone = map[catalog.OID]bool{}
	reached := d.reach(r)
	e.Detail.Fails, e.Detail.SQLState = d.blocked(r)
	oid, seqs := r.OID, r.Seqs
	if r.Kind == catalog.Sequence {
		seqs = []catalog.OID{oid}
	}
	whole := d.wholeKeys(r)
	e.Change = func(c *catalog.Catalog) {
		dropDefaults(c, seqs)
		for _, k := range whole {
			removeConstraint(c, k.oid, k.name)
		}
		dropTree(c, oid)
	}
	d.add(e)
	for _, x := range reached {
		d.also(op, x, AccessExclusive, 0)
	}
}

// droppedKinds are the kinds of relation that each DROP takes.
var droppedKinds = map[Op][]catalog.Kind{DropTable: {catalog.Table, catalog.PartitionedTable, catalog.ForeignTable}, DropView: {catalog.View},
	DropMatView: {catalog.MatView}, DropSequence: {catalog.Sequence}, DropIndex: {catalog.Index, catalog.PartitionedIndex}}

// blocked says what stops a DROP without CASCADE.
func (d *dropping) blocked(r *catalog.Relation) (why, state string) {
	if d.cascade {
		return "", ""
	}
	also := func(oid catalog.OID) bool { // it is in the same statement
		x := d.c.Get(oid)
		return x == nil || slices.ContainsFunc(d.stmt.Objects, func(o *pg_query.Node) bool {
			s, n := qualified(listOf(o))
			return d.known(s, n) == x
		})
	}
	if owner := d.c.Get(r.OwnerTable); r.Identity && owner != nil && !also(owner.OID) {
		return "the identity column " + catalog.Quote(r.OwnerColumn) + " of " + owner.Name.Short() + " needs it", "2BP01"
	}
	for _, t := range d.defaultsFrom(r) {
		if !also(t.OID) && !slices.Contains(d.partitions(r), t) { // partitions go with their table
			return "a default of " + t.Name.Short() + " depends on it", "2BP01"
		}
	}
	for _, v := range r.Views {
		if !also(v) {
			return "the view " + d.c.Get(v).Name.Short() + " depends on it", "2BP01"
		}
	}
	for _, t := range d.keysToTree(r) {
		if t.OID != r.OID && !also(t.OID) {
			return "a foreign key of " + t.Name.Short() + " references it", "2BP01"
		}
	}
	for _, ch := range r.Children {
		if c := d.c.Get(ch); c != nil && !c.IsPartition && !also(ch) {
			return "the table " + c.Name.Short() + " inherits from it", "2BP01"
		}
	}
	return "", ""
}

// dropTree takes a relation out of the catalog with all that depends on it.
func dropTree(c *catalog.Catalog, oid catalog.OID) {
	r := c.Get(oid)
	if r == nil {
		return
	}
	for _, x := range slices.Concat(r.Children, r.Views) {
		dropTree(c, x)
	}
	c.Drop(oid)
}

package effect

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// createTable models CREATE TABLE. The new table is nobody's business; what it
// refers to is locked: referenced tables SHARE ROW EXCLUSIVE, parents SHARE
// UPDATE EXCLUSIVE, a partitioned parent ACCESS EXCLUSIVE (DefineRelation, tablecmds.c).
func (o *of) createTable(n *pg_query.CreateStmt) {
	name := o.newName(n.Relation)
	if old := o.c.Lookup(name); n.IfNotExists && old != nil && !old.Assumed {
		o.add(Effect{Op: CreateTable, Target: name, OID: old.OID, NoOp: true, Span: o.s.Span,
			Detail: Detail{IfExists: true, Columns: columnNames(n)}}) // checked before anything is locked
		return
	}
	o.unsure = false
	t := &tableDef{pg: o.pg, rel: catalog.Relation{Name: name, Kind: catalog.Table, Persistence: persistence(n.Relation)}}
	t.rel.AccessMethod = n.AccessMethod
	o.partitionSpec(t, n)
	o.tableParents(t, n)
	for _, e := range n.TableElts {
		o.tableElement(t, e)
	}
	for _, e := range n.Constraints {
		o.tableElement(t, e)
	}
	o.tableConstraints(t)
	o.tableRefused(t, n)
	e := Effect{Op: CreateTable, Target: name, Kind: t.rel.Kind, Lock: AccessExclusive, New: true, Same: true, Span: o.s.Span,
		Change: t.change, Detail: Detail{IfExists: n.IfNotExists, Bare: n.Relation.Schemaname == ""}}
	if len(t.parents) > 0 {
		e.Detail.Ref = t.parents[0].Name
	}
	for _, k := range t.constraints {
		if k.Kind == catalog.PrimaryKey {
			e.Detail.Columns = k.Columns
		}
	}
	o.failsIfThere(&e, name)
	o.typeFree(name)
	o.add(e)
	o.tableLocks(t, n)
}

// columnNames gives the columns that CREATE TABLE defines itself.
func columnNames(n *pg_query.CreateStmt) []string {
	var out []string
	for _, e := range n.TableElts {
		if c := e.GetColumnDef(); c != nil {
			out = append(out, c.Colname)
		}
	}
	return out
}

// tableDef gathers a CREATE TABLE.
type tableDef struct {
	rel         catalog.Relation
	pending     []pendingConstraint
	constraints []constraintDef
	serials     []string // columns with a sequence
	parents     []*catalog.Relation
	likes       []*catalog.Relation
	pg          int
	copies      []catalog.Relation // indexes copied from LIKE … INCLUDING INDEXES or a partitioned parent
}

type pendingConstraint struct {
	def    *pg_query.Constraint
	column string
}

func (o *of) newName(rv *pg_query.RangeVar) catalog.Name {
	if rv.GetRelpersistence() == "t" && rv.GetSchemaname() == "" {
		return catalog.Name{Schema: "pg_temp", Name: rv.GetRelname()}
	}
	return o.c.Create(rv.GetSchemaname(), rv.GetRelname())
}

func persistence(rv *pg_query.RangeVar) catalog.Persistence {
	switch rv.GetRelpersistence() {
	case "t":
		return catalog.Temp
	case "u":
		return catalog.Unlogged
	}
	return catalog.Permanent
}

func (o *of) partitionSpec(t *tableDef, n *pg_query.CreateStmt) {
	if n.Partspec == nil {
		return
	}
	t.rel.Kind = catalog.PartitionedTable
	t.rel.PartStrategy = partStrategy(n.Partspec.Strategy)
	for _, p := range n.Partspec.PartParams {
		e := p.GetPartitionElem()
		t.rel.PartKey = append(t.rel.PartKey, e.GetName())
		t.rel.PartKeyHasExpr = t.rel.PartKeyHasExpr || e.GetExpr() != nil
	}
}

func partStrategy(s pg_query.PartitionStrategy) string {
	switch s {
	case pg_query.PartitionStrategy_PARTITION_STRATEGY_LIST:
		return "list"
	case pg_query.PartitionStrategy_PARTITION_STRATEGY_HASH:
		return "hash"
	}
	return "range"
}

// tableParents takes the columns and inheritable constraints of parents: those
// of INHERITS, PARTITION OF and OF.
func (o *of) tableParents(t *tableDef, n *pg_query.CreateStmt) {
	for _, p := range n.InhRelations {
		kind := catalog.Table
		if n.Partbound != nil {
			kind = catalog.PartitionedTable
		}
		parent := o.rel(p.GetRangeVar(), kind)
		t.parents = append(t.parents, parent)
		o.unsure = o.unsure || !o.c.Complete(parent)
		t.rel.Parents = append(t.rel.Parents, parent.OID)
		for _, c := range parent.Columns {
			if n.Partbound == nil || o.pg < 17 {
				c.Identity = 0 // from 17 on a partition has that of its parent
			}
			if _, dup := t.rel.Column(c.Name); !dup {
				c.Inherited = true
				t.rel.Columns = append(t.rel.Columns, c)
			}
		}
		for _, k := range parent.Constraints {
			if k.Kind == catalog.Check && !k.NoInherit || k.Kind == catalog.NotNull || n.Partbound != nil && k.Kind == catalog.ForeignKey {
				k.Inherited = true
				k.NotValid = k.NotValid && k.Kind != catalog.Check // of an empty table it is valid
				t.rel.Constraints = append(t.rel.Constraints, k)
			}
		}
		t.rel.Assumed = t.rel.Assumed || parent.Assumed
	}
	if n.Partbound != nil {
		t.rel.IsPartition = true
		t.rel.DefaultPart = n.Partbound.IsDefault
		t.rel.Bound = boundOf(n.Partbound)
	}
	if n.OfTypename != nil {
		o.unsure = true
		if d := o.c.Type(o.typeOf(n.OfTypename)); d != nil {
			t.rel.OfType = d.OID
			if cr := o.c.Get(d.Relation); cr != nil {
				t.rel.Columns = append(t.rel.Columns, cr.Columns...)
			}
		}
	}
}

func (o *of) tableElement(t *tableDef, n *pg_query.Node) {
	switch e := n.Node.(type) {
	case *pg_query.Node_ColumnDef:
		if old, ok := t.rel.Column(e.ColumnDef.Colname); ok && e.ColumnDef.TypeName == nil {
			// "column WITH OPTIONS" of a typed table or partition
			def := o.columnDef(e.ColumnDef)
			old.NotNull = old.NotNull || def.col.NotNull
			t.addPending(def)
			return
		}
		def := o.columnDef(e.ColumnDef)
		if o.s.Filled(e.ColumnDef.GetTypeName().GetLocation()) {
			t.rel.Partial = true // more than a type may take its place: a default, a key
		}
		if old, ok := t.rel.Column(def.col.Name); ok {
			def.col.Inherited, def.col.NotNull = true, def.col.NotNull || old.NotNull // merged (MergeAttributes)
			if !def.col.Default.Set && def.col.Generated == 0 {
				def.col.Default, def.col.Generated, def.col.GenUses = old.Default, old.Generated, old.GenUses
			}
			*old = def.col
		} else {
			t.rel.Columns = append(t.rel.Columns, def.col)
		}
		if def.serial {
			t.serials = append(t.serials, def.col.Name)
		}
		t.addPending(def)
	case *pg_query.Node_Constraint:
		if e.Constraint.Contype == pg_query.ConstrType_CONSTR_NOTNULL { // table-level NOT NULL (18)
			for _, key := range texts(e.Constraint.Keys) {
				if c, ok := t.rel.Column(key); ok {
					c.NotNull, c.NotNullBy = true, e.Constraint.Conname
				}
			}
			return
		}
		t.pending = append(t.pending, pendingConstraint{e.Constraint, ""})
	case *pg_query.Node_TableLikeClause:
		o.tableLike(t, e.TableLikeClause)
	}
}

func (t *tableDef) addPending(def columnDef) {
	for _, k := range def.constraints {
		t.pending = append(t.pending, pendingConstraint{k, def.col.Name})
	}
}

// The bits of TableLikeClause.Options (parsenodes.h).
const (
	likeConstraints = 1 << 2
	likeDefaults    = 1 << 3
	likeGenerated   = 1 << 4
	likeIdentity    = 1 << 5
	likeIndexes     = 1 << 6
)

func (o *of) tableLike(t *tableDef, l *pg_query.TableLikeClause) {
	src := o.rel(l.Relation, catalog.Table)
	t.likes = append(t.likes, src)
	o.unsure = o.unsure || !o.c.Complete(src)
	t.rel.Assumed = t.rel.Assumed || src.Assumed
	for _, c := range src.Columns {
		if l.Options&likeDefaults == 0 {
			c.Default = catalog.Default{}
		}
		if l.Options&likeGenerated == 0 {
			c.Generated, c.GenUses = 0, nil
		}
		if l.Options&likeIdentity == 0 {
			c.Identity = 0
		} else if c.Identity != 0 {
			t.serials = append(t.serials, c.Name)
		}
		c.Inherited = false
		t.rel.Columns = append(t.rel.Columns, c)
	}
	if l.Options&likeConstraints != 0 {
		for _, k := range src.Constraints {
			if k.Kind == catalog.Check {
				k.NotValid = false
				t.rel.Constraints = append(t.rel.Constraints, k)
			}
		}
	}
	if l.Options&likeIndexes != 0 {
		for _, i := range src.Indexes {
			if ix := o.c.Get(i); ix != nil {
				t.copies = append(t.copies, *ix)
			}
		}
	}
}

// tableConstraints reads the constraints once all columns are known.
func (o *of) tableConstraints(t *tableDef) {
	for _, p := range t.pending {
		k := o.constraintOf(&t.rel, p.def, p.column)
		o.admit(&t.rel, &k, p.def.Conname != "")
		if k.Kind == catalog.PrimaryKey {
			o.newKey = &k.Constraint
		}
		k.NotValid = false // of a new table it is valid, NOT VALID or not (transformCheckConstraints, parse_utilcmd.c)
		if k.Kind == catalog.PrimaryKey {
			for _, name := range k.Columns {
				if c, ok := t.rel.Column(name); ok {
					c.NotNull = true
				}
			}
		}
		if !k.indexed() { // so that the next generated name differs
			t.rel.Constraints = append(t.rel.Constraints, k.Constraint)
		}
		t.constraints = append(t.constraints, k)
	}
}

// change adds the table, its sequences, constraints and indexes.
func (t *tableDef) change(c *catalog.Catalog) {
	r := t.rel
	r.Constraints = nil
	for _, k := range t.rel.Constraints {
		if k.Inherited || k.Kind == catalog.Check && !t.own(k.Name) {
			r.Constraints = append(r.Constraints, k)
		}
	}
	if old := c.Lookup(r.Name); old != nil { // statements spoke of it before: it was dropped since, unseen, or never was
		c.Drop(old.OID)
	}
	oid := c.Add(r)
	for _, p := range r.Parents {
		if e := c.Relink(p); e != nil {
			e.Children = append(e.Children, oid)
		}
	}
	for _, col := range t.serials {
		addSerial(c, oid, col, t.pg)
	}
	for _, k := range t.constraints {
		if k.Kind == catalog.ForeignKey && k.Ref == 0 {
			k.Ref = oid // it references itself
		}
		k.attach(c, oid)
	}
	for _, k := range r.Constraints {
		if k.Kind == catalog.ForeignKey {
			link(c, k.Ref, oid)
		}
	}
	for _, ix := range t.copies {
		copyIndex(c, ix, oid, false)
	}
	if r.IsPartition {
		inheritIndexes(c, oid)
	}
}

func (t *tableDef) own(name string) bool {
	for _, k := range t.constraints {
		if k.Name == name {
			return true
		}
	}
	return false
}

// addSerial adds the sequence of a serial or identity column. That of an unlogged table is
// unlogged from 15 on.
func addSerial(c *catalog.Catalog, table catalog.OID, column string, pg int) {
	r := c.Get(table)
	kept := r.Persistence
	if kept == catalog.Unlogged && pg < 15 {
		kept = catalog.Permanent
	}
	col, _ := r.Column(column)
	seq := c.Add(catalog.Relation{Name: relationName(c, r.Name.Schema, r.Name.Name, column, "seq"), Kind: catalog.Sequence,
		Persistence:  kept,
		SequenceInfo: catalog.SequenceInfo{OwnerTable: table, OwnerColumn: column, Identity: col != nil && col.Identity != 0}})
	e := c.EditColumns(table)
	e.Seqs = append(e.Seqs, seq)
	if col, ok := e.Column(column); ok && col.Identity == 0 {
		col.Default.Sequence = seq
	}
}

// tableLocks records what creating the table does to others.
func (o *of) tableLocks(t *tableDef, n *pg_query.CreateStmt) {
	for _, l := range t.likes {
		o.also(CreateTable, l, AccessShare, 0)
	}
	if n.Partbound != nil {
		for _, p := range t.parents {
			o.createPartition(p, t)
		}
	} else {
		for _, p := range t.parents {
			o.also(CreateTable, p, ShareUpdateExclusive, 0)
		}
	}
	for _, k := range t.constraints {
		if k.Kind == catalog.ForeignKey && k.Ref != 0 {
			e := o.lockReferenced(AddForeignKey, o.c.Get(k.Ref))
			_ = e
		}
	}
}

// lockReferenced records the SHARE ROW EXCLUSIVE lock that adding a foreign key
// takes on the referenced table and, when it is partitioned, on its partitions
// (ATAddForeignKeyConstraint, tablecmds.c).
func (o *of) lockReferenced(via Op, ref *catalog.Relation) *catalog.Relation {
	if ref == nil {
		return nil
	}
	for _, m := range o.partitions(ref) {
		o.also(via, m, ShareRowExclusive, 0)
	}
	return ref
}

// partitions gives a relation and, if it is partitioned, all partitions below.
func (o *of) partitions(r *catalog.Relation) []*catalog.Relation {
	if r.Kind != catalog.PartitionedTable {
		return []*catalog.Relation{r}
	}
	return o.family(r)
}

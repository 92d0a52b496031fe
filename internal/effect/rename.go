package effect

import (
	"slices"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// rename models RENAME of relations and their parts. An index renamed as an
// index gets only SHARE UPDATE EXCLUSIVE (RenameRelation, tablecmds.c).
func (o *of) rename(n *pg_query.RenameStmt) {
	switch n.RenameType {
	case pg_query.ObjectType_OBJECT_COLUMN:
		o.renameColumn(n)
	case pg_query.ObjectType_OBJECT_ATTRIBUTE:
		o.renameAttribute(n)
	case pg_query.ObjectType_OBJECT_TABCONSTRAINT:
		o.renameConstraint(n)
	case pg_query.ObjectType_OBJECT_TABLE, pg_query.ObjectType_OBJECT_VIEW, pg_query.ObjectType_OBJECT_MATVIEW,
		pg_query.ObjectType_OBJECT_SEQUENCE, pg_query.ObjectType_OBJECT_INDEX, pg_query.ObjectType_OBJECT_FOREIGN_TABLE:
		o.renameRelation(n)
	case pg_query.ObjectType_OBJECT_TRIGGER, pg_query.ObjectType_OBJECT_RULE, pg_query.ObjectType_OBJECT_POLICY:
		o.renameOnTable(n)
	case pg_query.ObjectType_OBJECT_SCHEMA:
		from, to := n.Subname, n.Newname
		o.other(RenameSchema, from, func(c *catalog.Catalog) { c.RenameSchema(from, to) })
		o.out[len(o.out)-1].Detail.Name = to
	case pg_query.ObjectType_OBJECT_TYPE, pg_query.ObjectType_OBJECT_DOMAIN:
		schema, name := qualified(listOf(n.Object))
		t := o.c.LookupType(schema, name)
		to := n.Newname
		if t != nil && t.Relation != 0 { // a composite type is locked as the relation that it is
			o.also(RenameType, o.c.Get(t.Relation), AccessExclusive, 0)
		}
		if t != nil {
			o.typeFree(catalog.Name{Schema: t.Name.Schema, Name: to})
		}
		o.other(RenameType, name, func(c *catalog.Catalog) { moveType(c, t, func(n *catalog.Name) { n.Name = to }) })
		o.out[len(o.out)-1].Detail.Name = to
	case pg_query.ObjectType_OBJECT_FUNCTION, pg_query.ObjectType_OBJECT_PROCEDURE, pg_query.ObjectType_OBJECT_ROUTINE, pg_query.ObjectType_OBJECT_AGGREGATE:
		o.renameFunction(n)
	default:
		o.other(Other, "RENAME", nil)
	}
}

// renameFunction locks no relation.
func (o *of) renameFunction(n *pg_query.RenameStmt) {
	obj := n.Object.GetObjectWithArgs()
	schema, name := qualified(obj.GetObjname())
	e := Effect{Op: RenameFunction, Target: o.c.Create(schema, name), Object: name, Span: o.span(), Detail: Detail{Name: n.Newname}}
	if f := o.findFunction(obj); f != nil {
		e.Target, e.OID = f.Name, f.OID
		next := *f
		next.Name.Name = n.Newname
		for _, other := range o.c.Functions(next.Name.Schema, next.Name.Name) {
			if slices.Equal(other.Args, f.Args) && o.c.Knows() {
				o.refuse("42723", "the function %s(%s) exists already", next.Name, strings.Join(f.Args, ", "))
			}
		}
		e.Change = func(c *catalog.Catalog) { c.RenameFunction(f.OID, next.Name) }
	}
	o.add(e)
}

func (o *of) renameRelation(n *pg_query.RenameStmt) {
	if n.MissingOk && o.missing(n.Relation) {
		o.other(Other, "RENAME IF EXISTS", nil)
		return
	}
	asIndex := n.RenameType == pg_query.ObjectType_OBJECT_INDEX
	kind := map[pg_query.ObjectType]catalog.Kind{pg_query.ObjectType_OBJECT_INDEX: catalog.Index, pg_query.ObjectType_OBJECT_VIEW: catalog.View,
		pg_query.ObjectType_OBJECT_MATVIEW: catalog.MatView, pg_query.ObjectType_OBJECT_SEQUENCE: catalog.Sequence}[n.RenameType]
	if kind == "" {
		kind = catalog.Table
	}
	r := o.rel(n.Relation, kind)
	lock, op := AccessExclusive, RenameTable
	if r.IsIndex() {
		op = RenameIndex
		if asIndex {
			lock = ShareUpdateExclusive
		}
	}
	e := o.on(op, r, lock)
	e.Object, e.Detail.Name = r.Name.String(), n.Newname
	oid, to := r.OID, catalog.Name{Schema: r.Name.Schema, Name: n.Newname}
	if o.free(to); !r.IsIndex() && r.Kind != catalog.Sequence {
		o.typeFree(to)
	}
	e.Change = func(c *catalog.Catalog) {
		x := c.Get(oid)
		if t := c.Get(x.Table); x.IsIndex() && t != nil && x.Constraint != "" {
			c.Edit(x.Table)
			if k, ok := c.Get(x.Table).FindConstraint(x.Constraint); ok {
				k.Name = to.Name
			}
			c.Edit(oid).Constraint = to.Name
		}
		c.Rename(oid, to)
	}
	o.add(e)
}

// renameColumn reaches children; views follow without being locked.
func (o *of) renameColumn(n *pg_query.RenameStmt) {
	if n.MissingOk && o.missing(n.Relation) {
		o.other(Other, "RENAME IF EXISTS", nil)
		return
	}
	r := o.rel(n.Relation, catalog.Table)
	targets := []*catalog.Relation{r}
	if n.Relation.GetInh() {
		targets = o.family(r)
	}
	o.needs(r, n.Subname)
	for _, p := range r.Parents {
		if parent := o.c.Get(p); o.c.Complete(r) && o.c.HasColumn(parent, n.Subname) == catalog.Yes {
			o.refuse("42P16", "%s is inherited from %s", catalog.Quote(n.Subname), parent.Name)
		}
	}
	if o.c.HasColumn(r, n.Newname) == catalog.Yes {
		o.refuse("42701", "%s has a column %s already", r.Name, catalog.Quote(n.Newname))
	}
	for i, t := range targets {
		e := o.on(RenameColumn, t, AccessExclusive)
		e.Column, e.Detail.Name = n.Subname, n.Newname
		if i > 0 {
			e.Op, e.Via = Also, RenameColumn
		}
		oid, from, to := t.OID, n.Subname, n.Newname
		e.Change = func(c *catalog.Catalog) { renameColumnIn(c, oid, from, to) }
		o.add(e)
	}
}

// renameColumnIn renames a column and every mention of it.
func renameColumnIn(c *catalog.Catalog, oid catalog.OID, from, to string) {
	r := c.Edit(oid)
	if r == nil {
		return
	}
	swap := func(names []string) []string {
		if !slices.Contains(names, from) {
			return names
		}
		out := slices.Clone(names)
		for i := range out {
			if out[i] == from {
				out[i] = to
			}
		}
		return out
	}
	for i := range r.Columns {
		if r.Columns[i].Name == from {
			r.Columns[i].Name = to
		}
		r.Columns[i].GenUses = swap(r.Columns[i].GenUses)
	}
	for i := range r.Constraints {
		k := &r.Constraints[i]
		k.Columns, k.Terms = swap(k.Columns), slices.Clone(k.Terms)
		for j := range k.Terms {
			if k.Terms[j].Column == from {
				k.Terms[j].Column = to
			}
		}
	}
	r.PartKey = swap(r.PartKey)
	for _, i := range r.Indexes {
		if ix := c.Relink(i); ix != nil {
			ix.Keys, ix.Include, ix.Mentions = swap(ix.Keys), swap(ix.Include), swap(ix.Mentions)
		}
	}
	for _, s := range r.Seqs {
		if seq := c.Get(s); seq != nil && seq.OwnerColumn == from {
			c.Relink(s).OwnerColumn = to
		}
	}
	for _, t := range r.RefBy {
		on := func(k catalog.Constraint) bool { return k.Ref == oid && slices.Contains(k.RefColumns, from) }
		if e := c.Get(t); e != nil && slices.ContainsFunc(e.Constraints, on) {
			e = c.EditConstraints(t)
			for i := range e.Constraints {
				if e.Constraints[i].Ref == oid {
					e.Constraints[i].RefColumns = swap(e.Constraints[i].RefColumns)
				}
			}
		}
	}
}

// renameConstraint locks the table ACCESS EXCLUSIVE, children with an inherited
// CHECK too, and the index behind the constraint SHARE UPDATE EXCLUSIVE.
func (o *of) renameConstraint(n *pg_query.RenameStmt) {
	r := o.rel(n.Relation, catalog.Table)
	targets := []*catalog.Relation{r}
	k, known := r.FindConstraint(n.Subname)
	o.constraintMissing(r, n.Subname)
	if _, taken := r.FindConstraint(n.Newname); taken && o.c.Complete(r) {
		o.refuse("42710", "%s has a constraint %s already", r.Name, catalog.Quote(n.Newname))
	}
	if known && k.Kind == catalog.Check && !k.NoInherit && n.Relation.GetInh() {
		targets = o.family(r)
	}
	for i, t := range targets {
		e := o.on(RenameConstraint, t, AccessExclusive)
		e.Object, e.Detail.Name = n.Subname, n.Newname
		if i > 0 {
			e.Op, e.Via = Also, RenameConstraint
		}
		oid := t.OID
		e.Change = func(c *catalog.Catalog) {
			r := c.Edit(oid)
			if k, ok := r.FindConstraint(n.Subname); ok {
				k.Name = n.Newname
				if ix := c.Get(k.Index); ix != nil {
					c.Edit(k.Index).Constraint = n.Newname
					c.Rename(k.Index, catalog.Name{Schema: ix.Name.Schema, Name: n.Newname})
				}
			}
			for i := range r.Columns {
				if r.Columns[i].NotNullBy == n.Subname {
					r.Columns[i].NotNullBy = n.Newname
				}
			}
		}
		var ix *catalog.Relation
		if k, ok := t.FindConstraint(n.Subname); ok {
			ix = o.c.Get(k.Index)
		}
		o.add(e)
		o.also(RenameConstraint, ix, ShareUpdateExclusive, 0)
	}
}

// renameOnTable renames a trigger, rule or policy: ACCESS EXCLUSIVE.
func (o *of) renameOnTable(n *pg_query.RenameStmt) {
	r := o.rel(n.Relation, catalog.Table)
	op := map[pg_query.ObjectType]Op{pg_query.ObjectType_OBJECT_TRIGGER: RenameTrigger, pg_query.ObjectType_OBJECT_POLICY: AlterPolicy}[n.RenameType]
	if op == 0 {
		op = CreateRule
	}
	e := o.on(op, r, AccessExclusive)
	e.Object, e.Detail.Name = n.Subname, n.Newname
	oid := r.OID
	e.Change = func(c *catalog.Catalog) {
		r := c.Edit(oid)
		for i := range r.Triggers {
			if op == RenameTrigger && r.Triggers[i].Name == n.Subname {
				r.Triggers[i].Name = n.Newname
			}
		}
		for i := range r.Policies {
			if op == AlterPolicy && r.Policies[i].Name == n.Subname {
				r.Policies[i].Name = n.Newname
			}
		}
		for i := range r.Rules {
			if op == CreateRule && r.Rules[i].Name == n.Subname {
				r.Rules[i].Name = n.Newname
			}
		}
	}
	o.add(e)
	if op == RenameTrigger && r.Kind == catalog.PartitionedTable && o.pg >= 15 {
		for _, p := range o.family(r)[1:] {
			o.also(op, p, AccessExclusive, 0)
		}
	}
}

// moveType gives a type, and the relation of a composite type, another name.
func moveType(c *catalog.Catalog, t *catalog.TypeDef, change func(*catalog.Name)) {
	if t == nil {
		return
	}
	name := t.Name
	change(&name)
	c.RenameType(t.OID, name)
	c.Rename(t.Relation, name)
}

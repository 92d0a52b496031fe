package effect

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// dropConstraint models DROP CONSTRAINT: the index behind it goes, a foreign
// key's referenced table gets ACCESS EXCLUSIVE for its triggers, and CASCADE
// drops the foreign keys that need a key (RemoveConstraintById, pg_constraint.c).
func (a *alter) dropConstraint(c *pg_query.AlterTableCmd) {
	cascade := c.Behavior == pg_query.DropBehavior_DROP_CASCADE
	k, known := a.rel.FindConstraint(c.Name)
	if !c.MissingOk {
		a.constraintMissing(a.rel, c.Name)
	}
	if a.only && known && k.Kind == catalog.Check && !k.NoInherit {
		for _, ch := range a.rel.Children {
			a.also(DropConstraint, a.c.Get(ch), a.lock, 0)
		}
	}
	targets := a.targets()
	if known && k.Index != 0 && a.rel.Kind == catalog.PartitionedTable {
		targets = a.family(a.rel) // ONLY or not: they go with the parent's
	}
	for i, r := range targets {
		own, has := r.FindConstraint(c.Name)
		if i > 0 && (!known || !has && k.Kind != catalog.Check) && r.Kind != catalog.PartitionedTable && !r.IsPartition {
			continue
		}
		if i > 0 && known && k.NoInherit {
			continue
		}
		e := a.on(DropConstraint, r, a.lock)
		e.Object, e.Detail.Cascade, e.Detail.IfExists = c.Name, cascade, c.MissingOk
		if i > 0 {
			e.Op, e.Via = Also, DropConstraint
		}
		if has {
			e.Detail.Kind, e.Detail.Columns, e.Detail.AddedTx = own.Kind, own.Columns, own.Tx
			e.Detail.NotValid = own.NotValid
		} else {
			e.Detail.Unknown = catalog.Yes
			e.NoOp = c.MissingOk && !r.Assumed
			if r.Assumed && c.Name == objectName(r.Name.Name, "", "pkey") {
				e.Detail.Kind = catalog.PrimaryKey // as the server calls it where nobody does
			}
		}
		oid, name := r.OID, c.Name
		var reached []*catalog.Relation
		if has {
			reached = a.reachedByConstraint(r, own, cascade)
			e.Detail.Fails, e.Detail.SQLState = a.keyNeeded(r, own, cascade)
		}
		e.Change = func(c *catalog.Catalog) { removeConstraint(c, oid, name) }
		a.add(e)
		for _, x := range reached {
			a.also(DropConstraint, x, AccessExclusive, 0)
		}
	}
}

func (o *of) reachedByConstraint(r *catalog.Relation, k *catalog.Constraint, cascade bool) []*catalog.Relation {
	var out []*catalog.Relation
	if ix := o.c.Get(k.Index); ix != nil {
		out = append(out, o.indexTree(ix)...)
	}
	if k.Kind == catalog.ForeignKey {
		out = append(out, o.droppedKeyReaches(k)...)
	}
	if (k.Kind == catalog.PrimaryKey || k.Kind == catalog.Unique) && cascade {
		out = append(out, o.keysOn(r, k)...)
	}
	return out
}

// droppedKeyReaches gives the referenced tables whose triggers go with a
// foreign key.
func (o *of) droppedKeyReaches(k *catalog.Constraint) []*catalog.Relation {
	ref := o.c.Get(k.Ref)
	if ref == nil {
		return nil
	}
	if ref.Kind == catalog.PartitionedTable && o.pg < 15 { // the table itself is locked by name
		return append([]*catalog.Relation{ref}, o.keyTriggers(ref)...)
	}
	return o.partitions(ref)
}

// keysOn gives the tables whose foreign keys need a primary key or unique
// constraint.
func (o *of) keysOn(r *catalog.Relation, k *catalog.Constraint) []*catalog.Relation {
	var out []*catalog.Relation
	for _, t := range r.RefBy {
		child := o.c.Get(t)
		for _, f := range child.Constraints {
			if f.Kind == catalog.ForeignKey && f.Ref == r.OID && sameSet(f.RefColumns, k.Columns) {
				out = append(out, child)
				break
			}
		}
	}
	return out
}

func sameSet(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for _, x := range a {
		if !slices.Contains(b, x) {
			return false
		}
	}
	return true
}

func (o *of) keyNeeded(r *catalog.Relation, k *catalog.Constraint, cascade bool) (why, state string) {
	if cascade || k.Kind != catalog.PrimaryKey && k.Kind != catalog.Unique {
		return "", ""
	}
	for _, child := range o.keysOn(r, k) {
		return "a foreign key of " + child.Name.Short() + " needs it", "2BP01"
	}
	return "", ""
}

// indexTree gives an index and its parts on partitions.
func (o *of) indexTree(ix *catalog.Relation) []*catalog.Relation {
	out := []*catalog.Relation{ix}
	for i := 0; i < len(out); i++ {
		for _, ch := range out[i].ChildIdx {
			if c := o.c.Get(ch); c != nil {
				out = append(out, c)
			}
		}
	}
	return out
}

// removeConstraint takes a constraint out of the catalog, with its index and
// the foreign keys that need it.
func removeConstraint(c *catalog.Catalog, oid catalog.OID, name string) {
	r := c.Get(oid)
	if r == nil {
		return
	}
	k, ok := r.FindConstraint(name)
	if !ok && slices.Contains(r.Validated, name) {
		e := c.Relink(oid)
		e.Validated = slices.DeleteFunc(slices.Clone(r.Validated), func(v string) bool { return v == name })
	}
	if !ok {
		for i := range r.Columns {
			if r.Columns[i].NotNullBy == name {
				e := c.Edit(oid)
				e.Columns[i].NotNull, e.Columns[i].NotNullBy = false, ""
			}
		}
		return
	}
	gone := *k
	e := c.EditConstraints(oid)
	e.Constraints = slices.DeleteFunc(e.Constraints, func(k catalog.Constraint) bool { return k.Name == name })
	for i := range e.Columns {
		if gone.Kind == catalog.NotNull && e.Columns[i].NotNullBy == name {
			e.Columns[i].NotNull, e.Columns[i].NotValid, e.Columns[i].NotNullBy = false, false, ""
		}
	}
	if gone.Index != 0 {
		dropIndexTree(c, gone.Index)
	}
	if gone.Kind == catalog.PrimaryKey || gone.Kind == catalog.Unique {
		for _, t := range slices.Clone(r.RefBy) {
			if was := c.Get(t); was != nil {
				child := c.EditConstraints(t)
				child.Constraints = slices.DeleteFunc(child.Constraints, func(f catalog.Constraint) bool {
					return f.Kind == catalog.ForeignKey && f.Ref == oid && sameSet(f.RefColumns, gone.Columns)
				})
				unlinkKeys(c, t, was.Constraints)
			}
		}
	}
	if gone.Kind == catalog.ForeignKey {
		unlinkKeys(c, oid, []catalog.Constraint{gone})
	}
}

func dropIndexTree(c *catalog.Catalog, oid catalog.OID) {
	ix := c.Get(oid)
	if ix == nil {
		return
	}
	for _, ch := range slices.Clone(ix.ChildIdx) {
		dropIndexTree(c, ch)
	}
	if name := ix.Constraint; name != "" {
		if t := c.Edit(ix.Table); t != nil {
			t.Constraints = slices.DeleteFunc(t.Constraints, func(k catalog.Constraint) bool { return k.Index == oid })
		}
	}
	c.Drop(oid)
}

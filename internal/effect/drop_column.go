package effect

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// dropColumn models DROP COLUMN: the rows stay as they are; indexes and
// constraints over the column go, a foreign key's other table is locked too,
// and CASCADE reaches views and tables that refer to the column.
func (a *alter) dropColumn(c *pg_query.AlterTableCmd) {
	cascade := c.Behavior == pg_query.DropBehavior_DROP_CASCADE
	if a.only { // the children keep the column, but learn that it is their own now
		for _, ch := range a.rel.Children {
			a.also(DropColumn, a.c.Get(ch), a.lock, 0)
		}
	}
	for i, r := range a.targets() {
		e := a.on(DropColumn, r, a.lock)
		e.Column, e.Detail.IfExists, e.Detail.Cascade = c.Name, c.MissingOk, cascade
		if i > 0 {
			e.Op, e.Via = Also, DropColumn
		}
		col, known := r.Column(c.Name)
		if known {
			e.Detail.Column = col
		}
		e.NoOp = c.MissingOk && !known && !r.Assumed
		e.Detail.Fails, e.Detail.SQLState = a.dropBlocked(r, c.Name, cascade)
		if !c.MissingOk && i == 0 && !a.body && a.c.HasColumn(r, c.Name) == catalog.No && !systemColumns[c.Name] {
			e.Detail.Fails, e.Detail.SQLState = r.Name.String()+" has no column "+catalog.Quote(c.Name), "42703"
		}
		oid, name := r.OID, c.Name
		e.Change = func(c *catalog.Catalog) { removeColumn(c, oid, name) }
		reached := a.reachedByColumn(r, c.Name, cascade)
		a.add(e)
		for _, x := range reached {
			x.Via = DropColumn
			a.add(x)
		}
	}
}

// dropBlocked says why RESTRICT refuses, once the lock is held.
func (o *of) dropBlocked(r *catalog.Relation, column string, cascade bool) (why, state string) {
	if slices.Contains(r.PartKey, column) {
		return "the column is part of the partition key", "42P16"
	}
	if cascade {
		return "", ""
	}
	for _, v := range r.Views {
		if view := o.c.Get(v); view != nil && viewReads(view, r.OID, column) && !view.UsesAll[r.OID] {
			return "the view " + view.Name.Short() + " depends on the column", "2BP01"
		}
	}
	for _, t := range r.RefBy {
		child := o.c.Get(t)
		for _, k := range child.Constraints {
			if k.Kind == catalog.ForeignKey && k.Ref == r.OID && slices.Contains(k.RefColumns, column) && t != r.OID {
				return "a foreign key of " + child.Name.Short() + " references the column", "2BP01"
			}
		}
	}
	for _, c := range r.Columns {
		if o.pg >= 15 && c.Generated != 0 && c.Name != column && slices.Contains(c.GenUses, column) {
			return "the generated column " + catalog.Quote(c.Name) + " reads the column", "2BP01"
		}
	}
	return "", ""
}

// reachedByColumn gives the effects on everything that goes with a column.
func (o *of) reachedByColumn(r *catalog.Relation, column string, cascade bool) []Effect {
	var out []Effect
	reach := func(x *catalog.Relation) {
		if x != nil {
			e := o.on(Also, x, AccessExclusive)
			out = append(out, e)
		}
	}
	for _, i := range r.Indexes {
		if ix := o.c.Get(i); ix != nil && indexMentions(ix, column) {
			reach(ix)
		}
	}
	reach(o.ownedBy(r, column))
	for _, g := range r.Columns { // they go too
		if g.Generated != 0 && g.Name != column && slices.Contains(g.GenUses, column) {
			out = append(out, o.reachedByColumn(r, g.Name, cascade)...)
		}
	}
	for _, k := range r.Constraints {
		if k.Kind == catalog.ForeignKey && slices.Contains(k.Columns, column) {
			for _, p := range o.keyTriggers(o.c.Get(k.Ref)) {
				reach(p)
			}
		}
	}
	if !cascade {
		return out
	}
	for _, v := range r.Views {
		if view := o.c.Get(v); view != nil && viewReads(view, r.OID, column) {
			for _, d := range o.viewsAbove(view) {
				reach(d)
			}
		}
	}
	for _, t := range r.RefBy {
		child := o.c.Get(t)
		for _, k := range child.Constraints {
			if k.Kind == catalog.ForeignKey && k.Ref == r.OID && (slices.Contains(k.RefColumns, column) || len(k.RefColumns) == 0) {
				reach(child)
			}
		}
	}
	return out
}

func indexMentions(ix *catalog.Relation, column string) bool {
	return slices.Contains(ix.Keys, column) || slices.Contains(ix.Include, column) || slices.Contains(ix.Mentions, column) || slices.Contains(ix.Mentions, "*")
}

// viewsAbove gives a view, its indexes if it is materialized, and all views
// that read it, directly or not.
func (o *of) viewsAbove(v *catalog.Relation) []*catalog.Relation {
	out := []*catalog.Relation{v}
	for i := 0; i < len(out); i++ {
		for _, x := range slices.Concat(out[i].Views, out[i].Indexes) {
			if r := o.c.Get(x); r != nil && !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	return out
}

// removeColumn takes a column out of the catalog with all that goes with it.
func removeColumn(c *catalog.Catalog, oid catalog.OID, name string) {
	r := c.Get(oid)
	if r == nil {
		return
	}
	for _, g := range r.Columns {
		if g.Generated != 0 && g.Name != name && slices.Contains(g.GenUses, name) {
			removeColumn(c, oid, g.Name)
		}
	}
	r = c.Get(oid)
	for _, v := range r.Views {
		if view := c.Get(v); view != nil && viewReads(view, oid, name) && !view.UsesAll[oid] {
			dropWithViews(c, v)
		}
	}
	for _, i := range slices.Clone(r.Indexes) {
		if ix := c.Get(i); ix != nil && indexMentions(ix, name) {
			c.Drop(i)
		}
	}
	for _, s := range slices.Clone(r.Seqs) {
		if seq := c.Get(s); seq != nil && seq.OwnerColumn == name {
			c.Drop(s)
		}
	}
	for _, t := range r.RefBy {
		on := func(k catalog.Constraint) bool { return k.Ref == oid && slices.Contains(k.RefColumns, name) }
		if e := c.Get(t); e != nil && slices.ContainsFunc(e.Constraints, on) {
			e = c.EditConstraints(t)
			e.Constraints = slices.DeleteFunc(e.Constraints, on)
		}
	}
	were := c.Get(oid).Constraints
	e := c.Edit(oid)
	e.Columns = slices.DeleteFunc(e.Columns, func(col catalog.Column) bool {
		return col.Name == name || col.Generated != 0 && slices.Contains(col.GenUses, name)
	})
	e.Constraints = slices.DeleteFunc(e.Constraints, func(k catalog.Constraint) bool { return slices.Contains(k.Columns, name) })
	unlinkKeys(c, oid, were)
}

// dropWithViews drops a view and the views above it.
func dropWithViews(c *catalog.Catalog, oid catalog.OID) {
	v := c.Get(oid)
	if v == nil {
		return
	}
	for _, x := range slices.Clone(v.Views) {
		dropWithViews(c, x)
	}
	c.Drop(oid)
}

// unlinkKeys forgets that other tables are referenced by this one where, of the
// constraints that it had, no foreign key is left.
func unlinkKeys(c *catalog.Catalog, oid catalog.OID, were []catalog.Constraint) {
	r := c.Get(oid)
	for _, k := range were {
		x := c.Get(k.Ref)
		if x == nil || !slices.Contains(x.RefBy, oid) {
			continue
		}
		still := slices.ContainsFunc(r.Constraints, func(k catalog.Constraint) bool {
			return k.Kind == catalog.ForeignKey && k.Ref == x.OID
		})
		if !still {
			e := c.Relink(x.OID)
			e.RefBy = slices.DeleteFunc(e.RefBy, func(o catalog.OID) bool { return o == oid })
		}
	}
}

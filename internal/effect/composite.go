package effect

import (
	"slices"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// compositeType models ALTER TYPE … ADD, DROP and ALTER ATTRIBUTE: the type is
// locked ACCESS EXCLUSIVE as a relation, and with CASCADE every table OF the
// type is changed as ALTER TABLE would (ATTypedTableRecursion, tablecmds.c).
// Tables that have a column of the type are not touched, unless an attribute
// changes its type: the server refuses that (find_composite_type_dependencies).
func (o *of) compositeType(n *pg_query.AlterTableStmt) {
	r := o.rel(n.Relation, catalog.Composite)
	typed := o.typedTables(r)
	for i, c := range n.Cmds {
		o.clause = i + 1
		o.alterAttribute(r.OID, typed, n, c.GetAlterTableCmd())
	}
	o.clause = 0
}

// alterAttribute models one action, on the type and the tables OF it.
func (o *of) alterAttribute(oid catalog.OID, typed []catalog.OID, n *pg_query.AlterTableStmt, c *pg_query.AlterTableCmd) {
	r := o.c.Get(oid)
	e := o.on(AlterCompositeType, r, AccessExclusive)
	e.Column = c.GetName()
	e.Detail.Cascade = c.GetBehavior() == pg_query.DropBehavior_DROP_CASCADE
	d := c.GetDef().GetColumnDef()
	switch c.GetSubtype() {
	case pg_query.AlterTableType_AT_AddColumn:
		col := o.attribute(d)
		e.Column, e.Object, e.Detail.Type = col.Name, "ADD ATTRIBUTE", typeSQL(col.Type)
		e.Change = func(c *catalog.Catalog) {
			if r := c.Edit(oid); r != nil {
				r.Columns = append(r.Columns, col)
			}
		}
	case pg_query.AlterTableType_AT_DropColumn:
		name := c.Name
		_, known := r.Column(name)
		e.Object, e.Detail.IfExists = "DROP ATTRIBUTE", c.MissingOk
		e.NoOp = c.MissingOk && !known && !r.Assumed
		e.Change = func(c *catalog.Catalog) {
			if r := c.Edit(oid); r != nil {
				r.Columns = slices.DeleteFunc(r.Columns, func(col catalog.Column) bool { return col.Name == name })
			}
		}
	case pg_query.AlterTableType_AT_AlterColumnType:
		to := o.typeOf(d.GetTypeName())
		e.Object, e.Detail.Type = "ALTER ATTRIBUTE TYPE", typeSQL(to)
		if col, ok := r.Column(c.Name); ok {
			e.Detail.OldType = typeSQL(col.Type)
		}
		if user := o.usesType(r); user != "" {
			e.Detail.Fails, e.Detail.SQLState = "the column "+user+" is of the type", "0A000"
		}
		e.Change = editColumn(oid, c.Name, func(col *catalog.Column) { col.Type = to })
	default:
		e.Op, e.Object = Unknown, c.GetSubtype().String()
	}
	if len(typed) > 0 && !e.Detail.Cascade && e.Detail.Fails == "" {
		e.Detail.Fails, e.Detail.SQLState = "a table is of the type", "2BP01"
	}
	o.add(e)
	if e.Detail.Fails != "" {
		return
	}
	for _, t := range typed {
		if r := o.c.Get(t); r != nil {
			a := &alter{of: o, rel: r, lock: AccessExclusive, stmt: n}
			a.action(c)
		}
	}
}

// typedTables gives the tables OF a composite type.
func (o *of) typedTables(comp *catalog.Relation) []catalog.OID {
	def := o.c.LookupType(comp.Name.Schema, comp.Name.Name)
	if def == nil {
		return nil
	}
	var out []catalog.OID
	for _, r := range o.c.Relations() {
		if r.OfType != 0 && r.OfType == def.OID {
			out = append(out, r.OID)
		}
	}
	return out
}

// usesType gives a column that stores values of a row type, be it as an array,
// in another composite type or in a domain; "" where there is none.
func (o *of) usesType(r *catalog.Relation) string {
	within := map[catalog.Name]bool{r.Name: true}
	for grown := true; grown; {
		grown = false
		for _, t := range o.c.Types() {
			if t.Kind == catalog.Domain && within[catalog.Name{Schema: t.Base.Schema, Name: t.Base.Name}] && !within[t.Name] {
				within[t.Name], grown = true, true
			}
		}
		for _, x := range o.c.Relations() {
			col := columnOf(x, within)
			switch {
			case col == "":
			case x.Kind == catalog.Table || x.Kind == catalog.MatView || x.Kind == catalog.PartitionedTable:
				return x.Name.Short() + "." + col
			case x.Kind == catalog.Composite && !within[x.Name]:
				within[x.Name], grown = true, true
			}
		}
	}
	return ""
}

// columnOf gives the first column of one of the types, "" for none.
func columnOf(r *catalog.Relation, types map[catalog.Name]bool) string {
	for _, c := range r.Columns {
		if types[catalog.Name{Schema: c.Type.Schema, Name: c.Type.Name}] {
			return c.Name
		}
	}
	return ""
}

// multirangeName is the name that the server gives the multirange of a range
// type (makeMultirangeTypeName, multirangetypes.c).
func multirangeName(name string) string {
	if i := strings.Index(name, "range"); i >= 0 {
		return clip(name[:i]+"multi"+name[i:], nameLen)
	}
	return clip(name, nameLen-len("_multirange")) + "_multirange"
}

// renameAttribute models ALTER TYPE … RENAME ATTRIBUTE: the type, and with
// CASCADE the tables OF it, are locked ACCESS EXCLUSIVE (renameatt, tablecmds.c).
func (o *of) renameAttribute(n *pg_query.RenameStmt) {
	r := o.rel(n.Relation, catalog.Composite)
	e := o.on(AlterCompositeType, r, AccessExclusive)
	e.Object, e.Column, e.Detail.Name = "RENAME ATTRIBUTE", n.Subname, n.Newname
	e.Detail.Cascade = n.Behavior == pg_query.DropBehavior_DROP_CASCADE
	typed := o.typedTables(r)
	if len(typed) > 0 && !e.Detail.Cascade {
		e.Detail.Fails, e.Detail.SQLState = "a table is of the type", "2BP01"
		typed = nil
	}
	from, to := n.Subname, n.Newname
	e.Change = editColumn(r.OID, from, func(col *catalog.Column) { col.Name = to })
	o.add(e)
	for _, oid := range typed {
		for _, x := range o.family(o.c.Get(oid)) {
			child := x.OID
			e := o.on(Also, x, AccessExclusive)
			e.Via = AlterCompositeType
			e.Change = func(c *catalog.Catalog) { renameColumnIn(c, child, from, to) }
			o.add(e)
		}
	}
}

package effect

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/pgsql"
)

// definition notes what the server refuses of one column's definition, whatever
// table it is for (transformColumnDefinition, parse_utilcmd.c).
func (o *of) definition(d *pg_query.ColumnDef, out *columnDef) {
	c := &out.col
	name := catalog.Quote(c.Name)
	defaults, identities, generated, null, notNull := 0, 0, 0, 0, 0
	for _, n := range d.Constraints {
		switch n.GetConstraint().GetContype() {
		case pg_query.ConstrType_CONSTR_DEFAULT:
			defaults++
		case pg_query.ConstrType_CONSTR_IDENTITY:
			identities++
		case pg_query.ConstrType_CONSTR_GENERATED:
			generated++
		case pg_query.ConstrType_CONSTR_NULL:
			null++
		case pg_query.ConstrType_CONSTR_NOTNULL, pg_query.ConstrType_CONSTR_PRIMARY:
			notNull++
		}
	}
	if out.serial && identities == 0 {
		defaults++
	}
	switch {
	case systemColumns[c.Name]:
		o.refuse("42701", "%s is the name of a system column", name)
	case null > 0 && notNull > 0:
		o.refuse("42601", "the column %s is NULL and NOT NULL", name)
	case defaults > 1:
		o.refuse("42601", "the column %s has two defaults", name)
	case identities > 1:
		o.refuse("42601", "the column %s is an identity twice", name)
	case defaults > 0 && identities > 0:
		o.refuse("42601", "the column %s has a default and is an identity", name)
	case defaults > 0 && generated > 0:
		o.refuse("42601", "the column %s has a default and is generated", name)
	case identities > 0 && generated > 0:
		o.refuse("42601", "the column %s is an identity and generated", name)
	case identities > 0 && !o.counts(c.Type):
		o.refuse("22023", "an identity column is smallint, integer or bigint, not %s", typeSQL(c.Type))
	case c.Collation != "" && o.uncollated(c.Type):
		o.refuse("42804", "the type %s takes no collation", typeSQL(c.Type))
	}
	o.length(c.Type)
}

// counts tells whether an identity column may be of a type, as far as is known.
func (o *of) counts(t catalog.Type) bool {
	b := o.base(t)
	return !t.Array && slices.Contains([]string{"int2", "int4", "int8"}, b.Name) || b.Schema != "" || !knownType(b.Name)
}

// uncollated tells whether a type of the server has no collation.
func (o *of) uncollated(t catalog.Type) bool {
	b := o.base(t)
	return b.Schema == "" && knownType(b.Name) && typeCategory(b.Name) != 'S'
}

// length notes a length or precision that no type has (anychar_typmodin,
// varchar.c; numerictypmodin, numeric.c).
func (o *of) length(t catalog.Type) {
	if t.Schema != "" || len(t.Mods) == 0 {
		return
	}
	switch first := t.Mods[0]; {
	case (t.Name == "varchar" || t.Name == "bpchar") && (first < 1 || first > 10485760):
		o.refuse("22023", "the length of %s is between 1 and 10485760", typeSQL(t))
	case t.Name == "numeric" && (first < 1 || first > 1000):
		o.refuse("22023", "the precision of %s is between 1 and 1000", typeSQL(t))
	case t.Name == "numeric" && o.pg < 15 && len(t.Mods) > 1 && t.Mods[1] > first:
		o.refuse("22023", "the scale of %s is above its precision", typeSQL(t))
	case slices.Contains([]string{"text", "int2", "int4", "int8", "bool", "uuid", "json", "jsonb", "date", "bytea", "float4"}, t.Name):
		o.refuse("42601", "the type %s takes no length", typeSQL(catalog.Type{Name: t.Name}))
	}
}

// generation notes what the server refuses of a generated column's expression
// in a table with these columns (cookDefault, heap.c; check_nested_generated).
func (o *of) generation(r *catalog.Relation, d *pg_query.ColumnDef) {
	for _, n := range d.Constraints {
		if k := n.GetConstraint(); k.GetContype() == pg_query.ConstrType_CONSTR_GENERATED {
			o.noSubquery(k.RawExpr, "a generation expression")
			for _, name := range columnsIn(k.RawExpr) {
				c, known := r.Column(name)
				switch {
				case name == d.Colname, known && c.Generated != 0:
					o.refuse("42P17", "the generated column %s reads the generated column %s", catalog.Quote(d.Colname), catalog.Quote(name))
				case !known:
					o.mentions(r, []string{name})
				}
			}
			if what := o.mutable(k.RawExpr, r); what != "" {
				o.refuse("42P17", "%s in a generation expression is not immutable", what)
			}
		}
	}
}

// noSubquery notes a subquery where the server takes none.
func (o *of) noSubquery(expr any, where string) {
	pgsql.Walk(expr, func(n any) bool {
		if _, ok := n.(*pg_query.SubLink); ok {
			o.refuse("0A000", "a subquery stands in %s", where)
		}
		return true
	})
}

// defaultColumns notes a default that speaks of a column (transformColumnRef,
// parse_expr.c).
func (o *of) defaultColumns(expr *pg_query.Node) {
	o.noSubquery(expr, "a DEFAULT expression")
	if cols := columnsIn(expr); len(cols) > 0 {
		o.refuse("0A000", "a DEFAULT expression speaks of the column %s", catalog.Quote(cols[0]))
	}
}

// property notes what the server refuses of SET DEFAULT, identity and DROP
// EXPRESSION on a column as it is (ATExecColumnDefault, ATExecAddIdentity and so
// on, tablecmds.c).
func (a *alter) property(c *pg_query.AlterTableCmd) {
	col, ok := a.rel.Column(c.Name)
	if !ok || a.c.HasColumn(a.rel, c.Name) != catalog.Yes || a.rel.Kind == catalog.View || !a.c.Complete(a.rel) {
		return
	}
	name := catalog.Quote(c.Name)
	switch c.Subtype {
	case pg_query.AlterTableType_AT_ColumnDefault:
		switch {
		case col.Identity != 0:
			a.refuse("42601", "%s is an identity column", name)
		case col.Generated != 0:
			a.refuse("42601", "%s is a generated column", name)
		}
	case pg_query.AlterTableType_AT_AddIdentity:
		switch {
		case !col.NotNull:
			a.refuse("55000", "%s must be NOT NULL before it can be an identity", name)
		case col.Identity != 0:
			a.refuse("55000", "%s is an identity column already", name)
		case col.Default.Set:
			a.refuse("55000", "%s has a default", name)
		case !a.counts(col.Type):
			a.refuse("22023", "an identity column is smallint, integer or bigint, not %s", typeSQL(col.Type))
		}
	case pg_query.AlterTableType_AT_SetIdentity, pg_query.AlterTableType_AT_DropIdentity:
		if col.Identity == 0 && !c.MissingOk {
			a.refuse("55000", "%s is no identity column", name)
		}
	case pg_query.AlterTableType_AT_DropExpression:
		if col.Generated == 0 && !c.MissingOk {
			a.refuse("55000", "%s is no generated column", name)
		}
	case pg_query.AlterTableType_AT_DropNotNull:
		pk, has := a.rel.Primary()
		switch {
		case has && slices.Contains(pk.Columns, c.Name):
			a.refuse("42P16", "%s is part of the primary key", name)
		case col.Identity != 0:
			a.refuse("42601", "%s is an identity column", name)
		}
	}
}

// retype notes what the server refuses of ALTER COLUMN … TYPE: no cast that an
// assignment would use, of the values or of the default; a type that a foreign key
// cannot compare (ATPrepAlterColumnType, ATExecAlterColumnType, tablecmds.c).
func (a *alter) retype(r *catalog.Relation, column string, to catalog.Type, using *pg_query.Node) {
	if to.Schema == "" && serials[to.Name] != "" && a.c.Type(to) == nil {
		a.refuse("42704", "%s is no type: it stands for an integer with a sequence where a column is defined", to.Name)
		return
	}
	col, known := r.Column(column)
	if !known || a.c.HasColumn(r, column) != catalog.Yes || !a.c.Complete(r) {
		return
	}
	a.length(to)
	if slices.ContainsFunc(a.out, func(e Effect) bool {
		return e.Op == AlterType && e.OID == r.OID && e.Column == column && e.Detail.OldType != typeSQL(col.Type)
	}) {
		a.refuse("0A000", "the type of %s is changed twice", catalog.Quote(column))
		return
	}
	if using == nil && a.noAssignment(col.Type, to) {
		a.refuse("42804", "%s is not cast to %s without USING", typeSQL(col.Type), typeSQL(to))
	}
	if using != nil {
		a.mentions(r, columnsIn(using))
		if context, all := a.pathway(col.Type, to); all && context == 0 && a.plainUsing(using, column, to) {
			a.refuse("42846", "there is no cast of %s to %s", typeSQL(col.Type), typeSQL(to))
		}
	}
	if col.Default.Set && !a.dropsDefault(column) && a.noAssignment(col.Type, to) {
		a.refuse("42804", "the default of %s is not cast to %s: drop it first", catalog.Quote(column), typeSQL(to))
	}
	a.keysCompare(r, column, to)
}

// dropsDefault tells whether the statement drops the column's default as well, which
// comes first.
func (a *alter) dropsDefault(column string) bool {
	return slices.ContainsFunc(a.cmds, func(c command) bool {
		return c.Subtype == pg_query.AlterTableType_AT_ColumnDefault && c.Def == nil && c.Name == column
	})
}

// keysCompare holds the new type of a column against the columns at the other end of
// its foreign keys.
func (a *alter) keysCompare(r *catalog.Relation, column string, to catalog.Type) {
	pair := func(k *catalog.Constraint, from, key *catalog.Relation, at int) {
		f, okF := from.Column(k.Columns[at])
		p, okP := key.Column(k.RefColumns[at])
		if okF && okP {
			ft, pt := f.Type, p.Type
			if from == r && f.Name == column {
				ft = to
			}
			if key == r && p.Name == column {
				pt = to
			}
			if a.incomparable(ft, pt) {
				a.refuse("42804", "the foreign key %s cannot compare %s with %s", catalog.Quote(k.Name), typeSQL(ft), typeSQL(pt))
			}
		}
	}
	each := func(from *catalog.Relation) {
		for i := range from.Constraints {
			k := &from.Constraints[i]
			key := a.c.Get(k.Ref)
			if k.Kind != catalog.ForeignKey || key == nil || key != r && from != r || len(k.Columns) != len(k.RefColumns) || !a.c.Complete(key) || !a.c.Complete(from) {
				continue
			}
			for at := range k.Columns {
				pair(k, from, key, at)
			}
		}
	}
	each(r)
	for _, t := range r.RefBy {
		if child := a.c.Get(t); child != nil && child != r {
			each(child)
		}
	}
}

package effect

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// typeStatement models the statements that make and change types. None locks a
// relation but those on composite types and domains: the server locks the type
// itself, which readers and writers of its values do not look at.
func (o *of) typeStatement(n *pg_query.Node) {
	switch n := n.GetNode().(type) {
	case *pg_query.Node_CreateEnumStmt:
		o.createType(n.CreateEnumStmt.TypeName, "CREATE TYPE AS ENUM", catalog.TypeDef{Kind: catalog.Enum, Labels: texts(n.CreateEnumStmt.Vals)})
	case *pg_query.Node_CompositeTypeStmt:
		o.createComposite(n.CompositeTypeStmt)
	case *pg_query.Node_CreateRangeStmt:
		o.createRange(n.CreateRangeStmt)
	case *pg_query.Node_AlterEnumStmt:
		o.alterEnum(n.AlterEnumStmt)
	case *pg_query.Node_AlterTypeStmt:
		schema, name := qualified(n.AlterTypeStmt.TypeName)
		o.other(Other, "ALTER TYPE "+catalog.Name{Schema: schema, Name: name}.String()+" SET", nil)
	case *pg_query.Node_CreateDomainStmt:
		o.createDomain(n.CreateDomainStmt)
	case *pg_query.Node_AlterDomainStmt:
		o.alterDomain(n.AlterDomainStmt)
	case *pg_query.Node_DefineStmt:
		o.define(n.DefineStmt)
	default:
		o.unknown("type")
	}
}

// createType records a new type of that name.
func (o *of) createType(names []*pg_query.Node, what string, t catalog.TypeDef) {
	schema, name := qualified(names)
	t.Name = o.c.Create(schema, name)
	o.typeFree(t.Name)
	o.typeRelationFree(t.Name)
	if name := twice(t.Labels); name != "" {
		o.refuse("23505", "the enum has the value %s twice", name)
	}
	op := CreateType
	if t.Kind == catalog.Domain {
		op = CreateDomain
	}
	o.add(Effect{Op: op, Target: t.Name, Object: what, New: true, Same: true, Span: o.span(),
		Detail: Detail{Names: t.Labels, NotNull: t.NotNull},
		Change: func(c *catalog.Catalog) { c.AddType(t) }})
}

// createComposite records a composite type, which is a relation as well.
func (o *of) createComposite(n *pg_query.CompositeTypeStmt) {
	name := o.newName(n.Typevar)
	rel := catalog.Relation{Name: name, Kind: catalog.Composite}
	for _, d := range n.Coldeflist {
		if d := d.GetColumnDef(); d != nil {
			rel.Columns = append(rel.Columns, o.attribute(d))
		}
	}
	o.typeFree(name)
	o.typeRelationFree(name)
	if name := twice(columnNamesOf(rel.Columns)); name != "" {
		o.refuse("42701", "the attribute %s is specified twice", catalog.Quote(name))
	}
	o.created(CreateType, name, catalog.Composite, func(c *catalog.Catalog) {
		oid := c.Add(rel)
		c.AddType(catalog.TypeDef{Name: name, Kind: catalog.CompositeType, Relation: oid})
	})
}

func columnNamesOf(cols []catalog.Column) []string {
	var out []string
	for _, c := range cols {
		out = append(out, c.Name)
	}
	return out
}

// attribute reads an attribute of a composite type.
func (o *of) attribute(d *pg_query.ColumnDef) catalog.Column {
	col := catalog.Column{Name: d.Colname, Type: o.typeOf(d.TypeName)}
	if d.CollClause != nil {
		_, col.Collation = qualified(d.CollClause.Collname)
	}
	return col
}

// createRange records a range type, from 14 on with the multirange that the
// server makes beside it (makeMultirangeTypeName, typecmds.c).
func (o *of) createRange(n *pg_query.CreateRangeStmt) {
	o.createType(n.TypeName, "CREATE TYPE AS RANGE", catalog.TypeDef{Kind: catalog.RangeType})
	if o.pg < 14 {
		return
	}
	schema, name := qualified(n.TypeName)
	multi := catalog.Name{Schema: o.c.Create(schema, name).Schema, Name: multirangeName(name)}
	if d := option(n.Params, "multirange_type_name"); d != nil {
		if t := d.Arg.GetTypeName(); t != nil {
			s, m := qualified(t.Names)
			multi = o.c.Create(s, m)
		}
	}
	o.other(Other, "multirange type", func(c *catalog.Catalog) {
		c.AddType(catalog.TypeDef{Name: multi, Kind: catalog.RangeType})
	})
}

// define models CREATE of base types, aggregates, operators, collations and
// text search objects: none locks a relation.
func (o *of) define(n *pg_query.DefineStmt) {
	schema, name := qualified(n.Defnames)
	switch n.Kind {
	case pg_query.ObjectType_OBJECT_TYPE:
		full := o.c.Create(schema, name)
		if o.c.LookupType(full.Schema, full.Name) != nil { // a shell type is filled in
			o.other(CreateType, "CREATE TYPE", nil)
			return
		}
		o.createType(n.Defnames, "CREATE TYPE", catalog.TypeDef{Kind: catalog.BaseType})
	case pg_query.ObjectType_OBJECT_AGGREGATE:
		f := catalog.Function{Name: o.c.Create(schema, name), Args: o.aggregateArgs(n), Volatility: 'i', Language: "internal"}
		o.add(Effect{Op: CreateFunction, Target: f.Name, Object: "CREATE AGGREGATE", Span: o.span(),
			Change: func(c *catalog.Catalog) { c.AddFunction(f) }})
	case pg_query.ObjectType_OBJECT_COLLATION:
		d := option(n.Definition, "deterministic")
		loose := d != nil && !boolOption(d)
		full := o.c.Create(schema, name)
		o.add(Effect{Op: Other, Object: "CREATE COLLATION", Span: o.span(), Detail: Detail{IfExists: n.IfNotExists},
			Change: func(c *catalog.Catalog) {
				c.AddObject(catalog.Object{Kind: "collation", Name: full, Loose: loose})
			}})
	case pg_query.ObjectType_OBJECT_OPERATOR:
		o.other(Other, "CREATE OPERATOR", strangeCasts)
	default:
		o.other(Other, "CREATE "+objectWord(n.Kind), nil)
	}
}

// aggregateArgs gives the argument types of CREATE AGGREGATE, in its old form
// that of basetype.
func (o *of) aggregateArgs(n *pg_query.DefineStmt) []string {
	if n.Oldstyle {
		d := option(n.Definition, "basetype")
		if d == nil || d.Arg.GetTypeName() == nil {
			return nil
		}
		return []string{typeSQL(o.typeOf(d.Arg.GetTypeName()))}
	}
	if len(n.Args) == 0 {
		return nil
	}
	return o.argTypes(listOf(n.Args[0]))
}

// alterEnum models ADD VALUE and RENAME VALUE. Neither locks a relation; a new
// value cannot be used before the commit unless the type is as new (AddEnumLabel,
// pg_enum.c).
func (o *of) alterEnum(n *pg_query.AlterEnumStmt) {
	schema, name := qualified(n.TypeName)
	def := o.c.LookupType(schema, name)
	e := Effect{Op: AddEnumValue, Target: o.c.Create(schema, name), Object: n.NewVal, Span: o.span()}
	e.Detail.Name, e.Detail.IfExists = n.NewVal, n.SkipIfNewValExists
	if def != nil {
		e.Target, e.OID = def.Name, def.OID
		e.New = def.Tx != 0 && def.Tx == o.c.Tx
	}
	if n.OldVal != "" {
		e.Op, e.Object = RenameEnumValue, n.OldVal
	}
	if def == nil || def.Kind != catalog.Enum {
		o.add(e)
		return
	}
	at := slices.Index(def.Labels, n.NewVal)
	switch {
	case at >= 0 && n.SkipIfNewValExists && n.OldVal == "":
		e.NoOp = true
		o.add(e)
		return
	case at >= 0:
		e.Detail.Fails, e.Detail.SQLState = "the enum has the value "+n.NewVal+" already", "42710"
	case n.OldVal != "" && !slices.Contains(def.Labels, n.OldVal):
		e.Detail.Fails, e.Detail.SQLState = "the enum has no value "+n.OldVal, "22023"
	}
	o.enumRefused(def, n)
	oid := def.OID
	e.Change = func(c *catalog.Catalog) { changeLabel(c, oid, n) }
	o.add(e)
}

// changeLabel adds or renames an enum's label in its place.
func changeLabel(c *catalog.Catalog, oid catalog.OID, n *pg_query.AlterEnumStmt) {
	t := c.EditType(oid)
	if t == nil {
		return
	}
	if n.OldVal != "" {
		if i := slices.Index(t.Labels, n.OldVal); i >= 0 {
			t.Labels[i] = n.NewVal
			if tx, ok := t.LabelTx[n.OldVal]; ok {
				delete(t.LabelTx, n.OldVal)
				t.LabelTx[n.NewVal] = tx
			}
		}
		return
	}
	if slices.Contains(t.Labels, n.NewVal) {
		return
	}
	at := len(t.Labels)
	if i := slices.Index(t.Labels, n.NewValNeighbor); n.NewValNeighbor != "" && i >= 0 {
		at = i
		if n.NewValIsAfter {
			at++
		}
	}
	t.Labels = slices.Insert(t.Labels, at, n.NewVal)
	t.LabelTx[n.NewVal] = c.Tx
}

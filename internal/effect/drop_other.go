package effect

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// schema drops a schema: with CASCADE every relation in it, and what depends
// on those, is locked ACCESS EXCLUSIVE.
func (d *dropping) schema(name string) {
	rels := d.c.InSchema(name)
	e := Effect{Op: DropSchema, Target: catalog.Name{Name: name}, Object: name, Span: d.span(),
		Detail: Detail{Cascade: d.cascade, IfExists: d.stmt.MissingOk}}
	if len(rels) > 0 && !d.cascade {
		e.Detail.Fails, e.Detail.SQLState = "the schema is not empty", "2BP01"
	}
	e.Change = func(c *catalog.Catalog) {
		for _, r := range c.InSchema(name) {
			dropTree(c, r.OID)
		}
		c.DropSchema(name)
	}
	reached := []*catalog.Relation{}
	d.gone = map[catalog.OID]bool{}
	if d.cascade {
		for _, r := range rels {
			reached = append(reached, r)
			reached = append(reached, d.reach(r)...)
		}
	}
	d.add(e)
	for _, r := range reached {
		d.also(DropSchema, r, AccessExclusive, 0)
	}
}

// typ drops a type or domain: with CASCADE every table that loses a column is
// locked ACCESS EXCLUSIVE, with the indexes over the column.
func (d *dropping) typ(tn *pg_query.TypeName) {
	t := d.typeOf(tn)
	e := Effect{Op: DropType, Target: catalog.Name{Schema: t.Schema, Name: t.Name}, Object: t.Name, Span: d.span(),
		Detail: Detail{Cascade: d.cascade, IfExists: d.stmt.MissingOk}}
	def := d.c.Type(t)
	e.Detail.Unknown = catalog.Of(def == nil)
	if def == nil {
		d.add(e)
		return
	}
	users := d.typeUsers(def)
	if base := d.domainOver(def); base != nil && !d.cascade {
		e.Detail.Fails, e.Detail.SQLState = "the domain "+base.Name.Short()+" is over the type", "2BP01"
	}
	if len(users) > 0 && !d.cascade {
		e.Detail.Fails, e.Detail.SQLState = "columns of "+users[0].rel.Name.Short()+" are of the type", "2BP01"
	}
	oid := def.OID
	e.Change = func(c *catalog.Catalog) {
		for _, u := range users {
			if u.column != "" {
				removeColumn(c, u.rel.OID, u.column)
			} else {
				dropTree(c, u.rel.OID) // a table OF the type goes with it
			}
		}
		if x := c.LookupType(def.Name.Schema, def.Name.Name); x != nil && x.Relation != 0 {
			c.Drop(x.Relation)
		}
		c.DropType(oid)
	}
	var reached []Effect
	if d.cascade {
		for _, u := range users {
			reached = append(reached, d.on(Also, u.rel, AccessExclusive))
			if u.column != "" {
				reached = append(reached, d.reachedByColumn(u.rel, u.column, true)...)
				continue
			}
			d.gone = map[catalog.OID]bool{}
			for _, r := range d.reach(u.rel) {
				reached = append(reached, d.on(Also, r, AccessExclusive))
			}
		}
	}
	comp := d.c.Get(def.Relation)
	d.add(e)
	d.also(DropType, comp, AccessExclusive, 0)
	for _, x := range reached {
		x.Via = DropType
		d.add(x)
	}
}

// domainOver finds a domain over a type, nil for none.
func (o *of) domainOver(t *catalog.TypeDef) *catalog.TypeDef {
	for _, d := range o.c.Types() {
		if d.Kind == catalog.Domain && d.OID != t.OID && o.isOver(d.Base, t) {
			return d
		}
	}
	return nil
}

// typeUser is a column of a type, or a typed table where column is "".
type typeUser struct {
	rel    *catalog.Relation
	column string
}

// typeUsers gives the columns of a type, arrays of it included, those of domains
// over it, and the tables OF it.
func (o *of) typeUsers(t *catalog.TypeDef) []typeUser {
	var out []typeUser
	for _, r := range o.c.Relations() {
		if r.OfType == t.OID {
			out = append(out, typeUser{r, ""})
		}
		if r.OID == t.Relation || r.Kind == catalog.View || r.IsIndex() {
			continue
		}
		for _, c := range r.Columns {
			if o.isOver(c.Type, t) {
				out = append(out, typeUser{r, c.Name})
			}
		}
	}
	return out
}

// isOver tells whether a type is the other, an array of it, or a domain over it.
func (o *of) isOver(t catalog.Type, def *catalog.TypeDef) bool {
	for range 32 {
		d := o.c.Type(t)
		if d == nil {
			return false
		}
		if d.OID == def.OID {
			return true
		}
		if d.Kind != catalog.Domain {
			return false
		}
		t = d.Base
	}
	return false
}

// onTable drops a trigger, rule or policy: ACCESS EXCLUSIVE on the table. With
// IF EXISTS and nothing there the table is only looked at.
func (d *dropping) onTable(obj *pg_query.Node) {
	names := texts(listOf(obj))
	if len(names) < 2 {
		d.unknown("DROP")
		return
	}
	name, schema := names[len(names)-1], ""
	if len(names) > 2 {
		schema = names[len(names)-3]
	}
	table := names[len(names)-2]
	if d.stmt.MissingOk && d.known(schema, table) == nil && d.c.Whole(d.c.Resolve(schema, table).Schema) {
		d.other(Other, "DROP IF EXISTS", nil)
		return
	}
	r := d.named(schema, table, catalog.Table)
	op := map[pg_query.ObjectType]Op{pg_query.ObjectType_OBJECT_TRIGGER: DropTrigger, pg_query.ObjectType_OBJECT_RULE: DropRule,
		pg_query.ObjectType_OBJECT_POLICY: DropPolicy}[d.stmt.RemoveType]
	e := d.on(op, r, AccessExclusive)
	e.Object, e.Detail.IfExists, e.Detail.Cascade = name, d.stmt.MissingOk, d.cascade
	if d.stmt.MissingOk && !r.Assumed && !hangsOn(r, op, name) {
		e.NoOp, e.Lock, e.Brief = true, AccessShare, true
	}
	if !d.stmt.MissingOk {
		d.hangs(r, op, name)
	}
	oid := r.OID
	e.Change = func(c *catalog.Catalog) { takeOff(c, oid, op, name) }
	d.add(e)
	if op == DropTrigger && !e.NoOp && r.Kind == catalog.PartitionedTable {
		for _, p := range d.family(r)[1:] {
			d.also(op, p, AccessExclusive, 0)
		}
	}
}

func hangsOn(r *catalog.Relation, op Op, name string) bool {
	switch op {
	case DropTrigger:
		return slices.ContainsFunc(r.Triggers, func(t catalog.Trigger) bool { return t.Name == name })
	case DropRule:
		return slices.ContainsFunc(r.Rules, func(t catalog.Rule) bool { return t.Name == name })
	}
	return slices.ContainsFunc(r.Policies, func(t catalog.Policy) bool { return t.Name == name })
}

func takeOff(c *catalog.Catalog, oid catalog.OID, op Op, name string) {
	r := c.Relink(oid)
	if r == nil {
		return
	}
	switch op {
	case DropTrigger:
		r.Triggers = slices.DeleteFunc(r.Triggers, func(t catalog.Trigger) bool { return t.Name == name })
	case DropRule:
		r.Rules = slices.DeleteFunc(r.Rules, func(t catalog.Rule) bool { return t.Name == name })
	default:
		r.Policies = slices.DeleteFunc(r.Policies, func(t catalog.Policy) bool { return t.Name == name })
	}
}

// function drops a function: with CASCADE the triggers that call it go, under
// ACCESS EXCLUSIVE on their tables.
func (d *dropping) function(f *pg_query.ObjectWithArgs) {
	schema, name := qualified(f.GetObjname())
	full := d.c.Create(schema, name)
	e := Effect{Op: DropFunction, Target: full, Object: name, Span: d.span(), Detail: Detail{Cascade: d.cascade, IfExists: d.stmt.MissingOk}}
	var tables []*catalog.Relation
	for _, r := range d.c.MayCall(name, nil) {
		for _, t := range r.Triggers {
			if t.FuncName.Name == name && (schema == "" || t.FuncName.Schema == schema) {
				tables = append(tables, r)
				break
			}
		}
	}
	if len(tables) > 0 && !d.cascade {
		e.Detail.Fails, e.Detail.SQLState = "a trigger of "+tables[0].Name.Short()+" calls it", "2BP01"
	}
	var fns []*catalog.Function
	all := d.c.Functions(schema, name)
	for _, fn := range all {
		if len(all) == 1 || f.GetArgsUnspecified() || len(fn.Args) == len(f.GetObjargs()) {
			fns = append(fns, fn)
		}
	}
	e.Detail.Unknown = catalog.Of(len(all) == 0)
	d.notTheFunction(f, full, d.stmt.MissingOk)
	callers := d.callers(fns)
	if len(callers) > 0 && !d.cascade && e.Detail.Fails == "" {
		e.Detail.Fails, e.Detail.SQLState = callers[0].Name.Short()+" calls it", "2BP01"
	}
	e.Change = func(c *catalog.Catalog) {
		for _, fn := range fns {
			c.DropFunction(fn.OID)
		}
		for _, r := range tables {
			t := c.Edit(r.OID)
			t.Triggers = slices.DeleteFunc(t.Triggers, func(t catalog.Trigger) bool { return t.FuncName.Name == name })
		}
		for _, r := range callers {
			dropCalls(c, r.OID, fns)
		}
	}
	d.add(e)
	if d.cascade {
		for _, r := range slices.Concat(tables, callers) {
			d.also(DropFunction, r, AccessExclusive, 0)
		}
	}
}

// statistics drops extended statistics: SHARE UPDATE EXCLUSIVE on the table.
func (d *dropping) statistics(obj *pg_query.Node) {
	schema, name := qualified(listOf(obj))
	full := d.c.Create(schema, name)
	st := d.c.Object("statistics", full)
	d.other(Other, "DROP STATISTICS", func(c *catalog.Catalog) { c.DropObject("statistics", full) })
	if st == nil {
		return
	}
	for _, r := range st.Relations {
		d.also(Other, d.c.Get(r), ShareUpdateExclusive, 0)
	}
}

// extension drops an extension: with CASCADE every column of its types goes.
func (d *dropping) extension(name string) {
	e := Effect{Op: DropExtension, Target: catalog.Name{Name: name}, Object: name, Span: d.span(),
		Detail: Detail{Cascade: d.cascade, IfExists: d.stmt.MissingOk, Unknown: catalog.Of(d.c.Object("extension", catalog.Name{Name: name}) == nil)}}
	built := d.indexesBy(name)
	if len(built) > 0 && !d.cascade {
		e.Detail.Fails, e.Detail.SQLState = "the index "+built[0].Name.Short()+" depends on an operator class of it", "2BP01"
	}
	d.add(e)
	defer d.other(Other, "DROP EXTENSION", func(c *catalog.Catalog) { removeExtension(c, name) })
	for _, ix := range built {
		if d.cascade {
			d.indexOfExtension(ix)
		}
	}
	for _, r := range d.c.Relations() {
		if r.Kind == catalog.View || r.IsIndex() {
			continue
		}
		for _, c := range r.Columns {
			if t := d.c.Type(c.Type); t != nil && t.Extension == name && d.cascade {
				x := d.on(Also, r, AccessExclusive)
				x.Via = DropExtension
				oid, col := r.OID, c.Name
				x.Change = func(c *catalog.Catalog) { removeColumn(c, oid, col) }
				reached := d.reachedByColumn(r, c.Name, true)
				d.add(x)
				for _, y := range reached {
					y.Via = DropExtension
					d.add(y)
				}
			}
		}
	}
}

package effect

import (
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
)

// admit notes what the server refuses of a constraint that a table gets.
func (o *of) admit(r *catalog.Relation, d *constraintDef, named bool) {
	if d.Kind == catalog.Check {
		o.mentions(r, d.Columns)
	} else if d.using == "" {
		o.needs(r, d.Columns...)
		o.needs(r, d.include...)
	}
	if named {
		o.nameFree(r, d)
	}
	switch d.Kind {
	case catalog.ForeignKey:
		o.references(r, d)
	case catalog.PrimaryKey, catalog.Unique:
		if name := twice(d.Columns); name != "" {
			o.refuse("42701", "the column %s stands in the key twice", catalog.Quote(name))
		}
		if pk, has := o.primary(r); has && d.Kind == catalog.PrimaryKey && (r.OID == 0 || o.c.Complete(r)) {
			o.refuse("42P16", "%s has the primary key %s already", r.Name, catalog.Quote(pk.Name))
		}
		o.takesOver(r, d)
		o.keyOfPartitions(r, d.Columns)
		o.ordered(r, d.Columns)
	}
}

// primary finds the primary key of a table, also of one that the statement creates.
func (o *of) primary(r *catalog.Relation) (*catalog.Constraint, bool) {
	if r.OID == 0 && o.newKey != nil {
		return o.newKey, true
	}
	return r.Primary()
}

// nameFree notes that the name of a constraint is taken.
func (o *of) nameFree(r *catalog.Relation, d *constraintDef) {
	if d.indexed() && d.using == "" {
		if old := o.c.Exists(catalog.Name{Schema: r.Name.Schema, Name: d.Name}); old != nil {
			o.refuse("42P07", "relation %s already exists", old.Name)
		}
		if d.Name == r.Name.Name {
			o.refuse("42P07", "relation %s already exists", r.Name)
		}
	}
	if _, taken := r.FindConstraint(d.Name); taken && (r.OID == 0 || o.c.Complete(r)) {
		o.refuse("42710", "%s has a constraint %s already", r.Name, catalog.Quote(d.Name))
	}
}

// references notes what the server refuses of a foreign key (ATAddForeignKeyConstraint,
// transformFkeyCheckAttrs, tablecmds.c).
func (o *of) references(r *catalog.Relation, d *constraintDef) {
	ref := o.c.Get(d.Ref)
	if ref == nil || !o.c.Complete(ref) {
		return
	}
	switch {
	case ref.Kind != catalog.Table && ref.Kind != catalog.PartitionedTable:
		o.refuse("42809", "%s is not a table", ref.Name)
		return
	case r.Persistence == catalog.Permanent && ref.Persistence != catalog.Permanent:
		o.refuse("42P16", "%s, which is not permanent, cannot be referenced by a permanent table", ref.Name)
	}
	o.needs(ref, d.RefColumns...)
	if len(d.RefColumns) == 0 {
		o.refuse("42704", "%s has no primary key to reference", ref.Name)
		return
	}
	if len(d.RefColumns) != len(d.Columns) {
		o.refuse("42830", "the foreign key has %d columns and references %d", len(d.Columns), len(d.RefColumns))
		return
	}
	if has, deferrable := o.uniqueOver(ref, d.RefColumns); !has && deferrable {
		o.refuse("55000", "the unique constraint over (%s) of %s is deferrable", strings.Join(d.RefColumns, ", "), ref.Name)
	} else if !has {
		o.refuse("42830", "no unique constraint or index of %s has exactly the columns (%s)", ref.Name, strings.Join(d.RefColumns, ", "))
	}
	for i, name := range d.Columns {
		c, ok := r.Column(name)
		p, known := ref.Column(d.RefColumns[i])
		if ok && known && o.incomparable(c.Type, p.Type) {
			o.refuse("42804", "%s of type %s cannot reference %s of type %s", catalog.Quote(name), typeSQL(c.Type), catalog.Quote(p.Name), typeSQL(p.Type))
		}
		if ok && known && o.pg >= 18 && c.Collation != p.Collation && (o.nondeterministic(c.Collation) || o.nondeterministic(p.Collation)) {
			o.refuse("42P21", "the collations of %s and %s differ, and one is not deterministic", catalog.Quote(name), catalog.Quote(p.Name))
		}
	}
}

// nondeterministic tells whether a collation of the migrations takes different texts
// for equal. From 18 on a foreign key needs the same one on both sides then.
func (o *of) nondeterministic(name string) bool {
	for _, schema := range o.c.SearchPath() {
		if x := o.c.Object("collation", catalog.Name{Schema: schema, Name: name}); x != nil {
			return x.Loose
		}
	}
	return false
}

// uniqueOver tells whether a unique index over exactly these columns can hold a
// foreign key or ON CONFLICT, or would if its constraint were not deferrable.
func (o *of) uniqueOver(r *catalog.Relation, columns []string) (has, deferrable bool) {
	for _, i := range r.Indexes {
		ix := o.c.Get(i)
		if ix == nil || !ix.Unique || ix.HasExpr || ix.Predicate != "" || !sameSet(ix.Keys, columns) {
			continue
		}
		if k, ok := r.FindConstraint(ix.Constraint); ok && ix.Constraint != "" && k.Deferrable {
			deferrable = true
			continue
		}
		has = true
	}
	return has, deferrable
}

// comparable are the types of pg_catalog that a foreign key compares across:
// members of one btree operator family (pg_amop).
var comparable = [][]string{{"int2", "int4", "int8"}, {"float4", "float8"}, {"date", "timestamp", "timestamptz"}, {"text", "name"}}

// incomparable tells whether there certainly is no equality by which a foreign
// key's column of one type finds a key of the other: neither one family has both,
// nor is there an implicit cast to the key's type.
func (o *of) incomparable(from, key catalog.Type) bool {
	f, k := o.base(from), o.base(key)
	if f.Array != k.Array {
		return o.familiar(f) && o.familiar(k)
	}
	if f.Schema == k.Schema && f.Name == k.Name || !o.familiar(f) || !o.familiar(k) {
		return false
	}
	if f.Schema != "" || k.Schema != "" || f.Array {
		return true
	}
	for _, family := range comparable {
		if slices.Contains(family, f.Name) && slices.Contains(family, k.Name) {
			return false
		}
	}
	context, _ := castContext(f.Name, k.Name, o.pg)
	return context != 'i' && !binaryCoercible(f.Name, k.Name, o.pg)
}

// familiar tells whether all casts of a type are known: one of pg_catalog, or an
// enum of the migrations.
func (o *of) familiar(t catalog.Type) bool {
	if o.c.Object("cast", catalog.Name{}) != nil {
		return false
	}
	if d := o.c.Type(t); d != nil {
		return d.Kind == catalog.Enum && o.c.Knows()
	}
	return t.Schema == "" && t.Name != "" && knownType(t.Name)
}

// takesOver notes what the server refuses of USING INDEX (transformIndexConstraint,
// parse_utilcmd.c).
func (o *of) takesOver(r *catalog.Relation, d *constraintDef) {
	if d.using == "" || r.OID == 0 || !o.c.Complete(r) {
		return
	}
	name := catalog.Name{Schema: r.Name.Schema, Name: d.using}
	ix := o.c.Lookup(name)
	switch {
	case ix == nil && o.c.Gone(name):
		o.refuse("42704", "there is no index %s any more", name)
	case ix == nil || ix.Assumed || !ix.IsIndex():
	case ix.Table != r.OID:
		o.refuse("55000", "the index %s is of another table", name)
	case ix.Constraint != "":
		o.refuse("55000", "the index %s belongs to a constraint already", name)
	case !ix.Unique:
		o.refuse("42809", "the index %s is not unique", name)
	case ix.HasExpr:
		o.refuse("42809", "the index %s has an expression", name)
	case ix.Predicate != "":
		o.refuse("42809", "the index %s is partial", name)
	case ix.Ordered:
		o.refuse("42809", "the index %s has an order of its own", name)
	}
}

// keyOfPartitions notes that a unique key of a partitioned table lacks a column of
// the partition key, or that one is an expression (DefineIndex, indexcmds.c).
func (o *of) keyOfPartitions(r *catalog.Relation, columns []string) {
	if r.Kind != catalog.PartitionedTable || r.Assumed || r.OID != 0 && !o.c.Complete(r) {
		return
	}
	for _, key := range r.PartKey {
		switch {
		case key == "":
			o.refuse("0A000", "a unique key cannot be over a partition key with an expression")
		case !slices.Contains(columns, key):
			o.refuse("0A000", "a unique key of a partitioned table must have the column %s of the partition key", catalog.Quote(key))
		}
	}
}

// ordered notes a key column of a type that btree has no default operator class for.
func (o *of) ordered(r *catalog.Relation, columns []string) {
	for _, name := range columns {
		if c, ok := r.Column(name); ok {
			o.opclassFor(c.Type, "btree")
		}
	}
}

// opclassFor notes that an access method has no default operator class for a type,
// where no extension could bring one.
func (o *of) opclassFor(t catalog.Type, method string) {
	b := o.base(t)
	if b.Schema != "" || b.Name == "" || !knownType(b.Name) {
		return
	}
	for _, e := range scalarDefaults {
		if e.method == method && strings.Contains(e.types, " "+b.Name+" ") {
			return
		}
	}
	name := b.Name
	if b.Array {
		name += "[]"
	}
	switch method {
	case "btree", "hash", "gin", "gist", "brin", "spgist":
		if defaultOpclass(name, method) == "" {
			o.refuse("42704", "the type %s has no default operator class for %s", typeSQL(b), method)
		}
	}
}

// constraintMissing notes that a table certainly has no constraint of a name. From
// 18 on NOT NULL has names, which are not kept.
func (o *of) constraintMissing(r *catalog.Relation, name string) bool {
	_, has := r.FindConstraint(name)
	if has || !o.c.Complete(r) || o.pg >= 18 && strings.Contains(name, "not_null") ||
		slices.ContainsFunc(r.Columns, func(c catalog.Column) bool { return c.NotNullBy == name }) {
		return false
	}
	o.refuse("42704", "%s has no constraint %s", r.Name, catalog.Quote(name))
	return true
}

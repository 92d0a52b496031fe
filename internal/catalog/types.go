package catalog

import "slices"

// TypeDef is a type that the migrations created: an enum, a domain or a
// composite type, or one that an extension brought.
type TypeDef struct {
	OID         OID
	Name        Name
	Kind        TypeKind
	Labels      []string // enum
	Base        Type     // domain
	NotNull     bool     // domain
	Default     Default  // domain
	Constraints []Constraint
	Relation    OID // composite: its relation
	Extension   string
	Tx          int
	LabelTx     map[string]int // enum labels added later, with the transaction
}

// TypeKind is pg_type.typtype in words.
type TypeKind byte

// The kinds of type.
const (
	Enum TypeKind = iota
	Domain
	CompositeType
	RangeType
	BaseType
)

// Function is a function or procedure that the migrations created.
type Function struct {
	OID        OID
	Name       Name
	Args       []string // argument types as written
	Volatility byte     // 'i', 's', 'v'
	Language   string
	Procedure  bool
	Body       string
	Uses       []OID // relations that a BEGIN ATOMIC body depends on

	Result   string   // what it gives, as SQL writes types: "integer", "SETOF (a integer, b text)"
	ArgNames []string // of the arguments that a call passes, "" for one without
	Defaults int      // how many of these have a default
}

// Object is anything else with a name: statistics, publication, extension,
// subscription, rule of its own. Kind and name are its key.
type Object struct {
	Kind      string
	Name      Name
	Relations []OID
	All       bool   // FOR ALL TABLES
	Text      string // a prepared statement: its SQL
	Loose     bool   // collation: deterministic = false
	NoSlot    bool   // subscription: slot_name = NONE
	Disabled  bool   // subscription: not enabled
}

// AddType, EditType, RenameType and DropType keep the types.
func (c *Catalog) AddType(t TypeDef) OID {
	t.OID, t.Tx = c.newOID(), c.Tx
	set(c, c.types, t.OID, &t)
	set(c, c.tnames, t.Name, t.OID)
	return t.OID
}

// EditType gives a copy that may be changed; nil if there is none.
func (c *Catalog) EditType(oid OID) *TypeDef {
	old := c.types[oid]
	if old == nil {
		return nil
	}
	t := *old
	t.Labels, t.Constraints = slices.Clone(t.Labels), slices.Clone(t.Constraints)
	m := map[string]int{}
	for k, v := range t.LabelTx {
		m[k] = v
	}
	t.LabelTx = m
	set(c, c.types, oid, &t)
	return &t
}

// RenameType gives a type a new name. Columns that are of it and domains over
// it follow.
func (c *Catalog) RenameType(oid OID, n Name) {
	t := c.EditType(oid)
	if t == nil {
		return
	}
	old := t.Name
	unset(c, c.tnames, old)
	t.Name = n
	set(c, c.tnames, n, oid)
	for _, d := range c.Types() {
		if d.Kind == Domain && d.Base.Schema == old.Schema && d.Base.Name == old.Name {
			e := c.EditType(d.OID)
			e.Base.Schema, e.Base.Name = n.Schema, n.Name
		}
	}
	for _, r := range c.Relations() {
		for i := range r.Columns {
			if r.Columns[i].Type.Schema == old.Schema && r.Columns[i].Type.Name == old.Name {
				r = c.Edit(r.OID)
				r.Columns[i].Type.Schema, r.Columns[i].Type.Name = n.Schema, n.Name
			}
		}
	}
}

// DropType removes a type; columns of it are the caller's business.
func (c *Catalog) DropType(oid OID) {
	if t := c.types[oid]; t != nil {
		unset(c, c.tnames, t.Name)
		unset(c, c.types, oid)
	}
}

// Type finds the definition of a type that a column has, nil for a type of
// pg_catalog or an unknown one.
func (c *Catalog) Type(t Type) *TypeDef { return c.LookupType(t.Schema, t.Name) }

// LookupType finds a type by name, along search_path where schema is "".
func (c *Catalog) LookupType(schema, name string) *TypeDef {
	if schema != "" {
		return c.types[c.tnames[Name{schema, name}]]
	}
	for _, s := range c.SearchPath() {
		if oid := c.tnames[Name{s, name}]; oid != 0 {
			return c.types[oid]
		}
	}
	return nil
}

// Types gives all types, ordered by OID.
func (c *Catalog) Types() []*TypeDef {
	out := make([]*TypeDef, 0, len(c.types))
	for _, t := range c.types {
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b *TypeDef) int { return int(a.OID - b.OID) })
	return out
}

// AddFunction replaces a function of the same name and arguments.
func (c *Catalog) AddFunction(f Function) OID {
	for _, oid := range c.fnames[f.Name] {
		if old := c.funcs[oid]; slices.Equal(old.Args, f.Args) {
			f.OID = oid
			set(c, c.funcs, oid, &f)
			return oid
		}
	}
	f.OID = c.newOID()
	set(c, c.funcs, f.OID, &f)
	set(c, c.fnames, f.Name, append(slices.Clone(c.fnames[f.Name]), f.OID))
	return f.OID
}

// RenameFunction gives a function another name. What calls it goes on calling it.
func (c *Catalog) RenameFunction(oid OID, to Name) {
	f := c.funcs[oid]
	if f == nil {
		return
	}
	for _, r := range c.MayCall(f.Name.Name, nil) {
		calls := func(t Trigger) bool { return t.Function == oid || t.Function == 0 && t.FuncName == f.Name }
		if !slices.ContainsFunc(r.Triggers, calls) {
			continue
		}
		e := c.Relink(r.OID)
		e.Triggers = slices.Clone(e.Triggers)
		for i := range e.Triggers {
			if calls(e.Triggers[i]) {
				e.Triggers[i].FuncName = to
			}
		}
	}
	c.DropFunction(oid)
	moved := *f
	moved.Name = to
	set(c, c.funcs, oid, &moved)
	set(c, c.fnames, to, append(slices.Clone(c.fnames[to]), oid))
}

// DropFunction removes one function.
func (c *Catalog) DropFunction(oid OID) {
	f := c.funcs[oid]
	if f == nil {
		return
	}
	left := slices.DeleteFunc(slices.Clone(c.fnames[f.Name]), func(o OID) bool { return o == oid })
	set(c, c.fnames, f.Name, left)
	unset(c, c.funcs, oid)
}

// Functions gives all functions of a name, along search_path where schema is "".
func (c *Catalog) Functions(schema, name string) []*Function {
	var out []*Function
	path := c.SearchPath()
	if schema != "" {
		path = []string{schema}
	}
	for _, s := range path {
		for _, oid := range c.fnames[Name{s, name}] {
			out = append(out, c.funcs[oid])
		}
	}
	return out
}

// AddObject, Object and DropObject keep what has no columns.
func (c *Catalog) AddObject(o Object) { set(c, c.objects, o.Kind+" "+o.Name.String(), &o) }

// Object finds one by kind and name, nil if there is none.
func (c *Catalog) Object(kind string, n Name) *Object { return c.objects[kind+" "+n.String()] }

// DropObject removes one.
func (c *Catalog) DropObject(kind string, n Name) { unset(c, c.objects, kind+" "+n.String()) }

// Objects gives all of a kind, in no order.
func (c *Catalog) Objects(kind string) []*Object {
	var out []*Object
	for _, o := range c.objects {
		if o.Kind == kind {
			out = append(out, o)
		}
	}
	return out
}

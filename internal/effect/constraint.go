package effect

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
)

// constraintDef is a constraint as read. The relation that it references is in
// the catalog already; the index behind it is not.
type constraintDef struct {
	catalog.Constraint
	unnamed   bool   // the server chose the name
	using     string // USING INDEX
	method    string
	opts      []*pg_query.Node
	include   []string
	skipCheck bool // a foreign key over a new column without values: nothing to check
	hasExpr   bool // an exclusion constraint over an expression
	mentions  []string
}

// Place is where something was made.
type Place struct {
	File      *migration.File
	Span      migration.Span // of the clause
	Statement migration.Span
}

// constraintOf reads a constraint of a table; column is set for one that
// stands in a column definition. Names are those that the server would choose.
func (o *of) constraintOf(r *catalog.Relation, k *pg_query.Constraint, column string) constraintDef {
	d := constraintDef{Constraint: catalog.Constraint{Name: k.Conname, NotValid: k.SkipValidation && !k.InitiallyValid,
		NoInherit: k.IsNoInherit, Deferrable: k.Deferrable, Deferred: k.Initdeferred, Tx: o.c.Tx, Migration: o.c.Migration}}
	d.unnamed = k.Conname == "" && k.Indexname == ""
	if d.NotValid = k.SkipValidation; d.NotValid {
		d.Place = &Place{o.s.Section.File, o.span(), o.s.Span}
	}
	if n := o.newer(pgsql.KindNotEnforced); n != nil && (o.clause > 0 || n.Name == k.Conname) {
		d.NotEnforced = true
	}
	switch k.Contype {
	case pg_query.ConstrType_CONSTR_CHECK:
		o.readCheck(&d, r, k)
	case pg_query.ConstrType_CONSTR_FOREIGN:
		o.readForeignKey(&d, r, k, column)
	case pg_query.ConstrType_CONSTR_PRIMARY, pg_query.ConstrType_CONSTR_UNIQUE, pg_query.ConstrType_CONSTR_EXCLUSION:
		o.readIndexed(&d, r, k, column)
	}
	return d
}

func (o *of) readCheck(d *constraintDef, r *catalog.Relation, k *pg_query.Constraint) {
	d.Kind = catalog.Check
	d.Columns, d.Calls = columnsIn(k.RawExpr), o.callsIn(k.RawExpr)
	d.Terms, d.AllTerms = terms(k.RawExpr)
	d.Unstable = o.unstable(k.RawExpr)
	if d.Name == "" { // the column stands in the name when it is the only one (heap.c, AddRelationNewConstraints)
		part := ""
		if len(d.Columns) == 1 {
			part = d.Columns[0]
		}
		d.Name = constraintName(r, part, "check")
	}
}

func (o *of) readForeignKey(d *constraintDef, r *catalog.Relation, k *pg_query.Constraint, column string) {
	d.Kind = catalog.ForeignKey
	d.Columns = texts(k.FkAttrs)
	if column != "" {
		d.Columns = []string{column}
	}
	d.RefColumns = texts(k.PkAttrs)
	if k.FkDelAction != "" {
		d.OnDelete = k.FkDelAction[0]
	}
	if k.FkUpdAction != "" {
		d.OnUpdate = k.FkUpdAction[0]
	}
	if k.Pktable != nil {
		ref := r
		if n := o.c.Resolve(k.Pktable.Schemaname, k.Pktable.Relname); n != r.Name {
			ref = o.rel(k.Pktable, catalog.Table)
		}
		d.Ref = ref.OID
		if pk, ok := ref.Primary(); ok && len(d.RefColumns) == 0 {
			d.RefColumns = pk.Columns
		}
	}
	if d.Name == "" {
		d.Name = constraintName(r, columnsPart(d.Columns), "fkey")
	}
}

func (o *of) readIndexed(d *constraintDef, r *catalog.Relation, k *pg_query.Constraint, column string) {
	d.Columns = texts(k.Keys)
	if column != "" {
		d.Columns = []string{column}
	}
	d.include, d.using, d.method, d.opts = texts(k.Including), k.Indexname, k.AccessMethod, k.Options
	parts, label, part := append(append([]string{}, d.Columns...), d.include...), "key", ""
	switch k.Contype {
	case pg_query.ConstrType_CONSTR_PRIMARY:
		d.Kind, label, parts = catalog.PrimaryKey, "pkey", nil
	case pg_query.ConstrType_CONSTR_UNIQUE:
		d.Kind = catalog.Unique
	case pg_query.ConstrType_CONSTR_EXCLUSION:
		d.Kind, label = catalog.Exclusion, "excl"
		parts = nil
		for _, x := range k.Exclusions {
			e := listOf(x)[0].GetIndexElem()
			name, col := indexElemName(e)
			parts, d.Columns = append(parts, name), append(d.Columns, col)
			if col == "" {
				d.hasExpr = true
				d.mentions = append(d.mentions, columnsIn(e.GetExpr())...)
			}
		}
		if k.WhereClause != nil {
			d.mentions = append(d.mentions, columnsIn(k.WhereClause)...)
			d.hasExpr = true
		}
	}
	part = columnsPart(parts)
	if d.Name == "" && d.using != "" {
		d.Name = d.using
	}
	if d.Name == "" {
		d.Name = relationName(o.c, r.Name.Schema, r.Name.Name, part, label).Name
	}
}

// indexElemName gives the name that an index column gets, and the column that
// it is, "" for an expression (FigureIndexColname, parse_target.c).
func indexElemName(e *pg_query.IndexElem) (name, column string) {
	if e.GetName() != "" {
		return e.Name, e.Name
	}
	n := e.GetExpr()
	for n.GetTypeCast() != nil && n.GetTypeCast().Arg.GetAConst() == nil {
		n = n.GetTypeCast().Arg
	}
	if f := n.GetFuncCall(); f != nil {
		_, fn := qualified(f.Funcname)
		return fn, ""
	}
	if n.GetCoalesceExpr() != nil {
		return "coalesce", ""
	}
	return "expr", ""
}

// indexed tells whether the constraint is enforced by an index.
func (d *constraintDef) indexed() bool {
	return d.Kind == catalog.PrimaryKey || d.Kind == catalog.Unique || d.Kind == catalog.Exclusion
}

// attach adds the constraint to a table of the catalog, with the index behind it.
func (d constraintDef) attach(c *catalog.Catalog, table catalog.OID) {
	if c.Get(table) == nil {
		return
	}
	k := d.Constraint
	if d.indexed() {
		k.Index = d.attachIndex(c, table)
	}
	r := c.EditConstraints(table)
	if d.Kind == catalog.PrimaryKey {
		r = c.Edit(table)
		for i := range r.Columns {
			for _, name := range k.Columns {
				if r.Columns[i].Name == name {
					r.Columns[i].NotNull = true
				}
			}
		}
	}
	r.Constraints = append(r.Constraints, k)
	if d.Kind == catalog.ForeignKey && d.Ref != 0 {
		link(c, d.Ref, table)
	}
}

// link records that a table references another.
func link(c *catalog.Catalog, ref, table catalog.OID) {
	if p := c.Get(ref); p != nil && !slices.Contains(p.RefBy, table) {
		p = c.Relink(ref)
		p.RefBy = append(p.RefBy, table)
	}
}

func (d constraintDef) attachIndex(c *catalog.Catalog, table catalog.OID) catalog.OID {
	r := c.Get(table)
	if d.using != "" {
		for _, i := range r.Indexes {
			if ix := c.Get(i); ix != nil && ix.Name.Name == d.using {
				if d.Name != d.using {
					c.Rename(i, catalog.Name{Schema: r.Name.Schema, Name: d.Name})
				}
				c.Relink(i).Constraint = d.Name
				return i
			}
		}
	}
	kind := catalog.Index
	if r.Kind == catalog.PartitionedTable {
		kind = catalog.PartitionedIndex
	}
	method := d.method
	if method == "" {
		method = "btree"
	}
	idx := catalog.Relation{Name: catalog.Name{Schema: r.Name.Schema, Name: d.Name}, Kind: kind, Persistence: r.Persistence,
		IndexInfo: catalog.IndexInfo{Table: table, Keys: d.Columns, Include: d.include, Unique: d.Kind != catalog.Exclusion,
			Constraint: d.Name, Method: method, HasExpr: d.hasExpr, Mentions: d.mentions}}
	return addIndex(c, idx)
}

// addIndex adds an index and its matching twins on every partition below.
func addIndex(c *catalog.Catalog, idx catalog.Relation) catalog.OID {
	if len(idx.Attributes) == 0 && !idx.HasExpr {
		idx.Attributes = slices.Concat(idx.Keys, idx.Include)
	}
	oid := c.Add(idx)
	if t := c.Relink(idx.Table); t != nil {
		t.Indexes = append(t.Indexes, oid)
	}
	if p := c.Relink(idx.ParentIdx); p != nil {
		p.ChildIdx = append(p.ChildIdx, oid)
	}
	return oid
}

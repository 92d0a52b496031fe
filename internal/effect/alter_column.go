package effect

import (
	"slices"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/pgsql"
)

// columnAction models the actions on columns. They reach inheritance children
// and partitions under the lock of the whole statement, but for ONLY.
func (a *alter) columnAction(c *pg_query.AlterTableCmd) bool {
	switch c.Subtype {
	case pg_query.AlterTableType_AT_AlterColumnType, pg_query.AlterTableType_AT_SetNotNull, pg_query.AlterTableType_AT_DropNotNull,
		pg_query.AlterTableType_AT_ColumnDefault, pg_query.AlterTableType_AT_SetOptions, pg_query.AlterTableType_AT_ResetOptions,
		pg_query.AlterTableType_AT_SetStatistics, pg_query.AlterTableType_AT_SetStorage, pg_query.AlterTableType_AT_SetCompression,
		pg_query.AlterTableType_AT_DropExpression, pg_query.AlterTableType_AT_AddIdentity, pg_query.AlterTableType_AT_SetIdentity,
		pg_query.AlterTableType_AT_DropIdentity:
		a.needs(a.rel, c.Name)
		a.property(c)
	}
	switch c.Subtype {
	case pg_query.AlterTableType_AT_AddColumn, pg_query.AlterTableType_AT_AddColumnToView:
		a.addColumn(c)
	case pg_query.AlterTableType_AT_DropColumn:
		a.dropColumn(c)
	case pg_query.AlterTableType_AT_AlterColumnType:
		if a.newer(pgsql.KindSetExpression) != nil {
			a.setExpression(c)
			return true
		}
		a.alterType(c)
	case pg_query.AlterTableType_AT_SetNotNull:
		a.setNotNull(c)
	case pg_query.AlterTableType_AT_DropNotNull:
		a.dropNotNull(c)
	case pg_query.AlterTableType_AT_ColumnDefault:
		a.setDefault(c)
	case pg_query.AlterTableType_AT_SetStatistics:
		a.column(SetStatistics, c, nil)
	case pg_query.AlterTableType_AT_SetOptions, pg_query.AlterTableType_AT_ResetOptions:
		a.here(func() { a.column(SetColumnOptions, c, nil) })
	case pg_query.AlterTableType_AT_SetStorage:
		a.storage(SetStorage, c)
	case pg_query.AlterTableType_AT_SetCompression:
		a.here(func() { a.storage(SetCompression, c) })
	case pg_query.AlterTableType_AT_AlterColumnGenericOptions:
		a.column(SetColumnOptions, c, nil)
	case pg_query.AlterTableType_AT_DropExpression:
		a.column(DropExpression, c, func(col *catalog.Column) { col.Generated, col.GenUses = 0, nil })
	case pg_query.AlterTableType_AT_AddIdentity, pg_query.AlterTableType_AT_SetIdentity, pg_query.AlterTableType_AT_DropIdentity:
		a.identity(c)
	default:
		return false
	}
	return true
}

// here models an action that never recurses (ATPrepCmd, tablecmds.c).
func (a *alter) here(action func()) {
	only := a.only
	a.only = true
	action()
	a.only = only
}

// column records an action without work on a column of the whole family.
func (a *alter) column(op Op, c *pg_query.AlterTableCmd, change func(*catalog.Column)) {
	for i, r := range a.targets() {
		e := a.on(op, r, a.lock)
		e.Column = c.Name
		if i > 0 {
			e.Op, e.Via = Also, op
		}
		if oid := r.OID; change != nil {
			e.Change = editColumn(oid, c.Name, change)
		}
		a.add(e)
	}
}

func editColumn(oid catalog.OID, name string, change func(*catalog.Column)) catalog.Change {
	return func(c *catalog.Catalog) {
		if r := c.EditColumns(oid); r != nil {
			if col, ok := r.Column(name); ok {
				change(col)
			}
		}
	}
}

// setNotNull reads the table unless the column is NOT NULL already, or a valid
// CHECK proves it (NotNullImpliedByRelConstraints, tablecmds.c; from 12 on).
func (a *alter) setNotNull(c *pg_query.AlterTableCmd) {
	nw := a.newer(pgsql.KindNotNull)
	op, notValid := SetNotNull, nw != nil && nw.NotValid
	if nw != nil {
		op = AddNotNull
	}
	for i, r := range a.targets() {
		e := a.on(op, r, a.lock)
		e.Column, e.Detail.NotValid = c.Name, notValid
		if i > 0 {
			e.Op, e.Via = Also, op
		}
		col, known := r.Column(c.Name)
		switch {
		case known && col.NotNull && !col.NotValid:
			e.NoOp = true
		case notValid || r.ProvesNotNull(c.Name) || namedNotNull(r, c.Name):
		default:
			e.Work = a.work(r, Scan)
		}
		name := ""
		if nw != nil {
			name = nw.Name
		}
		if name == "" && notValid {
			name = constraintName(r, c.Name, "not_null")
		}
		k := catalog.Constraint{Name: name, Kind: catalog.NotNull, Columns: []string{c.Name}, NotValid: notValid, Inherited: i > 0,
			Tx: a.c.Tx, Migration: a.c.Migration, Place: &Place{a.s.Section.File, a.span(), a.s.Span}}
		if known || !r.Assumed {
			loose := notValid && !(known && col.NotNull)
			e.Change = func(cat *catalog.Catalog) {
				editColumn(r.OID, k.Columns[0], func(col *catalog.Column) {
					if !col.NotNull || !notValid {
						col.NotNull, col.NotValid = true, notValid
					}
					if k.Name != "" {
						col.NotNullBy = k.Name
					}
				})(cat)
				if loose {
					noteNotNull(r.OID, k)(cat)
				} else if !notValid {
					validNotNull(cat, r.OID, k.Columns[0])
				}
			}
		} else {
			e.Change = noteNotNull(r.OID, k)
		}
		a.add(e)
		if e.NoOp && i == 0 && (a.pg >= 18 || r.Kind == catalog.PartitionedTable) {
			return // what the parent has the partitions have (ATPrepSetNotNull); 18 asks when it executes
		}
	}
}

// noteNotNull remembers NOT NULL by its name: of a column that no migration added,
// since of an assumed table the columns are not known, but what was said of them
// is; and while it is NOT VALID.
func noteNotNull(oid catalog.OID, k catalog.Constraint) catalog.Change {
	return func(c *catalog.Catalog) {
		if r := c.Edit(oid); r != nil {
			r.Constraints = append(r.Constraints, k)
		}
	}
}

// validNotNull notes that SET NOT NULL has validated what was NOT VALID before.
func validNotNull(c *catalog.Catalog, oid catalog.OID, column string) {
	for i, k := range c.Get(oid).Constraints {
		if k.Kind == catalog.NotNull && k.NotValid && slices.Contains(k.Columns, column) {
			c.Edit(oid).Constraints[i].NotValid = false
		}
	}
}

// namedNotNull tells whether a constraint of which only the name is known was validated, and
// the name says that it keeps NULLs out of the column.
func namedNotNull(r *catalog.Relation, column string) bool {
	return slices.ContainsFunc(r.Validated, func(name string) bool {
		return strings.Contains(name, column) && strings.Contains(strings.ToLower(name), "null")
	})
}

func (a *alter) dropNotNull(c *pg_query.AlterTableCmd) {
	targets := a.targets()
	if col, known := a.rel.Column(c.Name); known && !col.NotNull && a.pg >= 18 {
		targets = targets[:1] // recursion is left to the execution, which finds nothing to do
	}
	for i, r := range targets {
		e := a.on(DropNotNull, r, a.lock)
		e.Column = c.Name
		if i > 0 {
			e.Op, e.Via = Also, DropNotNull
		}
		oid, name := r.OID, c.Name
		e.Change = func(cat *catalog.Catalog) {
			editColumn(oid, name, func(col *catalog.Column) { col.NotNull, col.NotValid, col.NotNullBy = false, false, "" })(cat)
			if r := cat.Edit(oid); r != nil {
				r.Constraints = slices.DeleteFunc(r.Constraints, func(k catalog.Constraint) bool {
					return k.Kind == catalog.NotNull && slices.Contains(k.Columns, name)
				})
			}
		}
		a.add(e)
	}
}

func (a *alter) setDefault(c *pg_query.AlterTableCmd) {
	d := catalog.Default{}
	op := DropDefault
	if c.Def != nil {
		op, d = SetDefault, a.defaultOf(c.Def)
		a.defaultColumns(c.Def)
	}
	old, _ := a.rel.Column(c.Name)
	if old != nil && c.Def != nil {
		a.fits(c.Def, old.Type, "the default of "+catalog.Quote(c.Name))
	}
	had := old != nil && old.Default.Set
	a.column(op, c, func(col *catalog.Column) { col.Default = d })
	if n := len(a.out); n > 0 {
		for i := range a.out[n-len(a.targets()):] {
			e := &a.out[n-len(a.targets())+i]
			e.Detail.Default, e.Detail.Volatile, e.Detail.HasDefault = d.Text, d.Volatile, had
		}
	}
	a.also(op, a.c.Get(d.Sequence), AccessShare, 0)
}

// storage opens the indexes over the column for a moment, to change their
// column too (SetIndexStorageProperties, tablecmds.c).
func (a *alter) storage(op Op, c *pg_query.AlterTableCmd) {
	a.column(op, c, nil)
	for _, r := range a.targets() {
		for _, i := range r.Indexes {
			if ix := a.c.Get(i); ix != nil && slices.Contains(ix.Keys, c.Name) {
				e := a.on(Also, ix, a.lock)
				e.Via, e.Brief = op, true
				a.add(e)
			}
		}
	}
}

// setExpression computes a stored generated column anew (17+); a virtual one
// costs nothing.
func (a *alter) setExpression(c *pg_query.AlterTableCmd) {
	for i, r := range a.targets() {
		e := a.on(SetExpression, r, a.lock)
		e.Column = c.Name
		if i > 0 {
			e.Op, e.Via = Also, SetExpression
		}
		if col, ok := r.Column(c.Name); !ok || col.Generated != 'v' {
			e.Work = a.work(r, Rewrite)
		}
		a.add(e)
		if e.Work != 0 {
			a.alsoIndexes(SetExpression, r, AccessExclusive, Build)
		}
	}
}

// identity changes the column's sequence along: a new one for ADD, SHARE ROW
// EXCLUSIVE for SET and RESTART, ACCESS EXCLUSIVE for DROP.
func (a *alter) identity(c *pg_query.AlterTableCmd) {
	op := map[pg_query.AlterTableType]Op{pg_query.AlterTableType_AT_AddIdentity: AddIdentity,
		pg_query.AlterTableType_AT_SetIdentity: AlterIdentity, pg_query.AlterTableType_AT_DropIdentity: DropIdentity}[c.Subtype]
	seq := a.ownedBy(a.rel, c.Name)
	e := a.on(op, a.rel, a.lock)
	e.Column = c.Name
	oid := a.rel.OID
	switch op {
	case AddIdentity:
		kind := byte('d')
		if k := c.Def.GetConstraint(); k.GetGeneratedWhen() != "" {
			kind = k.GeneratedWhen[0]
		}
		e.Change = func(cat *catalog.Catalog) {
			editColumn(oid, c.Name, func(col *catalog.Column) { col.Identity = kind })(cat)
			addSerial(cat, oid, c.Name, a.pg)
		}
	case AlterIdentity:
		for _, o := range listOf(c.Def) {
			if d := o.GetDefElem(); d.GetDefname() == "generated" {
				kind := byte(d.Arg.GetInteger().GetIval())
				e.Change = editColumn(oid, c.Name, func(col *catalog.Column) { col.Identity = kind })
			}
		}
	case DropIdentity:
		e.Change = func(cat *catalog.Catalog) {
			editColumn(oid, c.Name, func(col *catalog.Column) { col.Identity = 0 })(cat)
			if seq != nil {
				cat.Drop(seq.OID)
			}
		}
	}
	a.add(e)
	switch op {
	case AlterIdentity:
		a.also(op, seq, ShareRowExclusive, 0)
	case DropIdentity:
		a.also(op, seq, AccessExclusive, 0)
	}
}

// ownedBy finds the sequence that a column owns.
func (o *of) ownedBy(r *catalog.Relation, column string) *catalog.Relation {
	for _, s := range r.Seqs {
		if seq := o.c.Get(s); seq != nil && seq.OwnerColumn == column {
			return seq
		}
	}
	return nil
}

package effect

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// addColumn models ADD COLUMN (ATExecAddColumn, tablecmds.c). A constant or
// stable default costs nothing, a volatile one rewrites the table; a CHECK or
// a constrained domain reads or rewrites it even if every value is NULL.
func (a *alter) addColumn(c *pg_query.AlterTableCmd) {
	raw := c.Def.GetColumnDef()
	if raw == nil {
		a.unknown("ADD COLUMN")
		return
	}
	def := a.columnDef(raw)
	def.col.Migration = a.c.Migration
	e := a.on(AddColumn, a.rel, a.lock)
	e.Column = def.col.Name
	e.Detail = Detail{Type: typeSQL(def.col.Type), Default: def.col.Default.Text, Volatile: def.col.Default.Volatile,
		NotNull: def.col.NotNull, IfExists: c.MissingOk}
	if raw.TypeName != nil {
		if _, name := qualified(raw.TypeName.Names); serials[name] != "" || typeAliases[name] != "" {
			e.Detail.Type = name
		}
	}
	e.Detail.Column, e.Detail.Cause, e.Detail.Base = &def.col, def.cause, typeSQL(a.base(def.col.Type))
	e.Detail.HasDefault = def.rawDefault && def.col.Default.Set || def.serial || def.col.Generated != 0 || a.domainHasDefault(def.col.Type)
	if _, exists := a.rel.Column(def.col.Name); exists && c.MissingOk {
		e.NoOp = true
		a.add(e)
		if a.pg == 12 { // 12 looks at the foreign key before it sees that the column is there
			for _, k := range def.constraints {
				if d := a.constraintOf(a.rel, k, def.col.Name); d.Kind == catalog.ForeignKey {
					a.lockReferenced(AddForeignKey, a.c.Get(d.Ref))
				}
			}
		}
		return
	}
	a.generation(a.rel, raw)
	if a.rel.Kind == catalog.Table && !a.body && a.c.HasColumn(a.rel, def.col.Name) == catalog.Yes {
		e.Detail.Fails, e.Detail.SQLState = a.rel.Name.String()+" has a column "+catalog.Quote(def.col.Name)+" already", "42701"
		a.add(e)
		return
	}
	// 12 looks whatever the domain's default is
	lacksValue := def.col.NotNull && (!e.Detail.HasDefault || a.pg == 12 && !def.rawDefault && a.domainHasDefault(def.col.Type))
	if def.rewrite != "" {
		e.Work, e.Why = Rewrite, def.rewrite
	} else if lacksValue {
		e.Work = Scan // for a row, which has no value; it goes through only where there is none
	}
	e.Work = a.work(a.rel, e.Work)
	oid := a.rel.OID
	e.Change = func(c *catalog.Catalog) {
		r := c.Edit(oid)
		r.Columns = append(r.Columns, def.col)
		if def.serial {
			addSerial(c, oid, def.col.Name, a.pg)
		}
	}
	parent := a.rel
	a.add(e)
	if e.Work.Has(Rewrite) {
		a.alsoIndexes(AddColumn, parent, AccessExclusive, Build)
	}
	a.also(AddColumn, a.c.Get(def.col.Default.Sequence), RowExclusive, 0)
	if !a.only {
		a.addColumnToChildren(parent, def, lacksValue)
	}
	for _, k := range def.constraints {
		a.addInline(k, def)
	}
}

func (a *alter) domainHasDefault(t catalog.Type) bool {
	d := a.c.Type(t)
	return d != nil && d.Kind == catalog.Domain && d.Default.Set
}

func (a *alter) addColumnToChildren(parent *catalog.Relation, def columnDef, lacksValue bool) {
	for _, r := range a.family(parent)[1:] {
		e := a.on(Also, r, a.lock)
		e.Via, e.Column = AddColumn, def.col.Name
		if _, exists := r.Column(def.col.Name); !exists {
			if def.rewrite != "" {
				e.Work = a.work(r, Rewrite)
			} else if lacksValue {
				e.Work = a.work(r, Scan)
			}
			oid, col := r.OID, def.col
			col.Inherited = true
			e.Change = func(c *catalog.Catalog) {
				t := c.EditColumns(oid)
				t.Columns = append(t.Columns, col)
			}
		}
		a.add(e)
		if e.Work.Has(Rewrite) {
			a.alsoIndexes(AddColumn, r, AccessExclusive, Build)
		}
	}
}

// addInline models a constraint in the definition of a new column. A foreign
// key over a column without a DEFAULT clause is not checked: all values are
// NULL (transformAlterTableStmt, parse_utilcmd.c).
func (a *alter) addInline(k *pg_query.Constraint, def columnDef) {
	a.rel = a.c.Get(a.rel.OID)
	d := a.constraintOf(a.rel, k, def.col.Name)
	if d.Kind != catalog.Check || len(a.cmds) == 1 { // a CHECK may speak of columns that are still to come
		a.admit(a.rel, &d, k.Conname != "")
	}
	if d.Kind == catalog.ForeignKey {
		if !def.rawDefault && def.col.Identity == 0 && def.col.Generated == 0 {
			d.skipCheck = !a.checksKeys()
		}
		a.addForeignKey(d, true)
		return
	}
	a.addDefined(d, true)
}

// checksKeys tells whether an ADD FOREIGN KEY in the same statement makes the
// server check all new keys of the statement.
func (a *alter) checksKeys() bool {
	for _, c := range a.cmds {
		if k := c.Def.GetConstraint(); c.Subtype == pg_query.AlterTableType_AT_AddConstraint && k.GetContype() == pg_query.ConstrType_CONSTR_FOREIGN {
			return true
		}
	}
	return false
}

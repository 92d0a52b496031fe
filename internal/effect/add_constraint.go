package effect

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/pgsql"
)

// addConstraint models ADD CONSTRAINT.
func (a *alter) addConstraint(c *pg_query.AlterTableCmd) {
	k := c.Def.GetConstraint()
	if k == nil {
		a.unknown("ADD CONSTRAINT")
		return
	}
	d := a.constraintOf(a.rel, k, "")
	a.admit(a.rel, &d, k.Conname != "")
	below := a.family(a.rel)[1:]
	if d.Kind == catalog.ForeignKey {
		a.addForeignKey(d, false)
	} else {
		a.addDefined(d, false)
	}
	if a.pg >= 18 && !a.only { // locked before anybody looks whether they get it too (ATPrepCmd, tablecmds.c)
		for _, ch := range below {
			a.also(addOps[d.Kind], ch, a.lock, 0)
		}
	}
}

var addOps = map[catalog.ConstraintKind]Op{catalog.Check: AddCheck, catalog.ForeignKey: AddForeignKey, catalog.NotNull: AddNotNull,
	catalog.PrimaryKey: AddPrimaryKey, catalog.Unique: AddUnique, catalog.Exclusion: AddExclusion}

// addDefined models the constraints that concern one table and its children.
func (a *alter) addDefined(d constraintDef, inline bool) {
	switch d.Kind {
	case catalog.Check:
		a.addCheck(d, inline)
	default:
		a.addIndexed(d, inline)
	}
}

// addCheck reads every table of the family, unless NOT VALID or NOT ENFORCED.
func (a *alter) addCheck(d constraintDef, inline bool) {
	for i, r := range a.targets() {
		if i > 0 && d.NoInherit {
			break
		}
		e := a.on(AddCheck, r, a.lock)
		e.Object, e.Detail.NotValid, e.Detail.Columns, e.Detail.Inline = d.Name, d.NotValid || d.NotEnforced, d.Columns, inline
		e.Detail.Bare = d.unnamed
		if i > 0 {
			e.Op, e.Via = Also, AddCheck
		}
		if !e.Detail.NotValid {
			e.Work = a.work(r, Scan)
		}
		k, oid := d, r.OID
		k.Inherited = i > 0
		e.Change = func(c *catalog.Catalog) { k.attach(c, oid) }
		a.add(e)
	}
}

// addIndexed models UNIQUE, PRIMARY KEY and EXCLUDE: the index is built under
// ACCESS EXCLUSIVE, unless USING INDEX takes one over. A primary key makes its
// columns NOT NULL, which reads the table where nothing proves it.
func (a *alter) addIndexed(d constraintDef, inline bool) {
	op := addOps[d.Kind]
	r := a.rel
	e := a.on(op, r, a.lock)
	e.Object, e.Detail.Columns, e.Detail.UsesIndex, e.Detail.Inline = d.Name, d.Columns, d.using, inline
	e.Detail.Bare = d.unnamed
	var index *catalog.Relation
	if d.using != "" {
		index = a.known(r.Name.Schema, d.using)
		if index != nil {
			d.Columns, e.Detail.Columns = index.Keys, index.Keys
		}
	} else {
		e.Work = a.work(r, Scan|Build)
	}
	proveNull := false
	if d.Kind == catalog.PrimaryKey && !inline {
		proveNull = a.nullable(r, d.Columns)
		if proveNull {
			e.Work |= a.work(r, Scan)
			e.Why = "the columns are not known to be NOT NULL"
		}
	}
	parts := a.partitionBuilds(r, d)
	below, open := a.targets()[1:], map[catalog.OID]bool{}
	for _, ch := range a.family(r)[1:] {
		open[ch.OID] = a.nullable(ch, d.Columns)
	}
	e.Change = func(c *catalog.Catalog) {
		d.attach(c, r.OID)
		for _, ch := range below {
			for _, name := range d.Columns {
				if d.Kind == catalog.PrimaryKey {
					editColumn(ch.OID, name, func(col *catalog.Column) { col.NotNull = true })(c)
				}
			}
		}
		if t := c.Get(r.OID); t != nil && t.Kind == catalog.PartitionedTable && len(t.Constraints) > 0 {
			buildOnPartitions(c, t.Constraints[len(t.Constraints)-1].Index)
		}
	}
	a.add(e)
	lock := ShareUpdateExclusive // to be renamed
	if d.Name == d.using {
		lock = AccessShare
	}
	a.also(op, index, lock, 0)
	if d.using == "" {
		a.add(Effect{Op: Also, Via: op, Target: catalog.Name{Schema: r.Name.Schema, Name: d.Name}, Kind: indexKind(r),
			Lock: AccessExclusive, Work: Build, New: true, Same: true, Span: a.span()})
	}
	a.lockParts(op, d, parts, proveNull, open)
}

// nullable tells whether a column is not known to be free of NULLs.
func (o *of) nullable(r *catalog.Relation, columns []string) bool {
	for _, name := range columns {
		if c, ok := r.Column(name); ok && c.NotNull && !c.NotValid || r.ProvesNotNull(name) {
			continue
		}
		return true
	}
	return len(columns) == 0
}

// partitionBuilds says where a constraint on a partitioned table needs an index.
func (a *alter) partitionBuilds(r *catalog.Relation, d constraintDef) []partitionIndex {
	if r.Kind != catalog.PartitionedTable || a.only {
		return nil
	}
	method := d.method
	if method == "" {
		method = "btree"
	}
	return a.missingOnPartitions(r, catalog.Relation{IndexInfo: catalog.IndexInfo{Keys: d.Columns, Include: d.include, Unique: true,
		Constraint: d.Name, Method: method}}, true)
}

// lockParts records what a constraint on a parent does to partitions and
// children: SHARE for the index builds; ACCESS EXCLUSIVE where NOT NULL has to
// be set first, and for either kind from 18 on. Of the open ones the columns may be NULL.
func (a *alter) lockParts(op Op, d constraintDef, parts []partitionIndex, proveNull bool, open map[catalog.OID]bool) {
	for _, m := range parts {
		lock := Share
		if a.pg >= 18 || proveNull {
			lock = AccessExclusive
		}
		w := m.work
		if proveNull && open[m.table.OID] {
			w |= Scan
		}
		a.also(op, m.table, lock, a.work(m.table, w))
		a.also(op, m.reused, m.lock, 0)
	}
	if d.Kind != catalog.PrimaryKey || len(parts) > 0 || a.only || a.rel.Kind == catalog.PartitionedTable {
		return
	}
	for _, r := range a.family(a.rel)[1:] { // NOT NULL reaches inheritance children
		w := Work(0)
		if open[r.OID] {
			w = Scan
		}
		a.also(op, r, a.lock, w)
	}
}

// addForeignKey locks the table and the referenced one SHARE ROW EXCLUSIVE and
// reads both, unless NOT VALID (ATExecAddConstraint, tablecmds.c).
func (a *alter) addForeignKey(d constraintDef, inline bool) {
	ref := a.c.Get(d.Ref)
	if d.Ref == 0 {
		ref, d.Ref = a.rel, a.rel.OID
	}
	checked, read := !d.NotValid && !d.NotEnforced && !d.skipCheck, false
	lock := ShareRowExclusive
	for i, r := range a.partitions(a.rel) {
		if i > 0 && a.only {
			break
		}
		e := a.on(AddForeignKey, r, a.lock)
		if i > 0 {
			e.Op, e.Via = Also, AddForeignKey
		}
		e.Object = d.Name
		e.Detail = Detail{Columns: d.Columns, Ref: ref.Name, RefOID: ref.OID, NotValid: !checked && !d.skipCheck, Inline: inline, Bare: d.unnamed}
		twin := ""
		if i > 0 {
			twin = ownKey(r, d)
		}
		if checked && twin == "" {
			e.Work = a.work(r, Scan)
			read = read || e.Work != 0
		}
		if i == 0 && d.NotValid && a.rel.Kind == catalog.PartitionedTable && a.pg < 18 {
			e.Detail.Fails, e.Detail.SQLState = "a NOT VALID foreign key cannot be added to a partitioned table before PostgreSQL 18", "42809"
		}
		k, oid := d, r.OID
		k.Inherited = i > 0
		if e.Change = func(c *catalog.Catalog) { k.attach(c, oid) }; twin != "" {
			lock = AccessExclusive // the partition's own triggers on the referenced table go
			e.Change = func(c *catalog.Catalog) {
				if k, ok := c.Edit(oid).FindConstraint(twin); ok {
					k.Inherited = true
				}
			}
		}
		a.add(e)
	}
	for _, m := range a.partitions(ref) {
		w := Work(0)
		if read && !a.allNull(d.Columns) {
			w = a.work(m, Scan)
		}
		a.also(AddForeignKey, m, lock, w)
	}
}

// ownKey finds the valid foreign key of a partition that becomes a part of the
// one that its parent gets, so that no row is looked up again
// (tryAttachPartitionForeignKey, tablecmds.c); "" for none.
func ownKey(r *catalog.Relation, d constraintDef) string {
	action := func(b byte) byte {
		if b == 0 {
			return 'a'
		}
		return b
	}
	for _, k := range r.Constraints {
		if k.Kind == catalog.ForeignKey && k.Ref == d.Ref && !k.NotValid && !k.NotEnforced && !k.Inherited &&
			slices.Equal(k.Columns, d.Columns) && slices.Equal(k.RefColumns, d.RefColumns) &&
			action(k.OnDelete) == action(d.OnDelete) && action(k.OnUpdate) == action(d.OnUpdate) &&
			k.Deferrable == d.Deferrable && k.Deferred == d.Deferred {
			return k.Name
		}
	}
	return ""
}

// allNull tells whether a column was added by the same statement without a
// value: its rows are read, but there is nothing to look up.
func (a *alter) allNull(columns []string) bool {
	for _, c := range a.cmds {
		def := c.Def.GetColumnDef()
		if c.Subtype != pg_query.AlterTableType_AT_AddColumn || !slices.Contains(columns, def.GetColname()) {
			continue
		}
		if d := a.columnDef(def); d.rewrite == "" && !d.col.Default.Set {
			return true
		}
	}
	return false
}

// validateConstraint reads the table under SHARE UPDATE EXCLUSIVE; a foreign
// key also reads the referenced table, under ROW SHARE.
func (a *alter) validateConstraint(c *pg_query.AlterTableCmd) {
	k, known := a.rel.FindConstraint(c.Name)
	if !a.constraintMissing(a.rel, c.Name) && known && k.Kind != catalog.Check && k.Kind != catalog.ForeignKey && k.Kind != catalog.NotNull {
		a.refuse("42809", "%s is neither a CHECK nor a foreign key", catalog.Quote(c.Name))
	}
	for i, r := range a.targets() {
		if i > 0 && known && (k.Kind == catalog.ForeignKey && r.Kind != catalog.Table || k.NoInherit || !k.NotValid) {
			continue
		}
		e := a.on(ValidateConstraint, r, a.lock)
		e.Object = c.Name
		if i > 0 {
			e.Op, e.Via = Also, ValidateConstraint
		}
		name, oid := c.Name, r.OID
		own, have := r.FindConstraint(c.Name)
		if !have || own.NotValid {
			e.Work = a.work(r, Scan)
		} else {
			e.NoOp = true
		}
		if have {
			e.Detail.Kind = own.Kind
			e.Detail.Columns, e.Detail.AddedTx = own.Columns, own.Tx
		}
		a.validateNotNull(&e, r, c.Name)
		e.Change = func(c *catalog.Catalog) { markValid(c, oid, name) }
		a.add(e)
	}
	if !known || k.Kind != catalog.ForeignKey || !k.NotValid {
		return // of a key that is valid the other table is not even opened
	}
	for _, m := range a.partitions(a.c.Get(k.Ref)) {
		a.also(ValidateConstraint, m, RowShare, a.work(m, Scan))
	}
}

// validateNotNull judges the named not-null constraints of 18.
func (a *alter) validateNotNull(e *Effect, r *catalog.Relation, name string) {
	for _, col := range r.Columns {
		if col.NotNullBy != name {
			continue
		}
		e.Detail.Kind, e.Detail.Columns = catalog.NotNull, []string{col.Name}
		if e.NoOp = !col.NotValid; e.NoOp {
			e.Work = 0
		} else {
			e.Work = a.work(r, Scan)
		}
	}
}

func markValid(c *catalog.Catalog, oid catalog.OID, name string) {
	r := c.EditConstraints(oid)
	if r == nil {
		return
	}
	if k, ok := r.FindConstraint(name); ok {
		k.NotValid = false
	} else if r.Assumed {
		r.Validated = append(slices.Clip(r.Validated), name)
	}
	for i := range r.Columns {
		if r.Columns[i].NotNullBy == name {
			r = c.Edit(oid)
			r.Columns[i].NotValid = false
		}
	}
}

// alterConstraint changes catalogs only, but for ENFORCED (18), which reads
// both tables of a foreign key.
func (a *alter) alterConstraint(c *pg_query.AlterTableCmd) {
	def := c.Def.GetConstraint()
	e := a.on(AlterConstraint, a.rel, a.lock)
	e.Object = def.GetConname()
	k, known := a.rel.FindConstraint(e.Object)
	if a.constraintMissing(a.rel, e.Object); (a.pg < 18 || def.GetDeferrable()) && known && k.Kind != catalog.ForeignKey {
		a.refuse("42809", "%s is no foreign key", catalog.Quote(e.Object))
	}
	var ref *catalog.Relation
	if known && k.Kind == catalog.ForeignKey {
		ref = a.c.Get(k.Ref)
	}
	oid, name := a.rel.OID, e.Object
	enforced, notEnforced := a.newer(pgsql.KindAlterEnforced) != nil, a.newer(pgsql.KindAlterNotEnforced) != nil
	if enforced || notEnforced {
		e.Change = func(c *catalog.Catalog) {
			if k, ok := c.Edit(oid).FindConstraint(name); ok {
				k.NotEnforced, k.NotValid = notEnforced, false
			}
		}
	}
	if enforced && (!known || k.NotEnforced) {
		e.Work = a.work(a.rel, Scan)
	}
	a.add(e)
	switch {
	case ref == nil:
	case enforced:
		w := Work(0)
		if e.Work != 0 {
			w = Scan
		}
		a.also(AlterConstraint, ref, ShareRowExclusive, a.work(ref, w))
	case notEnforced:
		a.also(AlterConstraint, ref, AccessExclusive, 0)
	}
}

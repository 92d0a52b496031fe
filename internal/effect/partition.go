package effect

import (
	"slices"
	"strconv"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// boundOf reads a partition bound.
func boundOf(b *pg_query.PartitionBoundSpec) *catalog.Bound {
	if b == nil || b.IsDefault {
		return nil
	}
	out := &catalog.Bound{Modulus: int(b.Modulus), Remainder: int(b.Remainder)}
	out.From, out.To, out.In = datums(b.Lowerdatums), datums(b.Upperdatums), datums(b.Listdatums)
	switch {
	case b.Modulus > 0:
		out.Strategy = "hash"
	case len(out.In) > 0:
		out.Strategy = "list"
	default:
		out.Strategy = "range"
	}
	return out
}

func datums(ns []*pg_query.Node) []string {
	var out []string
	for _, n := range ns {
		if c, ok := bareColumn(n); ok { // MINVALUE and MAXVALUE
			out = append(out, c)
			continue
		}
		out = append(out, constText(n))
	}
	return out
}

// createPartition records what CREATE TABLE … PARTITION OF does to the parent
// and its other partitions: ACCESS EXCLUSIVE on the parent and on the default
// partition, which is read to see that no row belongs to the new one; foreign
// keys of the parent are cloned (DefineRelation, CloneForeignKeyConstraints, tablecmds.c).
func (o *of) createPartition(parent *catalog.Relation, t *tableDef) {
	o.also(CreateTable, parent, AccessExclusive, 0)
	if def := o.defaultPartition(parent); def != nil && def.Name != t.rel.Name {
		for _, leaf := range o.partitions(def) {
			o.also(CreateTable, leaf, AccessExclusive, o.work(leaf, o.defaultScan(parent, leaf, t.rel.Bound)))
		}
	}
	o.alsoIndexes(CreateTable, parent, ShareUpdateExclusive, 0) // each gets a part
	o.cloneKeys(CreateTable, parent)
}

// defaultPartition finds the default partition of a partitioned table.
func (o *of) defaultPartition(parent *catalog.Relation) *catalog.Relation {
	for _, ch := range parent.Children {
		if c := o.c.Get(ch); c != nil && c.DefaultPart {
			return c
		}
	}
	return nil
}

// defaultScan says whether the default partition must be read when a bound is
// taken out of it: not where a valid CHECK proves that no row is in the bound
// (ConstraintImpliedByRelConstraint, tablecmds.c).
func (o *of) defaultScan(parent, def *catalog.Relation, b *catalog.Bound) Work {
	if o.c.IsNew(def.OID) || provesOutside(def, parent.PartKey, b) {
		return 0
	}
	return Scan
}

func notNullKnown(r *catalog.Relation, column string) bool {
	c, ok := r.Column(column)
	return ok && c.NotNull && !c.NotValid || r.ProvesNotNull(column)
}

// cloneKeys records the locks of cloning the parent's foreign keys, both those
// that it has and those that point to it. Up to 14 the referencing tables are
// only read, from 15 on they get triggers.
func (o *of) cloneKeys(via Op, parent *catalog.Relation) {
	for _, k := range parent.Constraints {
		if k.Kind == catalog.ForeignKey {
			o.lockReferenced(via, o.c.Get(k.Ref))
		}
	}
	lock := ShareRowExclusive
	if o.pg < 15 {
		lock = AccessShare
	}
	for _, t := range o.keysToTree(parent) {
		o.also(via, t, lock, 0)
	}
}

// keysToTree gives the tables with a foreign key to a partitioned table or one
// above it: the keys reach every partition below.
func (o *of) keysToTree(r *catalog.Relation) []*catalog.Relation {
	var out []*catalog.Relation
	for _, up := range o.ancestors(r) {
		for _, oid := range o.referencing(up) {
			if t := o.c.Get(oid); !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	return out
}

// attachPartition models ALTER TABLE … ATTACH PARTITION: the parent gets only
// SHARE UPDATE EXCLUSIVE, the table and the default partition ACCESS EXCLUSIVE;
// both are read unless a valid CHECK proves the bound; indexes that the table
// lacks are built (ATExecAttachPartition, tablecmds.c).
func (o *of) attachPartition(parent *catalog.Relation, cmd *pg_query.PartitionCmd, lock LockMode) {
	child := o.rel(cmd.Name, catalog.Table)
	bound := boundOf(cmd.Bound)
	o.attachRefused(parent, child)
	o.boundRefused(parent, cmd.Bound)
	isDefault := cmd.GetBound().GetIsDefault()
	e := o.on(AttachPartition, parent, lock)
	e.Object = child.Name.String()
	e.Detail.Ref, e.Detail.RefOID = child.Name, child.OID
	e.Change = func(c *catalog.Catalog) {
		if t := c.Edit(child.OID); t != nil {
			t.IsPartition, t.DefaultPart, t.Bound = true, isDefault, bound
			t.Parents = append(t.Parents, parent.OID)
			if o.pg >= 17 {
				takeIdentity(t, parent)
			}
		}
		if p := c.Edit(parent.OID); p != nil {
			p.Children = append(p.Children, child.OID)
		}
		inheritIndexes(c, child.OID)
	}
	proved := bound != nil && o.impliesBound(child, parent, bound)
	if isDefault && len(parent.Children) == 0 && !parent.Assumed {
		proved = true // any row belongs there
	}
	builds := o.attachBuilds(parent, child)
	keys := o.uncoveredKeys(parent, child)
	o.add(e)
	for _, leaf := range o.partitions(child) {
		w := Work(0)
		if !proved {
			w = Scan
		}
		if builds {
			w |= Scan | Build
		}
		if len(keys) > 0 {
			w |= Scan
		}
		o.also(AttachPartition, leaf, AccessExclusive, o.work(leaf, w))
	}
	if def := o.defaultPartition(parent); def != nil && def.OID != child.OID {
		for _, leaf := range o.partitions(def) {
			o.also(AttachPartition, leaf, AccessExclusive, o.work(leaf, o.defaultScan(parent, leaf, bound)))
		}
	}
	o.alsoIndexes(AttachPartition, parent, ShareUpdateExclusive, 0) // each gets a part
	o.cloneKeys(AttachPartition, parent)
	for _, k := range keys { // checked for the rows of the new partition
		for _, m := range o.partitions(o.c.Get(k.Ref)) {
			o.also(AttachPartition, m, ShareRowExclusive, o.work(m, Scan))
		}
	}
}

// uncoveredKeys gives the parent's foreign keys that the table does not have.
func (o *of) uncoveredKeys(parent, child *catalog.Relation) []catalog.Constraint {
	var out []catalog.Constraint
	for _, k := range parent.Constraints {
		has := slices.ContainsFunc(child.Constraints, func(c catalog.Constraint) bool {
			return c.Kind == catalog.ForeignKey && c.Ref == k.Ref && slices.Equal(c.Columns, k.Columns) && !c.NotValid
		})
		if k.Kind == catalog.ForeignKey && !has && o.c.Get(k.Ref) != nil {
			out = append(out, k)
		}
	}
	return out
}

// attachBuilds tells whether the table lacks an index that the parent has.
func (o *of) attachBuilds(parent, child *catalog.Relation) bool {
	for _, i := range parent.Indexes {
		if ix := o.c.Get(i); ix != nil && matchingIndex(o.c, child, ix.IndexInfo) == nil {
			return true
		}
	}
	return false
}

// impliesBound tells whether valid CHECKs of the table prove every row to be
// within the bound; it knows ranges and lists over a single column.
func (o *of) impliesBound(t, parent *catalog.Relation, b *catalog.Bound) bool {
	if len(parent.PartKey) != 1 || parent.PartKeyHasExpr || parent.PartKey[0] == "" {
		return false
	}
	key := parent.PartKey[0]
	if !notNullKnown(t, key) {
		return false
	}
	var have []catalog.Term
	for _, k := range t.Constraints {
		if k.Kind == catalog.Check && !k.NotValid && !k.NotEnforced {
			have = append(have, k.Terms...)
		}
	}
	switch b.Strategy {
	case "range":
		return len(b.From) == 1 && len(b.To) == 1 && provesLimit(have, key, ">=", b.From[0]) && provesLimit(have, key, "<", b.To[0])
	case "list":
		for _, h := range have {
			if h.Column == key && (h.Op == "=" && slices.Contains(b.In, h.Value)) {
				return true
			}
			if h.Column == key && h.Op == "IN" && subset(h.Value, b.In) {
				return true
			}
		}
	}
	return false
}

func subset(values string, of []string) bool {
	for v := range splitNul(values) {
		if !slices.Contains(of, v) {
			return false
		}
	}
	return true
}

// provesLimit tells whether a term is at least as strict as "key op limit".
func provesLimit(have []catalog.Term, key, op, limit string) bool {
	if limit == "minvalue" || limit == "maxvalue" {
		return true
	}
	for _, h := range have {
		if h.Column != key {
			continue
		}
		if h.Op == "=" && within(h.Value, op, limit) || h.Op == op && (h.Value == limit || within(h.Value, op, limit)) {
			return true
		}
		if h.Op == ">" && op == ">=" && within(h.Value, op, limit) || h.Op == "<=" && op == "<" && within(h.Value, op, limit) {
			return true
		}
	}
	return false
}

// within compares numbers; other constants only where they are equal.
func within(v, op, limit string) bool {
	a, errA := strconv.ParseFloat(v, 64)
	b, errB := strconv.ParseFloat(limit, 64)
	if errA != nil || errB != nil {
		return op == ">=" && v == limit
	}
	if op == ">=" {
		return a >= b
	}
	return a < b
}

// detachPartition models ALTER TABLE … DETACH PARTITION. Plain: ACCESS EXCLUSIVE
// on the parent, the default partition and, from 14 on, the partition. CONCURRENTLY
// runs in two transactions and cannot be in a block (14+).
func (o *of) detachPartition(parent *catalog.Relation, cmd *pg_query.PartitionCmd, finalize bool, lock LockMode) {
	child := o.rel(cmd.Name, catalog.Table)
	if o.c.Complete(parent) && o.c.Complete(child) && !slices.Contains(child.Parents, parent.OID) {
		o.refuse("42P01", "%s is no partition of %s", child.Name, parent.Name)
	}
	e := o.on(DetachPartition, parent, lock)
	e.Object = child.Name.String()
	e.Detail.Ref, e.Detail.RefOID, e.Detail.Concurrent = child.Name, child.OID, cmd.Concurrent
	left, leaves := o.boundLeft(parent, child)
	leaves = leaves && cmd.Concurrent
	e.Change = func(c *catalog.Catalog) {
		detach(c, parent.OID, child.OID)
		if t := c.Edit(child.OID); t != nil && o.pg >= 17 {
			takeIdentity(t, nil)
		}
		if t := c.Edit(child.OID); t != nil && leaves {
			t.Constraints = append(t.Constraints, left)
		}
	}
	if cmd.Concurrent && o.pg >= 14 {
		o.noTransaction("ALTER TABLE … DETACH CONCURRENTLY")
	}
	def := o.defaultPartition(parent)
	if cmd.Concurrent && def != nil {
		e.Detail.Fails = "a partition cannot be detached CONCURRENTLY while a default partition exists"
		e.Detail.SQLState = "55000"
	}
	var parts []*catalog.Relation
	for _, i := range child.Indexes {
		if ix := o.c.Get(i); ix != nil && ix.ParentIdx != 0 {
			parts = append(parts, ix)
		}
	}
	o.add(e)
	for _, ix := range parts { // they become indexes of their own
		o.also(DetachPartition, ix, AccessExclusive, 0)
	}
	keyed := o.keysToTree(parent)
	for i, p := range o.partitions(child) {
		on := AccessExclusive
		if o.pg < 14 && (i == 0 && (len(keyed) == 0 || p.Kind == catalog.PartitionedTable)) {
			on = ShareUpdateExclusive
		}
		w := Work(0)
		if len(keyed) > 0 && !finalize {
			w = Scan // no row may point to it (RI_PartitionRemove_Check, ri_triggers.c)
		}
		o.also(DetachPartition, p, on, o.work(p, w))
	}
	for _, t := range keyed { // the keys' copies for the partition go
		for _, m := range o.partitions(t) {
			if !finalize {
				o.also(DetachPartition, m, AccessExclusive, o.work(m, Scan))
			}
		}
	}
	if !cmd.Concurrent && !finalize && def != nil {
		o.also(DetachPartition, def, AccessExclusive, 0)
	}
	for _, k := range parent.Constraints { // the partition's copies of the keys get triggers of their own
		if k.Kind == catalog.ForeignKey {
			o.also(DetachPartition, o.c.Get(k.Ref), ShareRowExclusive, 0)
		}
	}
}

// takeIdentity gives the columns of a partition the identity of its parent's, or none (17+).
func takeIdentity(t, parent *catalog.Relation) {
	for i := range t.Columns {
		t.Columns[i].Identity = 0
		if parent == nil {
			continue
		}
		if c, ok := parent.Column(t.Columns[i].Name); ok {
			t.Columns[i].Identity = c.Identity
		}
	}
}

// boundLeft gives the CHECK of its bound that a partition is left with when it is detached
// CONCURRENTLY, unless it has one that proves it (DetachAddConstraintIfNeeded, tablecmds.c).
func (o *of) boundLeft(parent, t *catalog.Relation) (k catalog.Constraint, ok bool) {
	if t.Bound == nil || t.Bound.Strategy == "hash" || o.impliesBound(t, parent, t.Bound) {
		return k, false
	}
	k = catalog.Constraint{Kind: catalog.Check, Columns: parent.PartKey, Tx: o.c.Tx, Migration: o.c.Migration}
	part := ""
	if len(parent.PartKey) == 1 && !parent.IsPartition { // else the columns of the parent's bound are in it too
		key := parent.PartKey[0]
		part = key
		k.Terms, k.AllTerms = boundTerms(key, t.Bound), true
	}
	k.Name = constraintName(t, part, "check")
	return k, true
}

// boundTerms writes a bound of one column as conjuncts.
func boundTerms(key string, b *catalog.Bound) []catalog.Term {
	out := []catalog.Term{{Column: key, Op: "IS NOT NULL"}}
	switch b.Strategy {
	case "range":
		if len(b.From) == 1 && b.From[0] != "minvalue" {
			out = append(out, catalog.Term{Column: key, Op: ">=", Value: b.From[0]})
		}
		if len(b.To) == 1 && b.To[0] != "maxvalue" {
			out = append(out, catalog.Term{Column: key, Op: "<", Value: b.To[0]})
		}
	case "list":
		if slices.ContainsFunc(b.In, func(v string) bool { return strings.EqualFold(v, "null") }) {
			return nil
		}
		out = append(out, catalog.Term{Column: key, Op: "IN", Value: strings.Join(b.In, "\x00")})
	}
	return out
}

func detach(c *catalog.Catalog, parent, child catalog.OID) {
	if p := c.Edit(parent); p != nil {
		p.Children = slices.DeleteFunc(p.Children, func(x catalog.OID) bool { return x == child })
	}
	t := c.Edit(child)
	if t == nil {
		return
	}
	t.Parents = slices.DeleteFunc(t.Parents, func(x catalog.OID) bool { return x == parent })
	t.IsPartition, t.DefaultPart, t.Bound = false, false, nil
	for _, i := range t.Indexes {
		if ix := c.Get(i); ix != nil && ix.ParentIdx != 0 {
			if p := c.Edit(ix.ParentIdx); p != nil {
				p.ChildIdx = slices.DeleteFunc(p.ChildIdx, func(x catalog.OID) bool { return x == i })
			}
			c.Edit(i).ParentIdx = 0
		}
	}
}

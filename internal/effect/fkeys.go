package effect

import (
	"slices"

	"github.com/safemig/safemig/internal/catalog"
)

// keysOf records what one action on a table does elsewhere: the sequences that
// its defaults draw from, the tables that its foreign keys look up, and those
// whose foreign keys look it up (ri_triggers.c).
func (o *of) keysOf(via Op, r *catalog.Relation, p part) {
	if p.noRows {
		return
	}
	switch p.op {
	case Insert:
		o.sequencesOf(via, r, func(c string) bool { return !slices.Contains(p.columns, c) || slices.Contains(p.defaults, c) })
		o.lookUp(via, r, p, func([]string) bool { return true })
	case Update:
		o.sequencesOf(via, r, func(c string) bool { return slices.Contains(p.defaults, c) })
		changes := func(columns []string) bool {
			return slices.ContainsFunc(columns, func(c string) bool { return slices.Contains(p.columns, c) })
		}
		o.lookUp(via, r, p, changes)
		o.lookedUp(via, r, Update, changes, map[catalog.OID]bool{})
	case Delete:
		o.lookedUp(via, r, Delete, func([]string) bool { return true }, map[catalog.OID]bool{})
	}
}

// sequencesOf records the sequences behind the defaults of columns: nextval
// takes ROW EXCLUSIVE to the end of the transaction (lock_and_open_sequence, sequence.c).
func (o *of) sequencesOf(via Op, r *catalog.Relation, defaulted func(string) bool) {
	for _, c := range r.Columns {
		if !defaulted(c.Name) {
			continue
		}
		if c.Default.Sequence != 0 {
			o.also(via, o.c.Get(c.Default.Sequence), RowExclusive, 0)
		}
		if c.Identity != 0 {
			o.also(via, o.identity(r, c.Name), RowExclusive, 0)
		}
	}
}

// identity finds the sequence of an identity column; a partition uses its parent's (17+).
func (o *of) identity(r *catalog.Relation, column string) *catalog.Relation {
	for _, t := range o.ancestors(r) {
		for _, s := range t.Seqs {
			if seq := o.c.Get(s); seq != nil && seq.Identity && seq.OwnerColumn == column {
				return seq
			}
		}
	}
	return nil
}

// ancestors gives a relation and, for a partition, the partitioned tables above.
func (o *of) ancestors(r *catalog.Relation) []*catalog.Relation {
	out := []*catalog.Relation{r}
	for r.IsPartition && len(r.Parents) > 0 && len(out) < 64 {
		up := o.c.Get(r.Parents[0])
		if up == nil {
			break
		}
		out, r = append(out, up), up
	}
	return out
}

// lookUp records the ROW SHARE lock on the tables that the foreign keys of r
// reference. A key INITIALLY DEFERRED is looked up at COMMIT; one NOT ENFORCED never.
func (o *of) lookUp(via Op, r *catalog.Relation, p part, changes func([]string) bool) {
	for _, t := range o.ancestors(r) {
		for _, k := range t.Constraints {
			if k.Kind != catalog.ForeignKey || k.Deferred || k.NotEnforced || !changes(k.Columns) {
				continue
			}
			ref := o.c.Get(k.Ref)
			if ref == nil || allNull(t, k, p) {
				continue
			}
			o.also(via, ref, RowShare, 0)
			for _, q := range o.referencedParts(ref, k, p) {
				o.also(via, q, RowShare, 0)
			}
		}
	}
}

// allNull tells whether every row has a NULL in the key, and so is not looked
// up: the lock on the referenced table is given back at once (RI_FKey_check).
func allNull(r *catalog.Relation, k catalog.Constraint, p part) bool {
	rows := p.rowsKnown()
	for _, row := range rows {
		if !slices.ContainsFunc(k.Columns, func(c string) bool { return isNullTerm(rowTerms(r, p, row), c) }) {
			return false
		}
	}
	return len(rows) > 0
}

// rowsKnown gives the constants of the rows that an action writes.
func (p part) rowsKnown() []map[string]string {
	if p.op == Update {
		return []map[string]string{p.set}
	}
	return p.values
}

func isNullTerm(ts []catalog.Term, column string) bool {
	return slices.Contains(ts, catalog.Term{Column: column, Op: "IS NULL"})
}

// referencedParts gives the partitions of a referenced table in which the keys
// of the rows are looked up: the plan knows the value.
func (o *of) referencedParts(ref *catalog.Relation, k catalog.Constraint, p part) []*catalog.Relation {
	if ref.Kind != catalog.PartitionedTable {
		return nil
	}
	rows := p.rowsKnown()
	if rows == nil {
		return o.below(ref, nil)
	}
	var out []*catalog.Relation
	for _, row := range rows {
		var ts []catalog.Term
		null := false
		for i, c := range k.Columns {
			v, ok := row[c]
			null = null || v == "NULL"
			if ok && i < len(k.RefColumns) {
				ts = append(ts, catalog.Term{Column: k.RefColumns[i], Op: "=", Value: v})
			}
		}
		if null {
			continue // not looked up
		}
		for _, q := range o.below(ref, ts) {
			if !slices.Contains(out, q) {
				out = append(out, q)
			}
		}
	}
	return out
}

// lookedUp records what deleting or changing a referenced key does to the
// referencing tables: ROW SHARE to look for rows, ROW EXCLUSIVE where the key
// says CASCADE, SET NULL or SET DEFAULT, and on from there. Those actions run at
// once even when the key is deferred.
func (o *of) lookedUp(via Op, r *catalog.Relation, op Op, changes func([]string) bool, seen map[catalog.OID]bool) {
	if seen[r.OID] {
		return
	}
	seen[r.OID] = true
	for _, t := range o.ancestors(r) {
		for _, oid := range t.RefBy {
			child := o.c.Get(oid)
			if child == nil {
				continue
			}
			for _, k := range child.Constraints {
				if k.Kind == catalog.ForeignKey && k.Ref == t.OID && !k.NotEnforced && !k.Inherited && (len(k.RefColumns) == 0 || changes(k.RefColumns)) {
					o.keyAction(via, child, k, op, seen)
				}
			}
		}
	}
}

func (o *of) keyAction(via Op, child *catalog.Relation, k catalog.Constraint, op Op, seen map[catalog.OID]bool) {
	action := k.OnDelete
	if op == Update {
		action = k.OnUpdate
	}
	lock := RowExclusive
	switch action {
	case 0, 'a':
		if k.Deferred {
			return
		}
		lock = RowShare
	case 'r':
		lock = RowShare
	}
	for _, m := range o.partitions(child) { // read from end to end where no index serves
		o.also(via, m, lock, o.workIf(len(k.Columns) > 0 && m.HasStorage() && !o.indexed(m, k.Columns...), m, nil))
	}
	if lock != RowExclusive {
		return
	}
	next := Update
	if action == 'c' && op == Delete {
		next = Delete
	}
	changes := func(columns []string) bool {
		return next == Delete || slices.ContainsFunc(columns, func(c string) bool { return slices.Contains(k.Columns, c) })
	}
	o.lookedUp(via, child, next, changes, seen)
}

package catalog

import (
	"maps"
	"slices"
)

// Change is what a statement does to the catalog. It must depend on nothing but
// the catalog it is given, so that it can be applied again after a Rollback.
type Change func(*Catalog)

// Catalog is the schema and session so far. Every change is journaled: Mark and
// Rollback undo what came between, which is how ROLLBACK, SAVEPOINT and down
// sections work.
type Catalog struct {
	Path []string // search_path where nothing sets it; nil: public

	rels    []*Relation // by OID, nil where there is none: types and functions have OIDs too
	names   map[Name]OID
	types   map[OID]*TypeDef
	tnames  map[Name]OID
	funcs   map[OID]*Function
	fnames  map[Name][]OID
	schemas map[string]bool
	objects map[string]*Object
	session map[string]string
	local   map[string]string
	next    OID
	journal []func()
	whole   bool            // Add was called
	partial map[string]bool // the schemas of which Assume was asked
	doubted bool            // Doubt was called
	change  int             // the number of the change under way, 0 for none
	changes int             // the last number given
	callers callers

	gone map[Name]bool // names of relations that migrations dropped or renamed

	// Sure: what was replayed is all that changes the schema, and in this order, so
	// that what is certain of it is certain of the server. Whoever replays knows.
	Sure bool

	Zone string // the time zone in which sessions begin, "" where it is not known

	Tx        int // the transaction under way; relations created get it
	Migration int // the migration under way

	// Loose is set where what a statement speaks of need not be there: in down
	// sections, after IF EXISTS, in bodies that may not run.
	Loose bool
}

// New gives an empty catalog with schema public and the default search_path.
func New() *Catalog {
	return &Catalog{
		names: map[Name]OID{}, types: map[OID]*TypeDef{}, tnames: map[Name]OID{},
		funcs: map[OID]*Function{}, fnames: map[Name][]OID{}, schemas: map[string]bool{"public": true},
		objects: map[string]*Object{}, session: map[string]string{}, local: map[string]string{},
		gone: map[Name]bool{},
	}
}

// Apply makes a change; nil is none.
func (c *Catalog) Apply(ch Change) {
	if ch == nil {
		return
	}
	c.changes++
	c.change = c.changes
	ch(c)
	c.callers.note(c)
	c.change = 0
}

// Mark gives a point to roll back to.
func (c *Catalog) Mark() int { return len(c.journal) }

// Rollback undoes everything since the mark.
func (c *Catalog) Rollback(mark int) {
	for i := len(c.journal) - 1; i >= mark; i-- {
		c.journal[i]()
	}
	clear(c.journal[mark:])
	c.journal = c.journal[:mark]
}

// Undone is what Undo took back.
type Undone []func()

// Undo is Rollback for what will be done again: Redo costs less than to apply
// the changes anew.
func (c *Catalog) Undo(mark int) Undone {
	u := Undone(slices.Clone(c.journal[mark:]))
	c.Rollback(mark)
	return u
}

// Redo does again what Undo took back, on the catalog as it was right after.
func (c *Catalog) Redo(u Undone) {
	for _, swap := range u {
		swap()
	}
	c.journal = append(c.journal, u...)
}

// Forget drops the journal: nothing before can be rolled back any more.
func (c *Catalog) Forget() {
	clear(c.journal)
	c.journal = c.journal[:0]
}

// record journals a change. swap exchanges what is with what was: called once
// more, it makes the change again.
func (c *Catalog) record(swap func()) { c.journal = append(c.journal, swap) }

// set stores a map entry and journals the old one.
func set[K comparable, V any](c *Catalog, m map[K]V, k K, v V) {
	recordEntry(c, m, k)
	m[k] = v
}

// unset removes a map entry and journals it.
func unset[K comparable, V any](c *Catalog, m map[K]V, k K) {
	if _, had := m[k]; had {
		recordEntry(c, m, k)
		delete(m, k)
	}
}

func recordEntry[K comparable, V any](c *Catalog, m map[K]V, k K) {
	was, had := m[k]
	c.record(func() {
		now, has := m[k]
		if had {
			m[k] = was
		} else {
			delete(m, k)
		}
		was, had = now, has
	})
}

// newOID never gives a number twice, not even after a Rollback.
func (c *Catalog) newOID() OID {
	c.next++
	return c.next
}

// Get gives the relation of an OID, nil if there is none.
func (c *Catalog) Get(oid OID) *Relation {
	if int(oid) >= len(c.rels) {
		return nil
	}
	return c.rels[oid]
}

// grow makes room for a relation of an OID.
func (c *Catalog) grow(oid OID) {
	for int(oid) >= len(c.rels) {
		c.rels = append(c.rels, nil)
	}
}

// put stores a relation under an OID, nil to remove it, and journals the old one.
func (c *Catalog) put(oid OID, r *Relation) {
	c.grow(oid)
	old := c.rels[oid]
	c.record(func() { c.rels[oid], old = old, c.rels[oid] })
	c.callers.touched = append(c.callers.touched, oid)
	c.rels[oid] = r
}

// Lookup finds a relation by its full name.
func (c *Catalog) Lookup(n Name) *Relation { return c.Get(c.names[n]) }

// Add creates a relation with the catalog's current transaction and migration
// and gives its OID. One that has the name already is replaced: if it was
// assumed it is the same, and what an earlier migration made is dropped.
func (c *Catalog) Add(r Relation) OID {
	if old := c.Lookup(r.Name); old != nil && !old.Assumed && old.Kind == r.Kind && old.Migration != c.Migration {
		c.Drop(old.OID) // the server would refuse the second; somewhere the first was not run
	}
	r.OID = c.newOID()
	r.Tx, r.Migration = c.Tx, c.Migration
	c.own(&r)
	c.whole = true
	c.put(r.OID, &r)
	set(c, c.names, r.Name, r.OID)
	unset(c, c.gone, r.Name)
	return r.OID
}

// Assume gives the OID of a relation that statements speak of, adding it as
// assumed where no migration created it. Rollback does not undo it: that a
// statement spoke of the relation stays true.
func (c *Catalog) Assume(n Name, kind Kind) OID {
	if oid, ok := c.names[n]; ok {
		return oid
	}
	r := &Relation{OID: c.newOID(), Name: n, Kind: kind, Assumed: true}
	if !c.Loose {
		r.AssumedBy = c.Migration
		if c.partial == nil {
			c.partial = map[string]bool{}
		}
		c.partial[n.Schema] = true
	}
	c.grow(r.OID)
	c.rels[r.OID], c.names[n] = r, r.OID
	return r.OID
}

// Edit gives a copy of the relation that may be changed until the next call on
// the catalog that reads it; it is in the catalog already. Within one Change it is
// the same copy each time. nil if there is none.
func (c *Catalog) Edit(oid OID) *Relation {
	c.EditConstraints(oid)
	return c.EditColumns(oid)
}

// EditColumns is Edit for all but constraints, which must not be changed.
func (c *Catalog) EditColumns(oid OID) *Relation {
	r := c.Relink(oid)
	if r != nil && r.sharesColumns {
		r.Columns, r.sharesColumns = cloneForMore(r.Columns), false
	}
	return r
}

// EditConstraints is Edit for all but columns, which must not be changed.
func (c *Catalog) EditConstraints(oid OID) *Relation {
	r := c.Relink(oid)
	if r != nil && r.sharesConstraints {
		r.Constraints, r.sharesConstraints = cloneForMore(r.Constraints), false
	}
	return r
}

// cloneForMore leaves room for one more: most changes add one.
func cloneForMore[T any](s []T) []T {
	if s == nil {
		return nil
	}
	return append(make([]T, 0, len(s)+1), s...)
}

// Relink is Edit for all but columns and constraints, which must not be changed.
func (c *Catalog) Relink(oid OID) *Relation {
	old := c.Get(oid)
	if old == nil || old.change != 0 && old.change == c.change {
		return old
	}
	r := *old
	c.own(&r)
	c.put(oid, &r)
	return &r
}

// own makes a copy of a relation, all but its columns and constraints, one that
// the change under way may change further.
func (c *Catalog) own(r *Relation) {
	r.Indexes, r.Parents, r.Children = slices.Clone(r.Indexes), slices.Clone(r.Parents), slices.Clone(r.Children)
	r.Triggers, r.Policies, r.Rules = slices.Clone(r.Triggers), slices.Clone(r.Policies), slices.Clone(r.Rules)
	r.RefBy, r.Views, r.Seqs = slices.Clone(r.RefBy), slices.Clone(r.Views), slices.Clone(r.Seqs)
	r.Keys, r.ChildIdx, r.Uses = slices.Clone(r.Keys), slices.Clone(r.ChildIdx), slices.Clone(r.Uses)
	r.Options = maps.Clone(r.Options)
	r.change, r.sharesColumns, r.sharesConstraints = c.change, true, true
}

// Rename gives a relation a new name.
func (c *Catalog) Rename(oid OID, n Name) {
	r := c.Edit(oid)
	if r == nil {
		return
	}
	if c.names[r.Name] == oid {
		unset(c, c.names, r.Name)
		set(c, c.gone, r.Name, true)
	}
	r.Name = n
	set(c, c.names, n, oid)
	unset(c, c.gone, n)
}

// Drop removes a relation and its own indexes and sequences, and every
// reference to it. Dependent views and tables stay: callers drop those first.
func (c *Catalog) Drop(oid OID) {
	r := c.Get(oid)
	if r == nil {
		return
	}
	for _, dep := range slices.Concat(r.Indexes, r.Seqs) {
		c.Drop(dep)
	}
	c.unlink(oid)
	r = c.Get(oid)
	if c.names[r.Name] == oid {
		unset(c, c.names, r.Name)
		set(c, c.gone, r.Name, true)
	}
	c.put(oid, nil)
}

// unlink removes every reference that other relations hold to this one.
func (c *Catalog) unlink(oid OID) {
	r := c.Get(oid)
	drop := func(s []OID) []OID { return slices.DeleteFunc(s, func(o OID) bool { return o == oid }) }
	for _, p := range r.Parents {
		if e := c.Relink(p); e != nil {
			e.Children = drop(e.Children)
		}
	}
	for _, k := range r.Constraints {
		if e := c.Relink(k.Ref); e != nil {
			e.RefBy = drop(e.RefBy)
		}
	}
	for _, u := range r.Uses {
		if e := c.Relink(u); e != nil {
			e.Views = drop(e.Views)
		}
	}
	for _, u := range r.RefBy {
		if e := c.Edit(u); e != nil {
			e.Constraints = slices.DeleteFunc(e.Constraints, func(k Constraint) bool { return k.Ref == oid })
		}
	}
	for _, ch := range r.Children {
		if e := c.Relink(ch); e != nil {
			e.Parents = drop(e.Parents)
		}
	}
	if e := c.Relink(r.Table); e != nil {
		e.Indexes = drop(e.Indexes)
	}
	if e := c.Relink(r.ParentIdx); e != nil {
		e.ChildIdx = drop(e.ChildIdx)
	}
	if e := c.Relink(r.OwnerTable); e != nil {
		e.Seqs = drop(e.Seqs)
	}
}

// Relations gives every relation, ordered by OID.
func (c *Catalog) Relations() []*Relation {
	var out []*Relation
	for _, r := range c.rels {
		if r != nil {
			out = append(out, r)
		}
	}
	return out
}

// IsNew tells whether the relation was created in the transaction under way,
// so that no other session can see it.
func (c *Catalog) IsNew(oid OID) bool {
	r := c.Get(oid)
	return r != nil && r.Tx != 0 && r.Tx == c.Tx
}

package effect

import (
	"slices"

	"github.com/safemig/safemig/internal/catalog"
)

// reach gives what is locked when a relation goes: its indexes and sequences,
// partitions, the tables that its foreign keys reference, a partitioned parent
// with the default partition, and with CASCADE views, children and referencing
// tables.
func (d *dropping) reach(r *catalog.Relation) []*catalog.Relation {
	if d.gone[r.OID] {
		return nil
	}
	d.gone[r.OID] = true
	var out []*catalog.Relation
	put := func(x *catalog.Relation) {
		if x != nil && x.OID != r.OID {
			out = append(out, x)
		}
	}
	for _, x := range slices.Concat(r.Indexes, r.Seqs) {
		put(d.c.Get(x))
	}
	for _, k := range r.Constraints {
		if k.Kind == catalog.ForeignKey && !(k.Inherited && r.IsPartition) { // the triggers of a parent's key are the parent's
			for _, p := range d.keyTriggers(d.c.Get(k.Ref)) {
				put(p)
			}
		}
	}
	if r.IsPartition {
		for _, p := range r.Parents {
			if parent := d.c.Get(p); parent != nil {
				put(parent)
				put(d.defaultPartition(parent))
			}
		}
	}
	for _, ch := range r.Children {
		if c := d.c.Get(ch); c != nil && (c.IsPartition || d.cascade) {
			put(c)
			out = append(out, d.reach(c)...)
		}
	}
	if d.cascade {
		for _, t := range d.defaultsFrom(r) {
			put(t)
		}
		for _, v := range r.Views {
			if x := d.c.Get(v); x != nil {
				put(x)
				out = append(out, d.reach(x)...)
			}
		}
		for _, t := range r.RefBy {
			put(d.c.Get(t))
		}
		if r.IsPartition { // the key to the tables above goes as a whole
			for _, t := range d.keysToTree(r) {
				put(t)
				for _, k := range t.Constraints {
					if up := d.c.Get(k.Ref); k.Kind == catalog.ForeignKey && slices.Contains(d.ancestors(r), up) {
						out = append(out, d.keyTriggers(up)...)
					}
				}
			}
		}
	}
	return out
}

// keyOf names a foreign key of a table.
type keyOf struct {
	oid  catalog.OID
	name string
}

// wholeKeys gives the foreign keys to the tables above a partition: CASCADE drops them whole.
func (d *dropping) wholeKeys(r *catalog.Relation) []keyOf {
	if !d.cascade || !r.IsPartition {
		return nil
	}
	var out []keyOf
	for _, t := range d.keysToTree(r) {
		for _, m := range d.family(t) {
			for _, k := range m.Constraints {
				if k.Kind == catalog.ForeignKey && slices.Contains(d.ancestors(r), d.c.Get(k.Ref)) {
					out = append(out, keyOf{m.OID, k.Name})
				}
			}
		}
	}
	return out
}

// defaultsFrom gives the other tables with a column whose default is taken from a
// sequence, or from one that the table owns: LIKE INCLUDING DEFAULTS copies such.
func (o *of) defaultsFrom(gone *catalog.Relation) []*catalog.Relation {
	var out []*catalog.Relation
	if gone.Kind != catalog.Sequence && len(gone.Seqs) == 0 {
		return nil
	}
	under := o.partitions(gone) // they go with it
	for _, r := range o.c.MayTakeFrom(append(slices.Clone(gone.Seqs), gone.OID)) {
		if !slices.Contains(under, r) && slices.ContainsFunc(r.Columns, func(c catalog.Column) bool {
			return c.Default.Sequence != 0 && (c.Default.Sequence == gone.OID || slices.Contains(gone.Seqs, c.Default.Sequence))
		}) {
			out = append(out, r)
		}
	}
	return out
}

// dropDefaults takes the defaults that are taken from sequences off their columns.
func dropDefaults(c *catalog.Catalog, seqs []catalog.OID) {
	if len(seqs) == 0 {
		return
	}
	for _, r := range c.MayTakeFrom(seqs) {
		for i := range r.Columns {
			if slices.Contains(seqs, r.Columns[i].Default.Sequence) {
				c.Edit(r.OID).Columns[i].Default = catalog.Default{}
			}
		}
	}
}

// keyTriggers gives the tables on which the triggers of a foreign key hang that
// references a table: of a partitioned one only the leaves up to 14, from 15 on
// the partitioned ones too.
func (o *of) keyTriggers(ref *catalog.Relation) []*catalog.Relation {
	if ref == nil {
		return nil
	}
	var out []*catalog.Relation
	for _, p := range o.partitions(ref) {
		if p.Kind != catalog.PartitionedTable || o.pg >= 15 {
			out = append(out, p)
		}
	}
	return out
}

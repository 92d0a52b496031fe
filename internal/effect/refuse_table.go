package effect

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// tableRefused notes what the server refuses of CREATE TABLE besides its
// constraints.
func (o *of) tableRefused(t *tableDef, n *pg_query.CreateStmt) {
	if name := twice(columnNames(n)); name != "" && n.OfTypename == nil && n.Partbound == nil {
		o.refuse("42701", "the column %s is specified twice", catalog.Quote(name))
	}
	for _, l := range t.likes {
		for _, name := range columnNames(n) {
			if _, has := l.Column(name); has && o.c.Complete(l) {
				o.refuse("42701", "the column %s is specified twice", catalog.Quote(name))
			}
		}
	}
	for _, e := range n.TableElts {
		if d := e.GetColumnDef(); d != nil && d.TypeName != nil {
			o.generation(&t.rel, d)
			o.mergesType(t, d)
		}
	}
	if n.Partspec != nil {
		o.needs(&t.rel, t.rel.PartKey...)
		if t.rel.PartStrategy == "list" && len(t.rel.PartKey) > 1 {
			o.refuse("42P17", "PARTITION BY LIST takes one column")
		}
	}
	if n.Partbound != nil && len(t.parents) == 1 {
		o.boundRefused(t.parents[0], n.Partbound)
	} else {
		for _, p := range t.parents {
			if p.Kind == catalog.PartitionedTable && o.c.Complete(p) {
				o.refuse("42809", "%s is partitioned: nothing can inherit from it", p.Name)
			}
		}
	}
}

// mergesType notes a column that INHERITS gives another type (MergeAttributes,
// tablecmds.c).
func (o *of) mergesType(t *tableDef, d *pg_query.ColumnDef) {
	for _, p := range t.parents {
		c, has := p.Column(d.Colname)
		if own := o.typeOf(d.TypeName); has && o.c.Complete(p) && (c.Type.Name != own.Name || c.Type.Schema != own.Schema || c.Type.Array != own.Array) {
			o.refuse("42804", "the column %s is inherited as %s", catalog.Quote(d.Colname), typeSQL(c.Type))
		}
	}
}

// boundRefused notes what the server refuses of the bound of a new partition
// (transformPartitionBound, parse_utilcmd.c; check_new_partition_bound, partbounds.c).
func (o *of) boundRefused(parent *catalog.Relation, spec *pg_query.PartitionBoundSpec) {
	if !o.c.Complete(parent) {
		return
	}
	if parent.Kind != catalog.PartitionedTable {
		o.refuse("42P17", "%s is not partitioned", parent.Name)
		return
	}
	b := boundOf(spec)
	switch {
	case b == nil && parent.PartStrategy == "hash":
		o.refuse("42P16", "a table partitioned by hash has no default partition")
		return
	case b == nil:
		if def := o.defaultPartition(parent); def != nil && o.certainParts(parent) {
			o.refuse("42P17", "%s is the default partition already", def.Name)
		}
		return
	case b.Strategy != parent.PartStrategy:
		o.refuse("42P16", "the bound is for a table partitioned by %s, %s is by %s", b.Strategy, parent.Name, parent.PartStrategy)
		return
	case b.Strategy == "range" && (len(b.From) != len(parent.PartKey) || len(b.To) != len(parent.PartKey)):
		o.refuse("42P16", "the bound has another number of values than the partition key has columns")
		return
	case b.Strategy == "hash" && b.Remainder >= b.Modulus:
		o.refuse("42P16", "the remainder %d is not below the modulus %d", b.Remainder, b.Modulus)
		return
	}
	if o.boundEmpty(parent, b) {
		o.refuse("42P17", "the bound from %s to %s is empty", b.From[0], b.To[0])
	}
	for _, ch := range parent.Children {
		if p := o.c.Get(ch); p != nil && p.Bound != nil && o.certainParts(parent) && o.overlap(parent, p.Bound, b) {
			o.refuse("42P17", "the bound overlaps that of %s", p.Name)
		}
	}
}

// certainParts tells whether the partitions of a table are certainly there.
func (o *of) certainParts(parent *catalog.Relation) bool {
	return !slices.ContainsFunc(parent.Children, func(ch catalog.OID) bool {
		r := o.c.Get(ch)
		return r == nil || o.c.Exists(r.Name) != r || r.DetachPending
	})
}

// boundEmpty tells whether a range over one column holds nothing.
func (o *of) boundEmpty(parent *catalog.Relation, b *catalog.Bound) bool {
	return b.Strategy == "range" && len(b.From) == 1 && o.comparesAsWritten(parent) && before(b.To[0], b.From[0], true)
}

// overlap tells whether two bounds of a table certainly share a value.
func (o *of) overlap(parent *catalog.Relation, a, b *catalog.Bound) bool {
	switch {
	case a.Strategy != b.Strategy:
		return false
	case a.Strategy == "hash":
		small, large := a, b
		if small.Modulus > large.Modulus {
			small, large = b, a
		}
		return small.Modulus > 0 && large.Modulus%small.Modulus == 0 && large.Remainder%small.Modulus == small.Remainder
	case a.Strategy == "list":
		return slices.ContainsFunc(a.In, func(v string) bool { return v != "" && slices.Contains(b.In, v) })
	case len(a.From) != 1 || len(b.From) != 1 || !o.comparesAsWritten(parent):
		return false
	}
	return before(a.From[0], b.To[0], false) && before(b.From[0], a.To[0], false)
}

// comparesAsWritten tells whether the order of constants of the partition key is
// that of numbers, dates or timestamps as they are written.
func (o *of) comparesAsWritten(parent *catalog.Relation) bool {
	if len(parent.PartKey) != 1 {
		return false
	}
	c, ok := parent.Column(parent.PartKey[0])
	return ok && !c.Type.Array && slices.Contains([]string{"int2", "int4", "int8", "numeric", "date", "timestamp", "timestamptz"}, o.base(c.Type).Name)
}

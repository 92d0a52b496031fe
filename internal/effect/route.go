package effect

import (
	"slices"

	"github.com/safemig/safemig/internal/catalog"
)

// populate notes that rows were put into a table, and into its partitions.
func populate(r *catalog.Relation, routes []*catalog.Relation) catalog.Change {
	oids := []catalog.OID{r.OID}
	for _, p := range routes {
		oids = append(oids, p.OID)
	}
	return func(c *catalog.Catalog) {
		for _, oid := range oids {
			if t := c.Get(oid); t != nil && (t.Populated != catalog.Yes || t.Emptied != 0) {
				t = c.Relink(oid)
				t.Populated, t.Emptied, t.Truncated = catalog.Yes, 0, false
			}
		}
	}
}

// swept notes that all rows were deleted: they stand there still, for whoever
// reads the table.
func swept(oid catalog.OID) catalog.Change {
	return func(c *catalog.Catalog) {
		if t := c.Relink(oid); t != nil && t.Emptied != c.Tx {
			t.Populated, t.Emptied, t.Truncated = catalog.Yes, c.Tx, false
		}
	}
}

// routes gives the partitions that rows may go to: those of the constants in
// VALUES, all where the values are not known (ExecFindPartition, execPartition.c).
func (o *of) routes(w *writing, r *catalog.Relation) []*catalog.Relation {
	if r.Kind != catalog.PartitionedTable {
		return nil
	}
	var out []*catalog.Relation
	add := func(ts []catalog.Term) {
		for _, p := range o.below(r, ts) {
			if !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	for _, p := range w.parts {
		switch {
		case p.noRows, p.op == Delete:
		case p.op == Insert && p.values == nil:
			add(nil)
		case p.op == Insert:
			for _, row := range p.values {
				add(rowTerms(r, p, row))
			}
		case !o.touchesKeys(r, p.columns):
		default:
			add(movedTerms(w.terms, p))
		}
	}
	return out
}

// touchesKeys tells whether an UPDATE sets a column that a partition key below
// uses: only then rows move.
func (o *of) touchesKeys(r *catalog.Relation, columns []string) bool {
	for _, m := range o.family(r) {
		if m.PartKeyHasExpr && len(columns) > 0 || slices.ContainsFunc(m.PartKey, func(k string) bool { return slices.Contains(columns, k) }) {
			return true
		}
	}
	return false
}

// rowTerms are what is known of a row of INSERT: constants given, and constant
// or missing defaults.
func rowTerms(r *catalog.Relation, p part, row map[string]string) []catalog.Term {
	var out []catalog.Term
	for _, c := range r.Columns {
		v, ok := row[c.Name]
		given := slices.Contains(p.columns, c.Name) && !slices.Contains(p.defaults, c.Name)
		if !ok && !given && p.op == Insert {
			switch {
			case !c.Default.Set && c.Identity == 0 && c.Generated == 0:
				v, ok = "NULL", true
			case c.Default.Sequence == 0 && c.Default.Volatile == catalog.No && c.Default.Text != "":
				v, ok = c.Default.Text, true
			}
		}
		switch {
		case ok && v == "NULL":
			out = append(out, catalog.Term{Column: c.Name, Op: "IS NULL"})
		case ok:
			out = append(out, catalog.Term{Column: c.Name, Op: "=", Value: v})
		}
	}
	return out
}

// movedTerms are what is known of a row after an UPDATE.
func movedTerms(ts []catalog.Term, p part) []catalog.Term {
	var out []catalog.Term
	for _, t := range ts {
		if !slices.Contains(p.columns, t.Column) {
			out = append(out, t)
		}
	}
	for c, v := range p.set {
		out = append(out, catalog.Term{Column: c, Op: "=", Value: v})
	}
	return out
}

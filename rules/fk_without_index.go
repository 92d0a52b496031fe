package rules

import (
	"fmt"
	"slices"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// FKWithoutIndex reports a foreign key that does something ON DELETE and whose
// columns no index begins with, at the end of the history: every DELETE of a
// referenced row reads the whole table.
var FKWithoutIndex = register(Rule{
	ID:       "fk-without-index",
	Summary:  "no index begins with the columns of a foreign key that acts ON DELETE",
	Category: Hygiene,
	Severity: Info,
	Since:    "0.1.0",
	History: func(p *HistoryPass) {
		for _, r := range p.Catalog.Relations() {
			if r.Assumed || r.Partial || r.Kind != catalog.Table && r.Kind != catalog.PartitionedTable {
				continue // its indexes are not all known
			}
			for _, k := range r.Constraints {
				if k.Kind != catalog.ForeignKey || k.Inherited || !actsOnDelete(k) || k.Migration == 0 || k.Migration > len(p.Migrations) || p.covered(r, k.Columns) {
					continue
				}
				ref := p.Catalog.Get(k.Ref)
				if ref == nil {
					continue
				}
				f := p.where(k.Migration, func(e effect.Effect) bool {
					return e.Op == effect.AddForeignKey && e.Object == k.Name || e.Op == effect.CreateTable && e.Target == r.Name
				})
				f.Message = fmt.Sprintf("no index of %s begins with %s, which references %s", r.Name, columnList(k.Columns), ref.Name)
				f.Consequence = fmt.Sprintf("every DELETE of a row of %s reads all of %s", ref.Name, r.Name)
				f.Hint = lines(fmt.Sprintf("CREATE INDEX CONCURRENTLY ON %s %s;", r.Name.Short(), columnList(k.Columns)), p.alone(k.Migration))
				f.Relation = r.Name.String()
				p.Report(f)
			}
		}
	},
})

// actsOnDelete tells whether rows of the referenced table are meant to be deleted:
// CASCADE, SET NULL or SET DEFAULT.
func actsOnDelete(k catalog.Constraint) bool {
	return k.OnDelete == 'c' || k.OnDelete == 'n' || k.OnDelete == 'd'
}

// alone says how the author of the n'th migration runs a statement outside a
// transaction, in the words of the tool.
func (p *HistoryPass) alone(n int) string {
	for _, s := range p.Migrations[n-1].Up {
		if s.Run.OptOut != "" {
			return fmt.Sprintf("in a migration of its own that says '%s'", s.Run.OptOut)
		}
	}
	return "outside a transaction"
}

// covered tells whether an index begins with the columns, in any order.
func (p *HistoryPass) covered(r *catalog.Relation, columns []string) bool {
	return slices.ContainsFunc(r.Indexes, func(oid catalog.OID) bool {
		ix := p.Catalog.Get(oid)
		if ix == nil || ix.Predicate != "" || ix.Invalid || len(ix.Keys) < len(columns) || ix.Method != "btree" && ix.Method != "hash" {
			return false
		}
		for _, k := range ix.Keys[:len(columns)] {
			if !slices.Contains(columns, k) {
				return false
			}
		}
		return true
	})
}

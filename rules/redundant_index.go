package rules

import (
	"fmt"
	"slices"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// RedundantIndex reports an index with whose columns another of the table begins.
var RedundantIndex = register(Rule{
	ID:       "redundant-index",
	Summary:  "an index serves no query that another one of the table does not",
	Category: Hygiene,
	Severity: Info,
	Since:    "0.1.0",
	History: func(p *HistoryPass) {
		for _, r := range p.Catalog.Relations() {
			if len(r.Indexes) < 2 {
				continue
			}
			for _, oid := range r.Indexes {
				ix := p.Catalog.Get(oid)
				if ix == nil || ix.Migration == 0 || ix.Migration > len(p.Migrations) || ix.Constraint != "" || ix.Unique || ix.ParentIdx != 0 || !plainIndex(ix) || len(ix.Include) > 0 {
					continue
				}
				other := p.serves(r, ix)
				if other == nil {
					continue
				}
				f := p.where(ix.Migration, func(e effect.Effect) bool { return e.Op == effect.CreateIndex && e.Object == ix.Name.Name })
				if f.Statement.Len() == 0 {
					continue
				}
				f.Relation = r.Name.String()
				f.Message = fmt.Sprintf("%s %s of %s is redundant: %s begins with the same columns", ix.Name.Short(), columnList(ix.Keys), r.Name, other.Name.Short())
				f.Consequence = "every write keeps both up to date"
				f.Hint = lines(fmt.Sprintf("DROP INDEX CONCURRENTLY %s;", ix.Name.Short()), p.alone(ix.Migration))
				p.Report(f)
			}
		}
	},
})

// plainIndex tells whether an index is over all rows, of columns as they are.
func plainIndex(ix *catalog.Relation) bool {
	return ix.Method == "btree" && ix.Predicate == "" && !ix.HasExpr && !ix.Ordered && !ix.Invalid && len(ix.Keys) > 0
}

// serves gives another index that begins with the columns of one; of two alike
// the older.
func (p *HistoryPass) serves(r *catalog.Relation, ix *catalog.Relation) *catalog.Relation {
	for _, oid := range r.Indexes {
		o := p.Catalog.Get(oid)
		if o == nil || o == ix || !plainIndex(o) || len(o.Keys) < len(ix.Keys) || !slices.Equal(o.Keys[:len(ix.Keys)], ix.Keys) {
			continue
		}
		if len(o.Keys) == len(ix.Keys) && o.OID > ix.OID && !o.Unique {
			continue
		}
		if sameClasses(ix, o) {
			return o
		}
	}
	return nil
}

func sameClasses(a, b *catalog.Relation) bool {
	at := func(c []string, i int) string {
		if i < len(c) {
			return c[i]
		}
		return ""
	}
	for i := range a.Keys {
		if at(a.OpClasses, i) != at(b.OpClasses, i) {
			return false
		}
	}
	return true
}

package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// FKTypeMismatch reports a foreign key whose column is a smaller integer than the
// one that it references.
var FKTypeMismatch = register(Rule{
	ID:       "fk-type-mismatch",
	Summary:  "a foreign key's column holds fewer numbers than the key that it references",
	Category: Failure,
	Severity: Warning,
	Since:    "0.1.0",
	History: func(p *HistoryPass) {
		for _, r := range p.Catalog.Relations() {
			for _, k := range r.Constraints {
				if k.Kind != catalog.ForeignKey || k.Inherited || k.Migration == 0 || k.Migration > len(p.Migrations) {
					continue
				}
				from, to, ok := p.narrower(r, k)
				if !ok {
					continue
				}
				ref := p.Catalog.Get(k.Ref)
				f := p.where(k.Migration, func(e effect.Effect) bool {
					return e.Op == effect.AddForeignKey && e.Object == k.Name || (e.Op == effect.CreateTable || e.Op == effect.AddColumn) && e.Target == r.Name
				})
				f.Relation = r.Name.String()
				f.Message = fmt.Sprintf("%s of %s is %s, what it references in %s is %s", catalog.Quote(from.Name), r.Name, words[from.Type.Name], ref.Name, words[to.Type.Name])
				f.Consequence = fmt.Sprintf("rows that belong to a %s beyond %s cannot be inserted: SQLSTATE 22003", catalog.Quote(to.Name), most[from.Type.Name])
				f.Hint = fmt.Sprintf("make it %s while the table is small", words[to.Type.Name])
				p.Report(f)
			}
		}
	},
})

var (
	width = map[string]int{"int2": 2, "int4": 4, "int8": 8}
	words = map[string]string{"int2": "smallint", "int4": "integer", "int8": "bigint"}
	most  = map[string]string{"int2": "32767", "int4": "2147483647"}
)

// narrower gives the first pair of columns of a foreign key of which the own is
// the smaller integer.
func (p *HistoryPass) narrower(r *catalog.Relation, k catalog.Constraint) (from, to *catalog.Column, ok bool) {
	ref := p.Catalog.Get(k.Ref)
	if ref == nil {
		return nil, nil, false
	}
	refColumns := k.RefColumns
	if pk, has := ref.Primary(); has && len(refColumns) == 0 {
		refColumns = pk.Columns
	}
	for i, name := range k.Columns {
		if i >= len(refColumns) {
			break
		}
		a, okA := r.Column(name)
		b, okB := ref.Column(refColumns[i])
		if okA && okB && !a.Type.Array && width[a.Type.Name] > 0 && width[a.Type.Name] < width[b.Type.Name] {
			return a, b, true
		}
	}
	return nil, nil, false
}

package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// IntPrimaryKey reports a new table whose primary key counts up in four bytes or
// fewer.
var IntPrimaryKey = register(Rule{
	ID:       "int-primary-key",
	Summary:  "a primary key that counts up in an integer runs out at two billion",
	Category: Hygiene,
	Severity: Info,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.CreateTable},
	Section: func(p *SectionPass) {
		for i, effects := range p.Effects {
			for _, e := range effects {
				if e.Op != effect.CreateTable || e.NoOp || p.refused(i) || p.isTemp(e.Target) {
					continue
				}
				r := p.Catalog.Lookup(e.Target)
				if r == nil {
					continue // gone by the end of the file
				}
				k, ok := r.Primary()
				if !ok || len(k.Columns) != 1 {
					continue
				}
				c, ok := r.Column(k.Columns[0])
				if !ok {
					continue // there is no such column: CREATE TABLE fails
				}
				most := map[string]string{"int4": "2147483647", "int2": "32767"}[c.Type.Name]
				if most == "" || c.Type.Array || c.Identity == 0 && c.Default.Sequence == 0 {
					continue // what does not count up does not run out
				}
				f := p.on(i, e)
				f.Lock = ""
				f.Message = fmt.Sprintf("the primary key %s of %s counts up to %s, then INSERT fails", catalog.Quote(c.Name), e.Target, most)
				f.Consequence = "to make it bigint then rewrites the table and all that references it; rows that are deleted and INSERTs that fail count as well"
				f.Hint = "make it bigint, and the columns that reference it too"
				p.Report(f)
			}
		}
	},
})

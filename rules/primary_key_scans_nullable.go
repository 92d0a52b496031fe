package rules

import (
	"fmt"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// PrimaryKeyScansNullable reports ADD PRIMARY KEY USING INDEX over a column that
// nothing proves to be free of NULLs: no index is built, but every row is read.
var PrimaryKeyScansNullable = register(Rule{
	ID:       "primary-key-scans-nullable",
	Summary:  "ADD PRIMARY KEY USING INDEX reads the whole table for NULLs while every query waits",
	Category: Lock,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.AddPrimaryKey) {
			e, ok := p.works(a, effect.Scan)
			if !ok || a.Detail.UsesIndex == "" {
				continue
			}
			f := p.about(a, e, "scan")
			columns := p.nullable(a)
			if r := p.Catalog.Get(a.OID); len(columns) == 0 || r == nil || r.Assumed {
				f.Severity = Warning
				f.Message = fmt.Sprintf("PRIMARY KEY USING INDEX scans %s under %s unless its columns are NOT NULL, which no migration says", e.Target, e.Lock)
			} else {
				f.Message = fmt.Sprintf("PRIMARY KEY USING INDEX scans %s under %s: %s may be NULL", e.Target, e.Lock, strings.Join(columns, ", "))
			}
			f.Hint = provedNotNull(p, a)
			if f.Hint == "" {
				f.Hint = "first SET NOT NULL on its columns as safemig explain set-not-null shows"
			} else {
				f.Hint = lines(f.Hint, alter(*a.Effect, fmt.Sprintf("ADD CONSTRAINT %s PRIMARY KEY USING INDEX %s",
					catalog.Quote(a.Object), catalog.Quote(a.Detail.UsesIndex))))
			}
			p.Report(f)
		}
	},
})

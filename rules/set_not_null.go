package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/effect"
)

// SetNotNull reports SET NOT NULL on a column that nothing proves to be free of
// NULLs: the server reads the whole table while it holds ACCESS EXCLUSIVE.
var SetNotNull = register(Rule{
	ID:       "set-not-null",
	Summary:  "SET NOT NULL reads the whole table while every query waits",
	Category: Lock,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.SetNotNull, effect.AddNotNull) {
			e, ok := p.works(a, effect.Scan)
			if !ok || p.dropsProof(a) {
				continue // NOT NULL already, proved by a validated CHECK, or nobody's table
			}
			what := "SET NOT NULL"
			if a.Op == effect.AddNotNull {
				what = "adding a NOT NULL constraint"
			}
			f := p.about(a, e, "scan")
			f.Message = fmt.Sprintf("%s scans %s under %s", what, e.Target, e.Lock)
			f.Hint = p.setNotNull(*a.Effect, a.Column)
			p.Report(f)
		}
	},
})

package rules

import (
	"fmt"
	"strings"

	"github.com/safemig/safemig/internal/effect"
)

// Truncate reports TRUNCATE of a table that was there before.
var Truncate = register(Rule{
	ID:       "truncate",
	Summary:  "TRUNCATE loses every row",
	Category: DataLoss,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.Truncate) {
			if p.made(*a.Effect) || a.Detail.Cascade {
				continue // the migration's own, or truncate-cascade's
			}
			f := p.about(a, *a.Effect, "")
			f.Message = fmt.Sprintf("TRUNCATE loses every row of %s", a.Target)
			f.Hint = "confirm it with a comment before the statement: -- safemig:ignore truncate and the reason"
			p.Report(f)
			return
		}
	},
})

// TruncateCascade reports TRUNCATE … CASCADE, which empties tables that the
// statement does not name.
var TruncateCascade = register(Rule{
	ID:       "truncate-cascade",
	Summary:  "TRUNCATE CASCADE loses every row of tables that it does not name",
	Category: DataLoss,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		var lost []string
		var first *action
		for _, a := range p.actions(effect.Truncate) {
			if !a.Detail.Cascade {
				return
			}
			for _, e := range a.reached() {
				if holdsRows(e.Kind) && !p.made(e) {
					lost = append(lost, e.Target.String())
				}
			}
			if first == nil && !p.made(*a.Effect) {
				first = &a
			}
		}
		if first == nil {
			return
		}
		f := p.about(*first, *first.Effect, "")
		f.Message = fmt.Sprintf("TRUNCATE CASCADE loses every row of %s", strings.Join(lost, ", "))
		if r := p.Catalog.Get(first.OID); r == nil || r.Assumed {
			f.Message += " and of every table that references it"
		}
		f.Hint = "name every table that is meant, without CASCADE: the server then says what is missing"
		p.Report(f)
	},
})

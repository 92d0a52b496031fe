package rules

import (
	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// AddColumnConstrainedDomain reports ADD COLUMN of a domain with a CHECK or NOT
// NULL: the server rewrites the table to check every row, NULLs as well.
var AddColumnConstrainedDomain = register(Rule{
	ID:       "add-column-constrained-domain",
	Summary:  "ADD COLUMN of a domain with a constraint rewrites the table",
	Category: Lock,
	Severity: Error,
	Since:    "0.1.0",
	Check: addColumnRule(effect.ByDomain,
		func(p *Pass, a action) string {
			return "ADD COLUMN " + catalog.Quote(a.Column) + " of the domain " + a.Detail.Type + ", which has a constraint,"
		},
		func(p *Pass, a action) string {
			return lines(
				alter(*a.Effect, bare(a, a.Detail.Base)),
				"with the domain's rule as a CHECK … NOT VALID, validated in a later migration")
		}),
})

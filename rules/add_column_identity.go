package rules

import (
	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// AddColumnIdentity reports ADD COLUMN … GENERATED AS IDENTITY: every row gets
// its own number, so the table is rewritten.
var AddColumnIdentity = register(Rule{
	ID:       "add-column-identity",
	Summary:  "ADD COLUMN of an identity column rewrites the table",
	Category: Lock,
	Severity: Error,
	Since:    "0.1.0",
	Check: addColumnRule(effect.ByIdentity,
		func(p *Pass, a action) string {
			return "ADD COLUMN " + catalog.Quote(a.Column) + " as an identity column"
		},
		func(p *Pass, a action) string {
			return lines(fromSequence(p, a), "then DROP DEFAULT and ADD GENERATED … AS IDENTITY, which cost nothing, and setval of its sequence")
		}),
})

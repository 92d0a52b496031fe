package rules

import (
	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// AddColumnGeneratedStored reports ADD COLUMN … GENERATED ALWAYS AS (…) STORED:
// the value is computed for every row, so the table is rewritten.
var AddColumnGeneratedStored = register(Rule{
	ID:       "add-column-generated-stored",
	Summary:  "ADD COLUMN of a stored generated column rewrites the table",
	Category: Lock,
	Severity: Error,
	Since:    "0.1.0",
	Check: addColumnRule(effect.ByGenerated,
		func(p *Pass, a action) string {
			return "ADD COLUMN " + catalog.Quote(a.Column) + " as a stored generated column"
		},
		func(p *Pass, a action) string {
			return lines(
				alter(*a.Effect, bare(a, a.Detail.Type)),
				"with a BEFORE INSERT OR UPDATE trigger that computes it",
				fillInBatches)
		}),
})

package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/effect"
)

// AddColumnNotNullNoDefault reports ADD COLUMN … NOT NULL that gives the rows no
// value: it fails if there is a single row.
var AddColumnNotNullNoDefault = register(Rule{
	ID:       "add-column-not-null-no-default",
	Summary:  "ADD COLUMN NOT NULL without a default fails if the table has a row",
	Category: Failure,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.AddColumn) {
			if !p.lacksValue(a) || a.NoRows || p.IsNew(*a.Effect) {
				continue // without rows it goes through
			}
			f := p.about(a, *a.Effect, "")
			f.Message = fmt.Sprintf("ADD COLUMN %s NOT NULL without a default fails if %s has a row", a.Column, a.Target)
			f.Consequence = "SQLSTATE 23502; INSERTs of running code that does not know the column fail as well"
			f.Hint = lines(
				alter(*a.Effect, bare(a, a.Detail.Type)),
				fillInBatches,
				thenNotNull(a),
				"or give it a constant DEFAULT: that costs nothing")
			p.Report(f)
		}
	},
})

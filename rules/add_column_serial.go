package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/effect"
)

// AddColumnSerial reports ADD COLUMN of a serial type: every row gets its own
// number, so the table is rewritten.
var AddColumnSerial = register(Rule{
	ID:       "add-column-serial",
	Summary:  "ADD COLUMN of a serial type rewrites the table",
	Category: Lock,
	Severity: Error,
	Since:    "0.1.0",
	Check: addColumnRule(effect.BySerial,
		func(p *Pass, a action) string { return fmt.Sprintf("ADD COLUMN %s %s", a.Column, a.Detail.Type) },
		fromSequence),
})

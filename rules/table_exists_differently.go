package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/effect"
)

// TableExistsDifferently reports CREATE TABLE IF NOT EXISTS of a table that is
// there with other columns: it does nothing, and what comes after it fails.
var TableExistsDifferently = register(Rule{
	ID:       "table-exists-differently",
	Summary:  "CREATE TABLE IF NOT EXISTS does nothing: the table is there, without these columns",
	Category: Failure,
	Severity: Error,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.CreateTable},
	Check: func(p *Pass) {
		for _, e := range p.Effects {
			if e.Op != effect.CreateTable || !e.NoOp {
				continue
			}
			r := p.Catalog.Get(e.OID)
			if r == nil || r.Assumed || r.Partial || !holdsRows(r.Kind) {
				continue
			}
			var missing []string
			for _, c := range e.Detail.Columns {
				if _, ok := r.Column(c); !ok {
					missing = append(missing, c)
				}
			}
			if len(missing) == 0 {
				continue
			}
			p.Report(Finding{Span: e.Span, Relation: e.Target.String(),
				Message:     fmt.Sprintf("%s is there already, without %s: IF NOT EXISTS does nothing", e.Target, columnList(missing)),
				Consequence: "the migration is recorded, and code that needs the columns fails",
				Hint:        "ALTER TABLE … ADD COLUMN for what is missing"})
		}
	},
})

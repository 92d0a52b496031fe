package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// DropDatabase reports DROP DATABASE.
var DropDatabase = register(Rule{
	ID:       "drop-database",
	Summary:  "DROP DATABASE loses everything",
	Category: DataLoss,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, e := range p.Effects {
			if e.Op == effect.DropDatabase {
				p.Report(Finding{Span: e.Span, Message: fmt.Sprintf("DROP DATABASE %s loses everything in it", catalog.Quote(e.Object)),
					Consequence: "it cannot be rolled back", Hint: "no migration should: drop it by hand, after a backup"})
			}
		}
	},
})

// DropOwned reports DROP OWNED BY: nobody can tell from the text what goes.
var DropOwned = register(Rule{
	ID:       "drop-owned",
	Summary:  "DROP OWNED BY loses every table that the role owns",
	Category: DataLoss,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, e := range p.Effects {
			if e.Op == effect.DropOwned {
				p.Report(Finding{Span: e.Span, Message: fmt.Sprintf("DROP OWNED BY %s loses every table that it owns in this database", e.Object),
					Consequence: "each is locked ACCESS EXCLUSIVE; the role's privileges go too",
					Hint:        "first REASSIGN OWNED, so that only privileges are left to drop"})
			}
		}
	},
})

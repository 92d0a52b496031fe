package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// RenameColumn reports RENAME COLUMN of a column that was there before: no moment
// fits both the code that knows the old name and the code that knows the new.
var RenameColumn = register(Rule{
	ID:       "rename-column",
	Summary:  "RENAME COLUMN breaks running code that uses the old name",
	Category: Breaking,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.RenameColumn) {
			if p.made(*a.Effect) || p.madeColumn(*a.Effect) {
				continue // the migration's own
			}
			f := p.about(a, *a.Effect, "")
			from, to := catalog.Quote(a.Column), catalog.Quote(a.Detail.Name)
			f.Message = fmt.Sprintf("RENAME COLUMN %s TO %s breaks code that uses the old name in %s", from, to, a.Target)
			f.Consequence = "it fails from the commit on; code that uses the new name fails before"
			f.Hint = fmt.Sprintf("add a column %s, write both from a trigger, and fill the old rows in batches\n"+
				"then let all code use it, and drop %s in a later migration", to, from)
			if a.Kind == catalog.View {
				f.Hint = fmt.Sprintf("CREATE OR REPLACE VIEW with %s as a further column at its end\n"+
					"then let all code use it, and leave %s out later", to, from)
			}
			p.Report(f)
		}
	},
})

package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// DefaultAddedAndDropped reports a migration that adds a NOT NULL column with a
// default and drops the default again: code that does not know the column yet
// cannot insert any more.
var DefaultAddedAndDropped = register(Rule{
	ID:       "default-added-and-dropped",
	Summary:  "a NOT NULL column loses its default while running code does not know it yet",
	Category: Breaking,
	Severity: Warning,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.DropDefault) {
			r := p.Catalog.Get(a.OID)
			if r == nil || p.made(*a.Effect) || !p.madeColumn(*a.Effect) {
				continue
			}
			c, _ := r.Column(a.Column)
			if !c.NotNull || !c.Default.Set {
				continue
			}
			f := p.about(a, *a.Effect, "")
			f.Message = fmt.Sprintf("DROP DEFAULT of %s, which this migration adds to %s as NOT NULL", catalog.Quote(a.Column), a.Target)
			f.Consequence = "INSERTs of running code that does not know the column fail with SQLSTATE 23502 from the commit on"
			f.Hint = laterMigration + alter(*a.Effect, "ALTER COLUMN "+catalog.Quote(a.Column)+" DROP DEFAULT")
			p.Report(f)
		}
	},
})

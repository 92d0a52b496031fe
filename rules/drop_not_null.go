package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// DropNotNull reports DROP NOT NULL of a column that was there before: code that
// reads it may not expect NULL. It is off by default: it is what one does before
// a column is dropped.
var DropNotNull = register(Rule{
	ID:       "drop-not-null",
	Summary:  "DROP NOT NULL gives running code NULLs that it may not expect",
	Category: Breaking,
	Severity: Off,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.DropNotNull},
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.DropNotNull) {
			if p.made(*a.Effect) || p.madeColumn(*a.Effect) {
				continue
			}
			f := p.about(a, *a.Effect, "")
			f.Severity = Warning
			f.Message = fmt.Sprintf("DROP NOT NULL: running code may not expect NULL in %s of %s", catalog.Quote(a.Column), a.Target)
			f.Hint = "first deploy code that expects NULL"
			p.Report(f)
		}
	},
})

package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/effect"
)

// IndexParameterBlocksReads reports ALTER INDEX SET of a parameter that takes
// ACCESS EXCLUSIVE on the index: planning a query of the table opens every
// index, so that reads of the table wait.
var IndexParameterBlocksReads = register(Rule{
	ID:       "index-parameter-blocks-reads",
	Summary:  "ALTER INDEX SET of some parameters stops every query of the table",
	Category: Lock,
	Severity: Warning,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		if p.limited() {
			return // the only way there is
		}
		for _, a := range p.actions(effect.SetIndexOptions) {
			if !a.Lock.BlocksReads() || p.IsNew(*a.Effect) {
				continue
			}
			f := p.about(a, *a.Effect, "")
			table := "its table"
			if r := p.Catalog.Get(a.OID); r != nil {
				if t := p.Catalog.Get(r.Table); t != nil {
					table = t.Name.String()
				}
			}
			f.Message = fmt.Sprintf("ALTER INDEX SET (%s) takes %s on the index %s", a.Object, a.Lock, a.Target)
			f.Consequence = fmt.Sprintf("every read and write of %s waits: planning opens all indexes", table)
			f.Hint = lines(p.setLockTimeout(), "before it, and nothing after it in the transaction")
			p.Report(f)
		}
	},
})

package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// IndexNotConcurrent reports CREATE INDEX without CONCURRENTLY: the server reads
// the whole table while it holds SHARE, for which every write waits.
var IndexNotConcurrent = register(Rule{
	ID:       "index-not-concurrent",
	Summary:  "CREATE INDEX blocks writes until the index is built",
	Category: Lock,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, e := range p.Effects {
			builds := e.Op == effect.CreateIndex || e.Op == effect.Also && e.Via == effect.CreateIndex
			if !builds || !e.Work.Has(effect.Build) || !e.Lock.BlocksWrites() {
				continue // CONCURRENTLY, or no index is built
			}
			if p.idle(e) {
				continue // created here: nobody waits
			}
			r := p.Catalog.Get(e.OID)
			if r != nil && r.Persistence == catalog.Temp {
				continue // no other session can see it
			}
			f := Finding{
				Span:        p.Stmt.Span,
				Message:     fmt.Sprintf("CREATE INDEX reads all of %s under %s", e.Target, e.Lock),
				Consequence: p.Waits(e, "build"),
				Relation:    e.Target.String(),
				Lock:        e.Lock.String(),
			}
			if e.Op == effect.Also {
				f.Hint = "CREATE INDEX … ON ONLY the partitioned table, which builds nothing\n" +
					"then CREATE INDEX CONCURRENTLY on each partition, outside a transaction\n" +
					"then ALTER INDEX … ATTACH PARTITION for each"
				p.Report(f)
				return // one finding, not one for each partition
			}
			if at, ok := p.after("CREATE", "UNIQUE?", "INDEX"); ok {
				f.Hint = p.with(at, " CONCURRENTLY")
				if p.Outside() == "" {
					f.Fix = []Edit{{Start: at, End: at, Text: " CONCURRENTLY"}}
				}
			} else {
				f.Hint = "CREATE INDEX CONCURRENTLY"
			}
			if how := p.Outside(); how != "" {
				f.Hint += "\n" + how
			}
			p.Report(f)
			return
		}
	},
})

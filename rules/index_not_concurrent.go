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
			elsewhere := p.partitionsElsewhere(e)
			if !builds || !e.Work.Has(effect.Build) && !elsewhere || !e.Lock.BlocksWrites() {
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
			if elsewhere {
				f.Message = fmt.Sprintf("CREATE INDEX reads all partitions of %s under %s", e.Target, e.Lock)
			}
			if e.Op == effect.Also || elsewhere {
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

// partitionsElsewhere tells whether an index is created on a partitioned table of
// an earlier migration that has no partition as far as the history goes: they are
// made by functions, jobs or the application, since without one the table is of no
// use.
func (p *Pass) partitionsElsewhere(e effect.Effect) bool {
	r := p.Catalog.Get(e.OID)
	return e.Op == effect.CreateIndex && e.Detail.Recurses && !e.NoOp && r != nil && len(r.Children) == 0
}

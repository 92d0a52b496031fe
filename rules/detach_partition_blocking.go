package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/effect"
)

// DetachPartitionBlocking reports DETACH PARTITION without CONCURRENTLY: it waits
// for every query on the partitioned table, while new ones wait behind it.
var DetachPartitionBlocking = register(Rule{
	ID:       "detach-partition-blocking",
	Summary:  "DETACH PARTITION locks the whole partitioned table",
	Category: Lock,
	Severity: Warning,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.DetachPartition) {
			if !a.Lock.BlocksReads() || p.IsNew(*a.Effect) || a.Same {
				continue // CONCURRENTLY, FINALIZE, or nobody's table
			}
			f := p.about(a, *a.Effect, "")
			f.Message = fmt.Sprintf("DETACH PARTITION takes %s on %s", a.Lock, a.Target)
			f.Hint = p.outside(alter(*a.Effect, "DETACH PARTITION "+a.Detail.Ref.Short()+" CONCURRENTLY"))
			if p.PG < 14 || p.hasDefault(a) {
				if p.limited() {
					continue // CONCURRENTLY is refused: the only way there is
				}
				f.Hint = lines(p.setLockTimeout(), "before it, and nothing after it in the transaction: CONCURRENTLY is refused here")
			}
			if p.PG >= 14 && !p.hasDefault(a) && p.Outside() == "" && p.Do == nil && p.Stmt.Clauses() == 1 {
				f.Fix = insert(p.Section, a.Span.End, " CONCURRENTLY")
			}
			p.Report(f)
		}
	},
})

// hasDefault tells whether the partitioned table of an action has a default partition.
func (p *Pass) hasDefault(a action) bool {
	r := p.Catalog.Get(a.OID)
	for i := 0; r != nil && i < len(r.Children); i++ {
		if ch := p.Catalog.Get(r.Children[i]); ch != nil && ch.DefaultPart {
			return true
		}
	}
	return false
}

package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// RefreshMatviewBlocking reports REFRESH MATERIALIZED VIEW without CONCURRENTLY:
// its readers wait until the query has run.
var RefreshMatviewBlocking = register(Rule{
	ID:       "refresh-matview-blocking",
	Summary:  "REFRESH MATERIALIZED VIEW keeps its readers waiting while the query runs",
	Category: Lock,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.RefreshMatView) {
			r := p.Catalog.Get(a.OID)
			if a.Detail.Concurrent || a.Detail.NotValid || p.IsNew(*a.Effect) || a.Same || r != nil && r.NoData {
				continue // CONCURRENTLY, WITH NO DATA, or nobody has read it yet
			}
			f := p.about(a, *a.Effect, "query")
			f.Message = fmt.Sprintf("REFRESH MATERIALIZED VIEW fills %s under %s", a.Target, a.Lock)
			f.Hint = fmt.Sprintf("REFRESH MATERIALIZED VIEW CONCURRENTLY %s;\nwhich needs a unique index without WHERE on columns of it", a.Target.Short())
			if r != nil && !r.Assumed && !p.uniquelyIndexed(r) {
				f.Hint = "first a unique index without WHERE on columns of it, built CONCURRENTLY\n" +
					"then REFRESH MATERIALIZED VIEW CONCURRENTLY, which the server refuses without one"
			}
			if at, ok := p.after("REFRESH", "MATERIALIZED", "VIEW"); ok && r != nil && !r.Assumed && p.uniquelyIndexed(r) {
				f.Fix = insert(p.Section, at, " CONCURRENTLY")
			}
			p.Report(f)
		}
	},
})

// uniquelyIndexed tells whether REFRESH … CONCURRENTLY finds the index that it needs.
func (p *Pass) uniquelyIndexed(r *catalog.Relation) bool {
	for _, i := range r.Indexes {
		if ix := p.Catalog.Get(i); ix != nil && ix.Unique && !ix.HasExpr && ix.Predicate == "" && !ix.Invalid {
			return true
		}
	}
	return false
}

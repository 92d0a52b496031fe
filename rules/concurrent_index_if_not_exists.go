package rules

import "fmt"

// ConcurrentIndexIfNotExists reports CREATE INDEX CONCURRENTLY IF NOT EXISTS: over
// what a failed build left it does nothing, and says that all is well.
var ConcurrentIndexIfNotExists = register(Rule{
	ID:       "concurrent-index-if-not-exists",
	Summary:  "IF NOT EXISTS takes an invalid index for the index",
	Category: Failure,
	Severity: Warning,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		e, ok := p.concurrentIndex()
		if !ok || !e.Detail.IfExists {
			return
		}
		for i := range p.Index {
			if _, drops := p.Stmts[i].Keyword("DROP", "INDEX"); drops {
				return // what a failed build left is dropped before
			}
		}
		p.Report(Finding{Span: p.Stmt.Span, Relation: e.Target.String(),
			Message:     fmt.Sprintf("IF NOT EXISTS takes an invalid %s, which a failed build leaves, for the index", e.Object),
			Consequence: "the second attempt succeeds and builds nothing: writes maintain an index that no query uses",
			Hint:        lines("in a migration of its own before this one:", "DROP INDEX CONCURRENTLY IF EXISTS "+e.Object+";", "and here CREATE INDEX CONCURRENTLY without IF NOT EXISTS")})
	},
})

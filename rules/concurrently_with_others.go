package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/pgsql"
)

// ConcurrentlyWithOthers reports a statement that the server refuses inside a
// transaction block, where the tool sends it together with others in one
// message: that is one transaction too.
var ConcurrentlyWithOthers = register(Rule{
	ID:       "concurrently-with-others",
	Summary:  "CONCURRENTLY is refused in a message of several statements, which is one transaction",
	Category: Failure,
	Severity: Error,
	Since:    "0.1.0",
	Refusal:  true,
	Check: func(p *Pass) {
		if k := p.Stmt.Tx.Kind; k != pgsql.TxImplicit && k != pgsql.TxPipeline {
			return
		}
		refusedInBlock(p, func(what string) string {
			return fmt.Sprintf("%s is refused here: %s sends it together with other statements, as one transaction", what, p.Tool)
		})
	},
})

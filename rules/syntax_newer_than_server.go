package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/effect"
)

// SyntaxNewerThanServer reports syntax that the oldest server to be safe on does
// not have: there the statement is a syntax error.
var SyntaxNewerThanServer = register(Rule{
	ID:       "syntax-newer-than-server",
	Summary:  "the server does not know the syntax yet",
	Category: Failure,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		if n, tooNew := effect.TooNew(p.Stmt, p.PG); tooNew {
			p.Report(Finding{
				Span:        n.Span,
				Message:     fmt.Sprintf("PostgreSQL %d does not know %s, which came with %d", p.PG, n.What, n.Since),
				Consequence: "the migration fails here with SQLSTATE 42601",
				Hint:        fmt.Sprintf("if no older server runs it: --pg %d, or pg: %d in .safemig.yml", n.Since, n.Since),
			})
		}
	},
})

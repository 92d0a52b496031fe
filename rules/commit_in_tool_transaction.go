package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/pgsql"
)

// CommitInToolTransaction reports a COMMIT or ROLLBACK in the text that ends the
// transaction which the tool opened.
var CommitInToolTransaction = register(Rule{
	ID:       "commit-in-tool-transaction",
	Summary:  "COMMIT in the text ends the transaction that the tool opened",
	Category: Failure,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		c := p.Stmt.TxControl()
		if !c.Ends() || p.Stmt.Tx.Kind != pgsql.TxTool {
			return
		}
		if p.Tool == "plain" && c.Op == pgsql.TxOpCommit && p.Index == len(p.Stmts)-1 && p.Stmts[0].TxControl().Op == pgsql.TxOpBegin {
			return // it says itself what safemig does anyway: BEGIN, all of it, COMMIT
		}
		word := "COMMIT"
		switch c.Op {
		case pgsql.TxOpRollback:
			word = "ROLLBACK"
		case pgsql.TxOpPrepare:
			word = "PREPARE TRANSACTION"
		}
		f := Finding{Span: p.Stmt.Span,
			Message:     fmt.Sprintf("%s ends the transaction that %s opened", word, p.Tool),
			Consequence: "what follows commits statement by statement, and so does the record of the migration",
			Hint:        "remove BEGIN and " + word + ": the tool writes them"}
		if p.Section.Run.OptOut != "" {
			f.Hint = lines(f.Hint, fmt.Sprintf("or write your own, in a migration that says '%s'", p.Section.Run.OptOut))
		}
		p.Report(f)
	},
})

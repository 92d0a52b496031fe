package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/pgsql"
)

// TransactionNesting reports BEGIN where a transaction is open, COMMIT where none
// is, and a BEGIN that the file never ends.
var TransactionNesting = register(Rule{
	ID:       "transaction-nesting",
	Summary:  "BEGIN and COMMIT do not match the transactions that there are",
	Category: Failure,
	Severity: Warning,
	Since:    "0.1.0",
	Section: func(p *SectionPass) {
		open := -1 // the BEGIN that is not ended
		for i := range p.Stmts {
			s := &p.Stmts[i]
			c := s.TxControl()
			f := Finding{Span: s.Span, Statement: s.Span}
			switch {
			case c.Op == pgsql.TxOpBegin && s.Tx.Kind == pgsql.TxTool:
				if p.endsTool(i) {
					continue // of which commit-in-tool-transaction speaks
				}
				f.Message = fmt.Sprintf("BEGIN does nothing: %s has opened a transaction", p.Tool)
				f.Consequence = "the server answers with a warning; the COMMIT that goes with it ends the tool's transaction"
				f.Hint = "leave BEGIN and COMMIT out"
			case c.Op == pgsql.TxOpBegin && i > 0 && p.Stmts[i-1].Tx == s.Tx && s.Tx.Kind == pgsql.TxExplicit:
				f.Message = fmt.Sprintf("BEGIN does nothing: line %d has opened a transaction", p.Line(&p.Stmts[max(open, 0)]))
				f.Consequence = "the server answers with a warning; transactions do not nest, and the first COMMIT ends the only one"
				f.Hint = "leave it out, or use SAVEPOINT"
			case c.Op == pgsql.TxOpBegin:
				open = i
				continue
			case c.Ends():
				if open = -1; c.Chain {
					open = i
				}
				if s.Tx.Kind != pgsql.TxNone {
					continue
				}
				f.Message = "no transaction is open here"
				f.Consequence = "the server answers with a warning, and what was to be undone or kept together was not"
				f.Hint = "leave it out, or put BEGIN before what it is to end"
			default:
				continue
			}
			p.Report(f)
		}
		if n := len(p.Stmts); open >= 0 && p.Stmts[n-1].Tx.Kind == pgsql.TxExplicit {
			s := &p.Stmts[open]
			p.Report(Finding{Span: s.Span, Statement: s.Span, Severity: Error,
				Message:     "the transaction that BEGIN opens is never committed",
				Consequence: "its changes are lost when the connection closes, or its locks stay on a pooled one; the tool's record may be lost with it",
				Hint:        "put COMMIT at the end"})
		}
	},
})

// endsTool tells whether a statement after the i'th ends the tool's transaction.
func (p *SectionPass) endsTool(i int) bool {
	for j := i + 1; j < len(p.Stmts); j++ {
		if p.Stmts[j].Tx.Kind == pgsql.TxTool && p.Stmts[j].TxControl().Ends() {
			return true
		}
	}
	return false
}

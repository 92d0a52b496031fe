package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
)

// NoTransactionWithoutEffect reports a section that the author took out of the
// tool's transaction and of which the tool sends several statements as one
// message: they are one transaction all the same.
var NoTransactionWithoutEffect = register(Rule{
	ID:       "no-transaction-without-effect",
	Summary:  "Statements sent as one message are one transaction, whatever the marker says",
	Category: Failure,
	Severity: Warning,
	Since:    "0.1.0",
	Section: func(p *SectionPass) {
		if run := p.Section.Run; run.Wrap != migration.WrapNone || run.OptOut == "" {
			return // the author did not ask for it
		}
		for i := 0; i < len(p.Stmts); {
			tx := p.Stmts[i].Tx
			n, refused := 0, false
			for i+n < len(p.Stmts) && p.Stmts[i+n].Tx.ID == tx.ID {
				refused = refused || p.refused(i+n)
				n++
			}
			if tx.Kind == pgsql.TxImplicit && n > 1 && !refused { // else concurrently-with-others has the word
				p.Report(Finding{
					Span: p.Stmts[i].Span, Statement: p.Stmts[i].Span,
					Message:     fmt.Sprintf("%d statements are one transaction in spite of '%s': %s sends them as one message", n, p.Section.Run.OptOut, p.Tool),
					Consequence: "locks of all of them are held to the end, and what fails takes the others back",
					Hint:        lines("one statement a migration", p.Section.Run.Alone, "or without the marker: then the record is part of the transaction"),
				})
			}
			i += n
		}
	},
})

package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/pgsql"
)

// ConcurrentlyInTransaction reports a statement that the server refuses inside a
// transaction block, in a block that the tool or BEGIN opened.
var ConcurrentlyInTransaction = register(Rule{
	ID:       "concurrently-in-transaction",
	Summary:  "CONCURRENTLY, VACUUM and their like are refused in a transaction block",
	Category: Failure,
	Severity: Error,
	Since:    "0.1.0",
	Refusal:  true,
	Check: func(p *Pass) {
		opener := ""
		switch p.Stmt.Tx.Kind {
		case pgsql.TxTool:
			opener = "which " + p.Tool + " opens here"
		case pgsql.TxExplicit:
			opener = "which BEGIN opened"
		default:
			return
		}
		refusedInBlock(p, func(what string) string {
			return fmt.Sprintf("%s is refused in a transaction block, %s", what, opener)
		})
	},
})

// refusedInBlock reports the statement if the server refuses it in a transaction
// block. One that fails anywhere is certain-failure's.
func refusedInBlock(p *Pass, message func(what string) string) {
	what, no := effect.Forbidden(p.Effects)
	if !no || p.fails() != nil {
		return
	}
	f := Finding{Span: p.Stmt.Span, Message: message(what),
		Consequence: "the migration fails here with SQLSTATE 25001", Hint: p.outside(p.Stmt.OneLine(p.Stmt.Span) + ";")}
	for _, e := range p.Effects {
		if e.Kind != "" && e.Op != effect.Also {
			f.Relation, f.Lock = e.Target.String(), e.Lock.String()
			break
		}
	}
	p.Report(f)
}

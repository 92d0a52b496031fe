package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/effect"
)

// DeleteWithoutWhere reports a DELETE of every row of a table that was there before.
var DeleteWithoutWhere = register(Rule{
	ID:       "delete-without-where",
	Summary:  "DELETE without WHERE loses every row",
	Category: DataLoss,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		e, ok := p.rowChange(effect.Delete)
		if !ok || !e.Detail.NoWhere {
			return
		}
		p.Report(Finding{
			Span:        e.Span,
			Message:     fmt.Sprintf("DELETE without WHERE loses every row of %s", e.Target),
			Consequence: "rows of other tables that reference it with ON DELETE CASCADE go too",
			Hint:        "say which rows, or confirm it with a comment before the statement: -- safemig:ignore delete-without-where and the reason",
			Relation:    e.Target.String(),
			Lock:        e.Lock.String(),
		})
	},
})

package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/effect"
)

// UpdateWithoutWhere reports an UPDATE of every row of a table that was there before.
var UpdateWithoutWhere = register(Rule{
	ID:       "update-without-where",
	Summary:  "UPDATE without WHERE writes every row, and keeps all of them locked",
	Category: Lock,
	Severity: Warning,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		if _, locked := p.held(); locked {
			return // work-while-locked's
		}
		e, ok := p.rowChange(effect.Update)
		if !ok || !e.Detail.NoWhere {
			return
		}
		p.Report(Finding{
			Span:        e.Span,
			Message:     fmt.Sprintf("UPDATE without WHERE writes every row of %s", e.Target),
			Consequence: "every writer of the table waits to the commit, and what the columns held is gone",
			Hint:        "change a few thousand rows at a time, picked by the primary key, each time in a transaction of its own",
			Relation:    e.Target.String(),
			Lock:        e.Lock.String(),
		})
	},
})

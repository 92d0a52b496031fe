package rules

import (
	"fmt"
	"strings"

	"github.com/safemig/safemig/internal/effect"
)

// BackfillUnbounded reports an UPDATE, DELETE or MERGE of which nothing says how many
// rows it changes: they stay locked to the end of the transaction.
var BackfillUnbounded = register(Rule{
	ID:       "backfill-unbounded",
	Summary:  "one statement changes any number of rows, which stay locked to its end",
	Category: Lock,
	Severity: Warning,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		if _, locked := p.held(); locked {
			return // work-while-locked's
		}
		e, ok := p.rowChange(effect.Update, effect.Delete, effect.Merged)
		if !ok || e.Detail.NoWhere || e.Detail.ByKey {
			return // ByKey: the first or the last batch
		}
		f := Finding{
			Span:        e.Span,
			Message:     fmt.Sprintf("%s changes any number of rows of %s in one go", strings.ToUpper(e.Op.String()), e.Target),
			Consequence: "writers of these rows wait to the commit; VACUUM removes nothing younger in the whole database meanwhile, and replicas fall behind",
			Hint:        "change a few thousand rows at a time, picked by the primary key, each time in a transaction of its own",
			Relation:    e.Target.String(),
			Lock:        e.Lock.String(),
		}
		if e.Detail.Picks || p.Down {
			f.Severity = Info // perhaps a handful
		}
		p.Report(f)
	},
})

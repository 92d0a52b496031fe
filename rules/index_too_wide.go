package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/effect"
)

// IndexTooWide reports an index of more than three columns that keeps nothing
// unique. It is off by default: some are what a query needs.
var IndexTooWide = register(Rule{
	ID:       "index-too-wide",
	Summary:  "an index has more than three columns, of which queries seldom use the last",
	Category: Hygiene,
	Severity: Off,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.CreateIndex},
	Check: func(p *Pass) {
		for _, e := range p.Effects {
			if e.Op == effect.CreateIndex && !e.NoOp && !e.Detail.Unique && len(e.Detail.Columns) > 3 && !p.Down {
				p.Report(Finding{Span: e.Span, Severity: Info, Relation: e.Target.String(),
					Message:     fmt.Sprintf("the index on %s has %d columns", e.Target, len(e.Detail.Columns)),
					Consequence: "it is large, and every write keeps it up to date; a query that does not hold the first columns to values cannot use the last",
					Hint:        "keep the columns that queries compare with =, or put what they only read into INCLUDE"})
			}
		}
	},
})

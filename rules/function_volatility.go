package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// FunctionNotImmutableAnyMore reports a function that loses IMMUTABLE while an index
// or a generated column calls it.
var FunctionNotImmutableAnyMore = register(Rule{
	ID:       "function-not-immutable-any-more",
	Summary:  "a function loses IMMUTABLE that an index or a generated column needs",
	Category: Failure,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.CreateFunction, effect.AlterFunction},
	Check: func(p *Pass) {
		for _, e := range p.Effects {
			if e.OID == 0 || e.Detail.OldVolatility != 'i' || e.Detail.Volatility == 'i' || p.Down ||
				e.Op != effect.CreateFunction && e.Op != effect.AlterFunction {
				continue
			}
			what, table, _ := p.storesCalls(e.OID)
			if what == "" {
				continue
			}
			p.Report(Finding{Span: e.Span, Relation: table,
				Message:     fmt.Sprintf("%s is IMMUTABLE no more, and %s of %s calls it", e.Target, what, table),
				Consequence: "the server does not look again: it goes on using what is stored, and a dump of the table cannot be restored",
				Hint:        "leave it IMMUTABLE if it is; else take what calls it away first"})
		}
	},
})

// ImmutableFunctionReadsTable reports a function declared IMMUTABLE whose body in SQL
// reads a table.
var ImmutableFunctionReadsTable = register(Rule{
	ID:       "immutable-function-reads-table",
	Summary:  "a function that reads a table is declared IMMUTABLE",
	Category: Failure,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.CreateFunction},
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.CreateFunction) {
			if a.Detail.Volatility != 'i' || p.Down {
				continue
			}
			for _, r := range a.also {
				if r.Kind == catalog.Sequence || r.Kind == "" {
					continue
				}
				p.Report(Finding{Span: a.Span, Relation: r.Target.String(),
					Message:     fmt.Sprintf("%s is declared IMMUTABLE, and reads %s", a.Target, r.Target),
					Consequence: "plans and indexes keep the answer of the day on which they were made, when the rows are others long since",
					Hint:        "declare it STABLE"})
				break
			}
		}
	},
})

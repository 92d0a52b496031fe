package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// ObjectCreatedLater reports CREATE TABLE of a table that an earlier migration, or
// an earlier statement, has used.
var ObjectCreatedLater = register(Rule{
	ID:       "object-created-later",
	Summary:  "a table is created after statements that need it",
	Category: Failure,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.CreateTable, effect.CreateView, effect.CreateMatView},
	Check: func(p *Pass) {
		if p.Down || p.Do != nil {
			return
		}
		for _, e := range p.Effects {
			if e.Op != effect.CreateTable && e.Op != effect.CreateView && e.Op != effect.CreateMatView || e.NoOp || e.Detail.IfExists {
				continue
			}
			r := p.Catalog.Lookup(e.Target)
			if r == nil || !r.Assumed || r.AssumedBy == 0 || !holdsRows(r.Kind) && r.Kind != catalog.View {
				continue
			}
			f := Finding{Span: e.Span, Relation: e.Target.String(),
				Message:     fmt.Sprintf("%s is created here, after a statement of an earlier migration that needs it", e.Target),
				Consequence: "on an empty database that one fails with SQLSTATE 42P01; where it did not, this one fails with 42P07",
				Hint:        "put the one that creates it first"}
			if r.AssumedBy == p.Catalog.Migration {
				f.Message = fmt.Sprintf("%s is created here, after a statement of this migration that needs it", e.Target)
				f.Consequence = "that statement fails with SQLSTATE 42P01, or this one with 42P07"
			}
			p.Report(f)
		}
	},
})

package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/effect"
)

// SetLocalOutsideTransaction reports SET LOCAL where no transaction is open: the
// server warns and does nothing.
var SetLocalOutsideTransaction = register(Rule{
	ID:       "set-local-outside-transaction",
	Summary:  "SET LOCAL outside a transaction sets nothing",
	Category: Hygiene,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.SetSetting},
	Check: func(p *Pass) {
		for _, e := range p.Effects {
			if e.Op != effect.SetSetting || !e.Detail.Local || !e.NoOp {
				continue
			}
			f := Finding{
				Span:        e.Span,
				Message:     fmt.Sprintf("SET LOCAL %s outside a transaction sets nothing", e.Detail.Name),
				Consequence: "the server answers with a warning, and what follows runs without the setting",
				Hint:        fmt.Sprintf("SET %s = '%s';", e.Detail.Name, e.Detail.Value),
			}
			if at, ok := p.after("SET", "LOCAL"); ok {
				from, _ := p.after("SET")
				f.Fix = []Edit{{Start: from, End: at, Text: ""}}
			}
			p.Report(f)
		}
	},
})

package rules

import "github.com/safemig/safemig/internal/effect"

// DiscardAll reports DISCARD ALL: it releases the session's advisory locks, by
// which tools keep each other out.
var DiscardAll = register(Rule{
	ID:       "discard-all",
	Summary:  "DISCARD ALL releases the lock by which the tool keeps others out",
	Category: Failure,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.ResetSetting},
	Check: func(p *Pass) {
		if p.Stmt.Tx.Block() {
			return // refused
		}
		for _, e := range p.Effects {
			if e.Op == effect.ResetSetting && e.Object == "DISCARD ALL" {
				p.Report(Finding{Span: p.Stmt.Span,
					Message:     "DISCARD ALL releases the session's advisory locks, settings and temporary tables, those of " + p.Tool + " too",
					Consequence: "a second instance of the tool may start to run the same migrations",
					Hint:        "RESET ALL;\nor what exactly is to be forgotten"})
			}
		}
	},
})

package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// ExtensionUpdated reports ALTER EXTENSION UPDATE without a version.
var ExtensionUpdated = register(Rule{
	ID:       "extension-updated",
	Summary:  "ALTER EXTENSION UPDATE runs a script that is not in the text, to a version that it does not name",
	Category: Hygiene,
	Severity: Info,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.UpdateExtension},
	Check: func(p *Pass) {
		for _, e := range p.Effects {
			if e.Op == effect.UpdateExtension && e.Detail.Value == "" {
				p.Report(Finding{Span: e.Span,
					Message:     fmt.Sprintf("ALTER EXTENSION %s UPDATE goes to whatever version the server has", catalog.Quote(e.Object)),
					Consequence: "each environment gets another; what its script locks and rewrites is not in the text",
					Hint:        "name the version: UPDATE TO '…', after reading its release notes"})
			}
		}
	},
})

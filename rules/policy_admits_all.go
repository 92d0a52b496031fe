package rules

import (
	"fmt"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// PolicyAdmitsAll reports a policy that lets every role write every row.
var PolicyAdmitsAll = register(Rule{
	ID:       "policy-admits-all",
	Summary:  "a policy lets every role write every row",
	Category: Security,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.CreatePolicy},
	Check: func(p *Pass) {
		for _, e := range p.Effects {
			if e.Op != effect.CreatePolicy || e.Detail.Value != "true" || !e.Detail.ToPublic || e.Detail.Name == "select" || p.Down {
				continue
			}
			p.Report(Finding{Span: e.Span, Relation: e.Target.String(),
				Message:     fmt.Sprintf("the policy %s lets every role %s every row of %s", catalog.Quote(e.Object), does(e.Detail.Name), e.Target),
				Consequence: "policies are joined by OR: beside this one no other keeps anybody out",
				Hint:        "say TO which role, or hold the rows to who asks for them in USING and WITH CHECK\nfor a table that all may read: FOR SELECT USING (true)"})
		}
	},
})

func does(command string) string {
	if command == "all" {
		return "read and write"
	}
	return strings.ToUpper(command)
}

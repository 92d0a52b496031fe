package rules

import (
	"fmt"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// DomainConstraintScansTables reports ALTER DOMAIN that makes the server read
// every table with a column of the domain, under SHARE.
var DomainConstraintScansTables = register(Rule{
	ID:       "domain-constraint-scans-tables",
	Summary:  "a constraint of a domain reads every table that uses it while writes wait",
	Category: Lock,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.AlterDomain) {
			if !a.Work.Has(effect.Scan) || a.New {
				continue
			}
			var tables []string
			var first effect.Effect
			for _, e := range a.also {
				if e.Work.Has(effect.Scan) && !p.IsNew(e) {
					if tables = append(tables, e.Target.String()); len(tables) == 1 {
						first = e
					}
				}
			}
			domain := a.Target.String()
			f := Finding{Span: a.Span, Lock: effect.Share.String()}
			switch {
			case len(tables) > 0:
				f = p.about(a, first, "scan")
				f.Message = fmt.Sprintf("ALTER DOMAIN %s scans %s under %s", domain, strings.Join(tables, ", "), effect.Share)
			case a.Detail.Unknown == catalog.Yes:
				f.Severity = Warning
				f.Message = fmt.Sprintf("ALTER DOMAIN %s scans every table with a column of the domain under %s", domain, effect.Share)
				f.Consequence = "every write to these tables waits for the scan"
			default:
				continue // nobody uses it
			}
			switch {
			case a.Detail.NotNull:
				f.Hint = "take NOT NULL to the tables, as safemig explain set-not-null shows: a domain has no way that stops nobody"
			case a.Object == "VALIDATE CONSTRAINT":
				f.Hint = "leave it NOT VALID, which holds for new values: a domain has no way to validate that stops nobody"
			default:
				f.Hint = "add it NOT VALID, which holds for new values and reads nothing"
			}
			p.Report(f)
		}
	},
})

package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/effect"
)

// AutovacuumDisabled reports a table for which a file turns autovacuum off and not
// on again.
var AutovacuumDisabled = register(Rule{
	ID:       "autovacuum-disabled",
	Summary:  "autovacuum is turned off for a table, which then grows and is planned badly",
	Category: Hygiene,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.SetOptions},
	Section: func(p *SectionPass) {
		for i, effects := range p.Effects {
			for _, e := range effects {
				if e.Op != effect.SetOptions || p.refused(i) || p.undone(i) {
					continue
				}
				r := p.Catalog.Get(e.OID)
				if r == nil || !slices.Contains([]string{"false", "off", "no", "0"}, r.Options["autovacuum_enabled"]) || !strings.Contains(e.Object, "autovacuum_enabled") {
					continue
				}
				f := p.on(i, e)
				f.Message = fmt.Sprintf("autovacuum_enabled = off for %s is not taken back in this file", e.Target)
				f.Consequence = "dead rows are never cleared away and statistics never renewed, until a forced vacuum against wraparound comes at its own time"
				f.Hint = fmt.Sprintf("ALTER TABLE %s RESET (autovacuum_enabled);\nat the end of the work that it would disturb", e.Target.Short())
				p.Report(f)
			}
		}
	},
})

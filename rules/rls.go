package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// RLSEnabledWithoutPolicy reports ENABLE ROW LEVEL SECURITY on a table that has
// no policy at the end of the migration: every row is hidden from all but the owner.
var RLSEnabledWithoutPolicy = register(Rule{
	ID:       "rls-enabled-without-policy",
	Summary:  "row level security without a policy hides every row",
	Category: Security,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.EnableRLS, effect.DropPolicy},
	Section: func(p *SectionPass) {
		for i, effects := range p.Effects {
			for _, e := range effects {
				dropped := e.Op == effect.DropPolicy && !p.Down && !p.enablesRLS(e.Target)
				if e.Op != effect.EnableRLS && !dropped || e.New || e.Same || p.refused(i) || p.undone(i) {
					continue // a table of the migration's own has no rows to hide
				}
				r := p.Catalog.Lookup(e.Target)
				if r == nil || !r.RowSecurity || len(r.Policies) > 0 {
					continue
				}
				f := p.on(i, e)
				f.Message = fmt.Sprintf("ENABLE ROW LEVEL SECURITY hides every row of %s: there is no policy", e.Target)
				if dropped {
					f.Message = fmt.Sprintf("DROP POLICY %s hides every row of %s: it was the last policy", catalog.Quote(e.Object), e.Target)
				}
				f.Consequence = "roles that neither own the table nor have BYPASSRLS read nothing and write nothing from the commit on"
				f.Hint = fmt.Sprintf("first CREATE POLICY … ON %s, in the same transaction", e.Target.Short())
				p.Report(f)
			}
		}
	},
})

// RLSDisabled reports DISABLE and NO FORCE ROW LEVEL SECURITY of a table that
// was there before.
var RLSDisabled = register(Rule{
	ID:       "rls-disabled",
	Summary:  "row level security is turned off: every row is open to who may read the table",
	Category: Security,
	Severity: Warning,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.DisableRLS, effect.NoForceRLS) {
			r := p.Catalog.Get(a.OID)
			if p.made(*a.Effect) || r != nil && !r.Assumed && (a.Op == effect.DisableRLS && !r.RowSecurity || a.Op == effect.NoForceRLS && !r.ForceRLS) {
				continue // the migration's own, or off already
			}
			f := p.about(a, *a.Effect, "")
			f.Message = fmt.Sprintf("DISABLE ROW LEVEL SECURITY opens every row of %s to all who may read the table", a.Target)
			f.Consequence = "the policies stay, and are not looked at from the commit on"
			f.Hint = "keep it enabled, and change the policies"
			if a.Op == effect.NoForceRLS {
				f.Message = fmt.Sprintf("NO FORCE ROW LEVEL SECURITY opens every row of %s to its owner", a.Target)
				f.Consequence = "an application that connects as the owner is no longer held to the policies"
			}
			p.Report(f)
		}
	},
})

// enablesRLS tells whether the section turns row level security on for a table.
func (p *SectionPass) enablesRLS(n catalog.Name) bool {
	for _, effects := range p.Effects {
		for _, e := range effects {
			if e.Op == effect.EnableRLS && e.Target == n {
				return true
			}
		}
	}
	return false
}

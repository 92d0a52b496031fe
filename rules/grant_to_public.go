package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/effect"
)

// GrantToPublic reports GRANT … TO PUBLIC of what PUBLIC does not have by default.
var GrantToPublic = register(Rule{
	ID:       "grant-to-public",
	Summary:  "a grant to PUBLIC is one to every role, also those to come",
	Category: Security,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.Grant},
	Check: func(p *Pass) {
		for _, e := range p.Effects {
			if e.Op != effect.Grant || !e.Detail.ToPublic || byDefault(e) {
				continue
			}
			what := strings.Join(e.Detail.Privileges, ", ")
			on := e.Target.String()
			if e.Kind == "" {
				on = strings.TrimSpace(e.Object + " " + strings.Join(e.Detail.Names, ", "))
			}
			f := Finding{Span: e.Span, Message: fmt.Sprintf("GRANT %s on %s to PUBLIC: to every role of the cluster that may connect", strings.ToUpper(what), on),
				Hint: "grant it to a role, and that role to those who need it"}
			if e.Kind != "" {
				f.Relation = e.Target.String()
			}
			p.Report(f)
			return
		}
	},
})

// byDefault tells whether PUBLIC has the privilege without the grant (acldefault, acl.c).
func byDefault(e effect.Effect) bool {
	only := func(ps ...string) bool {
		return !slices.ContainsFunc(e.Detail.Privileges, func(p string) bool { return !slices.Contains(ps, p) })
	}
	switch e.Object {
	case "FUNCTION", "PROCEDURE", "ROUTINE", "TYPE", "DOMAIN", "LANGUAGE":
		return true
	case "DATABASE":
		return only("connect", "temporary", "temp")
	case "SCHEMA":
		return only("usage")
	}
	return false
}

package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/migration"
)

// RolePasswordInText reports a password that stands in a migration as such.
var RolePasswordInText = register(Rule{
	ID:       "role-password-in-text",
	Summary:  "a password stands in the migration, and in the server's log",
	Category: Security,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.Role},
	Check: func(p *Pass) {
		for _, e := range p.Effects {
			if e.Op == effect.Role && e.Detail.Value == "password" && !p.filledAfter("PASSWORD") {
				p.Report(Finding{Span: e.Span,
					Message:     fmt.Sprintf("the password of %s stands in the text", catalog.Quote(e.Detail.Name)),
					Consequence: "who reads the repository or the server's log has it, and every environment has the same",
					Hint:        "create the role without PASSWORD, and set it where secrets are kept: \\password in psql sends a hash"})
			}
		}
	},
})

// filledAfter tells whether the tool puts in what follows a word of the statement, in
// quotes or not.
func (p *Pass) filledAfter(word string) bool {
	at, ok := p.Stmt.Keyword(word)
	return ok && slices.ContainsFunc(p.Section.Filled, func(filled migration.Span) bool {
		f := p.Section.Map.Span(filled)
		return at.End <= f.Start && strings.Trim(string(p.Section.File.Src[at.End:f.Start]), " \t\r\n'") == ""
	})
}

// RoleAboveRules reports a role that row level security and privileges do not hold.
var RoleAboveRules = register(Rule{
	ID:       "role-above-rules",
	Summary:  "a role gets SUPERUSER or BYPASSRLS, which no privilege or policy holds",
	Category: Security,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.Role},
	Check: func(p *Pass) {
		for _, e := range p.Effects {
			if e.Op != effect.Role {
				continue
			}
			var what []string
			for _, w := range e.Detail.Privileges {
				if w != "createrole" {
					what = append(what, strings.ToUpper(w))
				}
			}
			if len(what) == 0 {
				continue
			}
			p.Report(Finding{Span: e.Span,
				Message:     fmt.Sprintf("%s gets %s", catalog.Quote(e.Detail.Name), strings.Join(what, " and ")),
				Consequence: "policies are not looked at for it; as a superuser it reads files and runs programs on the server",
				Hint:        "grant what it needs, table by table, or one of the predefined roles (pg_read_all_data, pg_monitor)"})
		}
	},
})

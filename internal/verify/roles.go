package verify

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/safemig/safemig/internal/observe"
)

// named finds the roles that no effect names.
var named = regexp.MustCompile(`(?i)\b(?:OWNER\s+TO|SET\s+ROLE|AUTHORIZATION|FOR\s+(?:ROLE|USER))\s+("(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)`)

// creates finds the roles that a migration creates itself.
var creates = regexp.MustCompile(`(?i)\bCREATE\s+(?:ROLE|USER|GROUP)\s+("(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)`)

// notRoles are words that stand where a role may.
var notRoles = []string{"public", "none", "current_user", "session_user", "current_role", "default", "postgres"}

// missingRoles gives the roles that the migrations take for granted: those that
// they name and do not create. Roles belong to a whole server, so that no history
// of one database creates them.
func missingRoles(h *history) []string {
	var want, made []string
	each := func(s *Statement) {
		for _, e := range s.Effects {
			want = append(want, e.Detail.Grantees...)
		}
		for _, m := range named.FindAllStringSubmatch(s.SQL, -1) {
			want = append(want, identifier(m[1]))
		}
		for _, m := range creates.FindAllStringSubmatch(s.SQL, -1) {
			made = append(made, identifier(m[1]))
		}
	}
	for _, s := range h.schema {
		each(s)
	}
	for _, m := range h.migrations {
		for _, s := range slices.Concat(m.up, m.down) {
			each(s)
		}
	}
	slices.Sort(want)
	return slices.DeleteFunc(slices.Compact(want), func(name string) bool {
		return name == "" || slices.Contains(notRoles, strings.ToLower(name)) || slices.Contains(made, name) || strings.HasPrefix(name, "pg_")
	})
}

// identifier reads a name as the server does.
func identifier(text string) string {
	if strings.HasPrefix(text, `"`) {
		return strings.ReplaceAll(text[1:len(text)-1], `""`, `"`)
	}
	return strings.ToLower(text)
}

// createRoles creates the missing roles on a server of our own. What is there
// already, is.
func (r *runner) createRoles(ctx context.Context, h *history) error {
	s, err := observe.Open(ctx, r.dsn)
	if err != nil {
		return err
	}
	e := &execution{r: r, s: s}
	defer e.close()
	for _, name := range missingRoles(h) {
		var o observe.Observation
		if err := refused(s.Exec(ctx, "CREATE ROLE "+pgx.Identifier{name}.Sanitize()), &o); err != nil {
			return err
		}
		if !o.Failed() {
			r.out.Roles = append(r.out.Roles, name)
		}
	}
	return nil
}

package verify

import (
	"fmt"
	"regexp"
	"strings"
)

// global matches statements that reach beyond the database in which they run:
// roles, tablespaces, other databases, the server's settings. Inside DO it may
// stand anywhere.
var (
	global = regexp.MustCompile(`(?is)^\s*((CREATE|ALTER|DROP)\s+(ROLE|USER|GROUP|DATABASE|TABLESPACE)\b|ALTER\s+SYSTEM\b|(DROP|REASSIGN)\s+OWNED\b|(GRANT|REVOKE)\s[^;]*\bON\s+(DATABASE|TABLESPACE)\b|COMMENT\s+ON\s+(ROLE|DATABASE|TABLESPACE)\b)`)
	inBody = regexp.MustCompile(`(?is)\b((CREATE|ALTER|DROP)\s+(ROLE|USER|DATABASE|TABLESPACE)\b|ALTER\s+SYSTEM\b|(DROP|REASSIGN)\s+OWNED\b)`)
	do     = regexp.MustCompile(`(?is)^\s*DO\b`)
	member = regexp.MustCompile(`(?is)^\s*(GRANT|REVOKE)\s`)
	onThat = regexp.MustCompile(`(?is)\sON\s`)
	// mapping is no role.
	mapping = regexp.MustCompile(`(?is)^\s*(CREATE|ALTER|DROP)\s+USER\s+MAPPING\b`)
)

// withinDatabase fails where the migrations would change more than the database
// that is made for them. On a server that verify starts that harms nobody; a
// server that was given may have other users.
func withinDatabase(hs []*history) error {
	for _, h := range hs {
		ss := h.schema
		for _, m := range h.migrations {
			ss = append(append(ss, m.up...), m.down...)
		}
		for _, s := range ss {
			if reachesOut(s.SQL) {
				return fmt.Errorf("%s:%d: %s changes more than one database: leave out --server, and a server of its own is started for it",
					s.Path, s.Line, strings.Join(strings.Fields(Shorten(s.OneLine(), 60)), " "))
			}
		}
	}
	return nil
}

func reachesOut(sql string) bool {
	switch {
	case mapping.MatchString(sql):
		return false
	case do.MatchString(sql):
		return inBody.MatchString(sql)
	case member.MatchString(sql) && !onThat.MatchString(sql):
		return true // GRANT role TO role
	}
	return global.MatchString(sql)
}

package effect

import "github.com/safemig/safemig/internal/pgsql"

// TooNew gives the first syntax of a statement that a major does not know: there
// the statement is a syntax error (42601), and nothing of it is run.
func TooNew(s *pgsql.Statement, pg int) (pgsql.Newer, bool) {
	for _, n := range s.Newer {
		if n.Since > pg {
			return n, true
		}
	}
	return pgsql.Newer{}, false
}

package observe

import (
	"context"
	"strings"
)

// Empty tells whether a table has no rows for the session. Of what is no table, and in
// a failed transaction, it says no. Where a transaction is open, ACCESS SHARE stays.
func (s *Session) Empty(ctx context.Context, relation string) bool {
	if s.conn.TxStatus() == 'E' {
		return false
	}
	name := quoted(relation)
	rows, err := query(ctx, s.conn, `SELECT FROM pg_catalog.pg_class
WHERE oid = pg_catalog.to_regclass(`+name+`) AND relkind IN ('r', 'm') AND relispopulated`)
	if err != nil || len(rows) == 0 {
		return false
	}
	read := "SELECT FROM ONLY " + relation + " LIMIT 1"
	if !s.InTransaction() {
		rows, err = query(ctx, s.conn, read)
		return err == nil && len(rows) == 0
	}
	if err := s.Exec(ctx, "SAVEPOINT safemig_empty"); err != nil {
		return false
	}
	rows, err = query(ctx, s.conn, read)
	if err != nil { // SET ROLE: what the session may not read
		_ = s.Exec(ctx, "ROLLBACK TO safemig_empty; RELEASE safemig_empty") // what fails here, fails the next statement
		return false
	}
	return s.Exec(ctx, "RELEASE safemig_empty") == nil && len(rows) == 0
}

// Triggers tells whether somebody's triggers are on a table; the server's own, of foreign
// keys, are not meant.
func (s *Session) Triggers(ctx context.Context, relation string) bool {
	if s.conn.TxStatus() == 'E' {
		return false
	}
	rows, err := query(ctx, s.conn, "SELECT FROM pg_catalog.pg_trigger WHERE NOT tgisinternal AND tgrelid = pg_catalog.to_regclass("+quoted(relation)+")")
	return err == nil && len(rows) > 0
}

func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

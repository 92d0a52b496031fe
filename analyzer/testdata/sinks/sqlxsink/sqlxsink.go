package sqlxsink

import (
	"context"

	"github.com/jmoiron/sqlx"
)

func db(ctx context.Context, d *sqlx.DB) {
	d.MustExec("CREATE INDEX i ON users (email)")         // want `\[index-not-concurrent\]`
	d.ExecContext(ctx, "CREATE INDEX i ON users (email)") // want `\[index-not-concurrent\]`
	d.MustExec("CREATE INDEX CONCURRENTLY i ON users (email)")
	var n []int
	d.Select(&n, "SELECT id FROM users WHERE email = ?", "x")
	d.NamedExec("UPDATE users SET email = :email", map[string]any{})
	sqlx.MustExec(d, "CREATE INDEX i ON users (email)") // want `\[index-not-concurrent\]`
}

func tx(t *sqlx.Tx) {
	t.MustExec("CREATE INDEX CONCURRENTLY i ON users (email)")       // want `\[concurrently-in-transaction\]`
	sqlx.MustExec(t, "CREATE INDEX CONCURRENTLY i ON users (email)") // want `\[concurrently-in-transaction\]`
	t.MustExec("CREATE TABLE a (id bigint)")
}

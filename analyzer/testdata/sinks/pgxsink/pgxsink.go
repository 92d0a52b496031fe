package pgxsink

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

func conn(ctx context.Context, c *pgx.Conn) {
	c.Exec(ctx, "CREATE INDEX i ON users (email)") // want `\[index-not-concurrent\]`
	c.Exec(ctx, "CREATE INDEX CONCURRENTLY i ON users (email)")
	c.QueryRow(ctx, "SELECT 1")
}

func pool(ctx context.Context, p *pgxpool.Pool) {
	p.Exec(ctx, "ALTER TABLE users ALTER COLUMN email SET NOT NULL") // want `\[set-not-null\]`
	p.Exec(ctx, "DELETE FROM sessions")
}

func acquired(ctx context.Context, c *pgxpool.Conn) {
	c.Exec(ctx, "CREATE INDEX i ON users (email)") // want `\[index-not-concurrent\]`
}

func tx(ctx context.Context, t pgx.Tx) {
	t.Exec(ctx, "CREATE INDEX CONCURRENTLY i ON users (email)") // want `\[concurrently-in-transaction\]`
	t.Exec(ctx, "CREATE TABLE a (id bigint PRIMARY KEY)")
	t.Exec(ctx, "ALTER TABLE a ADD COLUMN b int NOT NULL DEFAULT 0")
}

func begin(ctx context.Context, c *pgx.Conn) error {
	return pgx.BeginFunc(ctx, c, func(t pgx.Tx) error {
		_, err := t.Exec(ctx, "CREATE INDEX CONCURRENTLY i ON users (email)") // want `\[concurrently-in-transaction\]`
		return err
	})
}

func simple(ctx context.Context, c *pgconn.PgConn) {
	c.Exec(ctx, "SELECT 1; CREATE INDEX CONCURRENTLY i ON users (email)") // want `\[concurrently-with-others\]`
	c.Exec(ctx, "CREATE INDEX CONCURRENTLY i ON users (email)")
}

func batch(ctx context.Context, c *pgx.Conn) {
	var b pgx.Batch
	b.Queue("SELECT 1")
	b.Queue("CREATE INDEX CONCURRENTLY i ON users (email)") // want `\[concurrently-`
	c.SendBatch(ctx, &b)

	var alone pgx.Batch
	alone.Queue("INSERT INTO log (line) VALUES ($1)", "x")
	c.SendBatch(ctx, &alone)
}

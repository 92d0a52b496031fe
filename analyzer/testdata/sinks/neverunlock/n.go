package neverunlock

import (
	"context"
	"database/sql"
)

func leaks(ctx context.Context, db *sql.DB) error {
	c, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.ExecContext(ctx, "SELECT pg_advisory_lock(1)") // want `pg_advisory_lock is never released.*\[missing-unlock\]`
	return err
}

func callers(ctx context.Context, c *sql.Conn) error {
	_, err := c.ExecContext(ctx, "SELECT pg_advisory_lock(1)")
	return err
}

package locks

import (
	"context"
	"database/sql"
)

func waits(ctx context.Context, c *sql.Conn) error {
	if _, err := c.ExecContext(ctx, "SELECT pg_advisory_lock(1)"); err != nil { // want `held during CONCURRENTLY \(line 13\).*\[blocking-lock-with-concurrently\]`
		return err
	}
	defer unlock(c)
	_, err := c.ExecContext(ctx, "CREATE INDEX CONCURRENTLY i ON users (email)")
	return err
}

func polls(ctx context.Context, c *sql.Conn) error {
	var got bool
	if err := c.QueryRowContext(ctx, "SELECT pg_try_advisory_lock(1)").Scan(&got); err != nil || !got {
		return err
	}
	defer unlock(c)
	_, err := c.ExecContext(ctx, "CREATE INDEX CONCURRENTLY i ON users (email)")
	return err
}

func unlocksFirst(ctx context.Context, c *sql.Conn) error {
	if _, err := c.ExecContext(ctx, "SELECT pg_advisory_lock(1)"); err != nil {
		return err
	}
	err := work()
	c.ExecContext(context.Background(), "SELECT pg_advisory_unlock(1)") // want `before the migration is recorded \(line 36\).*\[lock-released-before-record\]`
	if err != nil {
		return err
	}
	_, err = c.ExecContext(ctx, "INSERT INTO schema_migrations (version) VALUES ($1)", 1)
	return err
}

func recordsFirst(ctx context.Context, c *sql.Conn) error {
	if _, err := c.ExecContext(ctx, "SELECT pg_advisory_lock(1)"); err != nil {
		return err
	}
	defer unlock(c)
	if err := work(); err != nil {
		return err
	}
	_, err := c.ExecContext(ctx, "INSERT INTO schema_migrations (version) VALUES ($1)", 1)
	return err
}

func eachInTurn(ctx context.Context, c *sql.Conn, versions []int) error {
	for _, v := range versions {
		if _, err := c.ExecContext(ctx, "SELECT pg_advisory_lock(1)"); err != nil {
			return err
		}
		_, err := c.ExecContext(ctx, "INSERT INTO schema_migrations (version) VALUES ($1)", v)
		c.ExecContext(context.Background(), "SELECT pg_advisory_unlock(1)")
		if err != nil {
			return err
		}
	}
	return nil
}

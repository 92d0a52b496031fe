package locks

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5"
)

func ignoredExec(ctx context.Context, c *pgx.Conn) {
	c.Exec(ctx, "SELECT pg_try_advisory_lock(1)") // want `Exec cannot give it.*\[try-lock-result-ignored\]`
	defer c.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock(1)")
}

func ignoredRow(ctx context.Context, c *pgx.Conn) {
	c.QueryRow(ctx, "SELECT pg_try_advisory_lock(1)") // want `never scanned.*\[try-lock-result-ignored\]`
	defer c.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock(1)")
}

func ignoredVar(ctx context.Context, c *pgx.Conn) error {
	var got bool
	err := c.QueryRow(ctx, "SELECT pg_try_advisory_lock(1)").Scan(&got) // want `got is never read.*\[try-lock-result-ignored\]`
	if err != nil {
		return err
	}
	defer c.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock(1)")
	return nil
}

func looked(ctx context.Context, c *pgx.Conn) error {
	var got bool
	if err := c.QueryRow(ctx, "SELECT pg_try_advisory_lock(1)").Scan(&got); err != nil {
		return err
	}
	if !got {
		return errors.New("another migrator runs")
	}
	defer c.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock(1)")
	return nil
}

func row(ctx context.Context, c *sql.Conn) (bool, error) {
	row := c.QueryRowContext(ctx, "SELECT pg_try_advisory_xact_lock(1)")
	var got bool
	err := row.Scan(&got)
	return got, err
}

func inSQL(ctx context.Context, c *pgx.Conn) {
	c.Exec(ctx, "DO $$ BEGIN IF NOT pg_try_advisory_xact_lock(1) THEN RAISE EXCEPTION 'no'; END IF; END $$")
}

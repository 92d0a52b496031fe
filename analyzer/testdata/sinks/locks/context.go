package locks

import (
	"context"
	"database/sql"
	"os"
	"os/signal"
	"time"

	"github.com/jackc/pgx/v5"
)

func callers(ctx context.Context, c *pgx.Conn) error {
	if _, err := c.Exec(ctx, "SELECT pg_advisory_lock(1)"); err != nil {
		return err
	}
	defer c.Exec(ctx, "SELECT pg_advisory_unlock(1)") // want `ctx is the caller's.*\[advisory-unlock-cancellable\]`
	return work()
}

func inClosure(ctx context.Context, c *pgx.Conn) error {
	if _, err := c.Exec(ctx, "SELECT pg_advisory_lock(1)"); err != nil {
		return err
	}
	defer func() {
		c.Exec(ctx, "SELECT pg_advisory_unlock(1)") // want `\[advisory-unlock-cancellable\]`
	}()
	return work()
}

func signalled(c *sql.Conn) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if _, err := c.ExecContext(ctx, "SELECT pg_advisory_lock(1)"); err != nil {
		return err
	}
	defer c.ExecContext(ctx, "SELECT pg_advisory_unlock(1)") // want `ctx is cancelled by a signal.*\[advisory-unlock-cancellable\]`
	return work()
}

func limited(c *sql.Conn) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if _, err := c.ExecContext(ctx, "SELECT pg_advisory_lock(1)"); err != nil {
		return err
	}
	defer c.ExecContext(ctx, "SELECT pg_advisory_unlock(1)") // want `ctx has a time limit.*\[advisory-unlock-cancellable\]`
	return work()
}

func ownLimit(ctx context.Context, c *pgx.Conn) error {
	if _, err := c.Exec(ctx, "SELECT pg_advisory_lock(1)"); err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		c.Exec(ctx, "SELECT pg_advisory_unlock(1)")
	}()
	return work()
}

func background() error {
	ctx := context.Background()
	c, err := pgx.Connect(ctx, "")
	if err != nil {
		return err
	}
	if _, err := c.Exec(ctx, "SELECT pg_advisory_lock(1)"); err != nil {
		return err
	}
	defer c.Exec(ctx, "SELECT pg_advisory_unlock(1)")
	return work()
}

package locks

import (
	"context"
	"database/sql"
	"log"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

func work() error { return nil }

func leakOnError(ctx context.Context, p *pgxpool.Pool) error {
	c, err := p.Acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	if _, err := c.Exec(ctx, "SELECT pg_advisory_lock(1)"); err != nil {
		return err // not taken
	}
	if err := work(); err != nil {
		return err // want `this path leaves the lock of line 20 held.*\[missing-unlock\]`
	}
	_, err = c.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock(1)")
	return err
}

func sameErr(ctx context.Context, c *pgx.Conn) error {
	_, err := c.Exec(ctx, "SELECT pg_advisory_lock(1)")
	if err != nil {
		return err
	}
	err = work()
	if err != nil {
		return err // want `\[missing-unlock\]`
	}
	_, err = c.Exec(context.Background(), "SELECT pg_advisory_unlock(1)")
	return err
}

func deferred(ctx context.Context, p *pgxpool.Pool) error {
	c, err := p.Acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	if _, err := c.Exec(ctx, "SELECT pg_advisory_lock(1)"); err != nil {
		return err
	}
	defer func() {
		if _, err := c.Exec(context.Background(), "SELECT pg_advisory_unlock(1)"); err != nil {
			log.Print(err)
		}
	}()
	return work()
}

func everyPath(ctx context.Context, c *sql.Conn) error {
	if _, err := c.ExecContext(ctx, "SELECT pg_advisory_lock(1)"); err != nil {
		return err
	}
	if err := work(); err != nil {
		unlock(c)
		return err
	}
	unlock(c)
	return nil
}

func unlock(c *sql.Conn) {
	c.ExecContext(context.Background(), "SELECT pg_advisory_unlock(1)")
}

func tryAndSkip(ctx context.Context, c *pgx.Conn) error {
	var got bool
	if err := c.QueryRow(ctx, "SELECT pg_try_advisory_lock(1)").Scan(&got); err != nil || !got {
		return err
	}
	defer c.Exec(context.Background(), "SELECT pg_advisory_unlock(1)")
	return work()
}

func fatal(ctx context.Context, c *pgx.Conn) {
	if _, err := c.Exec(ctx, "SELECT pg_advisory_lock(1)"); err != nil {
		log.Fatal(err)
	}
	if err := work(); err != nil {
		log.Fatal(err) // the process ends, and the session with it
	}
	c.Exec(context.Background(), "SELECT pg_advisory_unlock(1)")
}

func closed(ctx context.Context, url string) error {
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer c.Close(context.Background()) // ends the session
	if _, err := c.Exec(ctx, "SELECT pg_advisory_lock(1)"); err != nil {
		return err
	}
	return work()
}

// A lock whose release is a method's duty.
type Lock struct{ c *sql.Conn }

func (l *Lock) Lock(ctx context.Context) error {
	_, err := l.c.ExecContext(ctx, "SELECT pg_advisory_lock(1)")
	return err
}

func (l *Lock) Unlock(ctx context.Context) error {
	_, err := l.c.ExecContext(ctx, "SELECT pg_advisory_unlock(1)")
	return err
}

func Acquire(ctx context.Context, db *sql.DB) (*Lock, error) {
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := c.ExecContext(ctx, "SELECT pg_advisory_lock(1)"); err != nil {
		return nil, err
	}
	return &Lock{c}, nil
}

func AcquireFunc(ctx context.Context, c *sql.Conn) (func(), error) {
	if _, err := c.ExecContext(ctx, "SELECT pg_advisory_lock(1)"); err != nil {
		return nil, err
	}
	return func() { unlock(c) }, nil
}

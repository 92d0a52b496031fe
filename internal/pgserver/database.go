package pgserver

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// NewDatabase creates an empty database and returns its DSN. drop ends the sessions that are
// still connected to it and removes it; errors of drop are not reported, since Stop removes
// all that is left on a server of our own.
func (s *Server) NewDatabase(ctx context.Context) (dsn string, drop func(), err error) {
	return s.database(ctx, "template0")
}

// CopyDatabase creates a database as NewDatabase does, with all that is in the one of the
// given DSN, which nobody may be connected to.
func (s *Server) CopyDatabase(ctx context.Context, of string) (dsn string, drop func(), err error) {
	c, err := pgx.ParseConfig(of)
	if err != nil {
		return "", nil, fmt.Errorf("read the DSN: %w", err)
	}
	return s.database(ctx, pgx.Identifier{c.Database}.Sanitize())
}

func (s *Server) database(ctx context.Context, template string) (dsn string, drop func(), err error) {
	dsn, remove, err := s.createDatabase(ctx, template)
	if err != nil {
		return "", nil, err
	}
	return dsn, func() { _ = remove(context.WithoutCancel(ctx)) }, nil
}

func (s *Server) createDatabase(ctx context.Context, template string) (string, func(context.Context) error, error) {
	name := "safemig_" + randomHex(6)
	dsn, err := withDatabase(s.admin, name)
	if err != nil {
		return "", nil, err
	}
	if err := s.adminExec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		return "", nil, fmt.Errorf("create a database to work in: %w", err)
	}
	return dsn, func(ctx context.Context) error { return s.dropDatabase(ctx, name) }, nil
}

// dropDatabase does not use DROP DATABASE … WITH (FORCE), which 12 does not know. It gives up
// on a database that a subscription or a prepared transaction keeps.
func (s *Server) dropDatabase(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	for {
		err := s.adminExec(ctx,
			"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+name+"'",
			"DROP DATABASE IF EXISTS "+name)
		var refused *pgconn.PgError
		if err == nil || !errors.As(err, &refused) || refused.Code != "55006" { // 55006: a session is still leaving
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// adminExec runs statements one by one on a short connection of its own.
func (s *Server) adminExec(ctx context.Context, statements ...string) error {
	c, err := pgx.Connect(ctx, s.admin)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	for _, sql := range statements {
		if _, err := c.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol); err != nil {
			return err
		}
	}
	return nil
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

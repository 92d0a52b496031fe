package torture

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/safemig/safemig/internal/pgserver/pgtest"
)

func TestMain(m *testing.M) {
	if dsn := os.Getenv("TORTURE_CONTROL"); dsn != "" {
		if err := controlUp(context.Background(), dsn, os.Getenv("TORTURE_DIR")); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	pgtest.Main(m)
}

// controlLock is the key that the control waits for.
const controlLock = 4711

// controlUp migrates as most runners do: it waits inside pg_advisory_lock, sends what has no
// transaction statement by statement, makes a second try pass by IF NOT EXISTS, looks at no
// index, and records afterwards.
func controlUp(ctx context.Context, dsn, dir string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", controlLock); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, `CREATE SCHEMA IF NOT EXISTS safemig;
CREATE TABLE IF NOT EXISTS safemig.migration (version text PRIMARY KEY, state text);
CREATE TABLE IF NOT EXISTS safemig.step (version text, ordinal int, state text)`)
	if err != nil {
		return err
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.sql"))
	if err != nil {
		return err
	}
	for _, path := range paths {
		if err := controlFile(ctx, conn, path); err != nil {
			return err
		}
	}
	_, err = conn.Exec(ctx, "SELECT pg_advisory_unlock($1)", controlLock)
	return err
}

func controlFile(ctx context.Context, conn *pgx.Conn, path string) error {
	version, _, _ := strings.Cut(filepath.Base(path), "_")
	var applied bool
	err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM safemig.migration WHERE version = $1)", version).Scan(&applied)
	if err != nil || applied {
		return err
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text := strings.NewReplacer("CONCURRENTLY t", "CONCURRENTLY IF NOT EXISTS t", "DROP INDEX CONCURRENTLY t_v", "DROP INDEX CONCURRENTLY IF EXISTS t_v").Replace(string(src))
	text = strings.ReplaceAll(text, "DROP INDEX CONCURRENTLY IF NOT EXISTS", "DROP INDEX CONCURRENTLY IF EXISTS")
	const record = "INSERT INTO safemig.migration VALUES ($1, 'applied') ON CONFLICT DO NOTHING"
	if !strings.HasPrefix(text, "-- safemig:no-transaction") {
		return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, text); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, record, version)
			return err
		})
	}
	for _, s := range strings.SplitAfter(text, ";") {
		if strings.TrimSpace(s) == "" {
			continue
		}
		if _, err := conn.Exec(ctx, s); err != nil {
			return err
		}
	}
	_, err = conn.Exec(ctx, record, version)
	return err
}

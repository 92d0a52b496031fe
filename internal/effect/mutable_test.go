package effect

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/safemig/safemig/internal/pgserver/pgtest"
)

// TestNeverImmutable holds what mutable takes for stable or volatile against a server.
func TestNeverImmutable(t *testing.T) {
	ctx := context.Background()
	server := pgtest.ForTest(t)
	conn, err := pgx.Connect(ctx, server.DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, name := range neverImmutable {
		var immutable bool
		if err := conn.QueryRow(ctx, `SELECT coalesce(bool_or(provolatile = 'i'), false) FROM pg_proc
			WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = $1`, name).Scan(&immutable); err != nil {
			t.Fatal(err)
		}
		if immutable {
			t.Errorf("%s() has an immutable overload", name)
		}
	}
	refused := func(typ, expr string) bool {
		if _, err := conn.Exec(ctx, "CREATE TEMP TABLE probe (c "+typ+")"); err != nil {
			t.Fatal(err)
		}
		defer conn.Exec(ctx, "DROP TABLE probe")
		_, err := conn.Exec(ctx, "CREATE INDEX ON probe (("+expr+"))")
		var e *pgconn.PgError
		if err != nil && !errors.As(err, &e) {
			t.Fatal(err)
		}
		return e != nil && e.Code == "42P17"
	}
	for from, to := range stableCasts {
		for _, typ := range to {
			if !refused(from, "c::"+typ) {
				t.Errorf("an index takes the cast of %s to %s", from, typ)
			}
		}
	}
	for call, typ := range map[string]string{"date_trunc('day', c)": stableOf["date_trunc"], "date_part('day', c)": stableOf["date_part"],
		"EXTRACT(day FROM c)": stableOf["extract"], "date(c)": stableOf["date"]} {
		if !refused(typ, call) {
			t.Errorf("an index takes %s of %s", call, typ)
		}
	}
}

package effect

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgserver/pgtest"
	"github.com/safemig/safemig/internal/pgsql"
)

// TestAwaitsSnapshots holds AwaitsSnapshots against the server: another session has a
// snapshot and no lock, and what waits for it longer than lock_timeout fails with 55P03.
func TestAwaitsSnapshots(t *testing.T) {
	const base = "CREATE TABLE t (a int PRIMARY KEY); CREATE TABLE bare (a int);" +
		"CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); CREATE INDEX p_a ON p (a);" +
		"CREATE MATERIALIZED VIEW m AS SELECT 1 AS a; CREATE UNIQUE INDEX m_a ON m (a);"
	server := pgtest.ForTest(t)
	dsn := pgtest.Database(t, server)
	ctx := context.Background()
	connect := func() *pgx.Conn {
		conn, err := pgx.Connect(ctx, dsn)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close(ctx) })
		return conn
	}
	conn, other := connect(), connect()
	exec := func(c *pgx.Conn, sql string) {
		t.Helper()
		if _, err := c.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	exec(conn, base)
	exec(conn, "SET lock_timeout = '300ms'")
	exec(other, "BEGIN; DECLARE c CURSOR FOR SELECT generate_series(1, 2); FETCH c")
	c := catalog.New()
	run := func(sql string) []Effect {
		var all []Effect
		section := migration.Section{Text: []byte(sql)}
		for _, s := range pgsql.Parse(&section) {
			effects := Of(&s, c, server.Major)
			for _, e := range effects {
				c.Apply(e.Change)
			}
			all = append(all, effects...)
		}
		return all
	}
	run(base)
	for _, sql := range []string{
		"CREATE INDEX CONCURRENTLY t_b ON t (a)", "CREATE UNIQUE INDEX CONCURRENTLY t_c ON t (a)", "CREATE INDEX CONCURRENTLY IF NOT EXISTS t_pkey ON t (a)",
		"CREATE INDEX t_d ON t (a)", "REINDEX INDEX CONCURRENTLY t_pkey", "REINDEX TABLE CONCURRENTLY t", "REINDEX TABLE CONCURRENTLY p", "REINDEX TABLE CONCURRENTLY bare", "REINDEX TABLE t",
		"DROP INDEX CONCURRENTLY t_d", "REFRESH MATERIALIZED VIEW CONCURRENTLY m", "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY", "VACUUM t", "VACUUM FULL t", "CLUSTER t USING t_pkey",
	} {
		if server.Major < 14 && sql[0] == 'A' || server.Major < 14 && sql == "REINDEX TABLE CONCURRENTLY p" {
			continue
		}
		_, want := AwaitsSnapshots(run(sql))
		_, err := conn.Exec(ctx, sql)
		var pgErr *pgconn.PgError
		if err != nil && (!errors.As(err, &pgErr) || pgErr.Code != "55P03") {
			t.Errorf("%s: %v", sql, err)
		}
		if want != (err != nil) {
			t.Errorf("%s: awaits snapshots %v; the server: %v", sql, want, err)
		}
	}
}

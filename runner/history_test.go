package runner_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"github.com/safemig/safemig/internal/pgserver/pgtest"
	"github.com/safemig/safemig/runner"
)

// toolMigrations are three migrations named as each tool names them.
var toolMigrations = map[string][]string{
	"goose":          {"00001_one.sql", "00002_two.sql", "00003_three.sql"},
	"golang-migrate": {"000001_one.up.sql", "000002_two.up.sql", "000003_three.up.sql"},
	"dbmate":         {"20240101000001_one.sql", "20240101000002_two.sql", "20240101000003_three.sql"},
	"tern":           {"001_one.sql", "002_two.sql", "003_three.sql"},
	"rails":          {"20240101000001_one.sql", "20240101000002_two.sql", "20240101000003_three.sql"},
	"ecto":           {"20240101000001_one.exs", "20240101000002_two.exs", "20240101000003_three.exs"},
	"sqlx":           {"0001_one_step.sql", "0002_two.up.sql", "0003_three.sql"},
	"flyway":         {"V1__one_step.sql", "V1_1__two.sql", "V2__three.sql"},
}

func known(tool string) (ks []runner.Known) {
	for i, name := range toolMigrations[tool] {
		version, rest, _ := strings.Cut(strings.TrimPrefix(name, "V"), "_")
		if tool == "flyway" {
			version, rest, _ = strings.Cut(strings.TrimPrefix(name, "V"), "__")
		}
		rest, _, _ = strings.Cut(rest, ".")
		ks = append(ks, runner.Known{Version: version, Name: rest, Path: "db/" + name, Raw: fmt.Appendf(nil, "CREATE TABLE t%d (id int);\n", i)})
	}
	return ks
}

func history(t *testing.T, spec string) runner.History {
	t.Helper()
	h, err := runner.HistoryByName(spec)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func applied(t *testing.T, h runner.History, conn *pgx.Conn, ks []runner.Known) string {
	t.Helper()
	rows, exists, err := h.Read(t.Context(), conn, ks)
	if err != nil || !exists {
		t.Fatalf("read: exists %v, %v", exists, err)
	}
	var vs []string
	for _, r := range rows {
		vs = append(vs, r.Version)
	}
	return strings.Join(vs, " ")
}

// inTx runs f in a transaction of its own, as the runner calls Apply and Revert.
func inTx(t *testing.T, conn *pgx.Conn, f func(pgx.Tx) error) error {
	t.Helper()
	return pgx.BeginFunc(t.Context(), conn, f)
}

// Every history is made, written, read back, taken back, and refuses a record where the
// fence is false.
func TestHistories(t *testing.T) {
	for _, name := range runner.Histories() {
		t.Run(name, func(t *testing.T) {
			conn := connect(t, pgtest.NewDatabase(t))
			h, ks := history(t, name), known(name)
			if rows, exists, err := h.Read(t.Context(), conn, ks); err != nil || exists || rows != nil {
				t.Fatalf("read of nothing: %v, %v, %v", rows, exists, err)
			}
			if err := inTx(t, conn, func(tx pgx.Tx) error { return h.Create(t.Context(), tx) }); err != nil {
				t.Fatal(err)
			}
			var want []string
			check := func() {
				t.Helper()
				if got := applied(t, h, conn, ks); got != strings.Join(want, " ") {
					t.Errorf("applied: %q, want %q", got, want)
				}
			}
			check()
			for _, k := range ks {
				refusesWithoutLock(t, conn, k, h.Apply)
				if err := inTx(t, conn, func(tx pgx.Tx) error { return h.Apply(t.Context(), tx, k, "true") }); err != nil {
					t.Fatal(err)
				}
				want = append(want, k.Version)
				check()
			}
			for _, k := range slices.Backward(ks) {
				refusesWithoutLock(t, conn, k, h.Revert)
				if err := inTx(t, conn, func(tx pgx.Tx) error { return h.Revert(t.Context(), tx, k, "true") }); err != nil {
					t.Fatal(err)
				}
				want = want[:len(want)-1]
				check()
			}
		})
	}
}

func refusesWithoutLock(t *testing.T, conn *pgx.Conn, k runner.Known, write func(context.Context, runner.Queryer, runner.Known, runner.Fence) error) {
	t.Helper()
	err := inTx(t, conn, func(tx pgx.Tx) error { return write(t.Context(), tx, k, "false") })
	if !errors.Is(err, runner.ErrLockLost) {
		t.Errorf("%s was written without the lock: %v", k.Version, err)
	}
}

// A table that another tool made, or nobody, is refused with what is wrong about it.
func TestHistoryShapes(t *testing.T) {
	for _, tt := range []struct{ spec, sql, want string }{
		{"dbmate", "CREATE TABLE schema_migrations (version bigint primary key, dirty boolean not null)",
			"public.schema_migrations is no version table of dbmate's: its column version is bigint, not character varying"},
		{"rails", "CREATE TABLE schema_migrations (version varchar primary key, dirty boolean)",
			"public.schema_migrations is no version table of rails's: it has a column dirty, which rails does not make"},
		{"golang-migrate", "CREATE TABLE schema_migrations (version bigint primary key, inserted_at timestamp(0))",
			"public.schema_migrations is no version table of golang-migrate's: it has no column dirty"},
		{"ecto", "CREATE TABLE schema_migrations (version bigint primary key, dirty boolean)",
			"public.schema_migrations is no version table of ecto's: it has no column inserted_at"},
		{"goose", "CREATE VIEW goose_db_version AS SELECT 1 AS id",
			"public.goose_db_version is no version table of goose's: it is no table"},
		{"tern", "CREATE TABLE schema_version (version int)", "public.schema_version is no version table of tern's: it has 0 rows, not one"},
		{"golang-migrate:app.versions", "CREATE SCHEMA app; CREATE TABLE app.versions (version bigint, dirty bool); INSERT INTO app.versions VALUES (1, false), (2, false)",
			"app.versions is no version table of golang-migrate's: it has 2 rows, not one"},
		{"golang-migrate", "CREATE TABLE schema_migrations (version bigint primary key, dirty boolean); INSERT INTO schema_migrations VALUES (2, true)",
			"public.schema_migrations is dirty at version 2: golang-migrate failed in that migration, or stopped; find out what of it took effect, then say: migrate force VERSION"},
		{"sqlx", "CREATE TABLE _sqlx_migrations (version bigint, description text, installed_on timestamptz, success boolean, checksum bytea, execution_time bigint); INSERT INTO _sqlx_migrations VALUES (1, 'one', now(), true, '\\x00', 0)",
			"db/0001_one_step.sql: changed after sqlx' table recorded it as applied"},
	} {
		t.Run(tt.spec+" "+tt.want[len(tt.want)-12:], func(t *testing.T) {
			conn := connect(t, pgtest.NewDatabase(t))
			if _, err := conn.Exec(t.Context(), tt.sql); err != nil {
				t.Fatal(err)
			}
			tool, _, _ := strings.Cut(tt.spec, ":")
			_, _, err := history(t, tt.spec).Read(t.Context(), conn, known(tool))
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

// A table is found where the search_path leads, and made in its first schema.
func TestHistoryFollowsTheSearchPath(t *testing.T) {
	conn := connect(t, pgtest.NewDatabase(t))
	ks := known("goose")
	_, err := conn.Exec(t.Context(), "CREATE SCHEMA app; CREATE SCHEMA other; SET search_path = app, public")
	if err != nil {
		t.Fatal(err)
	}
	h := history(t, "goose")
	if _, exists, err := h.Read(t.Context(), conn, ks); err != nil || exists {
		t.Fatal(exists, err)
	}
	if _, err := conn.Exec(t.Context(), "SET search_path = other"); err != nil { // as a body may
		t.Fatal(err)
	}
	if err := h.Create(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	var in string
	if err := conn.QueryRow(t.Context(), "SELECT relnamespace::regnamespace FROM pg_class WHERE relname = 'goose_db_version'").Scan(&in); err != nil || in != "app" {
		t.Errorf("made in %s, want app: %v", in, err)
	}
}

func TestHistoryByName(t *testing.T) {
	for _, tt := range []struct{ spec, want string }{
		{"alembic", `no history "alembic"; known are dbmate, ecto, flyway, golang-migrate, goose, rails, sqlx, tern`},
		{"goose:a.b.c", `"a.b.c" is no table: write schema.table`},
		{"ecto:repo", `"repo" is no Ecto repository: write ecto:My.Repo`},
	} {
		if _, err := runner.HistoryByName(tt.spec); err == nil || err.Error() != tt.want {
			t.Errorf("%s: %v, want %s", tt.spec, err, tt.want)
		}
	}
}

// What Flyway wrote: an undone migration, a repaired one, a baseline, a repeatable.
func TestFlywayReplaysItsRows(t *testing.T) {
	conn := connect(t, pgtest.NewDatabase(t))
	h, ks := history(t, "flyway"), known("flyway")
	if err := h.Create(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	_, err := conn.Exec(t.Context(), `INSERT INTO flyway_schema_history (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success) VALUES
(1, '1.0', '<< Flyway Baseline >>', 'BASELINE', '<< Flyway Baseline >>', NULL, 'a', 0, true),
(2, '1.1', 'two', 'JDBC', 'x', NULL, 'a', 0, true),
(3, NULL, 'views', 'SQL', 'R__views.sql', 1, 'a', 0, true),
(4, '2', 'three', 'SQL', 'V2__three.sql', NULL, 'a', 0, true),
(5, '2', 'three', 'UNDO_SQL', 'U2__three.sql', NULL, 'a', 0, true)`)
	if err != nil {
		t.Fatal(err)
	}
	if got := applied(t, h, conn, ks); got != "1 1_1" {
		t.Errorf("applied: %q", got)
	}
}

// What safemig applied into its own ledger is not run a second time because another table
// does not know of it.
func TestHistoryThatDisagrees(t *testing.T) {
	dsn := pgtest.NewDatabase(t)
	conn := connect(t, dsn)
	if _, err := conn.Exec(t.Context(), "CREATE TABLE c (n int); INSERT INTO c VALUES (0)"); err != nil {
		t.Fatal(err)
	}
	up := func(h runner.History) error {
		r, err := runner.New(runner.Options{Database: dsn, FS: fstest.MapFS{"1_a.sql": {Data: []byte("UPDATE c SET n = n + 1 WHERE n = n;")}}, Dir: ".", Tool: "plain", History: h})
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.Up(t.Context())
		return err
	}
	if err := up(nil); err != nil {
		t.Fatal(err)
	}
	const want = "safemig.migration has 1 as applied, dbmate's table does not: if safemig ran without --history meanwhile, leave it out; if dbmate took it back, say UPDATE safemig.migration SET state = 'reverted' WHERE version IN ('1')"
	var state *runner.StateError
	if err := up(history(t, "dbmate")); !errors.As(err, &state) || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if _, err := conn.Exec(t.Context(), "UPDATE safemig.migration SET state = 'reverted'"); err != nil {
		t.Fatal(err)
	}
	if err := up(history(t, "dbmate")); err != nil {
		t.Error(err)
	}
	var n int
	if err := conn.QueryRow(t.Context(), "SELECT n FROM c").Scan(&n); err != nil || n != 2 {
		t.Errorf("ran %d times, %v", n, err)
	}
}

func FuzzHistoryByName(f *testing.F) {
	for _, s := range []string{"goose", "goose:a.b", "ecto:A.B@c", "ecto:@", "flyway:\x00.x", ":"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		if h, err := runner.HistoryByName(spec); (h == nil) == (err == nil) {
			t.Errorf("HistoryByName(%q) = %v, %v", spec, h, err)
		}
	})
}

package runner

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/safemig/safemig/internal/pgserver/pgtest"
)

// What a body may do to the session must not reach the record, or be found out.
func TestBodiesThatMeddleWithTheSession(t *testing.T) {
	for name, c := range map[string]struct {
		sql, want string // of the error; "" for none
	}{
		"reset all":            {"CREATE TABLE t (n int); RESET ALL;", ""},
		"search_path":          {"SET search_path = ''; CREATE TABLE public.t (n int);", ""},
		"set_config":           {"SELECT set_config('search_path', '', false); CREATE TABLE public.t (n int);", ""},
		"role":                 {"SET ROLE pg_monitor; RESET ROLE; CREATE TABLE t (n int); SET ROLE pg_monitor;", ""},
		"local role":           {"CREATE TABLE t (n int); SET LOCAL ROLE pg_monitor;", ""},
		"timeouts":             {"CREATE TABLE t (n int); SET lock_timeout = '1h'; SET statement_timeout = '50ms'; SET LOCAL idle_in_transaction_session_timeout = '1s';", ""},
		"shadowing":            {"CREATE TABLE t (n int); CREATE SCHEMA s; CREATE TEMP TABLE migration (version text); CREATE FUNCTION s.txid_current() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'; SET search_path = pg_temp, s, public, pg_catalog;", ""},
		"deferred":             {"CREATE TABLE t (n int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED); INSERT INTO t VALUES (1), (1);", "SQLSTATE 23505"},
		"begin":                {"BEGIN; CREATE TABLE t (n int); COMMIT;", ""},
		"savepoint":            {"SAVEPOINT a; CREATE TABLE u (n int); ROLLBACK TO a; CREATE TABLE t (n int); RELEASE a;", ""},
		"unlocks all":          {"CREATE TABLE t (n int); SELECT pg_advisory_unlock_all();", "record 0001: the lock is lost"},
		"unlocks ours":         {fmt.Sprintf("CREATE TABLE t (n int); SELECT pg_advisory_unlock(%d);", Key("safemig", "migration")), "record 0001: the lock is lost"},
		"locks ours again":     {fmt.Sprintf("CREATE TABLE t (n int); SELECT pg_advisory_lock(%d);", Key("safemig", "migration")), ""},
		"drops the ledger":     {"CREATE TABLE t (n int); DROP SCHEMA safemig CASCADE;", "SQLSTATE 42P01"},
		"rolls back":           {"CREATE TABLE t (n int); ROLLBACK;", "take ROLLBACK out"},
		"prepares":             {"CREATE TABLE t (n int); PREPARE TRANSACTION 'x';", "take it out"},
		"copies":               {"CREATE TABLE t (n int); COPY t FROM STDIN;", "has no rows here"},
		"commits in a DO":      {"CREATE TABLE t (n int); DO $$ BEGIN COMMIT; END $$;", "SQLSTATE 2D000"},
		"semicolons in quotes": {"CREATE TABLE t (n text DEFAULT ';'); /* ; /* ; */ */ INSERT INTO t VALUES ($x$;$x$), (E'\\';');", ""},
		"byte order mark":      {"\ufeffCREATE TABLE t (n int);\r\nINSERT INTO t VALUES (1);\r\n", ""},
		"nothing":              {"-- nothing to see here\n", "no table"},
	} {
		t.Run(name, func(t *testing.T) {
			dsn := pgtest.NewDatabase(t)
			everything := func(o *Options) { o.Allow = allowAll() }
			_, err := newRunner(t, dsn, files("0001_t.sql", c.sql), everything).Up(context.Background())
			there := query[bool](t, dsn, "SELECT to_regclass('public.t') IS NOT NULL")
			if c.want == "no table" {
				if err != nil || there || ledger(t, dsn) != "0001 applied" {
					t.Errorf("%v, %s", err, ledger(t, dsn))
				}
				return
			}
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Fatalf("%v, want %q", err, c.want)
			}
			if there != (c.want == "") {
				t.Errorf("the table is there: %v", there)
			}
			recorded := query[bool](t, dsn, "SELECT to_regclass('safemig.migration') IS NOT NULL") && ledger(t, dsn) != ""
			if recorded != there {
				t.Errorf("recorded %v, there %v", recorded, there)
			}
			if n := query[int](t, dsn, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"); n != 0 {
				t.Error("a lock is left")
			}
		})
	}
}

func TestOutsideATransactionStatementsRunAlone(t *testing.T) {
	const no = "-- safemig:no-transaction\n"
	for name, c := range map[string]struct{ sql, want, steps string }{
		"a procedure that commits": {no + "CREATE TABLE t (n int);\nCREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t VALUES (1); COMMIT; INSERT INTO t VALUES (2); END $$;\nCALL p();",
			"", "1 transaction done, 2 transaction done, 3 alone done"},
		"settings":           {no + "SET search_path = s; CREATE SCHEMA s; CREATE TABLE t (n int); CREATE INDEX CONCURRENTLY i ON t (n); SELECT 1/count(*) FROM pg_class WHERE oid = 's.i'::regclass;", "", "1 transaction done, 2 transaction done, 3 transaction done, 4 create index concurrently done, 5 transaction done"},
		"own timeouts":       {no + "CREATE TABLE t (n int);\nSET lock_timeout = '1ms'; SET statement_timeout = '1h';\nCREATE INDEX CONCURRENTLY i ON t (n);\nSELECT 1/(current_setting('lock_timeout') = '1ms')::int;", "", "1 transaction done, 2 transaction done, 3 transaction done, 4 create index concurrently done, 5 transaction done"},
		"vacuum and reindex": {no + "CREATE TABLE t (n int PRIMARY KEY);\nVACUUM t;\nREINDEX TABLE CONCURRENTLY t;\nREINDEX INDEX CONCURRENTLY t_pkey;", "", "1 transaction done, 2 VACUUM done, 3 reindex concurrently done, 4 reindex concurrently done"},
		"a failure half-way": {no + "CREATE TABLE t (n int);\nINSERT INTO t VALUES (1);\nSELECT 1/0;\nDROP TABLE t;", "SQLSTATE 22012", "1 transaction done, 2 transaction done"},
	} {
		t.Run(name, func(t *testing.T) {
			dsn := pgtest.NewDatabase(t)
			everything := func(o *Options) { o.Allow = allowAll() }
			_, err := newRunner(t, dsn, files("0001_t.sql", c.sql), everything).Up(context.Background())
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Fatalf("%v, want %q", err, c.want)
			}
			if got := query[string](t, dsn, "SELECT string_agg(ordinal || ' ' || kind || ' ' || state, ', ' ORDER BY ordinal) FROM safemig.step"); got != c.steps {
				t.Errorf("%s, want %s", got, c.steps)
			}
			if (ledger(t, dsn) == "") != (c.want != "") {
				t.Error(ledger(t, dsn))
			}
		})
	}
}

func TestWhatStoppedHalfWayGoesOn(t *testing.T) {
	dsn := pgtest.NewDatabase(t)
	text := "-- safemig:no-transaction\nSET search_path = s;\nCREATE SCHEMA s;\nCREATE TABLE t (n int);\nINSERT INTO t VALUES (1);\nINSERT INTO t SELECT 1/d FROM public.late;\nINSERT INTO t VALUES (2);"
	up := func(text string) error {
		_, err := newRunner(t, dsn, files("0001_t.sql", text), func(o *Options) { o.Allow = allowAll() }).Up(context.Background())
		return err
	}
	if err := up(text); err == nil {
		t.Fatal("no error")
	}
	if err := up(strings.Replace(text, "VALUES (1)", "VALUES (10)", 1)); err == nil || !strings.Contains(err.Error(), "was changed after its statement 4 was run") {
		t.Error(err)
	}
	o, err := newRunner(t, dsn, files("0001_t.sql", text)).Status(context.Background())
	if err != nil || o.Migrations[0].State != "half applied" || len(o.Migrations[0].Steps) != 4 {
		t.Errorf("%+v %v", o, err)
	}
	exec(t, dsn, "CREATE TABLE late (d int); INSERT INTO late VALUES (1)")
	if err := up(text); err != nil {
		t.Fatal(err)
	}
	if got := query[string](t, dsn, "SELECT string_agg(n::text, ' ' ORDER BY ctid) FROM s.t"); got != "1 1 2" {
		t.Error(got)
	}
}

func TestWhatIsDoneIsNotCheckedAgain(t *testing.T) {
	dsn := pgtest.NewDatabase(t)
	exec(t, dsn, "CREATE TABLE d (n int); INSERT INTO d VALUES (0)")
	text := "-- safemig:no-transaction\nCREATE TABLE t (n int);\nCREATE INDEX CONCURRENTLY i ON t (n);\nALTER TABLE t ADD m int;\nCREATE VIEW v AS SELECT m FROM t;\nINSERT INTO t SELECT 1/n FROM d;\n"
	up := func() error {
		_, err := newRunner(t, dsn, files("0001_t.sql", text)).Up(context.Background())
		return err
	}
	if err := up(); sqlState(err) != "22012" {
		t.Fatal(err)
	}
	exec(t, dsn, "UPDATE d SET n = 1; UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i'::regclass")
	if err := up(); err != nil {
		t.Error(err)
	}
	if query[int](t, dsn, "SELECT count(*) FROM t") != 1 || ledger(t, dsn) != "0001 applied" {
		t.Error(ledger(t, dsn))
	}
}

func TestWhatNobodyCanTellIsLeftToAPerson(t *testing.T) {
	dsn := pgtest.NewDatabase(t)
	ctx := context.Background()
	calls := 0
	code := func(o *Options) {
		o.FS, o.Dir = nil, ""
		o.Go = []GoMigration{{Version: "1", Name: "far away", NoTransaction: true, Up: func(ctx context.Context, c *pgx.Conn) error {
			if calls++; calls == 1 {
				_, err := c.Exec(ctx, "SELECT pg_terminate_backend(pg_backend_pid())")
				return err
			}
			return nil
		}}}
	}
	_, err := newRunner(t, dsn, nil, code).Up(ctx)
	var u *UnresolvedError
	if !errors.As(err, &u) || u.Version != "1" || u.Step != 1 {
		t.Fatal(err)
	}
	if _, err := newRunner(t, dsn, nil, code).Up(ctx); !errors.As(err, &u) {
		t.Error(err)
	}
	if o, err := newRunner(t, dsn, nil, code).Status(ctx); err != nil || o.Migrations[0].State != "in doubt" {
		t.Errorf("%+v %v", o.Migrations, err)
	}
	if err := newRunner(t, dsn, nil, code).Resolve(ctx, Resolution{Version: "1", Rerun: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := newRunner(t, dsn, nil, code).Up(ctx); err != nil || calls != 2 || ledger(t, dsn) != "1 applied" {
		t.Errorf("%v, %d calls, %s", err, calls, ledger(t, dsn))
	}
}

func TestMigrationsInGo(t *testing.T) {
	dsn := pgtest.NewDatabase(t)
	ctx := context.Background()
	run := func(sql string) func(context.Context, *pgx.Conn) error {
		return func(ctx context.Context, c *pgx.Conn) error {
			_, err := c.Exec(ctx, sql)
			return err
		}
	}
	up := func(g ...GoMigration) error {
		_, err := newRunner(t, dsn, files("0001_a.sql", "CREATE TABLE a (n int);", "0003_c.sql", "INSERT INTO a SELECT * FROM b;"), func(o *Options) { o.Go = g }).Up(ctx)
		return err
	}
	for sql, want := range map[string]string{
		"COMMIT":                          "it ended the transaction",
		"COMMIT; BEGIN":                   "the lock is lost",
		"SELECT 1/0":                      "SQLSTATE 22012",
		"SELECT pg_advisory_unlock_all()": "the lock is lost",
	} {
		if err := up(GoMigration{Version: "0002", Name: "b", Up: run(sql)}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", sql, err)
		}
	}
	if _, err := New(Options{Go: []GoMigration{{Version: "3", Name: "b", Up: run("")}, {Version: "3", Up: run("")}}}); err == nil || !strings.Contains(err.Error(), `is taken by the Go migration "b"`) {
		t.Errorf("two of a version: %v", err)
	}
	if err := up(GoMigration{Version: "0002", Name: "b", Up: run("CREATE TABLE b AS SELECT 1 AS n")}); err != nil {
		t.Fatal(err)
	}
	if query[int](t, dsn, "SELECT n FROM a") != 1 || ledger(t, dsn) != "0001 applied, 0002 applied, 0003 applied" {
		t.Error(ledger(t, dsn))
	}
}

package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/safemig/safemig/internal/pgserver"
)

// world is a real server that writes all of its logs, and a database of a scenario.
type world struct {
	t      *testing.T
	server *pgserver.Server
	dir    string
	dsn    string
	conns  []*pgx.Conn
}

// startLogged starts a server whose logs go to a directory.
func startLogged(t *testing.T, prefix string) *world {
	t.Helper()
	dir, err := os.MkdirTemp("", "safemig-audit-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil { // the server may run as another user
		t.Fatal(err)
	}
	s, err := pgserver.Start(t.Context(), pgserver.Options{Download: os.Getenv("SAFEMIG_REQUIRE_PG") != "", Log: t.Output(), Settings: map[string]string{
		"logging_collector": "on", "log_directory": dir, "log_filename": "pg.log", "log_file_mode": "0644", "log_destination": "stderr,csvlog,jsonlog",
		"log_line_prefix": prefix, "log_statement": "all", "deadlock_timeout": "100ms", "log_lock_waits": "on", "log_min_messages": "warning",
	}})
	if errors.Is(err, pgserver.ErrNone) && os.Getenv("SAFEMIG_REQUIRE_PG") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	if s.Given() {
		t.Skip("the logs of a given server are its own")
	}
	if s.Major < 15 {
		t.Skip("jsonlog is of 15 and later")
	}
	return &world{t: t, server: s, dir: dir}
}

var logEndings = []string{"log", "csv", "json"}

// sizes are where the logs end now.
func (w *world) sizes() map[string]int64 {
	out := map[string]int64{}
	for _, e := range logEndings {
		if st, err := os.Stat(w.path(e)); err == nil {
			out[e] = st.Size()
		}
	}
	return out
}

func (w *world) path(ending string) string {
	if ending == "log" {
		return filepath.Join(w.dir, "pg.log")
	}
	return filepath.Join(w.dir, "pg."+ending)
}

// connect opens a connection as a program would.
func (w *world) connect(params ...string) *pgx.Conn {
	w.t.Helper()
	config, err := pgx.ParseConfig(w.dsn)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range params {
		name, value, _ := strings.Cut(p, "=")
		config.RuntimeParams[name] = value
	}
	c, err := pgx.ConnectConfig(context.Background(), config)
	if err != nil {
		w.t.Fatal(err)
	}
	w.conns = append(w.conns, c)
	return c
}

// run sends statements by the extended protocol; an error is the scenario's own.
func (w *world) run(c *pgx.Conn, sql ...string) error {
	for _, s := range sql {
		if _, err := c.Exec(context.Background(), s, pgx.QueryExecModeExec); err != nil {
			return err
		}
		time.Sleep(2 * time.Millisecond) // the log counts milliseconds
	}
	return nil
}

func (w *world) must(c *pgx.Conn, sql ...string) {
	w.t.Helper()
	if err := w.run(c, sql...); err != nil {
		w.t.Fatal(err)
	}
}

// record writes a version with parameters, as runners do.
func (w *world) record(c *pgx.Conn, version int64) error {
	_, err := c.Exec(context.Background(), `INSERT INTO "schema_migrations" ("version") VALUES ($1)`, version)
	time.Sleep(2 * time.Millisecond)
	return err
}

func (w *world) recorded(c *pgx.Conn, version int64) {
	w.t.Helper()
	if err := w.record(c, version); err != nil {
		w.t.Fatal(err)
	}
}

const (
	table    = `CREATE TABLE IF NOT EXISTS "schema_migrations" ("version" bigint PRIMARY KEY)`
	check    = `SELECT s0."version" FROM "schema_migrations" AS s0`
	tryLock  = `SELECT pg_try_advisory_lock(777)`
	lockIt   = `SELECT pg_advisory_lock(777)`
	unlockIt = `SELECT pg_advisory_unlock(777)`
	users    = `CREATE TABLE users (id int, email text)`
	index    = `CREATE INDEX CONCURRENTLY users_email ON users (email)`
)

// scenarios are what clients do, and what an auditor has to say of it.
var scenarios = []struct {
	name string
	does func(*world)
	want string
}{
	{"one session does it right", func(w *world) {
		c := w.connect()
		w.must(c, table, tryLock, check, "BEGIN", users)
		w.recorded(c, 1)
		w.must(c, "COMMIT", index)
		w.recorded(c, 2)
		w.must(c, unlockIt)
	}, "pass\n1: pass\n2: pass record-not-atomic-with-ddl"},

	{"the lock is on a session of its own", func(w *world) {
		l, m := w.connect(), w.connect()
		w.must(m, table, users)
		w.must(l, tryLock, check)
		w.must(m, index)
		w.recorded(m, 1)
		w.must(l, unlockIt)
	}, "pass\n1: pass lock-holder-is-another-session record-not-atomic-with-ddl"},

	{"released before the record", func(w *world) {
		a, b := w.connect(), w.connect()
		w.must(a, table, users, check)
		w.must(a, lockIt)
		w.must(b, "CREATE INDEX users_email ON users (email)")
		w.must(a, unlockIt)
		w.recorded(b, 1)
	}, "fail\n1: fail lock-released-before-record record-not-atomic-with-ddl session-lock-on-pooled-connection(possible) version-check-outside-lock"},

	{"unlocked on another session", func(w *world) {
		a, b := w.connect(), w.connect()
		w.must(a, table, users, check)
		w.must(a, tryLock)
		w.must(b, unlockIt, index)
		w.recorded(a, 1)
	}, "fail\n1: fail lock-does-not-cover-ddl lock-released-before-record missing-unlock record-not-atomic-with-ddl session-lock-on-pooled-connection unlock-on-other-session"},

	{"a transaction's lock", func(w *world) {
		c := w.connect()
		w.must(c, table, "BEGIN", "SELECT pg_advisory_xact_lock(777)", check, users)
		w.recorded(c, 1)
		w.must(c, "COMMIT")
	}, "pass\n1: pass"},

	{"a transaction's lock ends before the record", func(w *world) {
		c := w.connect()
		w.must(c, table, "BEGIN", "SELECT pg_advisory_xact_lock(777)", check, users, "COMMIT")
		w.recorded(c, 1)
	}, "fail\n1: fail lock-released-before-record record-not-atomic-with-ddl"},

	{"a transaction's lock without a transaction", func(w *world) {
		c := w.connect()
		w.must(c, table, users, check, "SELECT pg_advisory_xact_lock(777)", index)
		w.recorded(c, 1)
	}, "fail\n1: fail no-lock record-not-atomic-with-ddl xact-lock-outside-transaction"},

	{"Ecto's table lock", func(w *world) {
		l, m := w.connect(), w.connect()
		w.must(m, table)
		w.must(l, "BEGIN", `LOCK TABLE "schema_migrations" IN SHARE UPDATE EXCLUSIVE MODE`, check)
		w.must(m, "BEGIN", users)
		w.recorded(m, 1)
		w.must(m, "COMMIT")
		w.must(l, "COMMIT")
	}, "pass\n1: pass"},

	{"two nodes that poll", func(w *world) {
		a, b := w.connect(), w.connect()
		w.must(a, table, users)
		w.must(a, tryLock, check)
		w.must(b, tryLock)
		w.must(a, index)
		w.must(b, tryLock)
		w.recorded(a, 1)
		w.must(a, unlockIt)
		w.must(b, tryLock, check, unlockIt)
	}, "pass\n1: pass record-not-atomic-with-ddl"},

	{"two nodes without a lock", func(w *world) {
		a, b := w.connect(), w.connect()
		w.must(a, table, users)
		w.must(a, check)
		w.must(b, check)
		w.must(a, index)
		if err := w.run(b, index); err == nil {
			w.t.Error("the second build went through")
		}
		w.recorded(a, 1)
		if err := w.record(b, 1); err == nil {
			w.t.Error("the second record went through")
		}
	}, "fail\n1: fail no-lock record-not-atomic-with-ddl same-version-twice"},

	{"a transaction without a lock", func(w *world) {
		c := w.connect()
		w.must(c, table, check, "BEGIN", users)
		w.recorded(c, 1)
		w.must(c, "COMMIT")
	}, "warn\n1: warn no-lock"},

	{"a migration that fails", func(w *world) {
		c := w.connect()
		w.must(c, table, tryLock, check, "BEGIN", users)
		_ = w.run(c, "ALTER TABLE nope ADD COLUMN x int")
		w.must(c, "ROLLBACK", unlockIt)
	}, "pass"},

	{"golang-migrate", func(w *world) {
		c := w.connect()
		w.must(c, `CREATE TABLE IF NOT EXISTS "schema_migrations" (version bigint not null primary key, dirty boolean not null)`, "SELECT pg_advisory_lock(777)",
			`SELECT version, dirty FROM "schema_migrations" LIMIT 1`)
		set := func(v int64, dirty bool) {
			w.must(c, "BEGIN", `TRUNCATE "schema_migrations"`)
			if _, err := c.Exec(context.Background(), `INSERT INTO "schema_migrations" (version, dirty) VALUES ($1, $2)`, v, dirty); err != nil {
				w.t.Fatal(err)
			}
			w.must(c, "COMMIT")
		}
		set(1, true)
		if _, err := c.Exec(context.Background(), users+"; ALTER TABLE users ADD COLUMN plan text;", pgx.QueryExecModeSimpleProtocol); err != nil {
			w.t.Fatal(err)
		}
		set(1, false)
		set(2, true)
		w.must(c, index)
		set(2, false)
		w.must(c, unlockIt)
	}, "warn\n1: pass record-not-atomic-with-ddl\n2: warn blocking-lock-with-concurrently(possible) record-not-atomic-with-ddl"},

	{"a waiter and a concurrent build", func(w *world) {
		a, b := w.connect(), w.connect()
		w.must(a, table, users)
		w.must(a, lockIt, check)
		done := make(chan error, 1)
		go func() { done <- w.run(b, lockIt) }()
		time.Sleep(150 * time.Millisecond)
		if err := w.run(a, index); err != nil {
			w.must(a, unlockIt)
		} else {
			w.must(a, unlockIt)
		}
		<-done
	}, "fail\n-: fail blocking-lock-with-concurrently"},

	{"Django", func(w *world) {
		c := w.connect()
		w.must(c, `CREATE TABLE "django_migrations" ("id" bigserial, "app" text, "name" text, "applied" timestamptz)`, `SELECT "django_migrations"."app" FROM "django_migrations"`,
			"BEGIN", users, "COMMIT")
		if _, err := c.Exec(context.Background(), `INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ($1, $2, now()) RETURNING "django_migrations"."id"`, "shop", "0001_initial"); err != nil {
			w.t.Fatal(err)
		}
	}, "warn\nshop.0001_initial: warn no-lock record-not-atomic-with-ddl"},

	{"Flyway", func(w *world) {
		l, m := w.connect(), w.connect()
		w.must(l, `CREATE TABLE "public"."flyway_schema_history" ("installed_rank" int, "version" text, "description" text)`)
		w.must(l, "BEGIN", "SELECT pg_try_advisory_xact_lock(777)", `SELECT "version" FROM "public"."flyway_schema_history"`)
		w.must(m, "BEGIN", users, "COMMIT")
		w.must(l, `INSERT INTO "public"."flyway_schema_history" ("installed_rank", "version", "description") VALUES (1, '1.2', 'users')`, "COMMIT")
	}, "warn\n1.2: warn record-not-atomic-with-ddl"},

	{"Prisma, whose lock ends with its session", func(w *world) {
		c := w.connect()
		w.must(c, `CREATE TABLE "_prisma_migrations" (id text, migration_name text, started_at timestamptz, finished_at timestamptz)`, "SELECT pg_advisory_lock(72707369)",
			`SELECT "id", "migration_name" FROM "_prisma_migrations"`,
			`INSERT INTO "_prisma_migrations" ("id", "migration_name", "started_at") VALUES ('x', '2024_init', now())`, users,
			`UPDATE "_prisma_migrations" SET "finished_at" = now() WHERE "id" = 'x'`)
		c.Close(context.Background())
	}, "pass\n2024_init: pass record-not-atomic-with-ddl"},

	{"an application with locks and tables of its own", func(w *world) {
		app, c := w.connect("application_name=web"), w.connect("application_name=migrate")
		w.must(app, "SELECT pg_advisory_lock(5)", "CREATE TEMP TABLE t (a int)", "SELECT 1")
		w.must(c, table, check, "BEGIN", users)
		w.recorded(c, 1)
		w.must(c, "COMMIT")
		w.must(app, "SELECT pg_advisory_unlock(5)", "DROP TABLE t")
	}, "warn\n1: warn no-lock"}, // of the stderr log, which names no program, only possible

	{"released by DISCARD ALL", func(w *world) {
		c := w.connect()
		w.must(c, table, users, tryLock, check, index, "DISCARD ALL")
		if _, err := c.Exec(context.Background(), `INSERT INTO "schema_migrations" ("version") VALUES (1)`, pgx.QueryExecModeSimpleProtocol); err != nil {
			w.t.Fatal(err)
		}
	}, "fail\n1: fail lock-released-before-record record-not-atomic-with-ddl releases-foreign-locks"},

	{"log_statement = mod", func(w *world) {
		c := w.connect("log_statement=mod")
		w.must(c, table, tryLock, check, users)
		w.recorded(c, 1)
		w.must(c, unlockIt)
	}, "warn\n1: warn no-lock(not-observable) record-not-atomic-with-ddl"},

	{"durations instead of statements", func(w *world) {
		c := w.connect("log_min_duration_statement=0", "log_statement=none")
		w.must(c, table, users, tryLock, check, index)
		w.recorded(c, 1)
		w.must(c, unlockIt)
	}, "pass\n1: pass record-not-atomic-with-ddl"},

	{"a client that dies, and another that goes on", func(w *world) {
		a := w.connect()
		w.must(a, table, users, tryLock, check, "BEGIN", "ALTER TABLE users ADD COLUMN plan text")
		a.PgConn().Conn().Close()
		time.Sleep(200 * time.Millisecond)
		b := w.connect()
		w.must(b, tryLock, check, "BEGIN", "ALTER TABLE users ADD COLUMN plan text")
		w.recorded(b, 1)
		w.must(b, "COMMIT", unlockIt)
	}, "pass\n1: pass"},

	{"a down migration", func(w *world) {
		c := w.connect()
		w.must(c, table, users, tryLock, check, "BEGIN", "ALTER TABLE users DROP COLUMN email")
		if _, err := c.Exec(context.Background(), `DELETE FROM "schema_migrations" WHERE "version" = $1`, 1); err != nil {
			w.t.Fatal(err)
		}
		w.must(c, "COMMIT", unlockIt)
	}, "pass\n1: pass"},

	{"the server crashes in between", func(w *world) {
		a := w.connect()
		w.must(a, table, users, "CHECKPOINT", tryLock, check, "BEGIN", "ALTER TABLE users ADD COLUMN plan text")
		w.crash()
		b := w.connect()
		w.must(b, tryLock, check, "BEGIN", "ALTER TABLE users ADD COLUMN plan text")
		w.recorded(b, 1)
		w.must(b, "COMMIT", unlockIt)
	}, "pass\n1: pass"},
}

// crash kills a backend as the kernel would, so that the server starts anew.
func (w *world) crash() {
	c := w.connect()
	var pid int
	if err := c.QueryRow(context.Background(), "SELECT pg_backend_pid()").Scan(&pid); err != nil {
		w.t.Fatal(err)
	}
	p, err := os.FindProcess(pid)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := p.Kill(); err != nil {
		w.t.Skip("the backend cannot be killed:", err)
	}
	for range 100 {
		time.Sleep(100 * time.Millisecond)
		if c, err := pgx.Connect(context.Background(), w.dsn); err == nil {
			c.Close(context.Background())
			return
		}
	}
	w.t.Fatal("the server does not come back")
}

// TestScenarios lets clients do on a real server what is right and what is wrong, and
// wants the auditor to tell which from each of the server's logs.
func TestScenarios(t *testing.T) {
	for _, prefix := range []string{"%m [%p] %q%u@%d ", "%t:%r:%u@%d:[%p]:"} {
		w := startLogged(t, prefix)
		for _, s := range scenarios {
			t.Run(s.name, func(t *testing.T) {
				logs := w.scenario(t, s.does)
				for _, e := range logEndings {
					if got := judgedText(t, logs[e]); strings.ReplaceAll(got, "no-lock(possible)", "no-lock") != s.want {
						t.Errorf("%s, prefix %q: got\n%s\nwant\n%s\n%s", e, prefix, got, s.want, tail(logs["log"]))
					}
				}
			})
		}
	}
}

// scenario gives what a scenario has added to the logs.
func (w *world) scenario(t *testing.T, does func(*world)) map[string][]byte {
	w.t, w.conns = t, nil
	dsn, drop, err := w.server.NewDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.dsn = dsn
	before := w.sizes()
	does(w)
	mark := fmt.Sprintf("SELECT 'mark %d'", time.Now().UnixNano())
	c, err := pgx.Connect(t.Context(), w.server.DSN())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.run(c, mark); err != nil {
		t.Fatal(err)
	}
	c.Close(t.Context())
	logs := map[string][]byte{}
	for _, e := range logEndings {
		for range 200 {
			b, err := os.ReadFile(w.path(e))
			if err != nil {
				t.Fatal(err)
			}
			if b = b[before[e]:]; bytes.Contains(b, []byte(mark[8:])) {
				logs[e] = b
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		if logs[e] == nil {
			t.Fatalf("the mark does not come into the %s", e)
		}
	}
	for _, c := range w.conns {
		c.Close(context.Background())
	}
	drop()
	return logs
}

func judgedText(t *testing.T, b []byte) string {
	t.Helper()
	r, err := Read([]Input{{"log", func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }}}, ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return summary(r)
}

func tail(b []byte) string {
	lines := strings.Split(string(b), "\n")
	return strings.Join(lines[max(0, len(lines)-40):], "\n")
}

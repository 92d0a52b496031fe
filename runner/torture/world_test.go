package torture

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/safemig/safemig/internal/pgserver"
)

// migrations have every kind of step: transactions whose effect would be seen twice, index
// builds, a unique one, a drop, and both kinds in one file.
var migrations = map[string]string{
	"1_table.sql": `CREATE TABLE t (id int NOT NULL, v int);
INSERT INTO t SELECT i, i % 7 FROM generate_series(1, 3000) i;
UPDATE counter SET n = n + 1 WHERE id = 1;
`,
	"2_index.sql": `-- safemig:no-transaction
CREATE INDEX CONCURRENTLY t_v ON t (v);
`,
	"3_column.sql": `UPDATE counter SET n = n + 1 WHERE id = 2;
ALTER TABLE t ADD COLUMN w int;
UPDATE counter SET n = n + 1 WHERE id = 3;
`,
	"4_mixed.sql": `-- safemig:no-transaction
UPDATE counter SET n = n + 1 WHERE id = 4;
CREATE UNIQUE INDEX CONCURRENTLY t_id ON t (id);
DROP INDEX CONCURRENTLY t_v;
UPDATE counter SET n = n + 1 WHERE id = 5;
`,
	"5_more.sql": "UPDATE counter SET n = n + 1 WHERE id = 6;\n",
}

const counters = 6

// golden is the schema that the migrations make.
const golden = "t(id integer,v integer,w integer) t_id valid"

// world is a database and the migrations for it.
type world struct {
	dsn, dir string
	history  string    // the version table that is kept; "" is safemig's own
	conn     *pgx.Conn // straight to the server
	server   *pgserver.Server
	drop     func()
}

func newWorld(t testing.TB, s *pgserver.Server) *world {
	t.Helper()
	return newWorldOf(t, s, migrations)
}

func newWorldOf(t testing.TB, s *pgserver.Server, files map[string]string) *world {
	t.Helper()
	w := &world{dir: t.TempDir(), server: s}
	socket, drop, err := s.NewDatabase(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	w.drop = drop
	name := databaseOf(t, socket)
	w.dsn = strings.Replace(s.TCP(), "/postgres?", "/"+name+"?", 1)
	w.connect(t)
	w.exec(t, "CREATE TABLE counter (id int PRIMARY KEY, n int NOT NULL)",
		fmt.Sprintf("INSERT INTO counter SELECT i, 0 FROM generate_series(1, %d) i", counters))
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func databaseOf(t testing.TB, dsn string) string {
	t.Helper()
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return c.Database
}

// connect makes a new connection for the test itself.
func (w *world) connect(t testing.TB) {
	t.Helper()
	var err error
	for range 100 {
		if w.conn, err = pgx.Connect(context.Background(), w.dsn); err == nil {
			return
		}
		time.Sleep(20 * time.Millisecond) // the server restarts
	}
	t.Fatal(err)
}

func (w *world) close() {
	_ = w.conn.Close(context.Background())
	w.drop()
}

func (w *world) exec(t testing.TB, sqls ...string) {
	t.Helper()
	for _, sql := range sqls {
		if _, err := w.conn.Exec(context.Background(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

func (w *world) text(sql string) (s string, err error) {
	err = w.conn.QueryRow(context.Background(), "SELECT coalesce(("+sql+")::text, '')").Scan(&s)
	return s, err
}

// invariant is a question to the database, whose answer must be the wanted one.
type invariant struct{ name, sql, want string }

// invariants are checked when no runner runs any more and the last one ended well.
var invariants = []invariant{
	{"I3: each DML effect took place once", "SELECT string_agg(id || '=' || n, ' ' ORDER BY id) FROM counter", "1=1 2=1 3=1 4=1 5=1 6=1"},
	{"I3: rows of the first migration", "SELECT count(*) || ' ' || count(DISTINCT id) FROM t", "3000 3000"},
	{"I2: each version is recorded once", "SELECT string_agg(version || ' ' || state, ', ' ORDER BY version) FROM safemig.migration",
		"1 applied, 2 applied, 3 applied, 4 applied, 5 applied"},
	{"I2: the schema is the wanted one", `SELECT (SELECT 't(' || string_agg(attname || ' ' || format_type(atttypid, atttypmod), ',' ORDER BY attnum) || ')' FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0 AND NOT attisdropped)
 || ' ' || (SELECT string_agg(indexrelid::regclass || CASE WHEN indisvalid AND indisready AND indislive THEN ' valid' ELSE ' INVALID' END, ' ' ORDER BY indexrelid::regclass::text) FROM pg_index WHERE indrelid = 't'::regclass)`, golden},
	{"I6: no step is open", "SELECT string_agg(version || '/' || ordinal || ' ' || state, ', ') FROM safemig.step WHERE state <> 'done'", ""},
	{"I8: no advisory lock is left", "SELECT string_agg(pid || ' ' || objid, ', ') FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())", ""},
	{"I8: no session is left", "SELECT string_agg(application_name, ', ') FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()", ""},
}

// broken gives the invariants that do not hold.
func (w *world) broken(checks []invariant) (bad []string) {
	for _, c := range checks {
		got, err := w.text(c.sql)
		for i := 0; i < 50 && err == nil && got != c.want && strings.HasPrefix(c.name, "I8"); i++ {
			time.Sleep(20 * time.Millisecond) // a backend notices the end of its client
			got, err = w.text(c.sql)
		}
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			bad = append(bad, fmt.Sprintf("%s: got %q, want %q", c.name, got, c.want))
		}
	}
	return bad
}

// finish runs safemig once more without a fault, and checks everything.
func (w *world) finish(t testing.TB, kind runnerKind) (bad []string) {
	t.Helper()
	if w.conn.Ping(context.Background()) != nil {
		w.connect(t) // the server restarted
	}
	n := w.startKind(t, kind, nil)
	if code := n.wait(t, 60*time.Second); code != 0 {
		bad = append(bad, fmt.Sprintf("I6: the run without a fault ended with %d:\n%s", code, n.out.String()))
	}
	bad = append(bad, w.broken(invariants)...)
	if w.history != "" {
		bad = append(bad, w.broken(tables[w.history])...)
	}
	return bad
}

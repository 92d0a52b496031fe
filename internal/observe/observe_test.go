package observe_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safemig/safemig/internal/observe"
	"github.com/safemig/safemig/internal/pgserver/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const fixture = `
CREATE TABLE t (id int PRIMARY KEY, a int, b text);
INSERT INTO t SELECT g, g, 'x' FROM generate_series(1, 1000) g;
CREATE INDEX t_a_idx ON t (a);
CREATE TABLE p (id int PRIMARY KEY);
INSERT INTO p SELECT g FROM generate_series(1, 1000) g;
CREATE TABLE pt (id int NOT NULL, a int) PARTITION BY RANGE (id);
CREATE TABLE pt1 PARTITION OF pt FOR VALUES FROM (0) TO (2000);
INSERT INTO pt SELECT g, g FROM generate_series(1, 1000) g;
CREATE INDEX pt_a_idx ON pt (a);
CREATE MATERIALIZED VIEW mv AS SELECT id FROM t;
CREATE UNIQUE INDEX mv_id_idx ON mv (id);
CREATE VIEW v AS SELECT id FROM t;
CREATE SCHEMA "Odd";
CREATE TABLE "Odd"."select" (id int)`

func open(t *testing.T) *observe.Session {
	t.Helper()
	ctx := context.Background()
	s, err := observe.Open(ctx, pgtest.NewDatabase(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(ctx) })
	if err := s.Exec(ctx, fixture); err != nil {
		t.Fatal(err)
	}
	return s
}

func statement(t *testing.T, s *observe.Session, sql string, end observe.End) observe.Observation {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	o, err := s.Statement(ctx, sql, end)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return o
}

// describe writes an observation as one line: strongest locks, but for ACCESS SHARE on
// indexes, which depends on plans; then the work.
func describe(o observe.Observation) string {
	var parts []string
	for _, l := range o.Locks {
		top := l.Modes[len(l.Modes)-1]
		if strings.HasSuffix(l.Kind, "index") && (top == "ACCESS SHARE" || top == "ROW EXCLUSIVE" || l.New) {
			continue
		}
		s := strings.TrimPrefix(l.Relation, "public.") + " " + top
		if l.New {
			s += " new"
		}
		parts = append(parts, s)
	}
	for _, w := range []struct {
		what  string
		names []string
	}{{"rewritten", o.Rewritten}, {"scanned", o.Scanned}, {"built", o.Built}, {"created", o.Created}} {
		if len(w.names) > 0 {
			parts = append(parts, w.what+" "+strings.ReplaceAll(strings.Join(w.names, " "), "public.", ""))
		}
	}
	if o.TxForbidden {
		parts = append(parts, "forbidden")
	}
	if o.Failed() {
		parts = append(parts, o.SQLState)
	}
	return strings.Join(parts, ", ")
}

func TestStatements(t *testing.T) {
	s := open(t)
	for _, c := range []struct{ sql, want string }{
		{`ALTER TABLE t ADD COLUMN z int`,
			`t ACCESS EXCLUSIVE`},
		{`ALTER TABLE t ADD COLUMN z double precision DEFAULT random()`,
			`t ACCESS EXCLUSIVE, t_a_idx ACCESS EXCLUSIVE, t_pkey ACCESS EXCLUSIVE, rewritten t, scanned t, built t_a_idx t_pkey`},
		{`ALTER TABLE t ALTER COLUMN a SET NOT NULL`,
			`t ACCESS EXCLUSIVE, scanned t`},
		{`ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p NOT VALID`,
			`p SHARE ROW EXCLUSIVE, t SHARE ROW EXCLUSIVE`},
		{`ALTER TABLE t RENAME TO t2`,
			`t ACCESS EXCLUSIVE`},
		{`ALTER INDEX t_a_idx RENAME TO other`,
			`t_a_idx SHARE UPDATE EXCLUSIVE`},
		{`CREATE INDEX n ON t (b)`,
			`t SHARE, scanned t, built n, created n`},
		{`REINDEX INDEX t_a_idx`,
			`t SHARE, t_a_idx ACCESS EXCLUSIVE, scanned t, built t_a_idx`},
		{`DROP INDEX t_a_idx`,
			`t ACCESS EXCLUSIVE, t_a_idx ACCESS EXCLUSIVE`},
		{`CREATE TABLE n (id int, p int REFERENCES p)`,
			`n ACCESS EXCLUSIVE new, p SHARE ROW EXCLUSIVE, created n`},
		{`TRUNCATE t`,
			`t ACCESS EXCLUSIVE, t_a_idx ACCESS EXCLUSIVE, t_pkey ACCESS EXCLUSIVE, rewritten t, built t_a_idx t_pkey`},
		{`CREATE TABLE pt2 PARTITION OF pt FOR VALUES FROM (2000) TO (3000)`,
			`pt ACCESS EXCLUSIVE, pt2 ACCESS EXCLUSIVE new, pt_a_idx SHARE UPDATE EXCLUSIVE, built pt2_a_idx, created pt2 pt2_a_idx`},
		{`REFRESH MATERIALIZED VIEW CONCURRENTLY mv`,
			`mv EXCLUSIVE, t ACCESS SHARE, scanned mv t`},
		{`CREATE OR REPLACE VIEW v AS SELECT id, a FROM t`,
			`t ACCESS SHARE, v ACCESS EXCLUSIVE`},
		{`COMMENT ON TABLE "Odd"."select" IS 'x'`,
			`"Odd"."select" SHARE UPDATE EXCLUSIVE`},
		{`DROP TABLE nothing`,
			`42P01`},
		{`SET lock_timeout = '5s'`, ``},
		{`SET TRANSACTION ISOLATION LEVEL SERIALIZABLE`, ``},
		{`/* a comment */ COPY p FROM STDIN`,
			`p ROW EXCLUSIVE`},
		{`SAVEPOINT s`, ``},
	} {
		if got := describe(statement(t, s, c.sql, observe.Rollback)); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.sql, got, c.want)
		}
	}
}

func TestStatementsThatRunAlone(t *testing.T) {
	s := open(t)
	for _, c := range []struct{ sql, want string }{
		{`CREATE INDEX CONCURRENTLY n ON t (b)`,
			`t SHARE UPDATE EXCLUSIVE, scanned t, built n, created n, forbidden`},
		{`REINDEX INDEX CONCURRENTLY n`,
			`n ACCESS EXCLUSIVE, t SHARE UPDATE EXCLUSIVE, scanned t, built n, forbidden`},
		{`DROP INDEX CONCURRENTLY n`,
			`n ACCESS EXCLUSIVE, t SHARE UPDATE EXCLUSIVE, forbidden`},
		{`VACUUM t`,
			`t SHARE UPDATE EXCLUSIVE, forbidden`},
		{`VACUUM FULL t`,
			`t ACCESS EXCLUSIVE, t_a_idx ACCESS EXCLUSIVE, t_pkey ACCESS EXCLUSIVE, rewritten t, scanned t, built t_a_idx t_pkey, forbidden`},
		{`CREATE INDEX CONCURRENTLY n ON pt (a)`,
			`forbidden, 0A000`},
		{`DO $$BEGIN COMMIT; END$$`,
			`forbidden`},
		{`COMMIT PREPARED 'nothing'`,
			`forbidden, 42704`},
		{`DISCARD ALL`,
			`forbidden`},
	} {
		got := describe(statement(t, s, c.sql, observe.Commit))
		if got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.sql, got, c.want)
		}
	}
}

func TestTransactionAddsUp(t *testing.T) {
	s := open(t)
	statement(t, s, "BEGIN", observe.Leave)
	first := statement(t, s, "ALTER TABLE t ADD COLUMN z int", observe.Leave)
	if l := first.Locks[0]; len(l.Before) != 0 {
		t.Errorf("before the first statement it held %v", l.Before)
	}
	second := statement(t, s, "CREATE TABLE n ()", observe.Leave)
	i := slices.IndexFunc(second.Locks, func(l observe.Lock) bool { return l.Relation == "public.t" })
	if i < 0 || !slices.Equal(second.Locks[i].Before, second.Locks[i].Modes) {
		t.Errorf("the lock of the first statement is not told from the second's: %+v", second.Locks)
	}
	third := statement(t, s, "ALTER TABLE n ADD COLUMN a int", observe.Leave)
	for _, l := range third.Locks {
		if l.New {
			t.Errorf("%s is no longer new for the third statement", l.Relation)
		}
	}
	refused := statement(t, s, "VACUUM t", observe.Leave)
	if !refused.TxForbidden || refused.SQLState != "25001" {
		t.Errorf("VACUUM in the caller's transaction: %+v", refused)
	}
	if after := statement(t, s, "SELECT 1", observe.Leave); after.SQLState != "25P02" {
		t.Errorf("the transaction goes on after a failure: %+v", after)
	}
	statement(t, s, "ROLLBACK", observe.Leave)
	if s.InTransaction() {
		t.Error("still in a transaction")
	}
}

func TestCommitFailureIsReported(t *testing.T) {
	s := open(t)
	if err := s.Exec(context.Background(), "CREATE TABLE c (p int REFERENCES p DEFERRABLE INITIALLY DEFERRED)"); err != nil {
		t.Fatal(err)
	}
	if o := statement(t, s, "INSERT INTO c VALUES (-1)", observe.Commit); o.SQLState != "23503" {
		t.Errorf("got %+v, want 23503 of the COMMIT", o)
	}
}

func TestMessages(t *testing.T) {
	s := open(t)
	o := statement(t, s, "ALTER TABLE t ALTER COLUMN a TYPE bigint", observe.Rollback)
	if !slices.Contains(o.Debug, `rewriting table "t"`) {
		t.Errorf("Debug is %q", o.Debug)
	}
	o = statement(t, s, "DO $$BEGIN RAISE WARNING 'careful'; END$$", observe.Rollback)
	if fmt.Sprint(o.Warnings) != "[01000 careful]" {
		t.Errorf("Warnings is %q", o.Warnings)
	}
}

func TestDurationIsTheStatements(t *testing.T) {
	s := open(t)
	if o := statement(t, s, "SELECT pg_sleep(0.1)", observe.Rollback); o.Duration < 100*time.Millisecond || o.Duration > time.Second {
		t.Errorf("in a transaction %v", o.Duration)
	}
	if o := statement(t, s, "DO $$BEGIN PERFORM pg_sleep(0.1); COMMIT; END$$", observe.Rollback); o.Duration < 100*time.Millisecond || o.Duration > time.Second {
		t.Errorf("alone %v", o.Duration)
	}
}

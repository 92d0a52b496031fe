package verify_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/pgserver/pgtest"
	"github.com/safemig/safemig/internal/verify"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// run verifies files on the tests' server.
func run(t *testing.T, files map[string]string, change func(*verify.Options)) (*verify.Result, error) {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	o := verify.Options{Lint: lint.Options{FS: fsys}, Server: pgtest.ForTest(t).TCP()}
	if change != nil {
		change(&o)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	return verify.Run(ctx, o)
}

func mustRun(t *testing.T, files map[string]string, change func(*verify.Options)) *verify.Result {
	t.Helper()
	r, err := run(t, files, change)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// outcomes writes a result as a line per statement.
func outcomes(r *verify.Result) string {
	var out []string
	for _, o := range r.Outcomes {
		line := fmt.Sprintf("%s:%d %s", o.Path, o.Line, o.Status)
		if o.SQLState != "" {
			line += " " + o.SQLState
		}
		for _, d := range o.Differences {
			line += " [" + d.String() + "]"
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

// refusals are the migrations of testdata/projects that their tool fails on.
var refusals = map[string]string{
	"dbmate": "20240506113000", "golang-migrate": "000007_index_payments", "drizzle": "0001_index_due_on",
	"hasura": "index_due_on", "node-pg-migrate": "index-due-on", "refinery": "V2__index_due_on", "river": "002_index_due_on",
}

// named are projects of which a directory must be named: rails' structure.sql is a
// picture of the schema, which nobody wants to come across among migrations.
var named = map[string]string{"rails": "rails/db"}

func TestProjectsAgree(t *testing.T) {
	dirs, err := os.ReadDir("../../testdata/projects")
	if err != nil || len(dirs) < 4 {
		t.Fatalf("%d projects: %v", len(dirs), err)
	}
	var tools []string
	for _, d := range dirs {
		if d.Name() == "golang-migrate" && pgtest.ForTest(t).Major < 13 {
			continue // gen_random_uuid() is not in 12
		}
		tools = append(tools, cmp.Or(named[d.Name()], d.Name()))
	}
	r := mustRun(t, nil, func(o *verify.Options) { // on a server of its own, where roles may be created
		o.Lint, o.Down, o.Server = lint.Options{Dir: "../../testdata/projects", Paths: tools}, true, ""
		o.Major = pgtest.ForTest(t).Major
	})
	seen := map[string]int{}
	for _, o := range r.Outcomes {
		tool, _, _ := strings.Cut(o.Path, "/")
		seen[tool]++
		refused := refusals[tool] != "" && strings.Contains(o.Path, refusals[tool])
		if o.Status != verify.Agrees && !(refused && (o.Status == verify.Refused || o.Status == verify.NotRun)) {
			t.Errorf("%s:%d: %s: %s %v", o.Path, o.Line, o.Status, o.Error, o.Differences)
		}
	}
	broken := map[string]bool{}
	for _, b := range r.Broken {
		tool, _, _ := strings.Cut(b.Path, "/")
		if broken[tool] = true; !b.Predicted || refusals[tool] == "" {
			t.Errorf("%+v", b)
		}
	}
	for _, tool := range tools {
		tool, _, _ := strings.Cut(tool, "/")
		if broken[tool] != (refusals[tool] != "") || seen[tool] < 4 {
			t.Errorf("%s: broken %t, %d statements", tool, broken[tool], seen[tool])
		}
	}
}

var shop = map[string]string{
	"0001_tables.sql": "CREATE TABLE t (id int PRIMARY KEY, a int);\nCREATE TABLE o (id int PRIMARY KEY, t int);",
	"0002_key.sql":    "ALTER TABLE o ADD FOREIGN KEY (t) REFERENCES t;\nALTER TABLE t ALTER COLUMN a SET NOT NULL;",
	"0003_index.sql":  "-- safemig:no-transaction\nCREATE INDEX CONCURRENTLY t_a_idx ON t (a);",
}

func TestAWrongPredictionIsSeen(t *testing.T) {
	if r := mustRun(t, shop, nil); !r.OK() {
		t.Fatalf("the right prediction differs:\n%s", outcomes(r))
	}
	for name, c := range map[string]struct {
		change func(e []effect.Effect) []effect.Effect
		where  string
		want   string
	}{
		"a weaker lock": {func(e []effect.Effect) []effect.Effect { e[0].Lock = effect.RowExclusive; return e },
			"0002_key.sql:1", "public.o lock: predicted ROW EXCLUSIVE, measured SHARE ROW EXCLUSIVE"},
		"a stronger lock": {func(e []effect.Effect) []effect.Effect { e[0].Lock = effect.AccessExclusive; return e },
			"0002_key.sql:1", "public.o lock: predicted ACCESS EXCLUSIVE, measured SHARE ROW EXCLUSIVE"},
		"a relation forgotten": {func(e []effect.Effect) []effect.Effect { return e[:1] },
			"0002_key.sql:1", "public.t lock: predicted none, measured SHARE ROW EXCLUSIVE"},
		"a scan forgotten": {func(e []effect.Effect) []effect.Effect { e[0].Work = 0; return e },
			"0002_key.sql:2", "public.t scan: predicted none, measured scan"},
		"a rewrite invented": {func(e []effect.Effect) []effect.Effect { e[0].Work |= effect.Rewrite; return e },
			"0002_key.sql:2", "public.t rewrite: predicted rewrite, measured none"},
		"allowed in a transaction": {func(e []effect.Effect) []effect.Effect {
			return slices.DeleteFunc(e, func(e effect.Effect) bool { return e.Op == effect.NoTransaction })
		}, "0003_index.sql:2", "transaction: predicted allowed , measured forbidden"},
	} {
		t.Run(name, func(t *testing.T) {
			r := mustRun(t, shop, func(o *verify.Options) {
				o.Predict = func(s *verify.Statement) []effect.Effect {
					if fmt.Sprintf("%s:%d", s.Path, s.Line) != c.where {
						return s.Effects
					}
					return c.change(slices.Clone(s.Effects))
				}
			})
			if want := c.where + " differs [" + c.want + "]"; r.OK() || !strings.Contains(outcomes(r), want) {
				t.Errorf("want %s, got\n%s", want, outcomes(r))
			}
		})
	}
}

// TestWhatNobodyLooksInto: a function of the author's makes partitions that no
// statement speaks of.
func TestWhatNobodyLooksInto(t *testing.T) {
	files := map[string]string{
		"0001_a.sql": `CREATE TABLE a (id int, at date) PARTITION BY RANGE (at);
CREATE FUNCTION part() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
  EXECUTE 'CREATE TABLE a_' || 2026 || ' PARTITION OF a FOR VALUES FROM (''2026-01-01'') TO (''2027-01-01'')'; RETURN 1; END $$;`,
		"0002_b.sql": "SELECT part();",
		"0003_c.sql": "ALTER TABLE a ADD b int;\nCREATE INDEX ON a (id);",
		"0004_d.sql": "DO $$ DECLARE r text; BEGIN FOR r IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'a'::regclass LOOP EXECUTE 'ALTER TABLE ' || r || ' ADD CHECK (id > 0)'; END LOOP; END $$;",
	}
	r := mustRun(t, files, nil)
	if !r.OK() {
		t.Errorf("differs:\n%s", outcomes(r))
	}
	var why []string
	for _, o := range r.Outcomes {
		why = append(why, o.NotCompared...)
	}
	for _, want := range []string{"the lock of public.a_2026: no statement speaks of it",
		"the scan of public.a_2026: no statement speaks of it", "the lock of public.a_2026: the block runs SQL that it makes itself"} {
		if !slices.Contains(why, want) {
			t.Errorf("want %q in\n%s", want, strings.Join(why, "\n"))
		}
	}
	files["0002_b.sql"] = "SELECT 1;" // nothing hidden: the partition of the next is nobody's
	files["0003_c.sql"] = "CREATE TABLE a_2027 PARTITION OF a FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');"
	files["0004_d.sql"] = "ALTER TABLE a ADD b int;"
	r = mustRun(t, files, func(o *verify.Options) {
		o.Predict = func(s *verify.Statement) []effect.Effect {
			return slices.DeleteFunc(slices.Clone(s.Effects), func(e effect.Effect) bool { return e.Target.Name == "a_2027" })
		}
	})
	if want := "0004_d.sql:1 differs [public.a_2027 lock: predicted none, measured ACCESS EXCLUSIVE]"; !strings.Contains(outcomes(r), want) {
		t.Errorf("want %s, got\n%s", want, outcomes(r))
	}
}

// TestTheServersZoneIsKnown: whether timestamp becomes timestamptz as it stands
// depends on the time zone, which the server says.
func TestTheServersZoneIsKnown(t *testing.T) {
	for zone, work := range map[string]effect.Work{"": 0, "SET timezone TO 'Europe/Berlin';\n": effect.Rewrite} {
		r := mustRun(t, map[string]string{
			"0001_a.sql": "CREATE TABLE a (at timestamp);",
			"0002_b.sql": zone + "ALTER TABLE a ALTER at TYPE timestamptz;",
		}, nil)
		last := r.Outcomes[len(r.Outcomes)-1]
		if got := last.Effects[0].Work & effect.Rewrite; !r.OK() || got != work {
			t.Errorf("%q: rewrite is %v, want %v\n%s", zone, got, work, outcomes(r))
		}
	}
}

// TestWhatABlockDidNotRun: what stands in a branch that was not taken is no
// difference; what is run in any case, and what nobody predicted, is.
func TestWhatABlockDidNotRun(t *testing.T) {
	files := map[string]string{
		"0001_a.sql": "CREATE TABLE a (id int);\nCREATE TABLE b (id int);\nCREATE TABLE c (id int);",
		"0002_b.sql": `DO $$ BEGIN
  UPDATE c SET id = 1;
  IF EXISTS (SELECT FROM a) THEN ALTER TABLE b ALTER id SET NOT NULL; DROP INDEX CONCURRENTLY i; END IF;
  FOR i IN 1 .. 0 LOOP ALTER TABLE a ADD x int; END LOOP;
  BEGIN
    ALTER TABLE c ADD id int;
  EXCEPTION WHEN duplicate_column THEN NULL;
  END;
END $$;`,
	}
	r := mustRun(t, files, nil)
	if want := "0002_b.sql:1 ok"; !r.OK() || !strings.Contains(outcomes(r), want) {
		t.Fatalf("want %s, got\n%s", want, outcomes(r))
	}
	if got := strings.Join(r.Outcomes[len(r.Outcomes)-1].NotCompared, "\n"); !strings.Contains(got, "the lock of public.b: not all of the block was run") ||
		!strings.Contains(got, "the failure of the statement: not all of the block was run") {
		t.Errorf("not compared:\n%s", got)
	}
	for mode, want := range map[effect.LockMode]string{
		effect.ShareRowExclusive: "public.c lock: predicted ", // of what is surely run
		effect.NoLock:            "public.c lock: predicted none, measured ROW EXCLUSIVE",
	} {
		r = mustRun(t, files, func(o *verify.Options) {
			o.Predict = func(s *verify.Statement) []effect.Effect {
				out := slices.Clone(s.Effects)
				for i := range out {
					if out[i].Target.Name == "c" {
						if out[i].Lock = mode; mode == effect.NoLock {
							out[i].Target.Name = "nosuch"
						}
					}
				}
				return out
			}
		})
		if r.OK() || !strings.Contains(outcomes(r), want) {
			t.Errorf("want %s, got\n%s", want, outcomes(r))
		}
	}
}

func TestAFailingMigration(t *testing.T) {
	files := map[string]string{
		"0001_a.sql": "CREATE TABLE a (id int);",
		"0002_b.sql": "CREATE TABLE b (id int);\nALTER TABLE nosuch ADD COLUMN x int;\nCREATE TABLE c (id int);",
		"0003_d.sql": "CREATE TABLE d (id int);",
	}
	r := mustRun(t, files, nil)
	want := "0001_a.sql:1 ok\n0002_b.sql:1 ok\n0002_b.sql:2 failed 42P01\n0002_b.sql:3 not run\n0003_d.sql:1 not run"
	if got := outcomes(r); got != want || r.OK() {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	r = mustRun(t, files, func(o *verify.Options) { o.KeepGoing = true })
	if got := outcomes(r); !strings.HasSuffix(got, "0003_d.sql:1 ok") {
		t.Errorf("kept going:\n%s", got)
	}
	var text bytes.Buffer
	if err := verify.WriteText(&text, r, verify.Style{}); err != nil {
		t.Fatal(err)
	}
	if want := `migration failed 0002_b.sql: line 2: relation "nosuch" does not exist (SQLSTATE 42P01)`; !strings.Contains(text.String(), want) {
		t.Errorf("want %s, got\n%s", want, &text)
	}
}

func TestTransactionsAreTheTools(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		tool  string
		want  string
	}{
		"an implicit block refuses what a block does": {map[string]string{
			"1_t.up.sql": "CREATE TABLE t (a int);",
			"2_t.up.sql": "SET lock_timeout = '1s'; CREATE INDEX CONCURRENTLY i ON t (a);",
			"3_t.up.sql": "DROP INDEX i;",
		}, "golang-migrate", "1_t.up.sql:1 ok\n2_t.up.sql:1 ok\n2_t.up.sql:1 refused 25001\n3_t.up.sql:1 ok"},
		"an implicit block has no savepoints": {map[string]string{
			"1_t.up.sql": "CREATE TABLE t (a int);\nSAVEPOINT s;\nDROP TABLE t;",
		}, "golang-migrate", "1_t.up.sql:1 ok\n1_t.up.sql:2 refused 25P01\n1_t.up.sql:3 not run"},
		"the author's own transaction": {map[string]string{
			"1_t.up.sql": "CREATE TABLE t (a int);",
			"2_t.up.sql": "BEGIN;\nLOCK TABLE t;\nSAVEPOINT s;\nALTER TABLE t ADD COLUMN b int;\nROLLBACK TO s;\nCOMMIT AND CHAIN;\nALTER TABLE t ADD COLUMN b int;\nCOMMIT;\nALTER TABLE t DROP COLUMN b;",
		}, "golang-migrate", "1_t.up.sql:1 ok\n2_t.up.sql:1 ok\n2_t.up.sql:2 ok\n2_t.up.sql:3 ok\n2_t.up.sql:4 ok\n2_t.up.sql:5 ok\n2_t.up.sql:6 ok\n2_t.up.sql:7 ok\n2_t.up.sql:8 ok\n2_t.up.sql:9 ok"},
		"LOCK TABLE wants a block": {map[string]string{
			"1_t.sql": "CREATE TABLE t (a int);",
			"2_t.sql": "-- safemig:no-transaction\nLOCK TABLE t;",
		}, "plain", "1_t.sql:1 ok\n2_t.sql:2 refused 25P01"},
		"deferred constraints fail at COMMIT": {map[string]string{
			"1_t.sql": "CREATE TABLE t (a int PRIMARY KEY, b int REFERENCES t DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO t VALUES (1, 2);",
		}, "plain", "1_t.sql:1 ok\n1_t.sql:2 failed 23503"},
		"a session ends with its migration": {map[string]string{
			"1_t.sql": "CREATE SCHEMA app;\nCREATE TABLE app.t (a int);\nSET search_path = app;",
			"2_t.sql": "ALTER TABLE app.t ADD COLUMN b int;\nALTER TABLE t ADD COLUMN c int;",
		}, "plain", "1_t.sql:1 ok\n1_t.sql:2 ok\n1_t.sql:3 ok\n2_t.sql:1 ok\n2_t.sql:2 failed 42P01"},
		"a value of an enum is new": {map[string]string{
			"1_t.sql": "CREATE TYPE e AS ENUM ('a');\nCREATE TABLE t (e e);",
			"2_t.sql": "ALTER TYPE e ADD VALUE 'b';\nALTER TABLE t ALTER COLUMN e SET DEFAULT 'b';",
			"3_t.sql": "ALTER TABLE t ALTER COLUMN e DROP DEFAULT;",
		}, "plain", "1_t.sql:1 ok\n1_t.sql:2 ok\n2_t.sql:1 ok\n2_t.sql:2 refused 55P04\n3_t.sql:1 ok"},
		"a value of an enum that is new too": {map[string]string{
			"1_t.sql": "CREATE TYPE e AS ENUM ('a');\nALTER TYPE e ADD VALUE 'b';\nCREATE TABLE t (e e DEFAULT 'b', f text DEFAULT 'b');",
		}, "plain", map[bool]string{true: "1_t.sql:1 ok\n1_t.sql:2 ok\n1_t.sql:3 ok", false: "1_t.sql:1 ok\n1_t.sql:2 ok\n1_t.sql:3 refused 55P04"}[pgtest.ForTest(t).Major >= 17]},
		"a literal for another column is none of an enum's": {map[string]string{
			"1_t.sql": "CREATE TYPE e AS ENUM ('a');\nCREATE TABLE t (e e, f text);",
			"2_t.sql": "ALTER TYPE e ADD VALUE 'b';\nINSERT INTO t VALUES ('a', 'b');",
		}, "plain", "1_t.sql:1 ok\n1_t.sql:2 ok\n2_t.sql:1 ok\n2_t.sql:2 ok"},
		"functions and triggers are not looked into": {map[string]string{
			"1_t.sql": "CREATE TABLE t (a int);\nCREATE TABLE log (a int);\nCREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO log VALUES (1); RETURN NEW; END$$;\nCREATE TRIGGER tr AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();",
			"2_t.sql": "INSERT INTO t VALUES (1);",
			"3_t.sql": "CREATE FUNCTION g() RETURNS void LANGUAGE sql AS 'UPDATE log SET a = 2';",
			"4_t.sql": "SELECT g();",
		}, "plain", "1_t.sql:1 ok\n1_t.sql:2 ok\n1_t.sql:3 ok\n1_t.sql:4 ok\n2_t.sql:1 ok\n3_t.sql:1 ok\n4_t.sql:1 ok"},
		"what is there already, or no more": {map[string]string{
			"1_t.sql": "CREATE TABLE t (a int, b int);\nCREATE INDEX i ON t (a);\nCREATE TABLE u (a int);\nDROP TABLE u;\nALTER TABLE t RENAME TO w;\nALTER TABLE w RENAME TO t;",
			"2_t.sql": "CREATE TABLE t (a int);",
			"3_t.sql": "CREATE INDEX i ON t (b);",
			"4_t.sql": "ALTER TABLE t ADD COLUMN b int;",
			"5_t.sql": "ALTER TABLE t DROP COLUMN c;",
			"6_t.sql": "DROP TABLE u;",
			"7_t.sql": "ALTER TABLE w ADD COLUMN c int;",
			"8_t.sql": "DROP INDEX i;\nDROP INDEX i;",
			"9_t.sql": "CREATE TABLE IF NOT EXISTS t (a int);\nDROP TABLE IF EXISTS u;\nALTER TABLE t ADD COLUMN IF NOT EXISTS b int, DROP COLUMN IF EXISTS c;\nCREATE TABLE u (a int);",
		}, "plain", "1_t.sql:1 ok\n1_t.sql:2 ok\n1_t.sql:3 ok\n1_t.sql:4 ok\n1_t.sql:5 ok\n1_t.sql:6 ok\n2_t.sql:1 refused 42P07\n3_t.sql:1 refused 42P07\n" +
			"4_t.sql:1 refused 42701\n5_t.sql:1 refused 42703\n6_t.sql:1 refused 42P01\n7_t.sql:1 refused 42P01\n8_t.sql:1 ok\n8_t.sql:2 refused 42704\n" +
			"9_t.sql:1 ok\n9_t.sql:2 ok\n9_t.sql:3 ok\n9_t.sql:4 ok"},
		"what a DO's body and IF EXISTS leave alone": {map[string]string{
			"1_t.sql": "CREATE TABLE t (a int);\nCREATE TABLE u (a int PRIMARY KEY);\nCREATE TABLE v (a int REFERENCES u);",
			"2_t.sql": "DO $$ BEGIN IF EXISTS (SELECT FROM pg_class WHERE relname = 'none') THEN ALTER TABLE t ADD COLUMN b int; END IF; END $$;",
			"3_t.sql": "DO $$ DECLARE x int; BEGIN FOR x IN SELECT a FROM u LOOP INSERT INTO v VALUES (x); END LOOP; END $$;",
			"4_t.sql": "DROP TABLE IF EXISTS none, t;\nDROP INDEX IF EXISTS none;\nALTER TABLE IF EXISTS none ADD COLUMN a int;",
			"5_t.sql": "UPDATE pg_index SET indisready = indisready WHERE indrelid = 'v'::regclass;",
		}, "plain", "1_t.sql:1 ok\n1_t.sql:2 ok\n1_t.sql:3 ok\n2_t.sql:1 ok\n3_t.sql:1 ok\n4_t.sql:1 ok\n4_t.sql:2 ok\n4_t.sql:3 ok\n5_t.sql:1 ok"},
		"SQL that a DO makes itself": {map[string]string{
			"1_t.sql": "CREATE TABLE t (a int);",
			"2_t.sql": "DO $$ BEGIN EXECUTE 'ALTER TABLE t ADD COLUMN ' || (SELECT 'b') || ' int NOT NULL'; END $$;",
		}, "plain", "1_t.sql:1 ok\n2_t.sql:1 ok"},
		"syntax that only 18 knows": {map[string]string{
			"1_t.sql": "CREATE TABLE t (a int);\nALTER TABLE t ADD COLUMN b int GENERATED ALWAYS AS (a) VIRTUAL;",
		}, "plain", map[bool]string{true: "1_t.sql:1 ok\n1_t.sql:2 ok", false: "1_t.sql:1 ok\n1_t.sql:2 refused 42601"}[pgtest.ForTest(t).Major >= 18]},
		"syntax that only 16 knows": {map[string]string{
			"1_t.sql": "CREATE VIEW v AS SELECT * FROM (SELECT 1 AS a);",
		}, "plain", map[bool]string{true: "1_t.sql:1 ok", false: "1_t.sql:1 refused 42601"}[pgtest.ForTest(t).Major >= 16]},
		"syntax that only 14 knows": {map[string]string{
			"1_t.sql": "CREATE TABLE t (a int);\nCREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';",
			"2_t.sql": "CREATE OR REPLACE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();",
		}, "plain", map[bool]string{true: "1_t.sql:1 ok\n1_t.sql:2 ok\n2_t.sql:1 ok", false: "1_t.sql:1 ok\n1_t.sql:2 ok\n2_t.sql:1 refused 42601"}[pgtest.ForTest(t).Major >= 14]},
		"COPY does not wait for rows": {map[string]string{
			"1_t.sql": "CREATE TABLE t (a int);\nCOPY t FROM STDIN;",
		}, "plain", "1_t.sql:1 ok\n1_t.sql:2 ok"},
	} {
		t.Run(name, func(t *testing.T) {
			r := mustRun(t, c.files, func(o *verify.Options) { o.Lint.Tool = c.tool })
			if got := outcomes(r); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestWhatIsNoSQLIsNamed(t *testing.T) {
	files := map[string]string{"changelog.xml": "<databaseChangeLog>\n<changeSet id=\"1\" author=\"a\">\n<createTable tableName=\"t\"><column name=\"a\" type=\"int\"/></createTable>\n" +
		"<loadData tableName=\"t\" file=\"t.csv\"/>\n<addNotNullConstraint tableName=\"t\" columnName=\"a\"/>\n</changeSet>\n</databaseChangeLog>\n"}
	r := mustRun(t, files, nil)
	if got, want := outcomes(r), "changelog.xml:3 ok\nchangelog.xml:5 ok"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	var text bytes.Buffer
	if err := verify.WriteText(&text, r, verify.Style{}); err != nil {
		t.Fatal(err)
	}
	if want := "not run       changelog.xml:4  liquibase loadData: no SQL"; !strings.Contains(text.String(), want) {
		t.Errorf("want %s, got\n%s", want, &text)
	}
}

func TestEarlierMigrationsRunUnasked(t *testing.T) {
	r := mustRun(t, shop, func(o *verify.Options) {
		o.Lint.Paths = []string{"0002_key.sql"}
		o.Lint.SchemaText = []byte("CREATE ROLE verify_reader;\n\\restrict x\nDROP ROLE verify_reader;")
		o.Server = ""
	})
	if got, want := outcomes(r), "0002_key.sql:1 ok\n0002_key.sql:2 ok"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestLostConnection(t *testing.T) {
	_, err := run(t, map[string]string{
		"0001_t.sql": "CREATE TABLE t (a int);\nSELECT pg_terminate_backend(pg_backend_pid());",
	}, nil)
	if err == nil || !strings.Contains(err.Error(), "lost the server at 0001_t.sql:2") {
		t.Errorf("got %v", err)
	}
}

func TestTheGivenServerIsLeftAlone(t *testing.T) {
	ctx := context.Background()
	s := pgtest.ForTest(t)
	used := pgtest.Database(t, s)
	c, err := pgx.Connect(ctx, used)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	if _, err := c.Exec(ctx, "CREATE TABLE mine (a int); INSERT INTO mine VALUES (1)"); err != nil {
		t.Fatal(err)
	}
	databases := func() (n int) {
		if err := c.QueryRow(ctx, "SELECT count(*) FROM pg_database").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := databases()
	_, err = run(t, shop, func(o *verify.Options) { o.Server = used })
	if err == nil || !strings.Contains(err.Error(), "has 1 tables (public.mine") {
		t.Errorf("a database with tables: %v", err)
	}
	files := map[string]string{"0001_mine.sql": "CREATE TABLE mine (b int);\nDROP TABLE mine;"}
	if r := mustRun(t, files, func(o *verify.Options) { o.Server, o.AllowTables = used, true }); !r.OK() {
		t.Error(outcomes(r))
	}
	for _, sql := range []string{"DROP ROLE r1", "ALTER SYSTEM SET work_mem = 1", "DO $$BEGIN CREATE ROLE x; END$$", "GRANT a TO b",
		"CREATE DATABASE d", "GRANT CONNECT ON DATABASE postgres TO x"} {
		_, err := run(t, map[string]string{"0001_x.sql": sql}, nil)
		if err == nil || !strings.Contains(err.Error(), "changes more than one database") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	var n int
	if err := c.QueryRow(ctx, "SELECT a FROM mine").Scan(&n); err != nil || n != 1 || databases() != before {
		t.Errorf("mine has %d (%v), %d databases, %d before", n, err, databases(), before)
	}
}

func TestTheJSONReport(t *testing.T) {
	r := mustRun(t, shop, nil)
	var b bytes.Buffer
	if err := verify.WriteJSON(&b, r); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"verdict": "pass"`, `"status": "ok"`, `"relation": "public.t"`, `"lock": "SHARE ROW EXCLUSIVE"`, `"statements": 5`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s in\n%s", want, &b)
		}
	}
}

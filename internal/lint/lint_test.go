package lint_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/rules"
)

// files is a tree of files in memory.
func files(texts map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range texts {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// indexes gives the places of index-not-concurrent, as path:line, which most
// tests here use as a probe: it fires on whatever the pipeline takes for a table
// that others can see.
func indexes(t *testing.T, o lint.Options) []string {
	t.Helper()
	r, err := lint.Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, f := range r.Findings {
		if f.Rule == rules.IndexNotConcurrent {
			out = append(out, fmt.Sprintf("%s:%d", f.File.Path, 1+strings.Count(string(f.File.Src[:f.Span.Start]), "\n")))
		}
	}
	return out
}

func want(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("findings at %q, want %q", got, want)
	}
}

func TestRollbackTakesBackWhatItUndoes(t *testing.T) {
	want(t, indexes(t, lint.Options{FS: files(map[string]string{"a.sql": `-- safemig:no-transaction
BEGIN;
CREATE TABLE t (a int);
SAVEPOINT s;
CREATE TABLE u (a int);
ROLLBACK TO s;
CREATE INDEX ON t (a);
CREATE INDEX ON u (a);
ROLLBACK;
CREATE INDEX ON t (a);
`}), Paths: []string{"a.sql"}}), "a.sql:8", "a.sql:10")
}

func TestDownSectionsLeaveNoTrace(t *testing.T) {
	want(t, indexes(t, lint.Options{FS: files(map[string]string{
		"m/0001_a.sql": "-- +goose Up\nCREATE TABLE t (a int);\nCREATE INDEX i ON t (a);\n-- +goose Down\nDROP TABLE t;\n",
		// were Down's DROP not undone, IF NOT EXISTS would create the index anew
		"m/0002_b.sql": "-- +goose Up\nCREATE INDEX IF NOT EXISTS i ON t (a);\nCREATE INDEX ON t (a);\n-- +goose Down\n",
	})}), "m/0002_b.sql:3")
}

func TestSettingsEndWithTheirMigration(t *testing.T) {
	r, err := lint.Run(context.Background(), lint.Options{FS: files(map[string]string{
		"0001_a.sql": "SET search_path = audit;\nCREATE TABLE t (a int);\n",
		"0002_b.sql": "CREATE INDEX ON t (a);\n",
	}), Paths: []string{"."}})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		if f.Rule == rules.IndexNotConcurrent && f.Relation == "public.t" {
			return
		}
	}
	t.Errorf("no finding on public.t: %+v", r.Findings)
}

func TestSchemaIsWhatMigrationsStartFrom(t *testing.T) {
	o := lint.Options{FS: files(map[string]string{"a.sql": "CREATE INDEX IF NOT EXISTS i ON t (a);"}), Paths: []string{"a.sql"}}
	want(t, indexes(t, o), "a.sql:1")
	o.SchemaText = []byte("SELECT pg_catalog.set_config('search_path', '', false);\nCREATE TABLE public.t (a int);\nCREATE INDEX i ON public.t (a);\n")
	want(t, indexes(t, o))
}

func TestFilesAloneHaveTheirHistory(t *testing.T) {
	fsys := files(map[string]string{
		"m/0001_a.sql": "CREATE TABLE t (a int);\nCREATE INDEX i ON t (a);",
		"m/0002_b.sql": "CREATE INDEX IF NOT EXISTS i ON t (a);",
		"m/0003_c.sql": "CREATE INDEX ON t (a);",
	})
	want(t, indexes(t, lint.Options{FS: fsys, Paths: []string{"m/0002_b.sql"}}))
	want(t, indexes(t, lint.Options{FS: fsys, Paths: []string{"m/0003_c.sql"}}), "m/0003_c.sql:1")
	over := map[string][]byte{"m/0002_b.sql": []byte("\nCREATE INDEX ON t (a);")}
	want(t, indexes(t, lint.Options{FS: fsys, Paths: []string{"m/0002_b.sql"}, Overlay: over}), "m/0002_b.sql:2")
}

func TestOneBadStatementCostsItselfOnly(t *testing.T) {
	r, err := lint.Run(context.Background(), lint.Options{FS: files(map[string]string{
		"a.sql": "CREATE INDEX ON t (a);\nSELEC 1;\nCREATE INDEX ON u (a);\nSELEC 2;\n"}), Paths: []string{"a.sql"},
		Severity: map[string]rules.Severity{"lock-timeout-missing": rules.Off}})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, f := range r.Findings {
		ids = append(ids, f.Rule.ID)
	}
	for id, n := range map[string]int{"syntax-error": 2, "index-not-concurrent": 2} {
		if got := len(slices.DeleteFunc(slices.Clone(ids), func(s string) bool { return s != id })); got != n {
			t.Errorf("%d of %s, want %d in %v", got, id, n, ids)
		}
	}
	if r.Stats.SyntaxErrors != 2 || r.Stats.Statements != 4 {
		t.Errorf("%+v", r.Stats)
	}
}

func TestResultsDoNotDependOnTheNumberOfCores(t *testing.T) {
	root, _ := history(t, 200, 10)
	var first []string
	for range 3 {
		r := check(t, root)
		var got []string
		for _, f := range r.Findings {
			got = append(got, fmt.Sprint(f.File.Path, f.Span, f.Rule.ID))
		}
		if first == nil {
			first = got
		}
		if !slices.Equal(got, first) {
			t.Fatal("two runs differ")
		}
		visited, err := lint.Run(context.Background(), lint.Options{Dir: root, Visit: func(lint.Visit) {}}) // one at a time
		if err != nil || visited.Stats != r.Stats || len(visited.Findings) != len(r.Findings) {
			t.Fatalf("%v: %+v and %d findings, want %+v and %d", err, visited.Stats, len(visited.Findings), r.Stats, len(r.Findings))
		}
	}
}

func TestPanicsReachTheCaller(t *testing.T) {
	defer func() {
		var b *lint.Bug
		if err, ok := recover().(error); !ok || !errors.As(err, &b) || b.Path != "m/0001_a.sql" || len(b.Stack) == 0 {
			t.Errorf("recovered %+v", b)
		}
	}()
	_, err := lint.Run(context.Background(), lint.Options{FS: files(map[string]string{"m/0001_a.sql": "SELECT 1;"}),
		Visit: func(lint.Visit) { panic("a rule's bug") }})
	t.Errorf("no panic, but %v", err)
}

func TestTransactionNumbersAreUnique(t *testing.T) {
	got := map[string][]int{}
	_, err := lint.Run(context.Background(), lint.Options{FS: files(map[string]string{
		"a/0001_a.sql": "-- +goose Up\nSELECT 1;\nSELECT 2;\n-- +goose Down\nSELECT 3;\n",
		"a/0002_b.sql": "-- +goose NO TRANSACTION\n-- +goose Up\nSELECT 4;\nSELECT 5;\n-- +goose Down\n",
		"b/0001_a.sql": "SELECT 6;",
	}), Visit: func(v lint.Visit) { got["all"] = append(got["all"], v.Stmt.Tx.ID) }})
	if err != nil {
		t.Fatal(err)
	}
	if tx := got["all"]; len(tx) != 6 || tx[0] != tx[1] || len(slices.Compact(slices.Sorted(slices.Values(tx)))) != 5 {
		t.Errorf("transactions %v: want the first two equal, all others distinct", tx)
	}
}

func TestFixesNeverOverlap(t *testing.T) {
	r, err := lint.Run(context.Background(), lint.Options{FS: files(map[string]string{
		"a.sql": "-- safemig:no-transaction\nCREATE INDEX ON t (a);\nCREATE INDEX ON t (b);\n"}), Paths: []string{"a.sql"}})
	if err != nil {
		t.Fatal(err)
	}
	var fs []rules.Finding
	for _, f := range r.Findings {
		if f.Rule == rules.IndexNotConcurrent {
			fs = append(fs, f)
		}
	}
	if len(fs) != 2 {
		t.Fatalf("%d findings", len(fs))
	}
	other := fs[0]
	other.Fix = []rules.Edit{{Start: 20, End: 40, Text: "x"}}
	outside := fs[0]
	outside.Fix = []rules.Edit{{Start: 5, End: 9999}}
	fixed := lint.Fixes(append(fs, other, outside))
	text := "-- safemig:no-transaction\nCREATE INDEX CONCURRENTLY ON t (a);\nCREATE INDEX CONCURRENTLY ON t (b);\n"
	if len(fixed) != 1 || string(fixed[0].Src) != text || fixed[0].Fixes != 2 || fixed[0].Failed != 2 {
		t.Errorf("%+v:\n%s", fixed, fixed[0].Src)
	}
	diff := "--- a/a.sql\n+++ b/a.sql\n@@ -1,3 +1,3 @@\n -- safemig:no-transaction\n-CREATE INDEX ON t (a);\n-CREATE INDEX ON t (b);\n" +
		"+CREATE INDEX CONCURRENTLY ON t (a);\n+CREATE INDEX CONCURRENTLY ON t (b);\n"
	if got := fixed[0].Diff(); got != diff {
		t.Errorf("diff:\n%s\nwant:\n%s", got, diff)
	}
}

func TestConfigOfADirectoryAbove(t *testing.T) {
	root := t.TempDir()
	sub := filepath.Join(root, "a", "b")
	if err := os.MkdirAll(sub, 0o755); err != nil {
		t.Fatal(err)
	}
	text := "migrations: [{dir: a/b/m, tool: goose, pg: 12, schema: base.sql}]\nexclude: [\"**/old/**\"]\nbaseline: known.yml\n"
	if err := os.WriteFile(filepath.Join(root, lint.ConfigName), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	file, err := lint.FindConfig(sub)
	if err != nil {
		t.Fatal(err)
	}
	c, err := lint.ReadConfig(file, sub)
	if err != nil {
		t.Fatal(err)
	}
	if e := (lint.Entry{Dir: "m", Tool: "goose", Schema: "../../base.sql", PG: 12}); len(c.Entries) != 1 || !reflect.DeepEqual(c.Entries[0], e) {
		t.Errorf("entries %+v, want %+v", c.Entries, e)
	}
	if c.Baseline != "../../known.yml" || c.Path != "../../.safemig.yml" {
		t.Errorf("baseline %s of %s", c.Baseline, c.Path)
	}
}

// What is read as history only, as with --since, counts for the order of locks.
func TestLockOrderRemembersWhatIsNotReported(t *testing.T) {
	fsys := files(map[string]string{
		"m/0001_tables.sql": "CREATE TABLE a (id bigint PRIMARY KEY);\nCREATE TABLE b (id bigint PRIMARY KEY);\n",
		"m/0002_ab.sql":     "SET lock_timeout = '1s';\nALTER TABLE a ADD COLUMN x int;\nALTER TABLE b ADD COLUMN x int;\n",
		"m/0003_ba.sql":     "SET lock_timeout = '1s';\nALTER TABLE b ADD COLUMN y int;\nALTER TABLE a ADD COLUMN y int;\n",
	})
	newest := func(path string) bool { return path == "m/0003_ba.sql" }
	r, err := lint.Run(context.Background(), lint.Options{FS: fsys, Paths: []string{"m"}, Tool: "plain", Only: newest})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range r.Findings {
		if f.Rule == rules.LockOrderInconsistent {
			got = append(got, f.Message)
		}
	}
	want(t, got, "public.a is locked after public.b here, before it in m/0002_ab.sql")
}

// What safemig runs itself is in its own layout, where a version names one file;
// what it only checks may be run by anybody.
func TestOneNumberTwice(t *testing.T) {
	fsys := files(map[string]string{"1_a.sql": "SELECT 1;", "1_b.sql": "SELECT :x;"})
	s, err := lint.Open(lint.Options{FS: fsys})
	if err != nil {
		t.Fatal(err)
	}
	if m := s.Migrations[1]; len(m.Errs) != 1 || len(m.Up[0].Filled) != 0 {
		t.Errorf("to be run: %v, placeholders %v", m.Errs, m.Up[0].Filled)
	}
	r, err := lint.Run(context.Background(), lint.Options{FS: fsys})
	if err != nil || len(r.Findings) != 0 {
		t.Errorf("to be checked: %v %v", r.Findings, err)
	}
}

// What a transaction does while it holds one lock has one cause: the lock.
func TestOneTransactionOneFinding(t *testing.T) {
	r, err := lint.Run(context.Background(), lint.Options{FS: files(map[string]string{
		"1_a.sql": "SET lock_timeout = '1s';\nALTER TABLE t ADD COLUMN a int;\nSELECT count(*) FROM u;\nUPDATE u SET a = 1;\nUPDATE v SET a = 1;\n",
		"2_b.sql": "SET lock_timeout = '1s';\nALTER TABLE t ADD COLUMN b int;\nUPDATE u SET b = 1;\n"})})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range r.Findings {
		if f.Rule.ID == "work-while-locked" {
			got = append(got, fmt.Sprintf("%s %s %s", f.File.Path, f.Severity, f.Message))
		}
	}
	want := []string{
		"1_a.sql error UPDATE changes rows all over public.u while ACCESS EXCLUSIVE on public.t is held since line 2; so do 2 more statements of the transaction",
		"2_b.sql error UPDATE changes rows all over public.u while ACCESS EXCLUSIVE on public.t is held since line 2"}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

// 1_a.down.sql comes before 1_a.up.sql, and matters less.
func TestOneHistoryOneFindingOnTheWayUp(t *testing.T) {
	one, two := "ALTER TABLE t ADD COLUMN a int;\n", "ALTER TABLE t ADD COLUMN b int;\n"
	r, err := lint.Run(context.Background(), lint.Options{FS: files(map[string]string{
		"1_a.up.sql": one, "1_a.down.sql": two, "2_b.up.sql": two, "2_b.down.sql": one})})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range r.Findings {
		if f.Rule.ID == "lock-timeout-missing" {
			got = append(got, f.File.Path+" "+f.Message)
		}
	}
	want(t, got, "1_a.up.sql ACCESS EXCLUSIVE on public.t is waited for without a lock_timeout; one further migration does the same")
}

package split_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/split"
)

const users = "CREATE TABLE users (id bigint PRIMARY KEY, email text, n int);\n"

func plan(t *testing.T, tool string, files map[string]string) *split.Plan {
	t.Helper()
	fsys := fstest.MapFS{}
	for p, text := range files {
		fsys[p] = &fstest.MapFile{Data: []byte(text)}
	}
	p, err := split.Make(context.Background(), split.Options{Lint: lint.Options{FS: fsys, Tool: tool}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// texts gives what a plan writes, file by file.
func texts(p *split.Plan) string {
	var b strings.Builder
	for _, c := range p.Changes {
		b.WriteString("== " + c.Path + "\n" + string(c.Now))
	}
	return b.String()
}

func TestCommentsAndLineEndsStay(t *testing.T) {
	p := plan(t, "goose", map[string]string{"00001_a.sql": "-- +goose Up\n" + users,
		"00002_b.sql": "-- the file\r\n-- +goose Up\r\n-- the check\r\nALTER TABLE users ADD CONSTRAINT c CHECK (n > 0); -- behind\r\nSELECT 1; -- last\r\n-- end\r\n"})
	want := strings.ReplaceAll(`== 00002_b.sql
-- +goose Up
SET LOCAL lock_timeout = '2s';
-- behind
-- the file
-- the check
ALTER TABLE users ADD CONSTRAINT c CHECK (n > 0) NOT VALID;
== 00003_b_validate.sql
-- +goose Up
SET LOCAL lock_timeout = '2s';
ALTER TABLE users VALIDATE CONSTRAINT c;
== 00004_b_then.sql
-- +goose Up
SET LOCAL lock_timeout = '2s';
-- end
-- last
SELECT 1;
`, "\n", "\r\n")
	if got := strings.ReplaceAll(texts(p), "sql\n==", "sql\r\n=="); strings.ReplaceAll(got, "\r", "") != strings.ReplaceAll(want, "\r", "") {
		t.Errorf("got\n%s", got)
	}
	for _, c := range p.Changes {
		if strings.Count(string(c.Now), "\n") != strings.Count(string(c.Now), "\r\n") {
			t.Errorf("%s: %q has bare line ends", c.Path, c.Now)
		}
	}
}

// TestWhatCannotBeSplitIsSaid: no file is written, and each finding has a reason.
func TestWhatCannotBeSplitIsSaid(t *testing.T) {
	for _, c := range []struct{ name, tool, second, third, why string }{
		{"one transaction for all", "node-pg-migrate", "-- Up Migration\nALTER TABLE users ADD CONSTRAINT c CHECK (n > 0);", "", "one transaction"},
		{"search_path", "plain", "SET search_path = app;\nCREATE INDEX i ON users (n);", "", "it sets search_path"},
		{"unknown table", "plain", "ALTER TABLE people ALTER COLUMN a TYPE bigint;", "", "no migration creates the table"},
		{"check on the column", "plain", "ALTER TABLE users ADD CONSTRAINT c CHECK (n > 0) NOT VALID;\nALTER TABLE users ALTER COLUMN n TYPE bigint;", "", "the constraint c is on the column"},
		{"identity", "plain", "ALTER TABLE users ADD COLUMN i bigint GENERATED ALWAYS AS IDENTITY;", "", ""},
		{"syntax", "plain", "ALTER TABEL users;\nCREATE INDEX i ON users (n);", "", "does not parse"},
		{"privileges", "plain", "GRANT SELECT (n) ON users TO PUBLIC;\nALTER TABLE users ALTER COLUMN n TYPE bigint;", "", "columns of the table have privileges"},
		{"statistics", "plain", "CREATE STATISTICS s ON id, n FROM users;\nALTER TABLE users ALTER COLUMN n TYPE bigint;", "", "extended statistics"},
		{"variables", "goose", "-- +goose ENVSUB ON\n-- +goose Up\nCREATE INDEX i ON users (n);", "", "goose puts variables into it"},
		{"do", "plain", "DO $$ BEGIN ALTER TABLE users ALTER email SET NOT NULL; END $$;", "", "in the body of a DO"},
		{"savepoint", "plain", "SAVEPOINT s;\nCREATE INDEX i ON users (n);", "", "savepoints"},
		{"partitioned", "plain", "CREATE INDEX i ON parts (a);", "", "partitioned"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := map[string]string{"0001_a.sql": users + "CREATE TABLE parts (a int) PARTITION BY RANGE (a);\nCREATE TABLE p1 PARTITION OF parts FOR VALUES FROM (1) TO (2);\n", "0002_b.sql": c.second}
			if c.third != "" {
				files["0003_c.sql"] = c.third
			}
			if c.tool == "goose" {
				files["0001_a.sql"] = "-- +goose Up\n" + files["0001_a.sql"]
			}
			p := plan(t, c.tool, files)
			if len(p.Changes) > 0 {
				t.Fatalf("written:\n%s", texts(p))
			}
			if c.why == "" {
				return
			}
			if len(p.Left) == 0 || !strings.Contains(p.Left[0].Why, c.why) {
				t.Errorf("left %+v, want %q", p.Left, c.why)
			}
		})
	}
}

// TestWhatRunsAloneStaysAlone: statements that the original ran outside of a
// transaction are not put into one, and a file that had none gets one.
func TestWhatRunsAloneStaysAlone(t *testing.T) {
	p := plan(t, "diesel", map[string]string{"2024-01-01-000000_a/up.sql": users,
		"2024-01-02-000000_b/up.sql": "ALTER TABLE users ALTER COLUMN email SET NOT NULL;", "2024-01-02-000000_b/metadata.toml": "run_in_transaction = false\n"})
	if got := texts(p); !strings.Contains(got, "== 2024-01-02-000000_b/metadata.toml\nrun_in_transaction = true\n") || strings.Count(got, "metadata") != 1 {
		t.Errorf("got\n%s", got)
	}
	p = plan(t, "goose", map[string]string{"00001_a.sql": "-- +goose Up\n" + users,
		"00002_b.sql": "-- +goose NO TRANSACTION\n-- +goose Up\nALTER TABLE users ADD COLUMN x int;\nCREATE INDEX CONCURRENTLY i ON users (x);\nALTER TABLE users ADD CONSTRAINT c CHECK (n > 0);\n"})
	var alone []string
	for _, c := range p.Changes {
		if strings.Contains(string(c.Now), "NO TRANSACTION") {
			alone = append(alone, c.Path)
		}
	}
	if len(p.Changes) != 4 || len(alone) != 1 || alone[0] != "00003_b_alone.sql" {
		t.Errorf("alone: %v\n%s", alone, texts(p))
	}
}

// TestAppliedMigrationsAreNotTouched: neither by what Pending says, nor by After.
func TestAppliedMigrationsAreNotTouched(t *testing.T) {
	fsys := fstest.MapFS{"1_a.sql": {Data: []byte(users)}, "2_b.sql": {Data: []byte("CREATE INDEX i ON users (n);")}}
	for name, o := range map[string]split.Options{
		"pending": {Lint: lint.Options{FS: fsys, Tool: "plain"}, Pending: func(string) bool { return false }},
		"after":   {Lint: lint.Options{FS: fsys, Tool: "plain", After: "2"}},
	} {
		p, err := split.Make(context.Background(), o)
		if err != nil || len(p.Changes) > 0 {
			t.Errorf("%s: %v\n%s", name, err, texts(p))
		}
		if name == "pending" && len(p.Applied) != 1 {
			t.Errorf("%+v", p.Applied)
		}
	}
}

// TestWriteIsAllOrNothing: of a plan that cannot be written whole, nothing is.
func TestWriteIsAllOrNothing(t *testing.T) {
	make := func(t *testing.T) (dir string, p *split.Plan) {
		dir = t.TempDir()
		for name, text := range map[string]string{"1_a.sql": users, "2_b.sql": "ALTER TABLE users ADD CONSTRAINT c CHECK (n > 0);\n"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o640); err != nil {
				t.Fatal(err)
			}
		}
		p, err := split.Make(context.Background(), split.Options{Lint: lint.Options{Dir: dir, Tool: "plain"}})
		if err != nil {
			t.Fatal(err)
		}
		return dir, p
	}
	look := func(dir string) string {
		var b strings.Builder
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			src, _ := os.ReadFile(filepath.Join(dir, e.Name()))
			b.WriteString(e.Name() + "\n" + string(src))
		}
		return b.String()
	}
	t.Run("changed", func(t *testing.T) {
		dir, p := make(t)
		if err := os.WriteFile(filepath.Join(dir, "2_b.sql"), []byte("SELECT 1;"), 0o644); err != nil {
			t.Fatal(err)
		}
		was := look(dir)
		if err := p.Write(); err == nil || !strings.Contains(err.Error(), "has changed") {
			t.Error(err)
		}
		if got := look(dir); got != was {
			t.Errorf("got\n%s", got)
		}
	})
	t.Run("taken", func(t *testing.T) {
		dir, p := make(t)
		if err := os.Mkdir(filepath.Join(dir, "3_b_validate.sql"), 0o755); err != nil {
			t.Fatal(err)
		}
		was := look(dir)
		if err := p.Write(); err == nil {
			t.Error("a directory was written over")
		}
		if got := look(dir); got != was {
			t.Errorf("got\n%s", got)
		}
	})
	t.Run("late", func(t *testing.T) { // the last rename fails: what went before is taken back
		dir, p := make(t)
		p.Changes = append(p.Changes, split.Change{Path: "2_b.sql/x.sql", Now: []byte("x")})
		was := look(dir)
		if err := p.Write(); err == nil {
			t.Error("written below a file")
		}
		if got := look(dir); got != was {
			t.Errorf("got\n%s", got)
		}
	})
	t.Run("written", func(t *testing.T) {
		dir, p := make(t)
		if err := p.Write(); err != nil {
			t.Fatal(err)
		}
		entries, _ := os.ReadDir(dir)
		info, err := os.Stat(filepath.Join(dir, "2_b.sql"))
		if len(entries) != 3 || err != nil || info.Mode().Perm() != 0o640 {
			t.Errorf("%v %v %v", entries, info, err)
		}
	})
}

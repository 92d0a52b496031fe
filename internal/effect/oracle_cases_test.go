package effect_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
)

// fixture is one "--- setup" of testdata/oracle with the cases that follow it.
type fixture struct {
	file  string
	setup string
	cases []oracleCase
}

type oracleCase struct {
	name    string
	session string // run before, in the same session
	sql     string
}

// id names a case among all of them.
func (f *fixture) id(c *oracleCase) string {
	return strings.TrimSuffix(f.file, ".sql") + "/" + c.name
}

// allFixtures reads testdata/oracle.
func allFixtures(t *testing.T) []fixture {
	t.Helper()
	files, err := filepath.Glob("testdata/oracle/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	var out []fixture
	seen := map[string]bool{}
	for _, file := range files {
		for _, f := range readFixtures(t, file) {
			for i := range f.cases {
				id := f.id(&f.cases[i])
				if seen[id] {
					t.Fatalf("two cases are called %s", id)
				}
				seen[id] = true
			}
			out = append(out, f)
		}
	}
	return slices.Clip(out)
}

func readFixtures(t *testing.T, file string) []fixture {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []fixture
	for line := range strings.Lines(string(src)) {
		word, rest, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(line, "---")), " ")
		switch {
		case !strings.HasPrefix(line, "--- ") && len(out) == 0:
			t.Fatalf("%s: text before --- setup", file)
		case !strings.HasPrefix(line, "--- "):
			if f := &out[len(out)-1]; len(f.cases) == 0 {
				f.setup += line
			} else {
				f.cases[len(f.cases)-1].sql += line
			}
		case word == "setup":
			out = append(out, fixture{file: filepath.Base(file)})
		case word == "case":
			f := &out[len(out)-1]
			f.cases = append(f.cases, oracleCase{name: rest})
		case word == "session":
			f := &out[len(out)-1]
			f.cases[len(f.cases)-1].session += rest + "\n"
		default:
			t.Fatalf("%s: unknown section %q", file, line)
		}
	}
	return out
}

// predict gives the effects of a statement after a fixture and session settings.
func predict(setup, session, sql string, pg int) []effect.Effect {
	c := catalog.New()
	replay(c, setup+session, pg)
	c.Tx, c.Migration = 1, 1
	return replay(c, sql, pg)
}

func replay(c *catalog.Catalog, sql string, pg int) []effect.Effect {
	f := &migration.File{Path: "case.sql", Src: []byte(sql)}
	sec := &migration.Section{File: f, Text: f.Src}
	var out []effect.Effect
	stmts := pgsql.Parse(sec)
	for i := range stmts {
		stmts[i].Tx = pgsql.Tx{ID: c.Tx, Kind: pgsql.TxTool}
		for _, e := range effect.Of(&stmts[i], c, pg) {
			out = append(out, e)
			c.Apply(e.Change)
		}
	}
	return out
}

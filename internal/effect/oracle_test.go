package effect_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/observe"
	"github.com/safemig/safemig/internal/pgserver"
	"github.com/safemig/safemig/internal/pgserver/pgtest"
	"github.com/safemig/safemig/internal/pgsql"
	"github.com/safemig/safemig/internal/verify"
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

// TestOracle runs every case of testdata/oracle on a real server and holds what
// the server did against the effects. SAFEMIG_PG_MAJOR chooses the major.
func TestOracle(t *testing.T) {
	server := pgtest.ForTest(t)
	files, err := filepath.Glob("testdata/oracle/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	ran, left := 0, 0
	for _, file := range files {
		for _, f := range readFixtures(t, file) {
			r, l := f.run(t, server)
			ran, left = ran+r, left+l
		}
	}
	t.Logf("PostgreSQL %s: %d statements observed, %d not known to this major", server.Version, ran, left)
	if ran < 600 {
		t.Errorf("%d statements observed, want at least 600", ran)
	}
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

// run observes the cases of a fixture, each in a transaction that is rolled back;
// what cannot be rolled back gets the next case a new database.
func (f fixture) run(t *testing.T, server *pgserver.Server) (ran, left int) {
	ctx := context.Background()
	var s *observe.Session
	defer func() {
		if s != nil {
			s.Close(ctx)
		}
	}()
	for _, c := range f.cases {
		if s == nil {
			var err error
			if s, err = observe.Open(ctx, pgtest.Database(t, server)); err != nil {
				t.Fatal(err)
			}
			// no zone in which timestamps mean what they mean in UTC: the model does not know the server's
			if err := s.Exec(ctx, "SET timezone = 'Europe/Paris';"+f.setup); err != nil {
				t.Logf("%s: the fixture of %s needs another major: %v", f.file, c.name, err)
				return ran, left + len(f.cases)
			}
		}
		if c.session != "" {
			if err := s.Exec(ctx, c.session); err != nil {
				t.Fatalf("%s: %s: %v", f.file, c.name, err)
			}
		}
		o, err := s.Statement(ctx, strings.TrimSuffix(strings.TrimSpace(c.sql), ";"), observe.Rollback)
		if err != nil {
			t.Errorf("%s: %s: %v", f.file, c.name, err)
		}
		if o.SQLState == "42601" || o.SQLState == "42883" || o.SQLState == "42704" || o.SQLState == "42P01" {
			left++ // this major does not know the syntax, function or object
		} else {
			ran++
			f.compare(t, c, o, server.Major)
		}
		if o.TxForbidden || err != nil || c.session != "" {
			s.Close(ctx)
			s = nil
		}
	}
	return ran, left
}

func (f fixture) compare(t *testing.T, c oracleCase, o observe.Observation, pg int) {
	t.Helper()
	for _, d := range verify.Compare(c.sql, predict(f.setup, c.session, c.sql, pg), o) {
		t.Errorf("%s: %s: %s\n\t%s", f.file, c.name, strings.TrimSpace(c.sql), d)
	}
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

func TestMain(m *testing.M) { pgtest.Main(m) }

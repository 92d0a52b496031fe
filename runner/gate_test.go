package runner

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/safemig/safemig/internal/pgserver/pgtest"
)

// exec runs SQL on a database.
func exec(t testing.TB, dsn, sql string) {
	t.Helper()
	r := newRunner(t, dsn, files("0001_x.sql", "SELECT 1;"))
	s, err := r.newRun().open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	if err := s.simple(context.Background(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func TestChecksGoByTheServersCatalogAndSizes(t *testing.T) {
	fsys := files("0001_email.sql", "ALTER TABLE users ALTER COLUMN email SET NOT NULL;")
	const many = "INSERT INTO users SELECT 'a', repeat('x', 1000) FROM generate_series(1, 5000)"
	for name, c := range map[string]struct{ setup, refused, because string }{
		"rows":              {"CREATE TABLE users (email text, pad text); " + many, "set-not-null", ""},
		"empty":             {"CREATE TABLE users (email text, pad text)", "", "public.users is empty"},
		"few rows":          {"CREATE TABLE users (email text, pad text); INSERT INTO users VALUES ('a')", "", "public.users has 8 kB"},
		"proved by a check": {"CREATE TABLE users (email text CHECK (email IS NOT NULL), pad text); " + many, "", ""},
		"in another schema": {"CREATE SCHEMA app; CREATE TABLE app.users (email text, pad text); SET search_path = app; " + many + "; DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = app', current_database()); END $$", "set-not-null", ""},
	} {
		t.Run(name, func(t *testing.T) {
			dsn := pgtest.NewDatabase(t)
			exec(t, dsn, c.setup)
			res, err := newRunner(t, dsn, fsys).Up(context.Background())
			var refused *RefusedError
			if got := errors.As(err, &refused); got != (c.refused != "") {
				t.Fatalf("refused %v (%v), findings %+v", got, err, res.Findings)
			}
			found := ""
			for _, f := range res.Findings {
				if f.Rule == "set-not-null" {
					found = f.Because
					if f.Refused != (c.refused != "") {
						t.Errorf("%+v", f)
					}
				}
			}
			if found != c.because {
				t.Errorf("because %q, want %q", found, c.because)
			}
			if c.refused != "" && query[int](t, dsn, "SELECT count(*) FROM pg_namespace WHERE nspname = 'safemig'") != 0 {
				t.Error("a refused run wrote something")
			}
		})
	}
}

func TestReasonsAreRecorded(t *testing.T) {
	dsn := pgtest.NewDatabase(t)
	exec(t, dsn, "CREATE TABLE users (email text, pad text); INSERT INTO users SELECT 'a', repeat('x', 1000) FROM generate_series(1, 5000)")
	fsys := files("0001_email.sql", "ALTER TABLE users ALTER COLUMN email SET NOT NULL;",
		"0002_drop.sql", "-- safemig:ignore drop-column nothing reads it since release 7\nALTER TABLE users DROP COLUMN pad;")
	allow := func(o *Options) { o.Allow = map[string]string{"set-not-null": "at night"} }
	if _, err := newRunner(t, dsn, fsys, allow).Up(context.Background()); err != nil {
		t.Fatal(err)
	}
	got := query[string](t, dsn, "SELECT string_agg(version || allowed, ' ' ORDER BY seq) FROM safemig.migration")
	if want := `0001{"set-not-null": "at night"} 0002{"drop-column": "nothing reads it since release 7"}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestAChangedFileIsAnError(t *testing.T) {
	dsn := pgtest.NewDatabase(t)
	const text = "CREATE TABLE a (n int);\nCREATE TABLE b (n int);\n"
	up := func(text string) error {
		_, err := newRunner(t, dsn, files("0001_a.sql", text)).Up(context.Background())
		return err
	}
	if err := up(text); err != nil {
		t.Fatal(err)
	}
	if err := up("-- why\n" + strings.ReplaceAll(text, " ", "  ")); err != nil {
		t.Errorf("comments and blanks: %v", err)
	}
	for changed, want := range map[string]string{
		strings.Replace(text, "b (n int)", "b (n bigint)", 1): "statement 2 was CREATE TABLE b (n int) and is CREATE TABLE b (n bigint)",
		text + "DROP TABLE b;":                                "1 statement added: DROP TABLE b",
		"CREATE TABLE a (n int);":                             "1 statement gone: CREATE TABLE b (n int)",
	} {
		err := up(changed)
		var state *StateError
		if !errors.As(err, &state) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "0001_a.sql was changed after it was applied") {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

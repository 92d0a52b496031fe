package migration_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
)

// TestTransactionsAreThoseObserved holds the readers against what a server saw. In
// testdata/observed/<tool> are migrations that the tool itself applied to
// PostgreSQL 15 with log_statement=all, and in observed.txt the statements in the
// order in which they came, with a number for each virtual transaction. The module in
// conformance/ runs the tools and writes these files; django's was recorded by hand
// with Django 5.2.19.
func TestTransactionsAreThoseObserved(t *testing.T) {
	dirs, err := filepath.Glob("testdata/observed/*")
	if err != nil || len(dirs) == 0 {
		t.Fatal("no observations", err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			tool, _, _ := strings.Cut(filepath.Base(dir), "@") // what follows is a variant
			format, ok := migration.FormatByName(tool)
			if !ok {
				t.Fatal("no such format")
			}
			ms, err := format.Read(migration.Sub(os.DirFS("testdata/observed"), filepath.Base(dir)))
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(dir + "/observed.txt")
			if err != nil {
				t.Fatal(err)
			}
			if got := transactions(t, ms); got != string(want) {
				t.Errorf("got:\n%swant:\n%s", got, want)
			}
		})
	}
}

// transactions writes the statements of the up sections as observed.txt does.
func transactions(t *testing.T, ms []migration.Migration) string {
	var b strings.Builder
	var session pgsql.Session
	numbers := map[int]int{}
	for _, m := range ms {
		for _, e := range m.Errs {
			t.Error(e)
		}
		for i := range m.Up {
			stmts := pgsql.Parse(&m.Up[i])
			session.Assign(&m.Up[i], stmts)
			for _, s := range stmts {
				if s.Err != nil {
					t.Error(m.File.Path, s.Err)
				}
				src := s.Section.File.Src[s.Span.Start:s.Span.End]
				if src[0] == '<' || strings.Contains(m.File.Path, "_initial.sql") && s.TxControl().Op != pgsql.TxOpNone ||
					strings.Contains(m.File.Path, "_y.sql") && s.TxControl().Op != pgsql.TxOpNone {
					continue // no SQL; BEGIN and COMMIT of sqlmigrate, which Django sends through the driver
				}
				if numbers[s.Tx.ID] == 0 {
					numbers[s.Tx.ID] = len(numbers) + 1
				}
				line, _, _ := strings.Cut(string(src), "\n")
				fmt.Fprintf(&b, "%s\t%d\t%.50s\n", s.Section.File.Path, numbers[s.Tx.ID], line)
			}
		}
	}
	return b.String()
}

package conformance

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
)

// observations are the migrations that tools are run on, and what was seen: the root
// module's tests read them too.
const (
	observations = "../internal/migration/testdata/observed"
	observedName = "observed.txt"
)

var update = flag.Bool("update", false, "write what is seen to internal/migration/testdata/observed")

// TestTransactions applies each tool's migrations with the tool itself, and compares
// the transactions that the server saw with those that safemig predicts, statement by
// statement.
func TestTransactions(t *testing.T) {
	each(t, func(t *testing.T, tool *tool) {
		t.Parallel()
		from := filepath.Join(observations, tool.dirName())
		root := tool.lay(t, tree(t, from))
		dsn := database(t)
		if err := tool.up(t, root, dsn); err != nil {
			t.Fatal(err)
		}
		claim := migration.Detect(migration.Sub(os.DirFS(root), tool.dir))
		format := claim.Format
		if format.Name != tool.name {
			t.Fatalf("taken for %s (%s)", format.Name, claim.Why)
		}
		ms, err := format.Read(migration.Sub(os.DirFS(root), tool.dir))
		if err != nil {
			t.Fatal(err)
		}
		predicted := predict(t, ms)
		seen := match(t, predicted, logged(t, dsn))
		for i := range predicted {
			if predicted[i].tx != seen[i] {
				t.Errorf("%s: %s: in transaction %d, predicted %d", predicted[i].path, predicted[i].text, seen[i], predicted[i].tx)
			}
		}
		var b strings.Builder
		for i, p := range predicted {
			fmt.Fprintf(&b, "%s\t%d\t%.50s\n", p.path, seen[i], p.text)
		}
		record := filepath.Join(from, observedName)
		if *update {
			if err := os.WriteFile(record, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, _ := os.ReadFile(record); string(want) != b.String() {
			t.Errorf("what was seen is not what is recorded (-update):\n%s", b.String())
		}
		t.Logf("%s: %d statements in the transactions predicted", tool.release, len(predicted))
	})
}

// statement is one that safemig expects, and the transaction, from 1, that it
// expects it in.
type statement struct {
	path, text string
	tx         int
}

func predict(t *testing.T, ms []migration.Migration) (all []statement) {
	t.Helper()
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
				src := s.Section.File.Src[s.Span.Start:s.Span.End]
				if s.Err != nil {
					t.Error(m.File.Path, s.Err)
				}
				if src[0] == '<' {
					continue // no SQL
				}
				if numbers[s.Tx.ID] == 0 {
					numbers[s.Tx.ID] = len(numbers) + 1
				}
				line, _, _ := strings.Cut(string(src), "\n")
				all = append(all, statement{s.Section.File.Path, line, numbers[s.Tx.ID]})
			}
		}
	}
	return all
}

// match gives for each statement the transaction, from 1, that the server saw it in.
// Statements must have come in the order predicted; what the tool sends between them
// for itself is passed over.
func match(t *testing.T, predicted []statement, log []message) []int {
	t.Helper()
	var got []statement
	numbers := map[string]int{}
	for _, m := range log {
		if m.state != "" {
			for _, p := range predicted {
				if sameText(p.text, m.sql) { // else it is the tool that asks whether its table is there
					t.Errorf("the server refused %q: %s", m.sql, m.why)
				}
			}
			continue
		}
		file := &migration.File{Path: "log", Src: []byte(m.sql)}
		section := migration.Section{File: file, Text: file.Src}
		vxid := m.vxid
		stmts := pgsql.Parse(&section)
		for i := range stmts {
			if numbers[vxid] == 0 {
				numbers[vxid] = len(numbers) + 1
			}
			got = append(got, statement{"", string(file.Src[stmts[i].Span.Start:stmts[i].Span.End]), numbers[vxid]})
			if c := stmts[i].TxControl(); c.Ends() {
				vxid += "+" // the log has one transaction for a message: the server begins another one here
			}
		}
	}
	seen := make([]int, len(predicted))
	first := map[int]int{}
	at := 0
	for i, p := range predicted {
		for at < len(got) && !sameText(p.text, got[at].text) {
			at++
		}
		if at == len(got) {
			t.Fatalf("%s: the server did not get, in this order: %s", p.path, p.text)
		}
		if first[got[at].tx] == 0 {
			first[got[at].tx] = len(first) + 1
		}
		seen[i] = first[got[at].tx]
		at++
	}
	return seen
}

// sameText compares the first line of a statement with what was sent, up to the
// first placeholder.
func sameText(line, sent string) bool {
	for _, open := range []string{"${", "#[", "{{", " :", "/* TEMPLATE", "&lt;"} {
		line, _, _ = strings.Cut(line, open)
	}
	return strings.HasPrefix(sent, strings.TrimRight(line, " "))
}

package analyzer_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"

	"github.com/safemig/safemig/analyzer"
)

// diagnostics analyzes one file of a module without requirements and gives what
// is reported as line:column of both ends, the text there, and the rule.
func diagnostics(t *testing.T, src string) ([]string, []analysis.Diagnostic, string) {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "go.mod"), []byte("module example.org/m\n\ngo 1.26\n"))
	file := filepath.Join(dir, "m.go")
	writeFile(t, file, []byte(src))
	pkgs, err := packages.Load(&packages.Config{Dir: dir, Mode: packages.LoadSyntax | packages.NeedModule}, ".")
	if err != nil || packages.PrintErrors(pkgs) > 0 {
		t.Fatal(err)
	}
	graph, err := checker.Analyze([]*analysis.Analyzer{analyzer.New(analyzer.Options{})}, pkgs, nil)
	if err != nil || graph.Roots[0].Err != nil {
		t.Fatal(err, graph.Roots[0].Err)
	}
	var out []string
	for _, d := range graph.Roots[0].Diagnostics {
		start, end := pkgs[0].Fset.Position(d.Pos), pkgs[0].Fset.Position(d.End)
		out = append(out, fmt.Sprintf("%d:%d-%d:%d %q %s", start.Line, start.Column, end.Line, end.Column, src[start.Offset:end.Offset], d.Category))
	}
	return out, graph.Roots[0].Diagnostics, file
}

func program(expr string) string {
	return "package m\n\nimport \"database/sql\"\n\nconst made = \"INDEX i ON users (a)\"\n\nfunc f(db *sql.DB) {\n\tdb.Exec(" + expr + ")\n}\n"
}

// TestPositions: a finding stands at its own bytes, whatever the literal.
func TestPositions(t *testing.T) {
	for _, c := range []struct{ name, expr, want string }{
		{"interpreted", `"CREATE INDEX i ON users (a)"`, `8:11-8:38 "CREATE INDEX i ON users (a)"`},
		{"raw", "`CREATE INDEX i ON users (a)`", `8:11-8:38 "CREATE INDEX i ON users (a)"`},
		{"raw, second line", "`SET lock_timeout = '1s';\n\t\tCREATE INDEX i ON users (a)`", `9:3-9:30 "CREATE INDEX i ON users (a)"`},
		{"carriage returns", "`SET lock_timeout = '1s';\r\n\r\nCREATE INDEX i ON users (a)`", `10:1-10:28 "CREATE INDEX i ON users (a)"`},
		{"escapes", `"SELECT '\u00e9\x41\n';\n\tCREATE INDEX i ON users (a)"`, `8:37-8:64 "CREATE INDEX i ON users (a)"`},
		{"multibyte", `"SELECT 'éé'; CREATE INDEX i ON users (a)"`, `8:26-8:53 "CREATE INDEX i ON users (a)"`},
		{"two literals", `"SELECT 1; CREATE " + "INDEX i ON users (a)"`, `8:21-8:53 "CREATE \" + \"INDEX i ON users (a)"`},
		{"constant", `"CREATE " + made`, `5:15-5:20 "INDEX"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _, _ := diagnostics(t, program(c.expr))
			if c.name == "constant" { // begins in one literal and ends in another
				if len(got) != 1 || !strings.HasSuffix(got[0], "index-not-concurrent") {
					t.Errorf("got %q", got)
				}
				return
			}
			if !slices.Contains(got, c.want+" index-not-concurrent") {
				t.Errorf("got %q, want %s", got, c.want)
			}
		})
	}
}

// TestFixes: an edit is offered where it is safe on what the SQL is sent on, and
// leaves a literal that compiles.
func TestFixes(t *testing.T) {
	for _, c := range []struct{ expr, want string }{
		{`"CREATE INDEX i ON users (a)"`, `"CREATE INDEX CONCURRENTLY i ON users (a)"`},
		{"`CREATE INDEX i ON users (a)`", "`CREATE INDEX CONCURRENTLY i ON users (a)`"},
		{`"SELECT 1; CREATE INDEX i ON users (a)"`, ""}, // one transaction
	} {
		src := program(c.expr)
		_, ds, file := diagnostics(t, src)
		got := ""
		for _, d := range ds {
			for _, f := range d.SuggestedFixes {
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				e := f.TextEdits[0]
				at := int(e.Pos-d.Pos) + strings.Index(string(text), "CREATE INDEX")
				got = string(text[:at]) + string(e.NewText) + string(text[at+int(e.End-e.Pos):])
			}
		}
		if want := program(c.want); c.want != "" && got != want || c.want == "" && got != "" {
			t.Errorf("%s: got\n%s\nwant\n%s", c.expr, got, want)
		}
	}
}

func TestFixNotInTransaction(t *testing.T) {
	_, ds, _ := diagnostics(t, strings.ReplaceAll(program(`"CREATE INDEX i ON users (a)"`), "*sql.DB", "*sql.Tx"))
	if len(ds) == 0 {
		t.Fatal("nothing is reported")
	}
	for _, d := range ds {
		if len(d.SuggestedFixes) > 0 {
			t.Errorf("an edit that makes the statement fail: %s", d.Message)
		}
	}
}

package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/rules"
)

// sample has what reports get wrong: a clause on a later line, tabs, wide
// characters, CRLF, a line too long to show, markup, control characters.
func sample() *lint.Result {
	a := &migration.File{Path: "db/0002_email, ünï.sql", Src: []byte("-- 名前\nALTER TABLE \"名前\"\r\n\tALTER COLUMN a SET NOT NULL,\r\n\tALTER COLUMN b SET NOT NULL;\n" +
		"SELECT '<b>&\x1b[31m' -- " + strings.Repeat("long ", 60) + "\n, `x` FROM t;\n")}
	b := &migration.File{Path: "db/0003_index.sql", Src: []byte("CREATE INDEX i ON t (a);")}
	at := func(f *migration.File, text string) migration.Span {
		i := bytes.Index(f.Src, []byte(text))
		return migration.Span{Start: i, End: i + len(text)}
	}
	stmt := migration.Span{Start: at(a, "ALTER TABLE").Start, End: at(a, ";").Start}
	return &lint.Result{
		PG: 15,
		Findings: []rules.Finding{
			{Rule: rules.IndexNotConcurrent, Severity: rules.Error, File: a, Span: at(a, "ALTER COLUMN b SET NOT NULL"), Statement: stmt,
				Migration: "0002", Direction: "up", Message: `SET NOT NULL scans public."名前" under ACCESS EXCLUSIVE`,
				Consequence: "every read and write waits for the scan", Hint: "first this;\nthen that;", Relation: `public."名前"`, Lock: "ACCESS EXCLUSIVE"},
			{Rule: rules.SyntaxErrors, Severity: rules.Warning, File: a, Span: at(a, "`x`"), Migration: "0002", Direction: "up",
				Message: "100% <wrong>, \"said\": \x1b]]>", Hint: "a_b *c* @d #e"},
			{Rule: rules.IndexNotConcurrent, Severity: rules.Info, File: b, Span: migration.Span{Start: 0, End: len(b.Src) - 1},
				Statement: migration.Span{Start: 0, End: len(b.Src) - 1}, Migration: "0003", Direction: "down", Message: "CREATE INDEX reads all of public.t",
				Consequence: strings.Repeat("very ", 20) + "long", Fix: []rules.Edit{{Start: 12, End: 12, Text: " CONCURRENTLY"}}},
		},
		Stats:     lint.Stats{Files: 3, Migrations: 3, Statements: 1234, Unknown: 2, Suppressed: 1},
		Histories: []*lint.History{{Dir: "db", Tool: "plain", PG: 15, Wanted: 3}},
		Unmodelled: []lint.Unmodelled{
			{File: b, Span: migration.Span{End: 5}, What: "statement"}, {File: b, Span: migration.Span{End: 5}, What: "statement"}},
	}
}

func nothing() *lint.Result {
	return &lint.Result{PG: 16, Stats: lint.Stats{Files: 1, Migrations: 1, Statements: 1},
		Histories: []*lint.History{{File: "a.sql", Tool: "plain", PG: 16, Wanted: 1}}}
}

func write(t *testing.T, format string, r *lint.Result) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, format, r, Style{Verbose: true, Version: "v1.2.3"}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFormatsAreAsTheyWere(t *testing.T) {
	for _, format := range Formats() {
		if format == "sarif" {
			continue // holds every rule's page: TestSARIF
		}
		got := write(t, format, sample()) + "\n======== nothing found\n" + write(t, format, nothing())
		golden := filepath.Join("testdata", format+".golden")
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs from %s (go test ./internal/report -update, and read the diff):\n%s", format, golden, got)
		}
	}
}

func TestJSONFormatsHoldNoNull(t *testing.T) {
	for _, format := range []string{"json", "sarif", "gitlab", "rdjson"} {
		for _, r := range []*lint.Result{sample(), nothing()} {
			var doc any
			if err := json.Unmarshal([]byte(write(t, format, r)), &doc); err != nil {
				t.Errorf("%s: %v", format, err)
			}
			noNull(t, format, doc)
		}
	}
}

func noNull(t *testing.T, where string, v any) {
	switch v := v.(type) {
	case nil:
		t.Errorf("%s is null", where)
	case map[string]any:
		for k, x := range v {
			noNull(t, where+"."+k, x)
		}
	case []any:
		for i, x := range v {
			noNull(t, fmt.Sprintf("%s[%d]", where, i), x)
		}
	}
}

func TestXMLFormatsAreWellFormed(t *testing.T) {
	for _, format := range []string{"junit", "checkstyle"} {
		for _, r := range []*lint.Result{sample(), nothing()} {
			d := xml.NewDecoder(strings.NewReader(write(t, format, r)))
			for {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatalf("%s: %v", format, err)
				}
			}
		}
	}
}

// What the SARIF 2.1.0 schema requires, and what GitHub code scanning needs.
func TestSARIF(t *testing.T) {
	var doc struct {
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct {
					Name  string
					Rules []struct {
						ID               string
						ShortDescription struct{ Text string }
						Help             struct{ Text, Markdown string }
					}
				}
			}
			ColumnKind string
			Results    []struct {
				RuleID              string
				RuleIndex           int
				Level               string
				Message             struct{ Text string }
				PartialFingerprints map[string]string
				Locations           []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine, StartColumn, EndLine, EndColumn int }
					}
				}
				Fixes []struct {
					ArtifactChanges []struct {
						Replacements []struct{ InsertedContent struct{ Text string } }
					}
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(write(t, "sarif", sample())), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Version != "2.1.0" || len(doc.Runs) != 1 {
		t.Fatalf("version %q, %d runs", doc.Version, len(doc.Runs))
	}
	run := doc.Runs[0]
	if run.Tool.Driver.Name != "safemig" || run.ColumnKind != "unicodeCodePoints" || len(run.Results) != 3 {
		t.Errorf("driver %q, columns in %q, %d results", run.Tool.Driver.Name, run.ColumnKind, len(run.Results))
	}
	prints := map[string]bool{}
	for i, r := range run.Results {
		if run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID {
			t.Errorf("result %d: rule %d is not %s", i, r.RuleIndex, r.RuleID)
		}
		if !slices.Contains([]string{"error", "warning", "note"}, r.Level) || r.Message.Text == "" {
			t.Errorf("result %d: level %q, message %q", i, r.Level, r.Message.Text)
		}
		prints[r.PartialFingerprints["safemig/v1"]] = true
	}
	if len(prints) != 3 {
		t.Errorf("fingerprints are not distinct: %v", prints)
	}
	loc := run.Results[0].Locations[0].PhysicalLocation
	if want := "db/0002_email,%20%C3%BCn%C3%AF.sql"; loc.ArtifactLocation.URI != want {
		t.Errorf("URI %q, want %q", loc.ArtifactLocation.URI, want)
	}
	if r := loc.Region; r.StartLine != 4 || r.StartColumn != 2 || r.EndLine != 4 || r.EndColumn != 29 {
		t.Errorf("region %+v", r)
	}
	if got := run.Results[2].Fixes[0].ArtifactChanges[0].Replacements[0].InsertedContent.Text; got != " CONCURRENTLY" {
		t.Errorf("fix %q", got)
	}
	for _, r := range run.Tool.Driver.Rules {
		if r.ShortDescription.Text == "" || r.Help.Text == "" || strings.Contains(r.Help.Markdown, "-- want") {
			t.Errorf("rule %s: %q", r.ID, r.Help.Markdown)
		}
	}
}

func TestGitHubEscapesWhatWouldEndTheCommand(t *testing.T) {
	out := write(t, "github", sample())
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		if !strings.HasPrefix(line, "::") {
			t.Errorf("a line that is no command: %q", line)
		}
	}
	for _, want := range []string{"file=db/0002_email%2C ünï.sql", "100%25 <wrong>", "%0Athen that;"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func TestPlacesCountCharacters(t *testing.T) {
	f := &migration.File{Src: []byte("é\r\n\n名x")}
	var p places
	for off, want := range map[int]Place{0: {1, 1}, 2: {1, 2}, 4: {2, 1}, 5: {3, 1}, 8: {3, 2}, 9: {3, 3}, 99: {3, 3}, -1: {1, 1}} {
		if got := p.at(f, off); got != want {
			t.Errorf("offset %d is at %v, want %v", off, got, want)
		}
	}
}

func TestExcerptKeepsTheCaretUnderItsText(t *testing.T) {
	for _, src := range []string{"abc TARGET xyz", "\tTARGET", "名前 TARGET", strings.Repeat("x", 300) + " TARGET " + strings.Repeat("y", 300),
		strings.Repeat("名", 100) + "TARGET", "TARGET" + strings.Repeat("\t", 80)} {
		i := strings.Index(src, "TARGET")
		shown, at, n := excerpt([]byte(src), i, i+len("TARGET"), sourceWidth)
		col := 0
		for j, r := range shown {
			if col == at && !strings.HasPrefix(shown[j:], "TARGET") {
				t.Errorf("%.20q: column %d is at %.20q", src, at, shown[j:])
			}
			col += runeCells(r)
		}
		if n != len("TARGET") || cells(shown) > sourceWidth+4 {
			t.Errorf("%.20q: caret of %d, line of %d cells", src, n, cells(shown))
		}
	}
}

package report

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/rules"
)

// TestJSONFormatsAreAsTheirSchemasSay holds reports against the schemas that the
// formats' authors publish; see testdata/schema/README.md.
func TestJSONFormatsAreAsTheirSchemasSay(t *testing.T) {
	for format, file := range map[string]string{"sarif": "sarif-2.1.0.json", "rdjson": "rdjson.json"} {
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		schema, err := c.Compile(filepath.Join("testdata", "schema", file))
		if err != nil {
			t.Fatal(err)
		}
		for name, r := range map[string]*lint.Result{"sample": sample(), "nothing": nothing(), "many": many(300)} {
			doc, err := jsonschema.UnmarshalJSON(strings.NewReader(write(t, format, r)))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(doc); err != nil {
				t.Errorf("%s of %s: %v", format, name, err)
			}
		}
		if err := schema.Validate(map[string]any{"runs": 1, "diagnostics": "x"}); err == nil {
			t.Errorf("the schema of %s takes anything", format)
		}
	}
}

// many gives n findings, every seventh an error.
func many(n int) *lint.Result {
	var src strings.Builder
	f := &migration.File{Path: "db/0001_many.sql"}
	r := &lint.Result{PG: 15, Stats: lint.Stats{Files: 1, Migrations: 1, Statements: n}}
	for i := range n {
		start := src.Len()
		fmt.Fprintf(&src, "CREATE INDEX i%d ON t (a);\n", i)
		severity := rules.Info
		if i%7 == 0 {
			severity = rules.Error
		}
		at := migration.Span{Start: start, End: src.Len() - 2}
		r.Findings = append(r.Findings, rules.Finding{Rule: rules.IndexNotConcurrent, Severity: severity, File: f, Span: at, Statement: at,
			Direction: "up", Message: "CREATE INDEX reads all of public.t under SHARE", Consequence: "every write to public.t waits for the build",
			Hint: fmt.Sprintf("CREATE INDEX CONCURRENTLY i%d ON t (a);", i)})
	}
	f.Src = []byte(src.String())
	return r
}

// TestSARIFStaysInsideGitHubsLimits: 25,000 results of a run, 10 MB compressed, 20
// tags of a rule; what has to go is the least severe, and it is said.
func TestSARIFStaysInsideGitHubsLimits(t *testing.T) {
	text := write(t, "sarif", many(sarifLimit+1000))
	var doc struct {
		Runs []struct {
			Results []struct{ Level string }
			Tool    struct {
				Driver struct {
					Rules []struct{ Properties struct{ Tags []string } }
				}
			}
			Invocations []struct {
				ExecutionSuccessful        bool
				ToolExecutionNotifications []struct{ Message struct{ Text string } }
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	run := doc.Runs[0]
	errors := 0
	for _, r := range run.Results {
		if r.Level == "error" {
			errors++
		}
	}
	if len(run.Results) != sarifLimit || errors != (sarifLimit+1000+6)/7 {
		t.Errorf("%d results, %d of them errors", len(run.Results), errors)
	}
	if len(run.Invocations) != 1 || !strings.HasPrefix(run.Invocations[0].ToolExecutionNotifications[0].Message.Text, "1,000 findings") && !strings.HasPrefix(run.Invocations[0].ToolExecutionNotifications[0].Message.Text, "1000 findings") {
		t.Errorf("invocations %+v", run.Invocations)
	}
	for _, r := range run.Tool.Driver.Rules {
		if len(r.Properties.Tags) > 20 {
			t.Errorf("tags %v", r.Properties.Tags)
		}
	}
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write([]byte(text)) // to memory
	_ = w.Close()
	if z.Len() > 10<<20 {
		t.Errorf("%d bytes compressed", z.Len())
	}
}

// TestGitLabTakesTheReport: what GitLab's manual requires of a Code Quality report,
// https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format.
func TestGitLabTakesTheReport(t *testing.T) {
	for _, r := range []*lint.Result{sample(), nothing(), many(100)} {
		var issues []map[string]any
		if err := json.Unmarshal([]byte(write(t, "gitlab", r)), &issues); err != nil {
			t.Fatal(err)
		}
		prints := map[string]bool{}
		for _, i := range issues {
			for _, key := range []string{"description", "check_name", "fingerprint"} {
				if s, ok := i[key].(string); !ok || s == "" {
					t.Errorf("%s is %v", key, i[key])
				}
			}
			if s := i["severity"].(string); !slices.Contains([]string{"info", "minor", "major", "critical", "blocker"}, s) {
				t.Errorf("severity %q", s)
			}
			location := i["location"].(map[string]any)
			if p := location["path"].(string); strings.HasPrefix(p, "./") || strings.HasPrefix(p, "/") {
				t.Errorf("path %q is not relative to the repository", p)
			}
			if n := location["lines"].(map[string]any)["begin"].(float64); n < 1 || n != float64(int(n)) {
				t.Errorf("line %v", n)
			}
			prints[i["fingerprint"].(string)] = true
		}
		if len(prints) != len(issues) {
			t.Errorf("%d fingerprints of %d issues", len(prints), len(issues))
		}
	}
}

// node is an XML element.
type node struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Children []node     `xml:",any"`
}

// elements are what readers of a format know: the attributes of an element, those
// that must be there with a mark, and the elements in it.
type elements map[string]struct{ attrs, children string }

// TestXMLFormatsHaveWhatReadersKnow holds JUnit reports against the elements and
// attributes that Jenkins' xunit plugin takes and requires (junit-10.xsd), with the
// file of a testcase besides: GitLab makes a link of it, and some versions of that
// schema have it. Checkstyle reports are held against Checkstyle's own XMLLogger.
func TestXMLFormatsHaveWhatReadersKnow(t *testing.T) {
	known := map[string]elements{
		"junit": {
			"testsuites": {"name time tests failures errors", "testsuite"},
			"testsuite":  {"name! tests! failures! errors! group time skipped timestamp hostname id package file", "properties testcase system-out system-err"},
			"testcase":   {"name! classname! time group file", "skipped error failure system-out system-err"},
			"failure":    {"type message", ""},
			"system-out": {"", ""},
		},
		"checkstyle": {
			"checkstyle": {"version!", "file"},
			"file":       {"name!", "error"},
			"error":      {"line! column severity! message! source!", ""},
		},
	}
	number := regexp.MustCompile(`^[0-9]+$`)
	for format, known := range known {
		for _, r := range []*lint.Result{sample(), nothing(), many(50)} {
			var root node
			if err := xml.Unmarshal([]byte(write(t, format, r)), &root); err != nil {
				t.Fatal(err)
			}
			var walk func(n node)
			walk = func(n node) {
				e, ok := known[n.XMLName.Local]
				if !ok {
					t.Errorf("%s: no reader knows <%s>", format, n.XMLName.Local)
					return
				}
				has := map[string]string{}
				for _, a := range n.Attrs {
					has[a.Name.Local] = a.Value
				}
				for _, a := range strings.Fields(e.attrs) {
					name, must := strings.CutSuffix(a, "!")
					v, there := has[name]
					if must && !there {
						t.Errorf("%s: <%s> has no %s", format, n.XMLName.Local, name)
					}
					if there && strings.Contains(" tests failures errors skipped line column ", " "+name+" ") && !number.MatchString(v) {
						t.Errorf("%s: %s=%q", format, name, v)
					}
					delete(has, name)
				}
				if len(has) > 0 {
					t.Errorf("%s: <%s> has %v", format, n.XMLName.Local, has)
				}
				for _, c := range n.Children {
					if !slices.Contains(strings.Fields(e.children), c.XMLName.Local) {
						t.Errorf("%s: <%s> in <%s>", format, c.XMLName.Local, n.XMLName.Local)
					}
					walk(c)
				}
			}
			walk(root)
		}
	}
}

// TestSchemasAreWhole: a schema that does not say anything would let all pass.
func TestSchemasAreWhole(t *testing.T) {
	files, err := filepath.Glob("testdata/schema/*.json")
	if err != nil || len(files) != 2 {
		t.Fatalf("%v %v", files, err)
	}
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil || len(src) < 10000 || !json.Valid(src) {
			t.Errorf("%s: %d bytes, %v", f, len(src), err)
		}
	}
}

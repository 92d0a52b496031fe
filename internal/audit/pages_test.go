package audit

import (
	"bytes"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestPages judges the examples of every page: what it says is reported is, at the
// line that it says, and its good examples pass.
func TestPages(t *testing.T) {
	files, _ := filepath.Glob("pages/*.txtar")
	if len(files) != len(allRules) {
		t.Errorf("%d pages for %d rules", len(files), len(allRules))
	}
	for _, rule := range Rules() {
		t.Run(rule.ID, func(t *testing.T) {
			text, ok := Page(rule.ID)
			if !ok {
				t.Fatal("no page")
			}
			for _, f := range txtar.Parse([]byte(text)).Files {
				name, line, _ := strings.Cut(f.Name, ":")
				r, err := Read([]Input{{name, func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(f.Data)), nil }}}, ReadOptions{})
				if err != nil {
					t.Fatal(err)
				}
				if strings.HasPrefix(name, "good") {
					if r.Verdict != Pass {
						t.Errorf("%s: %s", name, summary(r))
					}
					continue
				}
				n, err := strconv.Atoi(line)
				if err != nil {
					t.Fatalf("%s does not say which line is reported", f.Name)
				}
				if !reports(r, rule, n) {
					t.Errorf("%s: line %d is not reported: %s", name, n, where(r, rule.ID)+summary(r))
				}
			}
		})
	}
}

func reports(r *Report, rule Rule, line int) bool {
	for _, v := range r.Versions {
		for _, f := range v.Findings {
			if f.Rule == rule.ID && f.At.Line == line {
				return true
			}
		}
	}
	return false
}

func where(r *Report, rule string) string {
	s := ""
	for _, v := range r.Versions {
		for _, f := range v.Findings {
			if f.Rule == rule {
				s += "line " + strconv.Itoa(f.At.Line) + " "
			}
		}
	}
	return s
}

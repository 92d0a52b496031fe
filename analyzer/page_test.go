package analyzer_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"
	"golang.org/x/tools/txtar"

	"github.com/safemig/safemig/analyzer"
	"github.com/safemig/safemig/rules"
)

// TestPages runs the examples of the rules about programs: bad ones as marked,
// good ones silent, and none reported by another rule.
func TestPages(t *testing.T) {
	root := module(t)
	pages := 0
	for _, r := range rules.All() {
		text, _ := rules.Page(r.ID)
		if pageFiles(t, filepath.Join(root, r.ID), txtar.Parse([]byte(text))) {
			pages++
		}
	}
	if pages < 4 {
		t.Errorf("%d pages about programs", pages)
	}
	for _, res := range analysistest.Run(t, root, analyzer.New(analyzer.Options{}), "./...") {
		for _, d := range res.Diagnostics {
			if !strings.Contains(filepath.ToSlash(res.Pass.Fset.Position(d.Pos).Filename), "/"+d.Category+"/") {
				t.Errorf("%s is reported too: %s", d.Category, d.Message)
			}
		}
	}
}

// pageFiles writes the cases of a page about programs; others have none.
func pageFiles(t *testing.T, dir string, a *txtar.Archive) bool {
	t.Helper()
	if !slices.ContainsFunc(a.Files, func(f txtar.File) bool { return strings.HasSuffix(f.Name, ".go") }) {
		return false
	}
	marks := map[string]int{}
	for _, f := range a.Files {
		kind, rest, nested := strings.Cut(f.Name, "/")
		if !nested {
			kind, rest = strings.TrimSuffix(f.Name, ".go"), f.Name
		}
		writeFile(t, filepath.Join(dir, kind, filepath.FromSlash(rest)), f.Data)
		marks[kind] += strings.Count(string(f.Data), "// want ")
	}
	for kind, n := range marks {
		if good := strings.HasPrefix(kind, "good"); good != (n == 0) {
			t.Errorf("%s: %d marks in %s", dir, n, kind)
		}
	}
	return true
}

// module makes an empty module with the requirements of testdata/sinks.
func module(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum"} {
		src, err := os.ReadFile(filepath.Join(sinks(t), name))
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, name), src)
	}
	return dir
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

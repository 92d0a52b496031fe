package rules_test

import (
	"context"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/rules"
)

// step is one migration of a remedy: its statements, and the line that runs it
// outside a transaction, if the remedy asks for that.
type step struct {
	sql    []string
	optOut string
}

var (
	statementLine = regexp.MustCompile(`^[A-Z].*;$`)
	optOutLine    = regexp.MustCompile(`^in a migration of its own that says '(.*)'$`)
	outside       = regexp.MustCompile(`safemig:no-transaction|ROLLBACK;|COMMIT;`)
	aloneLine     = regexp.MustCompile(`^(alone, since|before BEGIN)`)
)

// remedy reads a hint: lines that are statements, "in a later migration:" before
// one, and advice, which begins with a small letter.
func remedy(t *testing.T, hint string) []step {
	steps := []step{{}}
	for _, line := range strings.Split(hint, "\n") {
		if rest, ok := strings.CutPrefix(line, "in a later migration: "); ok {
			steps = append(steps, step{})
			line = rest
		}
		last := &steps[len(steps)-1]
		switch m := optOutLine.FindStringSubmatch(line); {
		case m != nil:
			last.optOut = m[1]
		case aloneLine.MatchString(line):
			last.optOut = "-- safemig:no-transaction"
		case strings.Contains(line, "…"): // a pattern to be filled in
		case statementLine.MatchString(line):
			last.sql = append(last.sql, line)
		case line != "" && line[0] >= 'A' && line[0] <= 'Z' && !regexp.MustCompile(`^[A-Z ]+ (is refused|without)`).MatchString(line):
			t.Errorf("neither a statement nor advice: %q", line)
		}
	}
	return slices.DeleteFunc(steps, func(s step) bool { return len(s.sql) == 0 })
}

// TestRemediesLintClean writes each hint of a bad example as the migrations that
// it asks for, after the history that the example has up to the finding, and
// lints them: no rule may advise what another forbids, or the server refuses. It
// does so in the layouts of several tools, for which the words differ.
func TestRemediesLintClean(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	tried := map[string]int{}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if aboutPrograms(archive) {
			continue
		}
		for _, history := range plainHistories(archive) {
			for _, l := range remedyLayouts {
				tried[l.tool] += tryRemedies(t, strings.TrimSuffix(filepath.Base(file), ".txtar"), history, l)
			}
		}
	}
	for _, l := range remedyLayouts {
		if tried[l.tool] < 50 {
			t.Errorf("%s: only %d remedies were tried", l.tool, tried[l.tool])
		}
	}
}

// plainHistories gives the cases of the plain layout that are reported, or may be,
// each as its files.
func plainHistories(a *txtar.Archive) []fstest.MapFS {
	return plainCases(a, func(name string) bool { return !strings.HasPrefix(name, "good") })
}

// plainCases gives the cases of the plain layout whose names are wanted.
func plainCases(a *txtar.Archive, wanted func(name string) bool) []fstest.MapFS {
	var out []fstest.MapFS
	at := map[string]fstest.MapFS{}
	for _, f := range a.Files {
		dir, base := path.Split(f.Name)
		otherTool := slices.ContainsFunc(strings.Split(dir, "/"), func(e string) bool { return e != "plain" && slices.Contains(lint.Tools(), e) })
		if otherTool || !strings.HasSuffix(base, ".sql") || strings.Contains(dir, "pg1") || base == "schema.sql" || !wanted(f.Name) || strings.HasPrefix(f.Name, "fix") {
			continue
		}
		key := f.Name
		if versionedPattern.MatchString(base) {
			key = dir
		} else {
			base = "0001_" + base
		}
		if at[key] == nil {
			at[key] = fstest.MapFS{}
			out = append(out, at[key])
		}
		at[key][base] = &fstest.MapFile{Data: wantPattern.ReplaceAll(f.Data, nil)}
	}
	return out
}

func tryRemedies(t *testing.T, id string, history fstest.MapFS, l layout) (tried int) {
	t.Helper()
	files, alone, ok := l.history(history)
	if !ok {
		return 0
	}
	for _, f := range run(t, files, l.tool) {
		steps := remedy(t, f.Hint)
		if f.Rule.ID != id || len(steps) == 0 {
			continue
		}
		tried++
		if (alone[f.File.Path] || outside.Match(f.File.Src[:f.Statement.Start])) && steps[0].optOut == "" {
			steps[0].optOut = "as it stands"
		}
		fsys, n := before(files, f), 1000
		var written []string
		remedies := map[string]bool{}
		for _, s := range steps {
			for _, sql := range l.split(s) {
				n++
				for name, text := range l.file(n, sql, s.optOut != "") {
					fsys[name] = &fstest.MapFile{Data: []byte(text)}
					remedies[name] = true
					written = append(written, text)
				}
			}
		}
		for _, g := range run(t, fsys, l.tool) {
			if remedies[g.File.Path] && g.Severity == rules.Error {
				t.Errorf("%s, %s: the remedy of %q is reported: %s [%s]\n%s", l.tool, id, f.Message, g.Message, g.Rule.ID, strings.Join(written, "--\n"))
			}
		}
	}
	return tried
}

// before gives the files of a history up to the statement of a finding.
func before(history fstest.MapFS, f rules.Finding) fstest.MapFS {
	out := fstest.MapFS{}
	for name, file := range history {
		switch {
		case name < f.File.Path:
			out[name] = file
		case name == f.File.Path:
			out[name] = &fstest.MapFile{Data: []byte(string(f.File.Src[:f.Statement.Start]))}
		}
	}
	return out
}

func run(t *testing.T, fsys fstest.MapFS, tool string) []rules.Finding {
	r, err := lint.Run(context.Background(), lint.Options{FS: fsys, Tool: tool})
	if err != nil {
		t.Fatal(err)
	}
	return r.Findings
}

package audit

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// judged reads a log of testdata and gives its report as lines: the verdict, then
// for each version its verdict and the rules of its findings, with their certainty
// where they are not certain.
func judged(t *testing.T, o ReadOptions, paths ...string) string {
	t.Helper()
	var in []Input
	for _, p := range paths {
		in = append(in, Input{Path: filepath.Base(p), Open: func() (io.ReadCloser, error) { return os.Open(p) }})
	}
	r, err := Read(in, o)
	if err != nil {
		t.Fatalf("%s: %v", paths, err)
	}
	return summary(r)
}

func summary(r *Report) string {
	lines := []string{string(r.Verdict)}
	for _, v := range r.Versions {
		words := []string{v.Version + ":", string(v.Verdict)}
		if v.Version == "" {
			words[0] = "-:"
		}
		var rules []string
		for _, f := range v.Findings {
			w := f.Rule
			if f.Certainty != Certain {
				w += "(" + string(f.Certainty) + ")"
			}
			if !slices.Contains(rules, w) {
				rules = append(rules, w)
			}
		}
		slices.Sort(rules)
		lines = append(lines, strings.Join(append(words, rules...), " "))
	}
	return strings.Join(lines, "\n")
}

// TestTraces judges the logs of real runs of Ecto, Rails, Alembic and psql, of which
// is known what happened, from the application's log and from each of the server's.
func TestTraces(t *testing.T) {
	f, err := os.Open("testdata/traces.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := map[string]string{}
	var names []string
	s := bufio.NewScanner(f)
	for s.Scan() {
		line := s.Text()
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case !strings.HasPrefix(line, " "):
			names = append(names, line)
		default:
			n := names[len(names)-1]
			want[n] += strings.TrimSpace(line) + "\n"
		}
	}
	tested := map[string]bool{}
	for _, n := range names {
		for _, name := range strings.Fields(n) {
			t.Run(name, func(t *testing.T) {
				path := "testdata/traces/" + name + ".gz"
				if strings.HasPrefix(name, "seed-log") {
					path = "../../testdata/seed/" + name
				}
				tested[filepath.Base(path)] = true
				if got := judged(t, ReadOptions{}, path); got+"\n" != want[n] {
					t.Errorf("got\n%s\nwant\n%s", got, want[n])
				}
			})
		}
	}
	files, _ := filepath.Glob("testdata/traces/*.gz")
	for _, p := range files {
		if !tested[filepath.Base(p)] {
			t.Errorf("%s is in no list of testdata/traces.txt", p)
		}
	}
}

package report

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/safemig/safemig/internal/lint"
)

func TestWrapped(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{
		{"", 10, ""},
		{"a b", 10, "a b"},
		{"one two three", 7, "one two|three"},
		{"one two three", 6, "one|two|three"},
		{"muchlongerthanthat b c", 5, "muchlongerthanthat|b c"},
		{"a muchlongerthanthat", 5, "a|muchlongerthanthat"},
		{"  kept  inside one", 12, "  kept|inside one"},
		{"表 表 表", 5, "表 表|表"},
	} {
		if got := strings.Join(wrapped(c.text, c.width), "|"); got != c.want {
			t.Errorf("%q in %d: %q, want %q", c.text, c.width, got, c.want)
		}
	}
}

// TestTextFitsTheTerminal holds every line against the width, and what a pipe gets
// against 100 columns: there the first line of a finding stays one.
func TestTextFitsTheTerminal(t *testing.T) {
	src := "ALTER TABLE a_table_with_a_name ADD CONSTRAINT a_constraint_with_a_name FOREIGN KEY (a_column) REFERENCES another_table_with_a_name (id) ON DELETE CASCADE;"
	r, err := lint.Run(t.Context(), lint.Options{FS: fstest.MapFS{"db/0001_with_a_long_name.sql": {Data: []byte(src)}}, Paths: []string{"db"}})
	if err != nil || len(r.Findings) < 1 {
		t.Fatal(len(r.Findings), err)
	}
	for _, width := range []int{0, 60, 80, 132} {
		var b bytes.Buffer
		if err := Write(&b, "text", r, Style{Width: width}); err != nil {
			t.Fatal(err)
		}
		limit := width
		if width == 0 {
			limit = sourceWidth
		}
		for _, line := range strings.Split(b.String(), "\n") {
			first := width == 0 && strings.Contains(line, ": error: ") || width == 0 && strings.Contains(line, ": warning: ")
			if word := longestWord(line); cells(line) > max(limit, word+8)+1 && !first {
				t.Errorf("%d columns of %d: %s", cells(line), width, line)
			}
		}
		all := strings.Join(strings.Fields(b.String()), " ")
		for _, f := range r.Findings {
			for _, said := range []string{f.Message, "[" + f.Rule.ID + "]"} {
				if !strings.Contains(all, said) {
					t.Errorf("width %d lost %q", width, said)
				}
			}
		}
	}
}

func longestWord(line string) int {
	n := 0
	for _, w := range strings.Fields(line) {
		n = max(n, cells(w))
	}
	return n
}

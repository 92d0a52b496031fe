package pgsql

import (
	"fmt"
	"testing"
)

func TestComments(t *testing.T) {
	for _, c := range []struct {
		text string
		all  []string
		each [][]string
	}{
		{"SELECT 1", nil, [][]string{nil}},
		{"SELECT '--x', \"/*y*/\", $$--z$$, 1 - -1", nil, [][]string{nil}},
		{
			"-- a\n/* b /* c */ */ SELECT 1 -- d\n, 2; -- e\n-- f\nSELECT 2 /* g */; /* h */ SELECT 3 -- i\n; -- j\n-- k",
			[]string{"-- a", "/* b /* c */ */", "-- d", "-- e", "-- f", "/* g */", "/* h */", "-- i", "-- j", "-- k"},
			[][]string{{"-- a", "/* b /* c */ */", "-- d", "-- e"}, {"-- f", "/* g */", "/* h */"}, {"-- i"}},
		},
		{"COPY t FROM stdin;\n--no\n\\.\n-- a\nSELECT 1", []string{"-- a"}, nil},
		{"FOO; -- a\n-- b\nSELECT 1 -- c", []string{"-- a", "-- b", "-- c"}, [][]string{{"-- a"}, {"-- b", "-- c"}}},
		{"SELECT 1 -- a\r\n, 2 -- b", []string{"-- a", "-- b"}, [][]string{{"-- a", "-- b"}}},
		{"/* open", []string{"/* open"}, nil},
	} {
		sec := section(c.text)
		texts := func(cs []Comment) (out []string) {
			for _, c := range cs {
				out = append(out, c.Text(sec.File))
			}
			return out
		}
		if got := texts(Comments(sec)); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.all) {
			t.Errorf("%q: got %q, want %q", c.text, got, c.all)
		}
		if c.each == nil {
			continue
		}
		for i, s := range Parse(sec) {
			if got := texts(s.Comments()); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.each[i]) {
				t.Errorf("%q: statement %d: got %q, want %q", c.text, i, got, c.each[i])
			}
		}
	}
}

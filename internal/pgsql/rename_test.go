package pgsql

import (
	"strings"
	"testing"
)

func TestReplaceName(t *testing.T) {
	for _, c := range []struct{ sql, name, want string }{
		{"n + 1", "n", "<n> + 1"},
		{"N || 'n' -- n", "n", "<N> || 'n' -- n"},
		{`"n" + "N" + t.n + n.a`, "n", `<"n"> + "N" + t.n + <n>.a`},
		{"n(n)", "n", "n(<n>)"},
		{"$$n$$ || n::text", "n", "$$n$$ || <n>::text"},
		{`"a""b"`, `a"b`, `<"a""b">`},
		{"größe", "größe", "<größe>"},
		{"", "n", ""},
	} {
		if got := ReplaceName(c.sql, c.name, func(text string) string { return "<" + text + ">" }); got != c.want {
			t.Errorf("%s: got %s, want %s", c.sql, got, c.want)
		}
		if got, want := Mentions(c.sql, c.name), strings.Contains(c.want, "<"); got != want {
			t.Errorf("%s mentions %s: %v", c.sql, c.name, got)
		}
	}
}

func FuzzReplaceName(f *testing.F) {
	f.Add("n + 'n' || \"n\"", "n")
	f.Add("$x$ n", "x")
	f.Add("\"", "")
	f.Fuzz(func(t *testing.T, sql, name string) {
		if got := ReplaceName(sql, name, func(text string) string { return text }); got != sql {
			t.Errorf("%q became %q", sql, got)
		}
	})
}

package migration

import "testing"

// TestTemplated: placeholders that no tool fills in are taken out of the way where
// they cannot be SQL, and nothing else is touched.
func TestTemplated(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"ALTER TABLE {{ .S }}.a ADD b int;", "ALTER TABLE ____s___.a ADD b int;"},
		{"CREATE TABLE ${schema}.a (b text DEFAULT '${x}');", "CREATE TABLE __schema_.a (b text DEFAULT '${x}');"},
		{"-- {{ x }}\nDROP TABLE ${s}.{{t}};", "-- {{ x }}\nDROP TABLE __s_.__t__;"},
		{"DO $$ BEGIN DROP TABLE {{.S}}.a; END $$;", "DO $$ BEGIN DROP TABLE ___s__.a; END $$;"},
		{"{{if .X}}\nSELECT 1;\n{{end}}", "         \nSELECT 1;\n       "},
		{"SELECT '{{1,2},{3,4}}'::int[], $$ {a} $$, '${x}', \"{{x}}\"; -- {{ }} ${x}", ""},
		{"SELECT $1, a[1] /* {{ */ FROM t;", ""},
		{"DO $x$ BEGIN EXECUTE format('a {{}} %s', $$ ${y} $$); END $x$;", ""},
	} {
		want := c.want
		if want == "" {
			want = c.text
		}
		s := Section{Text: []byte(c.text)}.Templated()
		if string(s.Text) != want || (len(s.Filled) > 0) != (c.want != "") {
			t.Errorf("%s\ngot  %s (%d)\nwant %s", c.text, s.Text, len(s.Filled), want)
		}
	}
	tool := Section{Text: []byte("SELECT {{ x }};"), Filled: []Span{{7, 14}}}
	if got := string(tool.Templated().Text); got != "SELECT {{ x }};" {
		t.Errorf("what the tool fills in is its own: %s", got)
	}
}

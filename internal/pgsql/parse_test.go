package pgsql

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/safemig/safemig/internal/migration"
)

// section is a section whose text is its file.
func section(text string) *migration.Section {
	return &migration.Section{File: &migration.File{Path: "1.sql", Src: []byte(text)}, Text: []byte(text)}
}

func cut(sec *migration.Section, s migration.Span) string { return string(sec.File.Src[s.Start:s.End]) }

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string // the statements' text; "!token: message" after the ones that do not parse
	}{
		{"empty", "", nil},
		{"only comments", "-- a\n/* b; */ ;; \n", nil},
		{"one", "SELECT 1", []string{"SELECT 1"}},
		{"blanks and semicolons", " ;; SELECT 1 ;\n\n;SELECT\n2;;", []string{"SELECT 1", "SELECT\n2"}},
		{"comments around", "-- a\nSELECT 1 -- b\n; /* c */ SELECT /* d */ 2 /* e */ -- f", []string{"SELECT 1", "SELECT /* d */ 2"}},
		{"comment marks in strings", "SELECT '--' , '/*' ; SELECT 2", []string{"SELECT '--' , '/*'", "SELECT 2"}},
		{"CRLF", "SELECT 1;\r\n-- x\r\nSELECT 2\r\n;\r\n", []string{"SELECT 1", "SELECT 2"}},
		{"byte order mark", "\xEF\xBB\xBFSELECT 1; SELECT 2", []string{"SELECT 1", "SELECT 2"}},
		{"byte order mark and an error", "\xEF\xBB\xBFSELECT 1; SELEC 2", []string{"SELECT 1", "SELEC 2", `!SELEC: syntax error at or near "SELEC"`}},
		{"multibyte before", "SELECT 'äöü€𝄞'; /* ß */ SELECT 'ñ'", []string{"SELECT 'äöü€𝄞'", "SELECT 'ñ'"}},
		{"dollar quotes", "DO $a$ x; $b$ y; $$ ; $b$ $a$; SELECT 1", []string{"DO $a$ x; $b$ y; $$ ; $b$ $a$", "SELECT 1"}},
		{"begin atomic", "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 3", []string{"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END", "SELECT 3"}},

		{"bad between good", "SELECT 1; ALTER TABEL x; SELECT 2;", []string{"SELECT 1", "ALTER TABEL x", `!TABEL: syntax error at or near "TABEL"`, "SELECT 2"}},
		{"bad after multibyte", "SELECT '€€'; SELECT '€' fro t; SELECT 2;", []string{"SELECT '€€'", "SELECT '€' fro t", `!t: syntax error at or near "t"`, "SELECT 2"}},
		{"at end of input", "SELECT 1; SELECT 1 FROM -- x\n;", []string{"SELECT 1", "SELECT 1 FROM", `!FROM: syntax error at end of input`}},
		{"begin atomic beside an error", "FOO; CREATE OR REPLACE PROCEDURE f() BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 3", []string{"FOO", `!FOO: syntax error at or near "FOO"`, "CREATE OR REPLACE PROCEDURE f() BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END", "SELECT 3"}},
		{"rule beside an error", "FOO; CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2); SELECT 3", []string{"FOO", `!FOO: syntax error at or near "FOO"`, "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)", "SELECT 3"}},
		{"open parenthesis", "SELECT (1; SELECT 2", []string{"SELECT (1", "!1: syntax error at end of input", "SELECT 2"}},
		{"quotes beside an error", "FOO; SELECT 'a;''b', E'c\\';', $$;$$, \"d;\"\"e\", U&'f;', 1 -- ;\n/* ; /* ; */ ; */; SELECT 2", []string{"FOO", `!FOO: syntax error at or near "FOO"`, "SELECT 'a;''b', E'c\\';', $$;$$, \"d;\"\"e\", U&'f;', 1", "SELECT 2"}},
		{"continued string beside an error", "FOO; SELECT E'a' \n\t '\\';'; SELECT 2", []string{"FOO", `!FOO: syntax error at or near "FOO"`, "SELECT E'a' \n\t '\\';'", "SELECT 2"}},
		{"open string", "SELECT 1; SELECT 'a; SELECT 2;", []string{"SELECT 1", "SELECT 'a; SELECT 2;", `!'a; SELECT 2;: unterminated quoted string at or near "'a; SELECT 2;"`}},

		{"NUL", "SELECT 1;\x00 DROP TABLE x; SELECT 2", []string{"SELECT 1", "\x00 DROP TABLE x", "!\x00: NUL byte: the server refuses the text, some clients cut it here", "SELECT 2"}},
		{"NUL in a comment", "SELECT 1; -- \x00\n DROP TABLE x; SELECT 2", []string{"SELECT 1", "\x00\n DROP TABLE x", "!\x00: NUL byte: the server refuses the text, some clients cut it here", "SELECT 2"}},
		{"invalid UTF-8", "SELECT 1; SELECT 'a\xe4'; SELECT 2", []string{"SELECT 1", "SELECT 'a\xe4'", "!\xe4: invalid UTF-8: byte 0xe4", "SELECT 2"}},

		{"copy data", "COPY t FROM stdin;\n1\tit's\n;--\n\\.\nSELECT 1;", []string{"COPY t FROM stdin", "SELECT 1"}},
		{"copy data, options", "COPY public.t (a, b) FROM STDIN WITH (FORMAT csv);\r\n1,\"\r\n\\.\r\n\r\nSELECT 1;", []string{"COPY public.t (a, b) FROM STDIN WITH (FORMAT csv)", "SELECT 1"}},
		{"no copy data", "COPY t FROM stdin; SELECT '\n\\.\n'; SELECT 1;", []string{"COPY t FROM stdin", "SELECT '\n\\.\n'", "SELECT 1"}},
		{"psql commands", "\\set ON_ERROR_STOP on\n\\echo it's\nSELECT '\n\\x';\n\\restrict abc\nSELECT 2", []string{"SELECT '\n\\x'", "SELECT 2"}},
		{"psql send", "SELECT 1\n\\gset\nSELECT 2 \\; SELECT 3 \\g\n", []string{"SELECT 1", "SELECT 2", "SELECT 3"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			sec := section(c.text)
			var got []string
			for _, s := range Parse(sec) {
				if (s.Node == nil) != (s.Err != nil) {
					t.Errorf("%q: node %v, error %v", s.Raw(), s.Node, s.Err)
				}
				if string(s.Raw()) != cut(sec, s.Span) {
					t.Errorf("raw %q, span %q", s.Raw(), cut(sec, s.Span))
				}
				got = append(got, string(s.Raw()))
				if s.Err != nil {
					got = append(got, "!"+cut(sec, s.Err.Span)+": "+s.Err.Msg)
				}
			}
			if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// TestParseMapped: a text that a reader made of two literals of another language.
func TestParseMapped(t *testing.T) {
	src := `Exec("ALTER TABLE t ADD a int; SELECT \"x\"", " FROM y; SELECT 2")`
	text := `ALTER TABLE t ADD a int; SELECT "x" FROM y; SELECT 2`
	sec := &migration.Section{
		File: &migration.File{Src: []byte(src)}, Text: []byte(text),
		Map: migration.SourceMap{Segments: []migration.Segment{
			{Text: 0, File: 6, Len: 32}, {Text: 32, File: 39, Len: 2}, {Text: 34, File: 42, Len: 1}, {Text: 35, File: 47, Len: 17},
		}},
	}
	var got []string
	stmts := Parse(sec)
	for i := range stmts {
		got = append(got, cut(sec, stmts[i].Span))
	}
	want := []string{"ALTER TABLE t ADD a int", `SELECT \"x\"", " FROM y`, "SELECT 2"}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := cut(sec, stmts[0].Clause(0)); got != "ADD a int" {
		t.Errorf("clause %q", got)
	}
	if s, ok := stmts[1].Keyword("from"); !ok || cut(sec, s) != "FROM" {
		t.Errorf("keyword %q", cut(sec, s))
	}
	if s, ok := stmts[1].KeywordIn(stmts[1].Span, "from"); !ok || cut(sec, s) != "FROM" {
		t.Errorf("keyword %q", cut(sec, s))
	}
}

func TestAt(t *testing.T) {
	for _, prefix := range []string{"", "SELECT 'ä';\n", "FOO; ", "\xEF\xBB\xBF"} {
		sec := section(prefix + "SELECT a, \"b c\".d FROM t")
		stmts := Parse(sec)
		s := &stmts[len(stmts)-1]
		targets := s.Node.GetSelectStmt().TargetList
		for i, want := range []string{"a", `"b c"`} {
			ref := targets[i].GetResTarget().Val.GetColumnRef()
			if got := cut(sec, s.At(ref.Location)); got != want {
				t.Errorf("%q: got %q, want %q", prefix, got, want)
			}
		}
		for _, loc := range []int32{-1, 0, 1000} {
			if s.At(loc) != s.Span {
				t.Errorf("At(%d) is %v, want the statement", loc, s.At(loc))
			}
		}
	}
}

// TestLongMessage: the parser quotes what is never closed, to the end of the file.
func TestLongMessage(t *testing.T) {
	sec := section("SELECT 1; SELECT 'a\n" + strings.Repeat("€", 1000))
	s := Parse(sec)[1]
	if len(s.Err.Msg) > maxMessage+3 || !utf8.ValidString(s.Err.Msg) || cut(sec, s.Err.Span) != "'a" {
		t.Errorf("%q at %q", s.Err.Msg, cut(sec, s.Err.Span))
	}
}

// TestParallel: sections may be parsed at once.
func TestParallel(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 20 {
				stmts := Parse(section(mixed(10) + strings.Repeat("FOO;", i%2)))
				if len(stmts) != 10+i%2 {
					t.Errorf("%d statements", len(stmts))
				}
				Walk(stmts[0].Node, func(any) bool { return true })
			}
		})
	}
	wg.Wait()
}

func TestTooLarge(t *testing.T) {
	stmts := Parse(section(strings.Repeat("SELECT 1;", maxText/9+1)))
	if len(stmts) != 1 || stmts[0].Err == nil {
		t.Fatalf("%d statements", len(stmts))
	}
}

func TestWhatIsNoTextIsOneError(t *testing.T) {
	for name, c := range map[string]struct{ src, want string }{
		"UTF-16":        {"\xff\xfeS\x00E\x00L\x00;\x00S\x00E\x00L\x00", "this is UTF-16"},
		"big-endian":    {"\xfe\xff\x00S\x00E\x00L\x00;\x00S\x00;", "this is UTF-16"},
		"binary":        {"PGDMP\x01\x0e\x00\x04\x08\x01\x01\x00\x00\x00\x00\x02;;\x00\x00", "the file is binary"},
		"one NUL":       {"SELECT 1;\x00", "NUL byte"},
		"colour in SQL": {"SELECT '\x1b[31m'; SELEC", "syntax error"},
	} {
		sec := &migration.Section{File: &migration.File{Path: "a.sql", Src: []byte(c.src)}, Text: []byte(c.src)}
		var errs []string
		for _, s := range Parse(sec) {
			if s.Err != nil {
				errs = append(errs, s.Err.Msg)
			}
		}
		if len(errs) != 1 || !strings.Contains(errs[0], c.want) {
			t.Errorf("%s: %q, want one %q", name, errs, c.want)
		}
	}
}

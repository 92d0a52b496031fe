package report

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/safemig/safemig/internal/lint"
)

var update = flag.Bool("update", false, "write the golden files anew")

// locksOf runs plain migrations and gives what they lock.
func locksOf(t testing.TB, fsys fs.FS) *Locks {
	t.Helper()
	var l Locks
	r, err := lint.Run(context.Background(), lint.Options{FS: fsys, Tool: "plain", PG: 16, NoRules: true, Visit: l.Visit})
	if err != nil {
		t.Fatal(err)
	}
	l.PG = r.PG
	return &l
}

// oneFile is one migration of safemig's own layout.
func oneFile(sql string) fs.FS {
	return fstest.MapFS{"0001_a.sql": {Data: []byte(sql)}}
}

func written(t testing.TB, format string, l *Locks, style Style) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteLocks(&b, format, l, style); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// wellFormed reads a document as strict XML and counts its elements.
func wellFormed(t testing.TB, doc string) map[string]int {
	t.Helper()
	seen := map[string]int{}
	d := xml.NewDecoder(strings.NewReader(doc))
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return seen
		}
		if err != nil {
			t.Fatalf("not well-formed: %v\n%s", err, around(doc, int(d.InputOffset())))
		}
		if e, ok := tok.(xml.StartElement); ok {
			seen[e.Name.Local]++
		}
	}
}

func around(s string, at int) string { return s[max(0, at-200):min(len(s), at+100)] }

var drawnRE = regexp.MustCompile(`(?s)<svg .*?</svg>`)

// hostile has names that want to be more than text.
var hostile = fstest.MapFS{
	"0001_<b>&\"'\u202e\x1b[31m]]>.sql": {Data: []byte(`CREATE TABLE "t" (id int);`)},
	"0002_<script>.sql": {Data: []byte(`ALTER TABLE "</title></svg><script>alert(1)</script>" ADD COLUMN "<img src=x onerror=alert(1)>" text DEFAULT '--></style>';
ALTER TABLE "a&amp;<!--]]>" ALTER COLUMN "q""'q" SET NOT NULL;
ALTER TABLE "tab	and
newline` + "\x01\x1b[2J\u202e" + `" ADD COLUMN a int;
ALTER TABLE "顧客の注文テーブル顧客の注文テーブル顧客の注文テー" ALTER COLUMN "名前" SET NOT NULL;
ALTER TABLE "a_long_schema_name_that_nobody_should_use_but_some_do_all_the_same"."and_a_table_name_that_is_as_long_as_postgresql_takes_them_63_by" ALTER COLUMN id TYPE bigint;
CREATE UNIQUE INDEX CONCURRENTLY "<svg/onload=1>" ON "t" (id);
this <is> not & sql;
`)},
	"0003_" + strings.Repeat("long_", 40) + ".sql": {Data: []byte("ALTER TABLE t ALTER id TYPE text;\n" + strings.Repeat("\n", 1_200_000) + "SELECT 1;\n")},
}

func TestLocksSVGIsWellFormed(t *testing.T) {
	for _, fsys := range []fs.FS{hostile, os.DirFS("testdata/locks/shop"), os.DirFS("testdata/locks/steps"), oneFile("")} {
		seen := wellFormed(t, written(t, "svg", locksOf(t, fsys), Style{}))
		if seen["script"] != 0 || seen["img"] != 0 || seen["a"] != 0 || seen["svg"] != 1 {
			t.Errorf("text became elements: %v", seen)
		}
	}
}

func TestLocksHTMLHoldsHostileText(t *testing.T) {
	doc := written(t, "html", locksOf(t, hostile), Style{})
	for _, bad := range []string{"<b>&", "<img", "onerror=alert(1)>", "\x01", "\x1b", "\u202e", "http:", "https:", "@import", " src="} {
		if i := strings.Index(doc, bad); i >= 0 && !strings.Contains(around(doc, i), "&lt;img src=x") {
			t.Errorf("%q is in the page:\n%s", bad, around(doc, i))
		}
	}
	for element, want := range map[string]int{"<script": 1, "</script": 1, "<style": 1, "</style": 1, "<!--": 0} {
		if n := strings.Count(doc, element); n != want {
			t.Errorf("%d times %q, want %d", n, element, want)
		}
	}
	for _, ref := range regexp.MustCompile(`url\([^)]*\)`).FindAllString(doc, -1) {
		if !strings.HasPrefix(ref, "url(#h-") {
			t.Errorf("the page needs %s", ref)
		}
	}
	drawings := drawnRE.FindAllString(doc, -1)
	if len(drawings) < 4 {
		t.Fatalf("%d drawings", len(drawings))
	}
	for _, d := range drawings {
		wellFormed(t, d)
	}
}

func TestLocksTextFits(t *testing.T) {
	for _, width := range []int{0, 80, 93, 100, 140} {
		out := written(t, "text", locksOf(t, hostile), Style{Width: width})
		most := min(width, widest)
		if width == 0 {
			most = widest
		}
		for line := range strings.SplitSeq(out, "\n") {
			if n := cells(line); n > most {
				t.Errorf("at %d: %d columns: %q", width, n, line)
			}
			if strings.ContainsAny(line, "\x01\x1b\t\r\u202e") {
				t.Errorf("a terminal would obey %q", line)
			}
		}
	}
}

func TestLocksTextNamesAreWhole(t *testing.T) {
	out := written(t, "text", locksOf(t, hostile), Style{})
	for _, name := range []string{`public."顧客の注文テーブル顧客の注文テーブル顧客の"`, "1200002  SELECT 1"} {
		if !strings.Contains(out, name) {
			t.Errorf("%s is cut:\n%s", name, out)
		}
	}
}

// Golden files are without the style sheets and scripts, which are files of
// their own.
var embedded = regexp.MustCompile(`(?s)(<(?:style|script)>\n).*?(</)`)

func TestLocksGolden(t *testing.T) {
	for _, project := range []string{"shop", "steps"} {
		l := locksOf(t, os.DirFS(filepath.Join("testdata/locks", project)))
		for _, format := range []string{"html", "svg", "text"} {
			got := embedded.ReplaceAllString(written(t, format, l, Style{}), "$1$2")
			file := fmt.Sprintf("testdata/locks/%s.%s", project, format)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s differs; run go test ./internal/report -update, and look at it\n%s", file, firstDifference(got, string(want)))
			}
		}
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d\n got %s\nwant %s", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}

func FuzzLocksDrawings(f *testing.F) {
	f.Add("ALTER TABLE \"<&\x00\" ADD a int;", "0001_<.sql")
	f.Add("BEGIN; SAVEPOINT a; LOCK t; ROLLBACK TO a; COMMIT; VACUUM t", "1_\x1b.sql")
	f.Fuzz(func(t *testing.T, sql, name string) {
		name = "0001_" + strings.ReplaceAll(name, "/", "_") + ".sql"
		if !fs.ValidPath(name) || len(sql) > 4000 {
			t.Skip("no path of a file, or too long")
		}
		var l Locks
		_, err := lint.Run(context.Background(), lint.Options{FS: fstest.MapFS{name: {Data: []byte(sql)}}, Tool: "plain", NoRules: true, Visit: l.Visit})
		if err != nil {
			t.Skip(err)
		}
		wellFormed(t, written(t, "svg", &l, Style{}))
		for _, d := range drawnRE.FindAllString(written(t, "html", &l, Style{}), -1) {
			wellFormed(t, d)
		}
		for line := range strings.SplitSeq(written(t, "text", &l, Style{}), "\n") {
			if cells(line) > widest {
				t.Errorf("%d columns: %q", cells(line), line)
			}
		}
	})
}

package pgsql

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pganalyze/pg_query_go/v5/parser"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// TestTreeIsTheParsers reads every SQL text of the project both ways.
func TestTreeIsTheParsers(t *testing.T) {
	n := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".sql") && !strings.HasSuffix(path, ".txtar") {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		sameTree(t, string(src))
		for _, p := range pieces(src) {
			if sameTree(t, string(src[p.start:p.end])) {
				n++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d statements, %d by the protobuf", n, fallbacks)
	if n < 4000 || fallbacks > n/50 {
		t.Errorf("only %d statements, %d of them by the protobuf", n, fallbacks)
	}
}

var fallbacks int

// sameTree tells whether the text parses.
func sameTree(t *testing.T, text string) bool {
	t.Helper()
	if bytes.IndexByte([]byte(text), 0) >= 0 || tooComplex([]byte(text)) {
		return false
	}
	want, err := parseProtobuf(text)
	if err != nil {
		return false
	}
	json, err := parser.ParseToJSON(text)
	if err != nil {
		t.Fatalf("%v of\n%s", err, text)
	}
	got, err := readTree(json, text)
	if err != nil {
		fallbacks++
		if zero, minus := strings.Contains(text, "0"), strings.Contains(text, "-"); !zero && !minus {
			t.Fatalf("%v of\n%s\n%s", err, text, json)
		}
		return true
	}
	if !proto.Equal(got, want) {
		g, w := protojson.Format(got), protojson.Format(want)
		at := 0
		for at < min(len(g), len(w)) && g[at] == w[at] {
			at++
		}
		from := max(0, at-200)
		t.Fatalf("%.300s\ngot  … %.400s\nwant … %.400s", text, g[from:], w[from:])
	}
	return true
}

func FuzzTree(f *testing.F) {
	f.Add("SELECT 'a\x01\\b\"\u00e4', E'\\x41', U&'\\0041', 1.5, x'1f', $1")
	f.Add("CREATE TABLE \"a\nb\" (c int CHECK (c > 1) DEFAULT 0)")
	f.Fuzz(func(t *testing.T, text string) { sameTree(t, text) })
}

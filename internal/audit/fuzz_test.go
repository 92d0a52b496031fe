package audit

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// FuzzRead judges any text: it ends, and every finding has a rule, a page and a place.
func FuzzRead(f *testing.F) {
	files, _ := filepath.Glob("testdata/cases/*")
	for _, p := range files {
		b, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, r := range Rules() {
		page, _ := Page(r.ID)
		f.Add([]byte(page))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Read([]Input{{"log", func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }}}, ReadOptions{})
		if err != nil {
			return
		}
		for _, v := range r.Versions {
			for _, x := range v.Findings {
				if _, ok := FindRule(x.Rule); !ok || x.At.Line < 1 || x.Message == "" || x.Hint == "" {
					t.Fatalf("%+v", x)
				}
			}
		}
	})
}

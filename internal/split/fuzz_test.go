package split_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/split"
)

// FuzzMake: whatever a migration says, a plan is made or refused, nothing is
// planned over a file that is there, and no text is lost without being said.
func FuzzMake(f *testing.F) {
	for _, h := range hazards {
		f.Add(h.up, h.down)
	}
	f.Add("ALTER TABLE users ADD COLUMN a int CHECK (a > 0) REFERENCES other UNIQUE DEFAULT random() NOT NULL, ALTER n TYPE text USING n || 'x';", "")
	f.Add("BEGIN;\nALTER TABLE ONLY \"users\" ADD UNIQUE (\"email\"), ADD CHECK (n > 0) NO INHERIT; -- x\nCOMMIT;", "DROP TABLE IF EXISTS a, b;")
	f.Fuzz(func(t *testing.T, up, down string) {
		fsys := fstest.MapFS{"00001_a.sql": {Data: []byte("-- +goose Up\n" + strings.SplitAfter(schema, "code);")[0])},
			"00002_b.sql": {Data: []byte("-- +goose Up\n" + up + "\n-- +goose Down\n" + down)}}
		p, err := split.Make(context.Background(), split.Options{Lint: lint.Options{FS: fsys, Tool: "goose"}})
		if err != nil {
			if !strings.Contains(err.Error(), "would bring a finding") {
				t.Fatal(err)
			}
			return // refused whole
		}
		for _, c := range p.Changes {
			if was, ok := fsys[c.Path]; ok != (c.Was != nil) || ok && string(was.Data) != string(c.Was) {
				t.Errorf("%s: was %q", c.Path, c.Was)
			}
		}
	})
}

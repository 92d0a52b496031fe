package lint

import (
	"bytes"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/migration"
)

// linear are the tools whose files run once each, in one order, on every database:
// no branches, squashes, preconditions or templates that choose.
var linear = map[string]bool{
	"plain": true, "goose": true, "dbmate": true, "golang-migrate": true, "sqlx": true, "diesel": true, "refinery": true,
	"sql-migrate": true, "prisma": true, "drizzle": true, "node-pg-migrate": true, "postgres-migrations": true, "bun": true, "morph": true,
}

// otherCode are migrations that are programs, numbered as the others are.
var otherCode = regexp.MustCompile(`^[VvUu]?\d\S*\.(go|js|cjs|mjs|ts|java|kt|rs|py|rb|php|exs)$`)

// isSure tells whether the history is all that changes its schema: the effects may
// then say that a statement fails because something is there already, or no more.
func (h *History) isSure(t *tree, o *Options, ms []migration.Migration) bool {
	if !linear[h.Tool] || h.File != "" || h.given != nil || h.schema != "" || o.SchemaText != nil || len(h.unread) > 0 {
		return false
	}
	entries, _ := fs.ReadDir(t.sub(h.Dir), ".")
	for _, e := range entries {
		if otherCode.MatchString(e.Name()) {
			return false
		}
	}
	numbers := map[string]bool{}
	for i := range ms {
		m := &ms[i]
		if len(m.Errs) > 0 || m.Version == "" || numbers[m.Version] || chooses(m.File) || slices.ContainsFunc(m.Up, filled) {
			return false
		}
		numbers[m.Version] = true
	}
	return true
}

func filled(s migration.Section) bool { return len(s.Filled) > 0 }

// chooses tells whether a file has a template or psql's \if in it.
func chooses(f *migration.File) bool {
	return bytes.Contains(f.Src, []byte("{{")) || bytes.Contains(f.Src, []byte("<%")) ||
		strings.EqualFold(path.Ext(f.Path), ".sql") && bytes.Contains(f.Src, []byte("\\if"))
}

// doubt notes what may have changed the schema unseen: a statement that is not
// known, SQL under a condition, a function of the author's.
func doubt(c *catalog.Catalog, effects []effect.Effect) {
	for i := range effects {
		switch e := &effects[i]; {
		case e.In != nil && e.Change != nil, e.Op == effect.Unknown, e.Op == effect.Unparsed,
			e.Op == effect.Do && e.Object == "opaque", e.Op == effect.Call && e.Detail.Unknown == catalog.Yes:
			c.Doubt()
			return
		}
	}
}

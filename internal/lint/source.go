package lint

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/rules"
)

// Source is one directory of migrations, read once: what Judge judges is byte for
// byte what stands in Migrations.
type Source struct {
	History    *History
	Migrations []migration.Migration

	tree *tree
	opts Options
}

// Open finds and reads the one directory that the options speak of. Several are
// an error that names them.
func Open(o Options) (*Source, error) {
	t, err := newTree(&o)
	if err != nil {
		return nil, err
	}
	s := &Source{tree: t, opts: o}
	histories, err := (&finder{tree: t, opts: &s.opts, own: true}).find()
	if err != nil {
		return nil, err
	}
	if len(histories) != 1 {
		names := make([]string, len(histories))
		for i, h := range histories {
			names[i] = h.Name()
		}
		return nil, fmt.Errorf("%d directories of migrations: %s; name one of them", len(histories), strings.Join(names, ", "))
	}
	s.History = histories[0]
	if s.Migrations, err = s.History.migrations(t); err != nil {
		return nil, err
	}
	if err := unread(histories, nil); err != nil {
		return nil, err
	}
	s.History.given = s.Migrations
	return s, nil
}

// Judging says what of a Source is judged, and against what.
type Judging struct {
	PG      int
	Pending func(*migration.Migration) bool // what is judged
	Schema  []byte                          // SQL that makes what stands before the first of them; nil: the others are replayed
	Path    []string                        // the role's search_path; nil: public
	Visit   func(Visit)                     // as Options.Visit
}

// Judge runs the rules over the pending migrations.
func (s *Source) Judge(ctx context.Context, j Judging) (*Result, error) {
	o := s.opts
	o.Visit, o.SchemaText, o.PG = j.Visit, j.Schema, j.PG
	h := *s.History
	h.PG, h.pending, h.Wanted, h.path = j.PG, j.Pending, 0, j.Path
	h.wanted = func(string) bool { return true } // excluded files are run, too
	if h.schema == "" && j.Schema != nil {
		h.schema = "the server's schema"
	}
	runs, err := replay(ctx, s.tree, &o, []*History{&h}, 1, nil)
	if err != nil {
		return nil, err
	}
	r := runs[0].result([]*History{&h}, nil)
	r.Findings = slices.DeleteFunc(r.Findings, func(f rules.Finding) bool { return o.Config.excluded(f.File.Path) })
	return r, nil
}

// Answered is a finding that an author has answered for in the file.
type Answered struct {
	Finding rules.Finding
	Reason  string
}

// newTree gives the files of the options.
func newTree(o *Options) (*tree, error) {
	t := &tree{fsys: o.FS, dir: o.Dir, over: o.Overlay}
	if o.FS != nil {
		return t, nil
	}
	abs, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", o.Dir, err)
	}
	t.dir = abs
	return t, nil
}

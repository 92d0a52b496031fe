package runner

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
)

// item is one migration of the directory, or one in Go.
type item struct {
	m       *migration.Migration // nil for one in Go
	code    *GoMigration
	version string // what the ledger calls it
	name    string
	path    string
	tool    string
	raw     []byte // SHA-256 of the up part's bytes

	repeatable bool   // runs again when it has changed: flyway's R__
	never      string // why it is never run; "" for all others
	refused    string // what is wrong with the file; such a migration is not run
}

// source is all migrations, in order.
type source struct {
	lint  *lint.Source // nil where all are in Go
	items []*item
	dir   string
	tool  string
}

// read reads the migrations, once.
func (o *Options) read() (*source, error) {
	src := &source{}
	if o.FS != nil || o.Dir != "" || len(o.Go) == 0 {
		lo := lint.Options{FS: o.FS, Tool: o.Tool}
		if o.Dir != "" {
			lo.Paths = []string{o.Dir}
		}
		var err error
		if lo.Config, err = o.config(); err != nil {
			return nil, err
		}
		if src.lint, err = lint.Open(lo); err != nil {
			return nil, err
		}
		src.dir, src.tool = src.lint.History.Name(), src.lint.History.Tool
	}
	if src.lint != nil {
		for i := range src.lint.Migrations {
			src.items = append(src.items, newItem(&src.lint.Migrations[i], src.tool))
		}
	}
	return src, src.addCode(o.Go)
}

func (o *Options) config() (*lint.Config, error) {
	if o.FS != nil || o.Config == "-" {
		return nil, nil
	}
	file := o.Config
	if file == "" {
		var err error
		if file, err = lint.FindConfig("."); err != nil || file == "" {
			return nil, err
		}
	}
	return lint.ReadConfig(file, ".")
}

func newItem(m *migration.Migration, tool string) *item {
	it := &item{m: m, version: m.Version, name: m.Name, path: m.File.Path, tool: tool}
	base := path.Base(m.File.Path)
	if it.version == "" {
		it.version = strings.TrimSuffix(base, path.Ext(base))
		it.repeatable = tool == "flyway" && strings.HasPrefix(base, "R__")
		if tool == "flyway" && !it.repeatable {
			it.never = "safemig runs no callbacks"
		}
	}
	switch {
	case tool == "graphile-migrate" && m.Version == "current":
		it.never = "it is the draft that graphile-migrate commits later"
	case len(m.Up) == 0 && len(m.Errs) == 0 && tool != "golang-migrate":
		it.never = "it has no up part"
	}
	h := sha256.New()
	for i := range m.Up {
		if tool == "flyway" && m.Up[i].File != m.File {
			continue // a callback, which may change under migrations that were applied
		}
		h.Write(m.Up[i].Text)
		h.Write([]byte{0})
	}
	it.raw = h.Sum(nil)
	switch {
	case len(m.Errs) > 0:
		it.refused = m.Errs[0].Error()
		if m.Errs[0].Hint != "" {
			it.refused += "; " + m.Errs[0].Hint
		}
	default:
		it.refused = filledIn(m)
	}
	return it
}

// filledIn says where a tool would put something else in place of what stands in
// the file: safemig runs only what it has read and checked.
func filledIn(m *migration.Migration) string {
	for _, ss := range [][]migration.Section{m.Up, m.Down} {
		for i := range ss {
			s := ss[i].Templated()
			for _, o := range s.Opaque {
				return fmt.Sprintf("%s:%d: safemig has no SQL of %s and cannot run it: write it as SQL", o.File.Path, 1+bytes.Count(o.File.Src[:o.Span.Start], []byte("\n")), o.What)
			}
			for _, at := range s.Filled {
				f := s.Map.Span(at)
				if slices.ContainsFunc(pgsql.Comments(&s), func(c pgsql.Comment) bool { return c.Span.Start <= f.Start && f.End <= c.Span.End }) {
					continue
				}
				text := s.File.Src[f.Start:min(f.End, len(s.File.Src))]
				return fmt.Sprintf("%s:%d: %s stands for something that is not in the file, and safemig runs only what it has checked: write the value", s.File.Path,
					1+bytes.Count(s.File.Src[:f.Start], []byte("\n")), text)
			}
		}
	}
	return ""
}

// addCode puts the migrations in Go where their versions belong.
func (src *source) addCode(code []GoMigration) error {
	taken := map[string]string{}
	for _, it := range src.items {
		if it.never == "" {
			taken[it.version] = it.path
		}
	}
	for i := range code {
		g := &code[i]
		if g.Version == "" || g.Up == nil {
			return fmt.Errorf("the Go migration %q needs a version and a way up", g.Name)
		}
		if at, dup := taken[g.Version]; dup {
			return &StateError{Problems: []string{fmt.Sprintf("version %s of the Go migration %q is taken by %s", g.Version, g.Name, at)}}
		}
		taken[g.Version] = fmt.Sprintf("the Go migration %q", g.Name)
		it := &item{code: g, version: g.Version, name: g.Name, path: "Go migration " + strings.TrimSpace(g.Version+" "+g.Name), tool: "go"}
		at := slices.IndexFunc(src.items, func(o *item) bool { return o.repeatable || compareVersions(o.version, g.Version) > 0 })
		if at < 0 {
			at = len(src.items)
		}
		src.items = slices.Insert(src.items, at, it)
	}
	return nil
}

// compareVersions orders versions as numbers where both are, else as text.
func compareVersions(a, b string) int {
	if digits(a) && digits(b) {
		a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
		if len(a) != len(b) {
			return len(a) - len(b)
		}
	}
	return strings.Compare(a, b)
}

func digits(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// find gives the item of a version, as the user writes it: 3 is 0003.
func (src *source) find(version string) (*item, error) {
	var near *item
	for _, it := range src.items {
		if it.version == version {
			return it, nil
		}
		if compareVersions(it.version, version) == 0 {
			near = it
		}
	}
	if near != nil {
		return near, nil
	}
	where := src.dir
	if where == "" {
		where = "the Go migrations"
	}
	return nil, &StartError{Why: fmt.Sprintf("there is no migration %s in %s", version, where), Remedy: "safemig status lists them"}
}

// known is what a History is told of the migrations.
func (src *source) known() []Known {
	var out []Known
	for _, it := range src.items {
		if it.never == "" {
			out = append(out, it.known())
		}
	}
	return out
}

func (it *item) known() Known {
	k := Known{Version: it.version, Name: it.name, Path: it.path}
	if it.m != nil {
		k.Raw = it.m.File.Src
	}
	return k
}

// text is a statement as it stands in the file, and as pgsql.Statement.Normal.
type text struct {
	normal []byte
	sql    string
}

// normal gives the statements of the up part.
func (it *item) normal() []text {
	var out []text
	if it.m == nil {
		return nil
	}
	for i := range it.m.Up {
		stmts := pgsql.Parse(&it.m.Up[i])
		for j := range stmts {
			out = append(out, text{stmts[j].Normal(), string(stmts[j].Raw())})
		}
	}
	return out
}

// checksumSQL is SHA-256 over normal statements, each with a NUL behind it.
func checksumSQL(texts []text) []byte {
	h := sha256.New()
	for _, t := range texts {
		h.Write(t.normal)
		h.Write([]byte{0})
	}
	return h.Sum(nil)
}

// Package split writes one unsafe migration as the sequence of safe ones: what
// reads a table while others wait becomes NOT VALID and a later VALIDATE, indexes
// are built CONCURRENTLY in migrations of their own, values are filled in batches.
// It plans and renders; Plan.Write alone touches files.
package split

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/rules"
)

// Options says what to split.
type Options struct {
	Lint lint.Options

	// Pending tells whether a file's migration has been applied nowhere yet. What
	// has been applied is never changed.
	Pending func(path string) bool
}

// Change is what becomes of one file.
type Change struct {
	Path string
	Was  []byte // nil: the file is new
	Now  []byte // nil: the file goes
}

// Left is a finding that the plan does nothing about, and why.
type Left struct {
	Finding rules.Finding
	Why     string
}

// Sequence is one migration and the ones that take its place, by their files.
type Sequence struct {
	From  string
	To    []string // their up files; of Liquibase the same file
	Moved []string // the files of later migrations that got later versions, as they are called now
	Steps int

	paths     []string // of its changes
	movedFrom []string // what Moved was called
}

// Plan is what to write. It is for files as they were read.
type Plan struct {
	Sequences []Sequence
	Changes   []Change
	Left      []Left
	Applied   []rules.Finding // of migrations that are not pending
	Notes     []string        // what the author has to do besides
	dir       string
}

// Make plans the split of every pending migration that has findings which a
// sequence of migrations would not have. It writes nothing. The plan has been
// checked: what it writes brings no finding of severity error that was not there.
func Make(ctx context.Context, o Options) (*Plan, error) {
	o.Lint.Visit, o.Lint.VisitAll = nil, false
	before, err := lint.Run(ctx, o.Lint)
	if err != nil {
		return nil, err
	}
	c := newCollector(before.Findings)
	again := o.Lint
	again.Visit, again.VisitAll, again.NoRules = c.visit, true, true
	if _, err := lint.Run(ctx, again); err != nil {
		return nil, err
	}
	p := &Plan{dir: o.Lint.Dir}
	for _, w := range c.works {
		p.add(o, c, w)
	}
	for len(p.Changes) > 0 {
		bad, err := p.check(ctx, o, before.Findings)
		if err != nil || bad == nil {
			return p, err
		}
		if !p.drop(bad, c) {
			return nil, fmt.Errorf("split: %s: the sequence would bring a finding that was not there: %s [%s]: nothing was written",
				bad.File.Path, bad.Message, bad.Rule.ID)
		}
	}
	return p, nil
}

// drop takes a sequence out of the plan that has a finding of its own. It fails
// where others share a file with it.
func (p *Plan) drop(bad *rules.Finding, c *collector) bool {
	i := slices.IndexFunc(p.Sequences, func(s Sequence) bool { return slices.Contains(s.paths, bad.File.Path) })
	if i < 0 {
		return false
	}
	s := p.Sequences[i]
	for j, o := range p.Sequences {
		if j != i && slices.ContainsFunc(o.paths, func(path string) bool { return slices.Contains(s.paths, path) }) {
			return false
		}
	}
	p.Sequences = slices.Delete(p.Sequences, i, i+1)
	p.Changes = slices.DeleteFunc(p.Changes, func(ch Change) bool { return slices.Contains(s.paths, ch.Path) })
	for _, w := range c.works {
		if w.m.File.Path == s.From {
			for _, f := range c.of(w) {
				p.Left = append(p.Left, Left{f, "the sequence that safemig would write is reported itself: " + bad.Message + " [" + bad.Rule.ID + "]"})
			}
		}
	}
	return true
}

// add plans one migration.
func (p *Plan) add(o Options, c *collector, w *work) {
	leave := func(why string) {
		for _, f := range c.of(w) {
			p.Left = append(p.Left, Left{f, why})
		}
	}
	file := w.m.File
	switch {
	case w.hazards == 0:
		return
	case o.Pending != nil && !o.Pending(file.Path):
		p.Applied = append(p.Applied, c.of(w)...)
		return
	case w.why != "":
		leave(w.why)
		return
	case slices.ContainsFunc(p.Sequences, func(s Sequence) bool { return slices.Contains(s.movedFrom, file.Path) }):
		leave("its version is taken by the split of an earlier migration: run again")
		return
	}
	if !slices.ContainsFunc(w.units, func(u *unit) bool { return u.steps != nil || u.cut || u.alone }) {
		p.Left = append(p.Left, w.left...)
		return
	}
	steps := w.steps()
	o.Lint.Overlay = p.over(o)
	l, why := layoutOf(o, w)
	if why == "" {
		why = l.refuses(steps)
	}
	var changes []Change
	var names []string
	if why == "" {
		changes, names, why = l.lay(steps)
	}
	if why != "" {
		leave(why)
		return
	}
	for _, ch := range changes {
		if i := slices.IndexFunc(p.Changes, func(x Change) bool { return x.Path == ch.Path }); i >= 0 {
			if ch.Was == nil && p.Changes[i].Was == nil {
				leave(ch.Path + " is taken by the split of an earlier migration: run again when that is applied")
				return
			}
			ch.Was = p.Changes[i].Was // sqitch.plan
			p.Changes = slices.Delete(p.Changes, i, i+1)
		}
		p.Changes = append(p.Changes, ch)
	}
	s := Sequence{From: file.Path, To: names, Steps: len(steps)}
	for _, m := range l.moves {
		s.Moved = slices.AppendSeq(s.Moved, maps.Keys(m.files))
		s.movedFrom = slices.AppendSeq(s.movedFrom, maps.Values(m.files))
	}
	slices.Sort(s.Moved)
	for _, ch := range changes {
		s.paths = append(s.paths, ch.Path)
	}
	p.Sequences = append(p.Sequences, s)
	p.Left = append(p.Left, w.left...)
	for _, n := range append(w.notes, l.note()) {
		if n != "" && !slices.Contains(p.Notes, n) {
			p.Notes = append(p.Notes, n)
		}
	}
}

// over is the files as the plan so far would have them.
func (p *Plan) over(o Options) map[string][]byte {
	out := map[string][]byte{}
	maps.Copy(out, o.Lint.Overlay)
	for _, ch := range p.Changes {
		out[ch.Path] = ch.Now
	}
	return out
}

// check lints what the plan writes, and gives the first finding of severity error
// in it that the original does not have; nil where there is none.
func (p *Plan) check(ctx context.Context, o Options, before []rules.Finding) (*rules.Finding, error) {
	after := o.Lint
	after.Overlay = p.over(o)
	written := map[string]bool{}
	for _, ch := range p.Changes {
		written[ch.Path] = true
	}
	after.Only = nil
	after.Paths = nil
	for _, s := range p.Sequences {
		after.Paths = append(after.Paths, s.To...)
	}
	r, err := lint.Run(ctx, after)
	if err != nil {
		return nil, fmt.Errorf("check the sequence: %w", err)
	}
	had := map[string]int{}
	for i := range before {
		had[before[i].Rule.ID]++
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		if !written[f.File.Path] || f.Severity < rules.Error || f.Direction == "down" {
			continue
		}
		if had[f.Rule.ID]--; had[f.Rule.ID] < 0 {
			return f, nil
		}
	}
	return nil, nil
}

// migrationsOf reads the directory of a history again, for its versions.
func migrationsOf(o Options, h *lint.History) ([]migration.Migration, error) {
	format, ok := migration.FormatByName(h.Tool)
	if !ok {
		return nil, fmt.Errorf("no migration tool %s", h.Tool)
	}
	return format.Read(dirFS(o.Lint, h.Dir))
}

func dirFS(o lint.Options, dir string) fs.FS {
	if o.FS == nil {
		return os.DirFS(native(o.Dir, dir))
	}
	if sub, err := fs.Sub(o.FS, dir); err == nil {
		return sub
	}
	return o.FS
}

func native(base, p string) string {
	if filepath.IsAbs(filepath.FromSlash(p)) {
		return filepath.FromSlash(p)
	}
	return filepath.Join(base, filepath.FromSlash(p))
}

// exists tells whether a file is there; a plan never writes over one that it
// does not know.
func exists(o Options, p string) bool {
	if _, ok := o.Lint.Overlay[p]; ok {
		return true
	}
	if o.Lint.FS != nil {
		_, err := fs.Stat(o.Lint.FS, p)
		return err == nil
	}
	_, err := os.Lstat(native(o.Lint.Dir, p))
	return err == nil
}

func readFile(o Options, p string) ([]byte, error) {
	if src, ok := o.Lint.Overlay[p]; ok {
		return src, nil
	}
	if o.Lint.FS != nil {
		return fs.ReadFile(o.Lint.FS, path.Clean(p))
	}
	return os.ReadFile(native(o.Lint.Dir, p))
}

// list joins SQL identifiers.
func list(names []string) string { return strings.Join(names, ", ") }

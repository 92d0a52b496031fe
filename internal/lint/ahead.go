package lint

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"runtime"
	"unicode/utf8"

	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
)

// job is one migration, read and parsed ahead of the replay.
type job struct {
	h        *History
	m        *migration.Migration
	n        int    // position in its history, from 1
	schema   []part // with the first job of a history: what it starts from
	up, down []part
	before   *migration.Migration   // the last one that was there before this one came, where that is later
	wanted   bool                   // of the migration: any of its files is reported
	later    []*migration.Migration // of the history, behind this one
	all      []*migration.Migration // with the last job of a history: all that were read
	err      error
	bug      *Bug
	done     chan struct{}
	release  func()
}

// part is one section with its statements.
type part struct {
	sec    *migration.Section
	stmts  []pgsql.Statement
	wanted bool
}

// Text in flight is counted in chunks: a tree is some 60 times as large as its
// text, so that 1 MB of text ahead costs 60 MB.
const (
	chunk  = 32 << 10
	chunks = 32
)

// readAhead reads and parses a history on other goroutines and gives its
// migrations in order. The first error is the last job. Of shards that do the
// same at once each has its share of workers and memory.
func readAhead(ctx context.Context, t *tree, o *Options, h *History, shards int) <-chan *job {
	chunks := chunks / shards
	out := make(chan *job, chunks)
	work := make(chan *job)
	budget := make(chan struct{}, chunks)
	for range max(1, runtime.GOMAXPROCS(0)/shards) {
		go func() {
			for j := range work {
				j.parse()
			}
		}()
	}
	go func() {
		defer close(out)
		defer close(work)
		jobs, err := h.read(t, o)
		if err != nil {
			jobs = []*job{{err: err}}
		}
		for _, j := range jobs {
			n := min(1+j.size()/chunk, chunks)
			j.done = make(chan struct{})
			j.release = func() {
				for range n {
					<-budget
				}
			}
			for range n {
				select {
				case budget <- struct{}{}:
				case <-ctx.Done():
					return
				}
			}
			select {
			case out <- j:
			case <-ctx.Done():
				return
			}
			select {
			case work <- j:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// forget drops the trees. The history's other jobs are still to come: all of them
// together would be many times as large as the files.
func (j *job) forget() {
	for _, ps := range [][]part{j.schema, j.up, j.down} {
		for i := range ps {
			ps[i].stmts = nil
		}
	}
}

func (j *job) size() int {
	n := 0
	for _, ps := range [][]part{j.schema, j.up, j.down} {
		for _, p := range ps {
			n += len(p.sec.Text)
		}
	}
	return n
}

// parse fills in the statements. A panic is kept for the replay to meet, on the
// goroutine of Run's caller.
func (j *job) parse() {
	defer close(j.done)
	defer func() {
		if p := recover(); p != nil {
			j.bug = caught(p, j.m.File.Path)
		}
	}()
	if j.m == nil {
		return
	}
	for _, ps := range [][]part{j.schema, j.up, j.down} {
		for i := range ps {
			ps[i].stmts = pgsql.Parse(ps[i].sec)
		}
	}
}

// read gives a job for each migration of the history, as far as any is wanted.
func (h *History) read(t *tree, o *Options) ([]*job, error) {
	ms, err := h.migrations(t)
	if err != nil {
		return nil, err
	}
	if h.given == nil {
		fillIn(ms)
	}
	h.sure = h.isSure(t, o, ms)
	var jobs []*job
	all := make([]*migration.Migration, len(ms))
	last := 0
	for i := range ms {
		m := &ms[i]
		all[i] = m
		if m.File.Path == h.schema {
			continue
		}
		j := &job{h: h, m: m, n: i + 1, later: all[i+1:]}
		after := h.after == "" || afterVersion(m.Version, h.after)
		if h.pending != nil {
			after = h.pending(m)
			if !after && o.SchemaText != nil {
				continue // the schema has what it did
			}
		}
		j.wanted = after && h.wanted(m.File.Path)
		for i := range m.Up {
			s := &m.Up[i]
			wanted := after && (h.wanted(s.File.Path) || s.Run.Continues && h.wanted(m.File.Path))
			j.up = append(j.up, part{sec: s, wanted: wanted})
			j.wanted = j.wanted || wanted
		}
		for i := range m.Down { // what nobody asks about leaves no trace: no need to read it
			if s := &m.Down[i]; after && (h.wanted(s.File.Path) || s.Run.Continues && h.wanted(m.File.Path)) {
				j.down = append(j.down, part{sec: s, wanted: true})
				j.wanted = true
			}
		}
		jobs = append(jobs, j)
		if j.wanted {
			h.Wanted++
			last = len(jobs)
		}
	}
	if jobs = jobs[:last]; last == 0 {
		return nil, nil
	}
	h.outOfOrder(jobs, o.Added)
	jobs[last-1].all = all[:jobs[last-1].n]
	schema, err := h.schemaSection(t, o)
	if err != nil {
		return nil, err
	}
	if schema != nil {
		jobs[0].schema = []part{{sec: schema}}
	}
	return jobs, nil
}

// fillIn gets placeholders out of the way that are not the tool's own.
func fillIn(ms []migration.Migration) {
	for i := range ms {
		for _, ss := range [][]migration.Section{ms[i].Up, ms[i].Down} {
			for j := range ss {
				ss[j] = ss[j].Templated()
			}
		}
	}
}

// outOfOrder finds the new migrations that come before one that was there already,
// where the tool minds.
func (h *History) outOfOrder(jobs []*job, added func(string) bool) {
	if added == nil || h.format.Late == "" {
		return
	}
	var newest *migration.Migration
	for i := len(jobs) - 1; i >= 0; i-- {
		switch m := jobs[i].m; {
		case m.Version == "":
		case !added(m.File.Path):
			if newest == nil {
				newest = m
			}
		case newest != nil:
			jobs[i].before = newest
		}
	}
}

// migrations reads the files and gives them the paths that the user is shown.
func (h *History) migrations(t *tree) ([]migration.Migration, error) {
	if h.given != nil {
		return h.given, nil
	}
	if h.File != "" {
		m := h.format.ReadFile(&migration.File{Path: h.File, Src: h.src})
		if h.format.Include != nil {
			h.format.Include(t.sub("."), &m)
		}
		return []migration.Migration{m}, nil
	}
	from := &lenient{t.sub(h.Dir).(*rooted), map[string]error{}}
	ms, err := h.format.Read(from)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", h.Dir, err)
	}
	ms = h.take(from, ms)
	seen := map[*migration.File]bool{nil: true}
	show := func(f *migration.File) {
		if !seen[f] {
			seen[f] = true
			f.Path = path.Join(h.Dir, f.Path)
		}
	}
	for i := range ms {
		m := &ms[i]
		show(m.File)
		for _, ss := range [][]migration.Section{m.Up, m.Down} {
			for j := range ss {
				show(ss[j].File)
			}
		}
		for _, e := range m.Errs {
			show(e.File)
		}
	}
	return ms, nil
}

// schemaSection is the SQL that the history starts from; nil for none.
func (h *History) schemaSection(t *tree, o *Options) (*migration.Section, error) {
	src := o.SchemaText
	if src == nil && h.schema != "" {
		var err error
		if src, err = t.read(h.schema); err != nil {
			return nil, fmt.Errorf("schema %s: %w", h.schema, cause(err))
		}
	}
	if src == nil {
		return nil, nil
	}
	if at := bytes.IndexByte(src, 0); at >= 0 || !utf8.Valid(src) { // a custom-format dump, above all
		return nil, fmt.Errorf("schema %s: not SQL in UTF-8; make a plain dump: pg_dump --schema-only", h.schema)
	}
	f := &migration.File{Path: h.schema, Src: src}
	return &migration.Section{File: f, Text: src}, nil
}

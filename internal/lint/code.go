package lint

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
	"github.com/safemig/safemig/rules"
)

// Code is SQL of the application: what a program sends, or sqlc's queries. What
// of it does not parse is left alone.
type Code struct {
	Section migration.Section
	Ignores bool // comments in it take findings out, as they do in migrations
}

// code is the application's SQL beside the histories, which know nothing of
// each other: a name that one of them drops may be another database's.
type code struct{ parts []Code }

func readCode(parts []Code) *code {
	if len(parts) == 0 {
		return nil
	}
	return &code{parts}
}

func (c *code) reader() *codeReader {
	if c == nil {
		return nil
	}
	return &codeReader{code: c}
}

// codeReader holds the code against the histories of one goroutine.
type codeReader struct {
	code  *code
	stmts []codeStatement // parsed when the first name goes
	hits  map[hitKey]hit  // of the history under way
	gone  []hit           // of all histories
	alive []aliveNames
}

type codeStatement struct {
	pgsql.Statement
	lower []byte // the text in small letters
}

// hitKey is one place in the code.
type hitKey struct {
	file *migration.File
	span migration.Span
	name string
}

// hit is a name in the code that a migration takes away.
type hit struct {
	use     effect.Use
	file    *migration.File
	history *History
	drop    effect.Effect
	at      *migration.File // where it goes
	stmt    migration.Span
	version string
}

// aliveNames are the columns that a history ends with, by table.
type aliveNames struct {
	history *History
	columns map[catalog.Name]*catalog.Relation
}

// meet is called for each statement, with the catalog as it was before.
func (c *codeReader) meet(r *run, j *job, s *pgsql.Statement, effects []effect.Effect) {
	if c == nil {
		return
	}
	for i := range effects {
		e := &effects[i]
		name := e.Column
		switch e.Op {
		case effect.DropColumn, effect.RenameColumn:
		case effect.DropTable, effect.DropView, effect.DropMatView, effect.RenameTable:
			name = e.Target.Name
		default:
			continue
		}
		if !e.NoOp && name != "" {
			c.search(r, j, s, e, strings.ToLower(name))
		}
	}
}

// search finds the statements of the code that name what an effect takes away.
func (c *codeReader) search(r *run, j *job, s *pgsql.Statement, e *effect.Effect, name string) {
	if c.stmts == nil {
		c.parse()
	}
	column := ""
	if e.Op == effect.DropColumn || e.Op == effect.RenameColumn {
		column = e.Column
	}
	for i := range c.stmts {
		cs := &c.stmts[i]
		if !bytes.Contains(cs.lower, []byte(name)) {
			continue
		}
		for _, u := range effect.Uses(&cs.Statement, r.cat, r.h.PG) {
			if u.Target == e.Target && u.Column == column {
				if c.hits == nil {
					c.hits = map[hitKey]hit{}
				}
				c.hits[hitKey{cs.Section.File, u.Span, u.Target.String() + "." + u.Column}] = hit{use: u, file: cs.Section.File,
					history: r.h, drop: *e, at: s.Section.File, stmt: s.Span, version: j.m.Version}
			}
		}
	}
}

// parse reads the code. What does not parse is read again without the
// placeholders of libraries.
func (c *codeReader) parse() {
	c.stmts = []codeStatement{}
	for i := range c.code.parts {
		sec := c.code.parts[i].Section
		sec.Text = maskParameters(sec.Text, atNames)
		stmts := pgsql.Parse(&sec)
		if slices.ContainsFunc(stmts, func(s pgsql.Statement) bool { return s.Err != nil }) {
			sec.Text = maskParameters(sec.Text, parameters)
			stmts = pgsql.Parse(&sec)
		}
		for _, s := range stmts {
			if s.Err == nil {
				c.stmts = append(c.stmts, codeStatement{s, bytes.ToLower(s.Raw())})
			}
		}
	}
}

// end is called after the last migration of a history.
func (c *codeReader) end(r *run) {
	if c == nil {
		return
	}
	names := aliveNames{r.h, map[catalog.Name]*catalog.Relation{}}
	for _, rel := range r.cat.Relations() {
		copied := *rel
		names.columns[rel.Name] = &copied
	}
	c.alive = append(c.alive, names)
	for _, h := range c.hits {
		if !names.has(h.use) {
			c.gone = append(c.gone, h)
		}
	}
	c.hits = nil
}

// has tells whether the history ends with what the code names. A relation that
// no migration created is there for certain, its columns are not.
func (a aliveNames) has(u effect.Use) bool {
	rel := a.columns[u.Target]
	if rel == nil || u.Column == "" {
		return rel != nil
	}
	_, ok := rel.Column(u.Column)
	return ok
}

// report makes findings of what all readers found, in the code and, where a rule
// reported the drop, there.
func (c *code) report(to *run, runs []*run) {
	if c == nil {
		return
	}
	var gone []hit
	var alive []aliveNames
	for _, r := range runs {
		gone = append(gone, r.uses.gone...)
		alive = append(alive, r.uses.alive...)
	}
	gone = slices.DeleteFunc(gone, func(h hit) bool { // the table of another database, perhaps
		return slices.ContainsFunc(alive, func(a aliveNames) bool { return a.history != h.history && a.has(h.use) })
	})
	slices.SortStableFunc(gone, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.file.Path, b.file.Path), cmp.Compare(a.use.Span.Start, b.use.Span.Start), cmp.Compare(a.use.Column, b.use.Column))
	})
	for i := range gone {
		to.report(gone[i].finding())
	}
	for _, r := range runs {
		for i := range r.out.Findings {
			tellUses(&r.out.Findings[i], gone)
		}
	}
	c.ignores(to)
}

// ignores reads the comments of the code that answers for itself.
func (c *code) ignores(r *run) {
	for i := range c.parts {
		if p := &c.parts[i]; p.Ignores && mayIgnore(p.Section.Text) {
			r.ign.read(&job{m: &migration.Migration{}}, part{sec: &p.Section, stmts: pgsql.Parse(&p.Section)}, false)
		}
	}
}

// verb says what the migration does to the name.
func (h *hit) verb() string {
	if h.drop.Op == effect.RenameColumn || h.drop.Op == effect.RenameTable {
		return "renames to " + catalog.Quote(h.drop.Detail.Name)
	}
	return "drops"
}

func (h *hit) finding() rules.Finding {
	what := "table " + h.use.Target.String()
	if h.use.Column != "" {
		what = fmt.Sprintf("column %s of %s", catalog.Quote(h.use.Column), h.use.Target)
	}
	return rules.Finding{Rule: rules.DroppedNameInUse, Severity: rules.DroppedNameInUse.Severity, File: h.file, Span: h.use.Span,
		Migration: h.version, Direction: "up", Relation: h.use.Target.String(),
		Message:     fmt.Sprintf("this names the %s, which %s %s", what, place(h.at, h.drop.Span), h.verb()),
		Consequence: "the query fails from that migration's commit on",
		Hint:        "first deploy code that does not name it, then run the migration"}
}

// place is path and line.
func place(f *migration.File, s migration.Span) string {
	return fmt.Sprintf("%s:%d", f.Path, 1+bytes.Count(f.Src[:min(s.Start, len(f.Src))], []byte("\n")))
}

// tellUses adds to the finding about a drop where the code still names it.
func tellUses(f *rules.Finding, gone []hit) {
	var reads, writes []string
	for i := range gone {
		h := &gone[i]
		if h.at != f.File || h.stmt != f.Statement || !f.Span.Contains(h.drop.Span.Start) && f.Span != h.drop.Span ||
			!slices.Contains([]*rules.Rule{rules.DropColumn, rules.DropTable, rules.RenameColumn, rules.RenameTable}, f.Rule) {
			continue
		}
		at := place(h.file, h.use.Span)
		if h.use.Write && !slices.Contains(writes, at) {
			writes = append(writes, at)
		} else if !h.use.Write && !slices.Contains(reads, at) {
			reads = append(reads, at)
		}
	}
	for _, kind := range []struct {
		word  string
		where []string
	}{{"read", reads}, {"written", writes}} {
		if n := len(kind.where); n > 3 {
			kind.where = append(kind.where[:3:3], fmt.Sprintf("%d further places", n-3))
		}
		if len(kind.where) > 0 {
			f.Message += fmt.Sprintf("; still %s at %s", kind.word, strings.Join(kind.where, ", "))
		}
	}
}

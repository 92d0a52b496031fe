package split

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
	"github.com/safemig/safemig/rules"
)

// place is where a finding stands.
type place struct {
	path  string
	start int
}

// collector makes works of the statements of a run.
type collector struct {
	findings map[place][]rules.Finding
	works    []*work
	by       map[workKey]*work
	past     map[*lint.History]*past
}

// past is what the catalog does not keep of the statements so far.
type past struct {
	indexes  map[catalog.Name]string // CREATE INDEX as written
	comments map[column]string       // COMMENT ON COLUMN
	settings map[column]bool         // columns with statistics targets, storage, compression, options
	apart    map[catalog.OID]string  // tables of which columns are named by what the catalog does not keep
	distinct bool                    // NULLS NOT DISTINCT is somewhere
}

type column struct {
	table catalog.OID
	name  string
}

func newCollector(findings []rules.Finding) *collector {
	c := &collector{findings: map[place][]rules.Finding{}, by: map[workKey]*work{}, past: map[*lint.History]*past{}}
	for _, f := range findings {
		if f.Direction == "up" {
			at := place{f.File.Path, f.Span.Start}
			c.findings[at] = append(c.findings[at], f)
		}
	}
	return c
}

// of gives the findings of a work that a split is for.
func (c *collector) of(w *work) []rules.Finding {
	var out []rules.Finding
	for _, fs := range c.findings {
		for _, f := range fs {
			if f.File.Path == w.m.File.Path && splits[f.Rule.ID] && w.sec != nil && w.within(f.Span.Start) {
				out = append(out, f)
			}
		}
	}
	slices.SortFunc(out, func(a, b rules.Finding) int { return a.Span.Start - b.Span.Start })
	return out
}

// splits are the rules whose findings a sequence does not have.
var splits = map[string]bool{
	"set-not-null": true, "fk-validated-at-once": true, "check-validated-at-once": true,
	"unique-builds-index": true, "primary-key-builds-index": true, "primary-key-scans-nullable": true,
	"index-not-concurrent": true, "drop-index-not-concurrent": true,
	"alter-column-type": true, "add-column-volatile-default": true, "add-column-serial": true,
	"add-column-check": true, "add-column-fk-validated-at-once": true,
	"validate-with-lock-held": true, "concurrently-in-transaction": true, "concurrently-with-others": true,
	"work-while-locked": true, "enum-value-used-in-same-transaction": true,
}

// work is one migration.
type work struct {
	h       *lint.History
	m       *migration.Migration
	sec     *migration.Section // its up section
	past    *past
	units   []*unit
	preface []string // settings, which every transaction repeats
	downs   []downPiece
	end     int // of the text that units have
	hazards int
	why     string // why it cannot be split
	left    []Left
	notes   []string
	nl      string
}

// unit is one statement of the up section.
type unit struct {
	text   string // with the comments before it
	steps  []step // instead of text; nil: as it is
	cut    bool   // not in one transaction with what stands before it
	alone  bool   // outside of any transaction
	tables []catalog.OID
	keys   []string
	own    []string // those of keys that steps take back
	does   string
}

// step is one transaction of the sequence.
type step struct {
	does   string // for the name of its file
	up     []string
	down   []string
	alone  bool // up and down are one statement each, outside of any transaction
	tables []catalog.OID
	keys   []string // of statements that stand here as they were written
	stage  stage
}

// stage tells which steps of neighbours may be one.
type stage int

const (
	anyStage stage = iota
	notValidStage
	validateStage
)

func (w *work) fail(why string) {
	if w.why == "" {
		w.why = why
	}
}

func (c *collector) visit(v lint.Visit) {
	p := c.past[v.History]
	if p == nil {
		p = &past{indexes: map[catalog.Name]string{}, comments: map[column]string{}, settings: map[column]bool{}, apart: map[catalog.OID]string{}}
		c.past[v.History] = p
	}
	if v.Migration != nil && !v.Before {
		w := c.work(v, p)
		if v.Down {
			w.down(v)
		} else {
			w.statement(c, v)
		}
	}
	if !v.Down {
		p.remember(v)
	}
}

// remember keeps the text of what may have to be made again for a new column.
func (p *past) remember(v lint.Visit) {
	s := v.Stmt
	text := s.OneLine(s.Span)
	for _, e := range v.Effects {
		at := column{e.OID, e.Column}
		switch e.Op {
		case effect.CreateIndex:
			p.indexes[catalog.Name{Schema: e.Target.Schema, Name: e.Object}] = text
		case effect.Comment:
			if e.Column != "" {
				p.comments[at] = text
			}
		case effect.SetStatistics, effect.SetStorage, effect.SetCompression, effect.SetColumnOptions:
			p.settings[at] = true
		case effect.Grant, effect.Revoke:
			if on, ok := s.Keyword("ON"); ok && strings.Contains(text[:min(len(text), on.Start-s.Span.Start)], "(") {
				p.apart[e.OID] = "privileges"
			}
		case effect.CreateStatistics:
			p.apart[e.OID] = "extended statistics"
		}
	}
	if _, ok := s.Keyword("NULLS", "NOT", "DISTINCT"); ok {
		p.distinct = true
	}
}

// workKey tells works apart: a migration, of Liquibase a changeset by its place.
type workKey struct {
	m  *migration.Migration
	at int
}

// within tells whether an offset of the file is in the work's section.
func (w *work) within(off int) bool {
	start := w.sec.Map.Offset(0)
	return start <= off && off <= start+len(w.sec.Text)
}

func (c *collector) work(v lint.Visit, p *past) *work {
	key := workKey{m: v.Migration}
	changeset := v.History.Tool == "liquibase"
	if changeset {
		key.at = v.Stmt.Section.Map.Base
	}
	w := c.by[key]
	if w == nil {
		w = &work{h: v.History, m: v.Migration, past: p, nl: "\n"}
		c.by[key] = w
		c.works = append(c.works, w)
		if !v.Down {
			w.sec = v.Stmt.Section
		}
		switch {
		case w.sec == nil:
			w.fail("it has no way up")
		case v.History.File != "":
			w.fail("the file was read alone: name its directory, so that its place in the order is known")
		case len(v.Migration.Up) != 1 && !changeset:
			w.fail("its file has several migrations")
		case len(w.sec.Map.Segments) > 0 || path.Ext(w.sec.File.Path) != ".sql":
			w.fail("its SQL stands in another language")
		case v.History.Tool == "goose" && strings.Contains(string(w.sec.File.Src), "+goose ENVSUB"):
			w.fail("goose puts variables into it")
		}
		if w.sec != nil {
			w.end = w.sec.Map.Offset(0)
			if strings.Contains(string(w.sec.File.Src), "\r\n") {
				w.nl = "\r\n"
			}
		}
	}
	return w
}

// markLine are comments that speak to the tool; the layout writes them anew.
var markLine = regexp.MustCompile(`(?i)^\s*(--\s*(\+goose|\+migrate|migrate:|no-transaction|safemig:no-transaction|morph:|atlas:txmode|liquibase formatted|changeset|!|bun:split|postgres-migrations disable)|---- (tern:|create above))`)

// doesTransactions matches statements that may COMMIT where no transaction is open.
var doesTransactions = regexp.MustCompile(`(?i)^(DO|CALL)\b`)

// rollbackLine is a way down that Liquibase has in a comment.
var rollbackLine = regexp.MustCompile(`(?i)^\s*--\s*rollback\b`)

// marks tells whether a line speaks to the tool.
func (w *work) marks(line string) bool {
	return markLine.MatchString(line) || w.h.Tool == "liquibase" && rollbackLine.MatchString(line)
}

// statement takes one statement of the up section.
func (w *work) statement(c *collector, v lint.Visit) {
	s := v.Stmt
	src := s.Section.File.Src
	if w.why != "" {
		w.hazards += len(c.here(s.Span, w.m.File.Path))
		return
	}
	if s.Err != nil {
		w.fail("a statement of it does not parse")
		return
	}
	lead := w.lead(string(src[min(w.end, s.Span.Start):s.Span.Start]))
	w.end = s.Span.End
	switch s.TxControl().Op {
	case pgsql.TxOpNone:
	case pgsql.TxOpBegin, pgsql.TxOpCommit:
		if lead != "" {
			w.units = append(w.units, &unit{text: lead})
		}
		return // the layout writes its own
	default:
		w.fail("it has savepoints, or rolls back")
		return
	}
	text := string(src[s.Span.Start:s.Span.End])
	u := &unit{text: lead + text}
	for _, e := range v.Effects {
		if e.Op == effect.SetSetting || e.Op == effect.ResetSetting {
			if !timeout(e) {
				w.fail("it sets " + e.Detail.Name + ", which would have to be set in every migration of the sequence")
				return
			}
			w.preface = append(w.preface, text)
			return
		}
		if e.Kind != "" && e.Lock.BlocksWrites() && !e.New && !e.Same && !slices.Contains(u.tables, e.OID) && e.Op != effect.Also {
			u.tables = append(u.tables, e.OID)
		}
	}
	u.keys = keysOf(v.Effects)
	if _, no := effect.Forbidden(v.Effects); no || s.Tx.Kind == pgsql.TxNone && doesTransactions.MatchString(text) {
		u.alone, u.does = true, "alone"
	}
	c.expand(w, v, u)
	if u.steps != nil && lead != "" {
		u.steps[0].up = slices.Clone(u.steps[0].up)
		u.steps[0].up[0] = lead + u.steps[0].up[0]
	}
	w.units = append(w.units, u)
}

// lead gives the comments of a text between two statements, those of the first
// line to the statement before.
func (w *work) lead(gap string) string {
	gap = strings.TrimPrefix(strings.TrimLeft(gap, " \t\r\n"), ";")
	if first, rest, _ := strings.Cut(gap, "\n"); strings.TrimSpace(first) != "" && len(w.units) > 0 && !w.marks(first) {
		w.tail(strings.TrimSpace(first))
		gap = rest
	}
	var out strings.Builder
	for line := range strings.Lines(gap) {
		if text := strings.TrimRight(line, " \t\r\n"); strings.TrimSpace(text) != "" && !w.marks(text) && strings.TrimSpace(text) != ";" {
			out.WriteString(text + "\n")
		}
	}
	return out.String()
}

// tail puts a comment above the statement behind which it stood.
func (w *work) tail(comment string) {
	u := w.units[len(w.units)-1]
	if u.steps != nil {
		u.steps[0].up[0] = comment + "\n" + u.steps[0].up[0]
		return
	}
	u.text = comment + "\n" + u.text
}

// here gives the findings in a part of a file that a split is for.
func (c *collector) here(at migration.Span, path string) (out []rules.Finding) {
	for p, fs := range c.findings {
		for _, f := range fs {
			if p.path == path && at.Start <= p.start && p.start < max(at.End, at.Start+1) && splits[f.Rule.ID] {
				out = append(out, f)
			}
		}
	}
	return out
}

// steps gives the whole sequence: what is as it was written, and what takes the
// place of the rest.
func (w *work) steps() []step {
	if sec := w.sec; len(w.units) > 0 { // comments behind the last statement
		end := sec.Map.Offset(len(sec.Text))
		if rest := w.lead(string(sec.File.Src[min(w.end, end):end])); rest != "" {
			w.tail(strings.TrimRight(rest, "\n"))
		}
	}
	var out []step
	open := false // the last step may take more statements
	for _, u := range w.units {
		if u.steps == nil {
			if !open || u.cut || u.alone {
				out = append(out, step{does: u.does})
			}
			last := &out[len(out)-1]
			last.up = append(last.up, u.text)
			last.keys = append(last.keys, u.keys...)
			last.tables = union(last.tables, u.tables)
			last.alone = u.alone
			open = !u.alone
			continue
		}
		steps := u.steps
		if n := len(out); open && !steps[0].alone && within(out[n-1].tables, steps[0].tables) {
			out[n-1].join(steps[0])
			steps = steps[1:]
		} else if n := len(out); n > 1 && len(steps) == 2 && out[n-1].stage == validateStage && steps[1].stage == validateStage &&
			slices.Equal(out[n-2].tables, steps[0].tables) && slices.Equal(out[n-1].tables, steps[1].tables) {
			out[n-2].join(steps[0])
			out[n-1].join(steps[1])
			steps = nil
		}
		out = append(out, steps...)
		open = false
	}
	w.assignDowns(out)
	return out
}

func (s *step) join(o step) {
	s.up = append(slices.Clone(s.up), o.up...)
	if s.stage == validateStage { // VALIDATE reads the table: before anything that locks it
		slices.SortStableFunc(s.up, func(a, b string) int { return validates(b) - validates(a) })
	}
	s.down = append(slices.Clone(o.down), s.down...)
	s.tables, s.keys = union(s.tables, o.tables), append(s.keys, o.keys...)
	s.stage = o.stage
}

// validates is 1 for VALIDATE CONSTRAINT, 0 for all else.
func validates(sql string) int {
	if strings.Contains(sql, "VALIDATE CONSTRAINT ") {
		return 1
	}
	return 0
}

func union(a, b []catalog.OID) []catalog.OID {
	for _, x := range b {
		if !slices.Contains(a, x) {
			a = append(slices.Clone(a), x)
		}
	}
	return a
}

// within tells whether a step that has locked some tables may go on with others:
// it has locked none but those.
func within(have, more []catalog.OID) bool {
	return !slices.ContainsFunc(have, func(x catalog.OID) bool { return !slices.Contains(more, x) })
}

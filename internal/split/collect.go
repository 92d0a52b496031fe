package split

import (
	"path"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/migration"
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

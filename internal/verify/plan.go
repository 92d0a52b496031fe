package verify

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/pgsql"
)

// Statement is one statement of the migrations, with what is predicted of it.
type Statement struct {
	Path       string
	Line       int // from 1
	Column     int // from 1, in characters
	Start, End int // byte offsets in the file
	Migration  string
	Down       bool
	Tx         pgsql.Tx
	SQL        string
	Effects    []effect.Effect
	Unknown    bool // safemig does not model it, or it does not parse
	Before     bool // run for what follows: nobody asked about it

	control pgsql.TxControl
	early   string // the new enum value that it may use before the commit
	tooNew  string // syntax that the server does not know
}

// history is what runs on one database.
type history struct {
	of         *lint.History
	schema     []*Statement
	migrations []*migrationPlan
	opaque     []string // with the first: what is no SQL in any of them
}

// migrationPlan is one migration.
type migrationPlan struct {
	version, path string
	up, down      []*Statement
	refused       string // why its tool would not run it
	before        bool   // nobody asked about it
}

// plan reads the migrations and predicts what every statement does on a server
// of the major, exactly as check and locks do.
func plan(ctx context.Context, o lint.Options, major int) ([]*history, error) {
	p := &planner{at: map[any]*migrationPlan{}}
	o.PG, o.NoRules, o.VisitAll, o.Visit = major, true, true, p.visit
	r, err := lint.Run(ctx, o)
	if err != nil {
		return nil, err
	}
	for _, x := range r.Opaque {
		line := 1 + bytes.Count(x.File.Src[:x.Span.Start], []byte("\n"))
		for _, h := range p.out[:min(1, len(p.out))] {
			h.opaque = append(h.opaque, fmt.Sprintf("%s:%d  %s", x.File.Path, line, x.What))
		}
	}
	return p.out, nil
}

type planner struct {
	out []*history
	at  map[any]*migrationPlan // by *migration.Migration
	new newLabels
}

// visit copies a statement out of the pipeline.
func (p *planner) visit(v lint.Visit) {
	if len(p.out) == 0 || p.out[len(p.out)-1].of != v.History {
		p.out = append(p.out, &history{of: v.History})
	}
	h := p.out[len(p.out)-1]
	s := statement(v)
	s.early = p.new.used(v)
	if v.Migration == nil {
		h.schema = append(h.schema, s)
		return
	}
	m := p.at[v.Migration]
	if m == nil {
		m = &migrationPlan{version: v.Migration.Version, path: v.Migration.File.Path, before: true}
		if len(v.Migration.Errs) > 0 {
			m.refused = v.Migration.Errs[0].Msg
		}
		p.at[v.Migration] = m
		h.migrations = append(h.migrations, m)
	}
	m.before = m.before && v.Before
	if v.Down {
		m.down = append(m.down, s)
	} else {
		m.up = append(m.up, s)
	}
}

func statement(v lint.Visit) *Statement {
	f, span := v.Stmt.Section.File, v.Stmt.Span
	before := f.Src[:span.Start]
	line := bytes.LastIndexByte(before, '\n') + 1
	s := &Statement{
		Path: f.Path, Line: 1 + bytes.Count(before, []byte("\n")), Column: 1 + utf8.RuneCount(before[line:]),
		Start: span.Start, End: span.End, Down: v.Down, Tx: v.Stmt.Tx, SQL: string(v.Stmt.Raw()), Before: v.Before,
		Unknown: v.Stmt.Err != nil, control: v.Stmt.TxControl(),
	}
	if n, tooNew := effect.TooNew(v.Stmt, v.History.PG); tooNew {
		s.tooNew = n.What
	}
	if v.Migration != nil {
		s.Migration = v.Migration.Version
	}
	for _, e := range v.Effects {
		if e.Op == effect.Unknown || e.Op == effect.Unparsed {
			s.Unknown = true
		}
		e.Change, e.Node = nil, nil // the trees go with their migration
		s.Effects = append(s.Effects, e)
	}
	return s
}

// OneLine is the statement's text with every run of blanks made one space.
func (s *Statement) OneLine() string { return strings.Join(strings.Fields(s.SQL), " ") }

// refusal is the failure that is predicted, where it is certain.
func (s *Statement) refusal() (why, state string) {
	if s.tooNew != "" {
		return "it does not know " + s.tooNew, "42601"
	}
	if what, forbidden := effect.Forbidden(s.Effects); forbidden && s.Tx.Block() {
		return what + " cannot run inside a transaction block", "25001"
	}
	if why, state = failure(s.Effects); why == "" && s.early != "" {
		return "unsafe use of new value " + s.early, "55P04"
	}
	return why, state
}

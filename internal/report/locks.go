package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/migration"
)

// Locks gathers what every statement locks. Its Visit is for lint.Options.
type Locks struct {
	PG         int
	Statements []LockStatement

	places places
	last   *migration.Migration // of the statement before
	n      int                  // migrations so far
}

// LockStatement is one statement with one effect per relation.
type LockStatement struct {
	Path        string       `json:"path"`
	Line        int          `json:"line"`
	Column      int          `json:"column"`
	Start       int          `json:"start"`
	End         int          `json:"end"`
	Migration   string       `json:"migration"`
	Direction   string       `json:"direction"`
	Transaction string       `json:"transaction"` // "allowed" or "forbidden"
	Tx          int          `json:"tx"`
	Unknown     bool         `json:"unknown"`
	Effects     []LockEffect `json:"effects"`

	tool      string
	migration int    // counts the migrations of the report, from 1
	name      string // of the migration
	broken    bool   // does not parse
	text      string // on one line
	full      string // as it is written, cut where it is very long
	block     bool   // in a transaction
	control   effect.Op
	savepoint string // of SAVEPOINT and ROLLBACK TO
	fails     string // why the server refuses it, where that is certain
}

// LockEffect is what a statement takes on one relation.
type LockEffect struct {
	Relation string   `json:"relation"`
	Kind     string   `json:"kind"`
	Lock     string   `json:"lock"`
	Work     []string `json:"work"`
	New      bool     `json:"new"`

	mode  effect.LockMode
	work  effect.Work
	brief bool
}

// Visit takes one statement.
func (l *Locks) Visit(v lint.Visit) {
	f, span := v.Stmt.Section.File, v.Stmt.Span
	at := l.places.at(f, span.Start)
	s := LockStatement{
		Path: f.Path, Line: at.Line, Column: at.Column, Start: span.Start, End: span.End,
		Migration: v.Migration.Version, Direction: "up", Transaction: "allowed", Tx: v.Stmt.Tx.ID,
		Unknown: v.Stmt.Err != nil, Effects: []LockEffect{},
		tool: v.History.Tool, broken: v.Stmt.Err != nil, text: oneLine(f, span), block: v.Stmt.Tx.Block(),
	}
	if v.Migration != l.last {
		l.last, l.n = v.Migration, l.n+1
	}
	s.migration, s.name, s.full = l.n, v.Migration.Name, fullText(v.Stmt.Raw())
	if v.Down {
		s.Direction = "down"
	}
	if _, yes := effect.Forbidden(v.Effects); yes {
		s.Transaction = "forbidden"
	}
	s.ops(v.Effects)
	for _, e := range effect.Merge(v.Effects) {
		s.Effects = append(s.Effects, LockEffect{
			Relation: e.Target.String(), Kind: string(e.Kind), Lock: e.Lock.String(), Work: e.Work.Names(), New: e.New,
			mode: e.Lock, work: e.Work, brief: e.Brief,
		})
	}
	l.Statements = append(l.Statements, s)
}

// ops takes from the effects what is of the statement as a whole.
func (s *LockStatement) ops(effects []effect.Effect) {
	for i := range effects {
		e := &effects[i]
		switch e.Op {
		case effect.Unknown, effect.Unparsed:
			s.Unknown = true
		case effect.Begin, effect.Commit, effect.Rollback, effect.Savepoint:
			if len(effects) == 1 { // else it stands within a DO block
				s.control, s.savepoint = e.Op, e.Object
			}
		}
		if s.fails == "" {
			s.fails = e.Detail.Fails
		}
	}
	if what, yes := effect.Forbidden(effects); yes && s.block {
		s.fails = what + " cannot run inside a transaction block"
	}
}

// oneLine is a statement's text with every run of blanks made one space.
func oneLine(f *migration.File, s migration.Span) string {
	const enough = 400 // bytes: more than any report shows
	text := string(f.Src[s.Start:min(s.End, s.Start+enough, len(f.Src))])
	return strings.Join(strings.Fields(strings.ToValidUTF8(text, "\uFFFD")), " ")
}

// fullText is a statement as it is written.
func fullText(raw []byte) string {
	const enough = 4000 // bytes: a long function; INSERTs of a whole table are cut
	more := ""
	if n := len(raw) - enough; n > 0 {
		raw, more = raw[:enough], fmt.Sprintf("\n… and %s more", count(n, "byte"))
	}
	return strings.ToValidUTF8(string(raw), "\uFFFD") + more
}

var locksFormats = map[string]func(io.Writer, *Locks, Style) error{
	"text": locksText,
	"json": locksJSON,
	"html": locksHTML,
	"svg":  locksSVG,
}

// LocksFormats gives the formats of the lock report.
func LocksFormats() []string { return slices.Sorted(maps.Keys(locksFormats)) }

// WriteLocks writes the lock report in a format of LocksFormats.
func WriteLocks(w io.Writer, format string, l *Locks, style Style) error {
	return locksFormats[format](w, l, style)
}

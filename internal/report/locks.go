package report

import (
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

	tool   string
	broken bool   // does not parse
	text   string // on one line
	block  bool   // in a transaction
}

// LockEffect is what a statement takes on one relation.
type LockEffect struct {
	Relation string   `json:"relation"`
	Kind     string   `json:"kind"`
	Lock     string   `json:"lock"`
	Work     []string `json:"work"`
	New      bool     `json:"new"`

	mode  effect.LockMode
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
	if v.Down {
		s.Direction = "down"
	}
	if _, yes := effect.Forbidden(v.Effects); yes {
		s.Transaction = "forbidden"
	}
	for i := range v.Effects {
		if op := v.Effects[i].Op; op == effect.Unknown || op == effect.Unparsed {
			s.Unknown = true
		}
	}
	for _, e := range effect.Merge(v.Effects) {
		s.Effects = append(s.Effects, LockEffect{
			Relation: e.Target.String(), Kind: string(e.Kind), Lock: e.Lock.String(), Work: e.Work.Names(), New: e.New,
			mode: e.Lock, brief: e.Brief,
		})
	}
	l.Statements = append(l.Statements, s)
}

// oneLine is a statement's text with every run of blanks made one space.
func oneLine(f *migration.File, s migration.Span) string {
	const enough = 400 // bytes: more than any report shows
	text := string(f.Src[s.Start:min(s.End, s.Start+enough, len(f.Src))])
	return strings.Join(strings.Fields(strings.ToValidUTF8(text, "\uFFFD")), " ")
}

var locksFormats = map[string]func(io.Writer, *Locks, Style) error{
	"text": locksText,
	"json": locksJSON,
}

// LocksFormats gives the formats of the lock report.
func LocksFormats() []string { return slices.Sorted(maps.Keys(locksFormats)) }

// WriteLocks writes the lock report in a format of LocksFormats.
func WriteLocks(w io.Writer, format string, l *Locks, style Style) error {
	return locksFormats[format](w, l, style)
}

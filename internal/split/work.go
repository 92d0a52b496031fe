package split

import (
	"regexp"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
)

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

// within tells whether an offset of the file is in the work's section.
func (w *work) within(off int) bool {
	start := w.sec.Map.Offset(0)
	return start <= off && off <= start+len(w.sec.Text)
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

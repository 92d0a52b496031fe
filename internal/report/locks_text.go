package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/effect"
)

// The widths that the text report fits, whatever it has to say.
const (
	widest    = 100
	narrowest = 80
)

// locksText writes a table for each transaction.
func locksText(out io.Writer, l *Locks, style Style) error {
	t := &lockTable{w: bufio.NewWriter(out), style: style, width: widest, gap: "  "}
	if len(l.Statements) == 0 {
		fmt.Fprintln(t.w, "no statements")
		return t.w.Flush()
	}
	if style.Width > 0 {
		t.width = max(narrowest, min(style.Width, widest))
	}
	if t.width < widest {
		t.gap = " "
	}
	ms := l.migrations()
	t.measure(ms)
	for _, m := range ms {
		for _, x := range slices.Concat(m.up, m.down) {
			t.timeline(x)
		}
	}
	fmt.Fprintf(t.w, "%s (PostgreSQL %d and later)\n", count(len(l.Statements), "statement"), l.PG)
	if len(l.Statements) > 1 {
		t.summary(ms)
	}
	return t.w.Flush()
}

// lockTable writes rows of common widths.
type lockTable struct {
	w      *bufio.Writer
	style  Style
	width  int
	gap    string // between columns
	indent int    // of all but line numbers
	column [5]int
}

// lockRow is what the columns hold: relation, lock, who waits, work, held until.
type lockRow [5]string

var lockHead = lockRow{"relation", "lock", "who waits", "work", "held until"}

func newLockRow(t *timeline, i int, e *LockEffect) lockRow {
	row := lockRow{visible(e.Relation), e.Lock, e.waiting().short(), strings.Join(e.Work, ", "), t.heldUntil(i, e)}
	switch {
	case e.mode == effect.NoLock:
		row[2], row[4] = "", ""
	case e.New:
		row[2] = "nobody: new"
	}
	return row
}

// measure finds the widths: the relations have what the others leave.
func (t *lockTable) measure(ms []*lockMigration) {
	t.indent = 8
	for i, s := range lockHead {
		t.column[i] = cells(s)
	}
	for _, m := range ms {
		for _, x := range slices.Concat(m.up, m.down) {
			for i := range x.stmts {
				t.indent = max(t.indent, len(fmt.Sprint(x.stmts[i].Line))+2)
				for k := range x.stmts[i].Effects {
					for c, s := range newLockRow(x, i, &x.stmts[i].Effects[k]) {
						t.column[c] = max(t.column[c], cells(s))
					}
				}
			}
		}
	}
	room := t.width - t.indent
	for _, w := range t.column[1:] {
		room -= w + len(t.gap)
	}
	t.column[0] = max(4, min(t.column[0], room))
}

// timeline writes one transaction.
func (t *lockTable) timeline(x *timeline) {
	first := &x.stmts[0]
	how := fmt.Sprintf("  (%s, %s, %s)", first.tool, first.Direction, x.how())
	fmt.Fprintln(t.w, t.style.paint(bold, ending(visible(first.Path), t.width-cells(how)))+how)
	fmt.Fprintln(t.w, t.style.paint(dim, strings.TrimRight(t.cellsOf(lockHead, ""), " ")))
	for i := range x.stmts {
		s := &x.stmts[i]
		number := fmt.Sprintf("%*d  ", t.indent-2, s.Line)
		fmt.Fprintln(t.w, t.style.paint(cyan, number)+shorten(visible(s.text), t.width-t.indent))
		t.note(x, i)
		for k := range s.Effects {
			t.effect(newLockRow(x, i, &s.Effects[k]), s.Effects[k].waiting().color(), s.Effects[k].New || x.ghost(i))
		}
	}
	fmt.Fprintln(t.w)
}

// note writes what is to be said of a statement as a whole.
func (t *lockTable) note(x *timeline, i int) {
	s := &x.stmts[i]
	text, sgr := s.note(), red
	if s.fails == "" {
		sgr = yellow
	}
	if x.fails >= 0 && i > x.fails {
		text, sgr = fmt.Sprintf("not reached: the transaction fails at line %d", x.stmts[x.fails].Line), dim
	}
	if text != "" {
		fmt.Fprintln(t.w, strings.Repeat(" ", t.indent)+t.style.paint(sgr, shorten(visible(text), t.width-t.indent)))
	}
}

// effect writes a row. A name that is too long has a line to itself.
func (t *lockTable) effect(row lockRow, sgr string, faint bool) {
	if cells(row[0]) > t.column[0] {
		name := strings.Repeat(" ", t.indent) + middle(row[0], t.width-t.indent)
		if faint {
			name = t.style.paint(dim, name)
		}
		fmt.Fprintln(t.w, name)
		row[0] = ""
	}
	if faint {
		fmt.Fprintln(t.w, t.style.paint(dim, strings.TrimRight(t.cellsOf(row, ""), " ")))
		return
	}
	fmt.Fprintln(t.w, strings.TrimRight(t.cellsOf(row, sgr), " "))
}

// cellsOf pads the columns; who waits, and for what, is in colour.
func (t *lockTable) cellsOf(row lockRow, sgr string) string {
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", t.indent))
	last := len(row) - 1
	for last > 0 && row[last] == "" {
		last--
	}
	for i, s := range row[:last+1] {
		if i > 0 {
			b.WriteString(t.gap)
		}
		text := s
		if i < last {
			text = pad(s, t.column[i])
		}
		if i >= 1 && i <= 3 && sgr != "" {
			text = t.style.paint(sgr, text)
		}
		b.WriteString(text)
	}
	return b.String()
}

// pad fills text to a width, or cuts it.
func pad(text string, width int) string {
	text = shorten(text, width)
	return text + strings.Repeat(" ", max(0, width-cells(text)))
}

// shorten cuts text that is too wide and says so.
func shorten(text string, width int) string {
	if cells(text) <= width {
		return text
	}
	n := 0
	for i, r := range text {
		if n += runeCells(r); n > width-1 {
			return text[:i] + "…"
		}
	}
	return text
}

// ending cuts text at its beginning.
func ending(text string, width int) string {
	runes, n := []rune(text), 0
	for i := len(runes) - 1; i >= 0; i-- {
		if n += runeCells(runes[i]); n > width-1 && cells(text) > width {
			return "…" + string(runes[i+1:])
		}
	}
	return text
}

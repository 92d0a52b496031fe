package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/safemig/safemig/internal/effect"
)

// The columns of the lock table, 98 characters in all.
const (
	relationWidth = 34
	lockWidth     = 23
	waitsWidth    = 14
	workWidth     = 13
)

// locksText writes a table for each transaction.
func locksText(out io.Writer, l *Locks, style Style) error {
	w := bufio.NewWriter(out)
	if len(l.Statements) == 0 {
		fmt.Fprintln(w, "no statements")
		return w.Flush()
	}
	for i := 0; i < len(l.Statements); {
		n := i + 1
		for n < len(l.Statements) && l.Statements[n].Tx == l.Statements[i].Tx {
			n++
		}
		if i > 0 {
			fmt.Fprintln(w)
		}
		locksTx(w, l.Statements[i:n], style)
		i = n
	}
	fmt.Fprintf(w, "\n%s (PostgreSQL %d and later)\n", count(len(l.Statements), "statement"), l.PG)
	return w.Flush()
}

// locksTx writes the statements that commit together.
func locksTx(w io.Writer, ss []LockStatement, style Style) {
	first, last := &ss[0], &ss[len(ss)-1]
	how := "one transaction"
	if !first.block && len(ss) == 1 {
		how = "no transaction"
	}
	fmt.Fprintf(w, "%s  (%s, %s, %s)\n", style.paint(bold, first.Path), first.tool, first.Direction, how)
	row := func(sgr, relation, lock, waits, work, until string) {
		line := fmt.Sprintf("        %s %s %s %s %s", pad(relation, relationWidth), pad(lock, lockWidth), pad(waits, waitsWidth), pad(work, workWidth), until)
		fmt.Fprintln(w, style.paint(sgr, strings.TrimRight(line, " ")))
	}
	row(dim, "relation", "lock", "who waits", "work", "held until")
	for i := range ss {
		s := &ss[i]
		fmt.Fprintf(w, "%6d  %s\n", s.Line, shorten(s.text, 91))
		switch {
		case s.broken:
			fmt.Fprintln(w, "        does not parse: what it locks is unknown")
		case s.Unknown:
			fmt.Fprintln(w, "        not modelled: what it locks is unknown")
		case s.Transaction == "forbidden" && s.block:
			fmt.Fprintln(w, "        refused: cannot run inside a transaction block")
		}
		for _, e := range s.Effects {
			until := "statement's end"
			switch {
			case e.brief || e.mode == effect.NoLock:
			case s.block && last.Line > s.Line:
				until = fmt.Sprintf("line %d", last.Line)
			case s.block:
				until = "commit"
			}
			row(e.color(), e.Relation, e.Lock, e.waits(), strings.Join(e.Work, ", "), until)
		}
	}
}

// waits says whose work waits for the lock.
func (e *LockEffect) waits() string {
	switch m := e.mode; {
	case e.New:
		return "nobody: new"
	case m.BlocksReads():
		return "reads, writes"
	case m.BlocksWrites():
		return "writes"
	case m.Conflicts(effect.ShareUpdateExclusive), m.Conflicts(effect.AccessExclusive):
		return "DDL"
	}
	return ""
}

func (e *LockEffect) color() string {
	switch {
	case e.New:
		return dim
	case e.mode.BlocksReads():
		return red
	case e.mode.BlocksWrites():
		return yellow
	}
	return ""
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

// count writes a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%s %ss", thousands(n), noun)
}

// thousands writes a number with commas.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

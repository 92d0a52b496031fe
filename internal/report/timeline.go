package report

import (
	"fmt"

	"github.com/safemig/safemig/internal/effect"
)

// timeline is what one transaction holds, statement by statement. Statements
// that follow each other and commit one by one share a timeline too.
type timeline struct {
	id      int // counts the timelines of the report, from 1
	stmts   []LockStatement
	alone   bool  // every statement commits by itself
	rows    []row // in the order of the first lock
	created []row // relations that the transaction created: nobody else sees them
	windows []lockWindow
	fails   int // the statement at which the server ends the transaction; -1: none
	at      map[relation]*row
	done    []doneWork // on existing relations, what takes longest first
	tables  waiting    // the most that waits for a table
}

// row is one relation's part in a timeline.
type row struct {
	name, kind string
	bars       []bar
	work       []task
}

// bar is a lock that is held from a statement up to another, which is out.
type bar struct {
	from, to int
	mode     effect.LockMode
	created  bool
	ghost    bool // the transaction has failed before
}

// task is the work of one statement on a relation.
type task struct {
	at    int
	work  effect.Work
	ghost bool
}

// doneWork is a task of a relation that is told of in summaries.
type doneWork struct {
	task
	name  string
	minor bool // an index or a sequence of a table that is as strongly locked
}

// lockWindow is from the first strong lock to the end of the last.
type lockWindow struct {
	from, to int
	waits    waiting
}

// has tells whether a statement stands in the window.
func (w lockWindow) has(i int) bool { return w.from <= i && i < w.to }

func (b *bar) waits() waiting {
	if b.created {
		return waitNobody
	}
	return waitsFor(b.mode)
}

// mode is all that is held on the relation, as one mode.
func (r *row) mode() effect.LockMode {
	m := effect.NoLock
	for i := range r.bars {
		m = m.Union(r.bars[i].mode)
	}
	return m
}

// waits is the most that waits for the relation, of what is reached.
func (r *row) waits() waiting {
	w := waitNobody
	for i := range r.bars {
		if !r.bars[i].ghost {
			w = max(w, r.bars[i].waits())
		}
	}
	return w
}

// waits is the most that waits for the transaction.
func (t *timeline) waits() waiting {
	w := waitNobody
	for i := range t.rows {
		w = max(w, t.rows[i].waits())
	}
	return w
}

// works is what is done on existing relations while a window is open.
func (t *timeline) works(w lockWindow) effect.Work {
	var all effect.Work
	for i := range t.done {
		if w.has(t.done[i].at) {
			all |= t.done[i].work
		}
	}
	return all
}

// quiet tells whether there is nothing to look at: no strong lock, and nothing
// that is unknown or refused.
func (t *timeline) quiet() bool {
	if len(t.windows) > 0 || t.fails >= 0 {
		return false
	}
	for i := range t.stmts {
		if t.stmts[i].Unknown || t.stmts[i].fails != "" {
			return false
		}
	}
	return true
}

// end is what the transaction's last statement does to it, "" for nothing.
func (t *timeline) end() effect.Op {
	if t.alone {
		return 0
	}
	switch c := t.stmts[len(t.stmts)-1].control; {
	case c == effect.Rollback && t.stmts[len(t.stmts)-1].savepoint != "":
		return 0
	default:
		return c
	}
}

// heldTo is the statement before which the locks of a statement's effect end.
func (t *timeline) heldTo(i int, e *LockEffect) int {
	to := i + 1
	if r := t.at[relation{e.Relation, e.New}]; r != nil && !e.brief && !t.alone {
		for _, b := range r.bars { // in order
			if b.from <= to && b.to > to {
				to = b.to
			}
		}
	}
	return to
}

// heldUntil is heldTo for a table.
func (t *timeline) heldUntil(i int, e *LockEffect) string {
	to := t.heldTo(i, e)
	switch {
	case e.mode == effect.NoLock, e.brief, t.alone:
		return "its end"
	case t.ghost(i):
		return "never: failed"
	case t.fails >= 0:
		return "the failure"
	case to < len(t.stmts):
		return fmt.Sprintf("line %d", t.stmts[to].Line)
	case to == i+1, t.stmts[to-1].Line == t.stmts[i].Line:
		return t.endName()
	}
	return fmt.Sprintf("line %d", t.stmts[to-1].Line)
}

// ghost tells whether a statement takes no lock, since the transaction has failed
// by then or fails before it begins.
func (t *timeline) ghost(i int) bool {
	return t.fails >= 0 && (i > t.fails || i == t.fails && t.stmts[i].Transaction == "forbidden")
}

// how says what commits together.
func (t *timeline) how() string {
	switch {
	case len(t.stmts) == 1 && !t.stmts[0].block:
		return "no transaction"
	case t.alone && len(t.stmts) > 1:
		return "each statement commits alone"
	}
	return "one transaction"
}

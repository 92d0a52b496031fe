package report

import (
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/effect"
)

// newTimeline follows the locks through the statements.
func newTimeline(id int, stmts []LockStatement) *timeline {
	t := &timeline{id: id, stmts: stmts, fails: -1, alone: true}
	for i := range stmts[1:] {
		t.alone = t.alone && stmts[i+1].Tx != stmts[0].Tx
	}
	if len(stmts) == 1 {
		t.alone = !stmts[0].block
	}
	b := builder{t: t, at: map[relation]int{}, saves: map[string]int{}}
	for i := range stmts {
		b.statement(i)
	}
	b.release(0, len(stmts))
	b.finish()
	t.findWindows()
	t.findWork()
	return t
}

// findWork lists the work that is really done.
func (t *timeline) findWork() {
	for i := range t.rows {
		if r := &t.rows[i]; strings.Contains(r.kind, "table") {
			t.tables = max(t.tables, r.waits())
		}
	}
	for i := range t.rows {
		r := &t.rows[i]
		minor := t.minor(r)
		for _, k := range r.work {
			if !k.ghost {
				t.done = append(t.done, doneWork{k, r.name, minor})
			}
		}
	}
	slices.SortStableFunc(t.done, func(a, b doneWork) int { return workRank(b.work) - workRank(a.work) })
}

// finish gives the timeline its rows, the bars in order.
func (b *builder) finish() {
	b.t.at = make(map[relation]*row, len(b.rows))
	for i := range b.rows {
		r := &b.rows[i]
		slices.SortStableFunc(r.bars, func(a, b bar) int { return a.from - b.from })
		if r.created {
			b.t.created = append(b.t.created, r.row)
		} else {
			b.t.rows = append(b.t.rows, r.row)
		}
		b.t.at[relation{r.name, r.created}] = &r.row
	}
}

// relation is a row's key: one that is dropped and made anew has two.
type relation struct {
	name    string
	created bool
}

type builder struct {
	t     *timeline
	at    map[relation]int
	rows  []building
	log   []taken // what is held, in the order in which it was taken
	saves map[string]int
	ghost bool
}

type building struct {
	row
	created bool
	mode    effect.LockMode // held now
	from    int             // since
}

// taken remembers what a row held before a lock.
type taken struct {
	row    int
	before effect.LockMode
}

func (b *builder) statement(i int) {
	s := &b.t.stmts[i]
	if s.control == effect.Rollback && s.savepoint != "" {
		if mark, ok := b.saves[s.savepoint]; ok {
			b.release(mark, i)
		}
	}
	refused := s.fails != "" && s.Transaction == "forbidden"
	for k := range s.Effects {
		b.effect(i, &s.Effects[k], b.ghost || refused)
	}
	if s.control == effect.Savepoint {
		b.saves[s.savepoint] = len(b.log)
	}
	if s.fails != "" && !b.t.alone && b.t.fails < 0 {
		b.t.fails, b.ghost = i, true // the server gives up all locks at once
		b.release(0, i+1)
	}
}

func (b *builder) effect(i int, e *LockEffect, ghost bool) {
	key := relation{e.Relation, e.New}
	n, ok := b.at[key]
	if !ok {
		n = len(b.rows)
		b.at[key] = n
		b.rows = append(b.rows, building{row: row{name: e.Relation, kind: e.Kind}, created: e.New})
	}
	r := &b.rows[n]
	if e.work != 0 {
		r.work = append(r.work, task{i, e.work, ghost})
	}
	switch mode := r.mode.Union(e.mode); {
	case e.mode == effect.NoLock:
	case e.brief || b.t.alone || ghost:
		r.bars = append(r.bars, bar{i, i + 1, e.mode, e.New, ghost})
	case mode != r.mode:
		b.log = append(b.log, taken{n, r.mode})
		r.hold(mode, i)
	}
}

// hold changes what is held at a statement.
func (r *building) hold(mode effect.LockMode, i int) {
	if r.mode != effect.NoLock && r.from < i {
		r.bars = append(r.bars, bar{r.from, i, r.mode, r.created, false})
	}
	r.mode, r.from = mode, i
}

// release takes back what was taken since a mark.
func (b *builder) release(mark, i int) {
	for k := len(b.log) - 1; k >= mark; k-- {
		b.rows[b.log[k].row].hold(b.log[k].before, i)
	}
	b.log = b.log[:min(mark, len(b.log))]
}

// findWindows finds the time in which the application waits.
func (t *timeline) findWindows() {
	at := map[int]*lockWindow{}
	one := lockWindow{from: len(t.stmts)}
	for i := range t.rows {
		for _, b := range t.rows[i].bars {
			w := b.waits()
			if b.ghost || !w.strong() {
				continue
			}
			one.from, one.to, one.waits = min(one.from, b.from), max(one.to, b.to), max(one.waits, w)
			if at[b.from] == nil {
				at[b.from] = &lockWindow{b.from, b.to, w}
			}
			at[b.from].waits = max(at[b.from].waits, w)
		}
	}
	switch {
	case t.alone:
		for i := range t.stmts {
			if at[i] != nil {
				t.windows = append(t.windows, *at[i])
			}
		}
	case one.waits > waitNobody:
		t.windows = []lockWindow{one}
	}
}

package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/effect"
)

// blocked is one relation that the application waits for, where it is worst.
type blocked struct {
	Relation, While, Held, Where, More string
	ID                                 int // of the timeline

	waits      waiting
	work       effect.Work
	n, windows int // statements in the worst window; windows in all
}

func (b *blocked) Class() string { return b.waits.class() }
func (b *blocked) Waits() string { return b.waits.short() }

// compare orders by what hurts most.
func (b *blocked) compare(o *blocked) int {
	return severity(b.waits, b.work, b.n, o.waits, o.work, o.n)
}

// severity compares two waits, the worse first: a lock that is held during work
// lasts, one that is held for a change of the catalog alone is soon over.
func severity(w waiting, work effect.Work, n int, w2 waiting, work2 effect.Work, n2 int) int {
	return cmp.Or(cmp.Compare(min(1, work2), min(1, work)), cmp.Compare(w2, w), cmp.Compare(workRank(work2), workRank(work)), cmp.Compare(n2, n))
}

// blockedRelations gives every relation once, the worst first.
func blockedRelations(ms []*lockMigration, down bool) []*blocked {
	at := map[string]*blocked{}
	var out []*blocked
	for _, m := range ms {
		for _, t := range m.sections(down) {
			for i := range t.rows {
				b := t.blocked(&t.rows[i])
				if b == nil || t.minor(&t.rows[i]) {
					continue
				}
				b.Where = m.title()
				old := at[b.Relation]
				if old == nil {
					at[b.Relation], out = b, append(out, b)
					continue
				}
				n := old.windows + b.windows
				if b.compare(old) < 0 {
					*old = *b
				}
				old.windows = n
			}
		}
	}
	slices.SortStableFunc(out, (*blocked).compare)
	for _, b := range out {
		if b.windows > 1 {
			b.More = thousands(b.windows-1) + " more"
		}
	}
	return out
}

// minor tells whether a relation hangs on another that is as strongly locked: an
// index, a sequence.
func (t *timeline) minor(r *row) bool {
	return (strings.Contains(r.kind, "index") || r.kind == "sequence") && t.tables >= r.waits()
}

// blocked is the row's worst window; nil when nobody notices.
func (t *timeline) blocked(r *row) *blocked {
	var worst *blocked
	n := 0
	for _, w := range t.rowWindows(r) {
		n++
		b := &blocked{Relation: visible(r.name), ID: t.id, waits: w.waits, work: t.works(w), n: w.to - w.from}
		if worst != nil && worst.compare(b) <= 0 {
			continue
		}
		worst, b.While = b, t.while(r, w)
		b.Held = count(b.n, "statement")
		if !t.alone {
			b.Held += ", " + t.lines(w.from, w.to)
		}
	}
	if worst != nil {
		worst.windows = n
	}
	return worst
}

// rowWindows are the times in which the application waits for one relation.
func (t *timeline) rowWindows(r *row) []lockWindow {
	var out []lockWindow
	for i := range r.bars {
		b := &r.bars[i]
		w := b.waits()
		if b.ghost || !w.strong() {
			continue
		}
		if n := len(out); n > 0 && !t.alone && b.from <= out[n-1].to {
			out[n-1].to, out[n-1].waits = max(out[n-1].to, b.to), max(out[n-1].waits, w)
			continue
		}
		out = append(out, lockWindow{b.from, b.to, w})
	}
	return out
}

// while is the work that goes on in the meantime, on the relation and on others.
func (t *timeline) while(own *row, w lockWindow) string {
	const most = 3
	var mine, others []doneWork
	n := 0
	for i := range t.done {
		k := &t.done[i]
		if k.minor || !w.has(k.at) {
			continue
		}
		n++
		if own != nil && k.name == own.name && len(mine) < most {
			mine = append(mine, *k)
		} else if len(others) < most {
			others = append(others, *k)
		}
	}
	found := append(mine, others...)
	slices.SortStableFunc(found, func(a, b doneWork) int { return workRank(b.work) - workRank(a.work) })
	shown := found[:min(most, len(found))]
	if n > most {
		shown = found[:most-1]
	}
	var parts []string
	for _, k := range shown {
		of := " of " + visible(k.name)
		if own != nil && k.name == own.name {
			of = ""
		}
		parts = append(parts, fmt.Sprintf("%s%s (line %d)", strings.Join(workNames(k.work), ", "), of, t.stmts[k.at].Line))
	}
	if n > most {
		parts = append(parts, fmt.Sprintf("%s more", thousands(n-len(shown))))
	}
	return strings.Join(parts, "; ")
}

// lines names the lines of a part of the statements.
func (t *timeline) lines(from, to int) string {
	a, b := t.stmts[from].Line, t.stmts[to-1].Line
	if a == b {
		return fmt.Sprintf("line %d", a)
	}
	return fmt.Sprintf("lines %d–%d", a, b)
}

// sections gives the timelines of a direction.
func (m *lockMigration) sections(down bool) []*timeline {
	if down {
		return m.down
	}
	return m.up
}

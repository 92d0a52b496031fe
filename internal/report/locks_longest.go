package report

import (
	"slices"

	"github.com/safemig/safemig/internal/effect"
)

// longest is one window of the summary.
type longest struct {
	ID                       int // of the timeline
	Title, Held, Lines, Work string

	waits waiting
	work  effect.Work
	n     int
}

func (l *longest) Class() string { return l.waits.class() }
func (l *longest) Waits() string { return l.waits.short() }

// longestWindows gives the windows that last: with work in them, or with several
// statements.
func longestWindows(ms []*lockMigration, down bool) []*longest {
	const most = 10
	var out []*longest
	for _, m := range ms {
		for _, t := range m.sections(down) {
			for _, w := range t.windows {
				l := longest{t.id, m.title(), count(w.to-w.from, "statement"), t.lines(w.from, w.to), t.while(nil, w), w.waits, t.works(w), w.to - w.from}
				if l.work != 0 || l.n > 1 {
					out = append(out, &l)
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b *longest) int {
		return severity(a.waits, a.work, a.n, b.waits, b.work, b.n)
	})
	return out[:min(most, len(out))]
}

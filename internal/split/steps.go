package split

import (
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
)

// steps gives the whole sequence: what is as it was written, and what takes the
// place of the rest.
func (w *work) steps() []step {
	if sec := w.sec; len(w.units) > 0 { // comments behind the last statement
		end := sec.Map.Offset(len(sec.Text))
		if rest := w.lead(string(sec.File.Src[min(w.end, end):end])); rest != "" {
			w.tail(strings.TrimRight(rest, "\n"))
		}
	}
	var out []step
	open := false // the last step may take more statements
	for _, u := range w.units {
		if u.steps == nil {
			if !open || u.cut || u.alone {
				out = append(out, step{does: u.does})
			}
			last := &out[len(out)-1]
			last.up = append(last.up, u.text)
			last.keys = append(last.keys, u.keys...)
			last.tables = union(last.tables, u.tables)
			last.alone = u.alone
			open = !u.alone
			continue
		}
		steps := u.steps
		if n := len(out); open && !steps[0].alone && within(out[n-1].tables, steps[0].tables) {
			out[n-1].join(steps[0])
			steps = steps[1:]
		} else if n := len(out); n > 1 && len(steps) == 2 && out[n-1].stage == validateStage && steps[1].stage == validateStage &&
			slices.Equal(out[n-2].tables, steps[0].tables) && slices.Equal(out[n-1].tables, steps[1].tables) {
			out[n-2].join(steps[0])
			out[n-1].join(steps[1])
			steps = nil
		}
		out = append(out, steps...)
		open = false
	}
	w.assignDowns(out)
	return out
}

func (s *step) join(o step) {
	s.up = append(slices.Clone(s.up), o.up...)
	if s.stage == validateStage { // VALIDATE reads the table: before anything that locks it
		slices.SortStableFunc(s.up, func(a, b string) int { return validates(b) - validates(a) })
	}
	s.down = append(slices.Clone(o.down), s.down...)
	s.tables, s.keys = union(s.tables, o.tables), append(s.keys, o.keys...)
	s.stage = o.stage
}

// validates is 1 for VALIDATE CONSTRAINT, 0 for all else.
func validates(sql string) int {
	if strings.Contains(sql, "VALIDATE CONSTRAINT ") {
		return 1
	}
	return 0
}

func union(a, b []catalog.OID) []catalog.OID {
	for _, x := range b {
		if !slices.Contains(a, x) {
			a = append(slices.Clone(a), x)
		}
	}
	return a
}

// within tells whether a step that has locked some tables may go on with others:
// it has locked none but those.
func within(have, more []catalog.OID) bool {
	return !slices.ContainsFunc(have, func(x catalog.OID) bool { return !slices.Contains(more, x) })
}

package report

import (
	"github.com/safemig/safemig/internal/effect"
)

// The measures of a chart, in pixels.
const (
	rowHeight   = 22
	workHeight  = 16
	stepHeight  = 16
	plotWidth   = 600 // what the columns share; many statements take more
	rightWidth  = 296 // lock and who waits
	waitsOffset = 164 // from the lock to who waits
	maxSteps    = 32  // statements whose text is drawn
	maxRows     = 60  // relations that are drawn
	maxCreated  = 8   // relations of the transaction's own that are drawn
	maxGutter   = 300
)

// chart is a timeline on its way to a drawing.
type chart struct {
	*svg
	t       *timeline
	links   bool  // statements stand below, on the same page
	gutter  int   // width of the relations' names
	x       []int // where the columns begin; the last: where they end
	width   int
	rows    []row
	created []row
	left    int // relations that are not drawn

	top, bottom int // of the plot
}

// newChart measures a chart.
func newChart(t *timeline, gutter int) *chart {
	c := &chart{svg: &svg{}, t: t, gutter: gutter, rows: t.rows, created: t.created}
	c.columns()
	c.width = max(c.end()+rightWidth, gutter+520)
	if len(c.rows) > maxRows {
		c.rows = strongest(c.rows, maxRows)
	}
	if len(c.created) > maxCreated {
		c.created = c.created[:maxCreated]
	}
	c.left = len(t.rows) + len(t.created) - len(c.rows) - len(c.created)
	return c
}

// end is where the transaction ends.
func (c *chart) end() int { return c.x[len(c.x)-1] }

// columns gives every statement its part of the time: not to scale, but work
// takes longer than a change of the catalog, and that longer than BEGIN.
func (c *chart) columns() {
	stmts := c.t.stmts
	weights, sum := make([]int, len(stmts)), 0
	for i := range stmts {
		s := &stmts[i]
		weights[i] = 2
		if len(s.Effects) == 0 && !s.Unknown {
			weights[i] = 1
		}
		for _, e := range s.Effects {
			if e.work != 0 && !e.New {
				weights[i] = 6
			}
		}
		sum += weights[i]
	}
	unit := min(max(float64(plotWidth)/float64(sum), 2), 50)
	x := float64(c.gutter)
	c.x = append(c.x, c.gutter)
	for _, w := range weights {
		x += unit * float64(w)
		c.x = append(c.x, int(x+0.5))
	}
}

// strongest keeps the rows that matter most, in their order.
func strongest(rows []row, n int) []row {
	var out []row
	for w := waitReads; w >= waitNobody && len(out) < n; w-- {
		for i := range rows {
			if rows[i].waits() == w && len(out) < n {
				out = append(out, rows[i])
			}
		}
	}
	return out
}

// gutterWidth is what the names of the timelines take.
func gutterWidth(ts []*timeline) int {
	w := 120
	for _, t := range ts {
		for _, rows := range [][]row{t.rows, t.created} {
			for i := range rows {
				w = max(w, textWidth(rows[i].label(), nameWidth)+18)
			}
		}
	}
	return min(w, maxGutter)
}

// label is the relation with what it is, unless it is a table.
func (r *row) label() string {
	if tag := r.tag(); tag != "" {
		return r.name + " " + tag
	}
	return r.name
}

func (r *row) tag() string {
	switch r.kind {
	case "table", "":
		return ""
	case "partitioned table":
		return "parent"
	case "partitioned index":
		return "index"
	case "materialized view":
		return "matview"
	}
	return r.kind
}

// thickness tells strong locks from weak ones without colour.
func thickness(w waiting) int { return [...]int{6, 4, 6, 9, 12}[w] }

// tone is the hatching that is seen on a colour.
func tone(w waiting) string { return [...]string{"n", "d", "l", "d", "l"}[w] }

// hatch is the pattern of work: of what takes longest, since a scan goes with
// every build.
func hatch(w effect.Work) string {
	return [...]string{"", "scan", "copy", "build", "rewrite"}[workRank(w)]
}

package report

import (
	_ "embed"
	"fmt"
	"io"
	"strings"
)

//go:embed page/chart.css
var chartCSS string

// locksSVG writes one drawing: the transactions that hold a strong lock one
// below the other, the others counted. Down sections are drawn when there is
// nothing else.
func locksSVG(w io.Writer, l *Locks, _ Style) error {
	d := &drawing{margin: 20, up: true}
	ms := l.migrations()
	d.up = anyUp(ms)
	var charts []*timeline
	for _, m := range ms {
		charts = append(charts, d.drawn(m)...)
	}
	d.gutter = gutterWidth(charts)
	d.head(l, ms)
	for _, m := range ms {
		d.migration(m)
	}
	d.skipped()
	d.put("</svg>")
	body := d.String()
	width, height := max(d.width, 760)+2*d.margin, d.y+d.margin
	_, err := fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-label="Locks of %s">
<style>
%s</style>
<rect class="paper" width="%d" height="%d"/>
%s`, width, height, width, height, count(len(ms), "migration"), chartCSS, width, height, body)
	if err != nil {
		return fmt.Errorf("write SVG: %w", err)
	}
	return nil
}

// drawing stacks charts.
type drawing struct {
	svg
	margin, gutter, width, y int
	up                       bool
	quiet, downs             int // transactions that are not drawn
}

// drawn gives the timelines that are drawn of a migration.
func (d *drawing) drawn(m *lockMigration) []*timeline {
	var out []*timeline
	for _, t := range m.sections(!d.up) {
		if !t.quiet() {
			out = append(out, t)
		}
	}
	return out
}

func (d *drawing) head(l *Locks, ms []*lockMigration) {
	d.hatches()
	d.y = 34
	d.text("head", d.margin, d.y, fmt.Sprintf("Locks of %s", count(len(ms), "migration")))
	d.y += 20
	d.text("dim", d.margin, d.y, fmt.Sprintf("%s, PostgreSQL %d and later; time runs to the right, not to scale", count(len(l.Statements), "statement"), l.PG))
	d.y += 14
	var key svg
	w, h := legend(&key)
	d.place(&key, w, h)
}

// place puts a drawing below what is there.
func (d *drawing) place(s *svg, w, h int) {
	d.put(`<g transform="translate(%d %d)">`, d.margin, d.y)
	d.WriteString(s.String())
	d.put("</g>")
	d.width = max(d.width, w)
	d.y += h
}

func (d *drawing) migration(m *lockMigration) {
	if d.up {
		d.downs += len(m.down)
	}
	shown := d.drawn(m)
	d.quiet += len(m.sections(!d.up)) - len(shown)
	for i, t := range shown {
		if i == 0 {
			d.y += 38
			d.text("head", d.margin, d.y, m.title())
		}
		d.y += 20
		d.text("dim", d.margin, d.y, strings.Join([]string{t.stmts[0].Path, t.stmts[0].tool, t.stmts[0].Direction, t.how()}, " · "))
		d.y += 10
		c := newChart(t, d.gutter)
		h := c.draw()
		d.place(c.svg, c.width, h)
	}
}

// skipped counts what was left out.
func (d *drawing) skipped() {
	if d.quiet > 0 {
		d.y += 30
		d.text("dim", d.margin, d.y, fmt.Sprintf("Not drawn: %s without a strong lock.", count(d.quiet, "transaction")))
	}
	if d.downs > 0 {
		d.y += 20
		d.text("dim", d.margin, d.y, fmt.Sprintf("Not drawn: %s of down sections; --format html has them.", count(d.downs, "transaction")))
	}
}

// title is the migration's version and name, or its file.
func (m *lockMigration) title() string {
	if t := strings.TrimSpace(m.first.Migration + " " + m.first.name); t != "" {
		return t
	}
	return m.first.Path
}

func anyUp(ms []*lockMigration) bool {
	for _, m := range ms {
		if len(m.up) > 0 {
			return true
		}
	}
	return len(ms) == 0
}

package report

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/audit"
)

//go:embed page/audit.css
var auditCSS string

// auditChart draws a version: a lane for each session, time to the right, not to
// scale; bars for locks; below it the log's lines by their numbers.
type auditChart struct {
	svg
	v       *audit.Version
	moments []audit.Moment
	lanes   []string
	bars    map[string][]audit.Span
	gutter  int
	column  int
	top     int
	width   int
	height  int
	laneY   map[string]int
}

const (
	chartMoments = 36 // drawn at most
	barHeight    = 15
)

func newAuditChart(v *audit.Version) *auditChart {
	c := &auditChart{v: v, bars: map[string][]audit.Span{}, laneY: map[string]int{}}
	c.choose()
	for _, m := range c.moments {
		if m.Session != "" && !slices.Contains(c.lanes, m.Session) {
			c.lanes = append(c.lanes, m.Session)
		}
	}
	for _, s := range v.Spans {
		if !slices.Contains(c.lanes, s.Session) {
			c.lanes = append(c.lanes, s.Session)
		}
		c.bars[s.Session] = append(c.bars[s.Session], s)
	}
	if len(c.lanes) > 12 {
		c.lanes = c.lanes[:12]
	}
	c.gutter = 60
	for _, l := range c.lanes {
		c.gutter = max(c.gutter, min(190, textWidth(l, nameWidth)+24))
	}
	c.column = max(26, min(92, 860/max(1, len(c.moments))))
	c.width = max(900, c.gutter+c.column*len(c.moments)+40)
	return c
}

// choose leaves out lines where there are too many: those that only repeat a body.
func (c *auditChart) choose() {
	for i, m := range c.v.Moments {
		if len(c.v.Moments) <= chartMoments || m.Role != audit.Body || i < 8 || i > len(c.v.Moments)-8 {
			c.moments = append(c.moments, m)
		}
	}
	if n := len(c.moments); n > chartMoments {
		c.moments = slices.Delete(c.moments, chartMoments/2, n-chartMoments/2)
	}
}

func (c *auditChart) x(i int) int { return c.gutter + 20 + i*c.column }

// at is the place of a point between the moments.
func (c *auditChart) at(p audit.Point) int {
	for i, m := range c.moments {
		if m.At == p {
			return c.x(i)
		}
		if p.Before(m.At) {
			return c.x(i) - c.column/2
		}
	}
	return c.right()
}

func (c *auditChart) right() int { return c.x(len(c.moments)-1) + 18 }

func (c *auditChart) draw() {
	c.top = 34
	y := c.top
	for _, l := range c.lanes {
		c.laneY[l] = y
		y += 30 + max(1, len(c.bars[l]))*(barHeight+3)
	}
	bottom := y
	c.band(bottom)
	for i := range c.moments {
		c.text("ln mid", c.x(i), 18, fmt.Sprint(i+1))
		c.line("grid", c.x(i), 24, c.x(i), bottom-6)
	}
	for _, l := range c.lanes {
		c.lane(l)
	}
	c.list(bottom + 20)
}

// band marks where another node could begin: from the release to the record.
func (c *auditChart) band(bottom int) {
	record := -1
	for i, m := range c.moments {
		if m.Role == audit.Record {
			record = i
		}
	}
	for _, f := range c.v.Findings {
		if f.Rule != "lock-released-before-record" || record < 0 {
			continue
		}
		from, to := c.at(f.At), c.x(record)
		if to <= from {
			continue
		}
		label := "unprotected"
		if d := c.moments[record].At.Time.Sub(f.At.Time); d > 0 && !f.At.Time.IsZero() {
			label += " " + d.String()
		}
		c.rect("refused", from, 24, to-from, bottom-30, "the lock has ended, the version is not recorded: another node can begin it")
		if to-from > textWidth(label, labelWidth) {
			c.text("bad mid", (from+to)/2, bottom+8, label)
		}
		return
	}
}

func (c *auditChart) lane(name string) {
	y := c.laneY[name]
	bars := c.bars[name]
	base := y + len(bars)*(barHeight+3) + 12
	c.text("name", 4, base+4, fit(name, c.gutter-10, nameWidth))
	c.line("lead", c.gutter, base, c.right(), base)
	for i, s := range bars {
		c.bar(s, y+i*(barHeight+3))
	}
	for i, m := range c.moments {
		if m.Session == name {
			c.mark(m, c.x(i), base)
		}
	}
}

// bar draws a lock: full while it is held, dashed where its release has failed.
func (c *auditChart) bar(s audit.Span, y int) {
	from, to := c.at(s.From), c.right()
	if s.From.Line == 0 {
		from = c.gutter
	}
	label, tip := lockTitle(s), lockTitle(s)+" held by "+s.Session+" from "+lineAndClock(s.From)
	class := "bar held"
	if s.Doubtful {
		class = "bar held guess"
	}
	if s.Intended || !s.Open {
		to = c.at(s.To)
		tip += " to " + lineAndClock(s.To)
	}
	c.rect(class, from, y, max(3, to-from), barHeight, tip)
	if s.Intended {
		c.rect("bar leak", to, y, max(3, c.right()-to), barHeight, "the release failed: the session keeps the lock")
	}
	room := max(to, c.right()) - from
	if !s.Intended {
		room = to - from
	}
	if textWidth(label, labelWidth) < room-8 {
		c.text("onbar", from+5, y+11, label)
		return
	}
	c.text("label halo", max(to, from)+5, y+11, fit(label, max(60, c.width-max(to, from)-10), labelWidth))
}

func (c *auditChart) mark(m audit.Moment, x, y int) {
	tip := escapeLines(fmt.Sprintf("%s: %s", lineAndClock(m.At), m.Text))
	switch m.Role {
	case audit.Lock:
		c.put(`<path class="m lock" d="M%d %dl0 -12l9 6z"><title>%s</title></path>`, x, y+6, tip)
	case audit.Unlock:
		c.put(`<path class="m lock" d="M%d %dl0 -12l-9 6z"><title>%s</title></path>`, x, y+6, tip)
	case audit.Body:
		c.put(`<rect class="m body" x="%d" y="%d" width="11" height="11"><title>%s</title></rect>`, x-5, y-5, tip)
	case audit.Record:
		c.put(`<path class="m rec" d="M%d %dl8 8l-8 8l-8 -8z"><title>%s</title></path>`, x, y-8, tip)
	case audit.Check:
		c.put(`<circle class="m chk" cx="%d" cy="%d" r="4.5"><title>%s</title></circle>`, x, y, tip)
	case audit.Trouble:
		c.put(`<path class="m bad" d="M%d %dl10 10m0 -10l-10 10"><title>%s</title></path>`, x-5, y-5, tip)
	default:
		c.put(`<path class="m tick" d="M%d %dl0 8"><title>%s</title></path>`, x, y-4, tip)
	}
}

// roleWords are what the list says of a moment.
var roleWords = map[audit.Role]string{audit.Lock: "lock", audit.Unlock: "unlock", audit.Check: "read", audit.Begin: "begin", audit.Commit: "commit",
	audit.Body: "run", audit.Record: "record", audit.Trouble: "server", audit.Marker: "log"}

func (c *auditChart) list(y int) {
	session := 0
	for _, m := range c.moments {
		session = max(session, cells(m.Session))
	}
	session = min(session, 16)
	for i, m := range c.moments {
		y += 17
		class := "sql"
		switch m.Role {
		case audit.Trouble:
			class = "sql bad"
		case audit.Record, audit.Lock, audit.Unlock:
			class = "sql strong"
		case audit.Marker, audit.Commit, audit.Begin, audit.Check:
			class = "sql dim"
		}
		c.text("ln end", 26, y, fmt.Sprint(i+1))
		head := fmt.Sprintf("%-12s  %s  %-6s", clockOf(m.At.Time), pad(m.Session, session), roleWords[m.Role])
		c.text("sql dim pre", 38, y, head)
		x := 38 + textWidth(head, smallWidth) + 12
		c.text(class, x, y, fit(strings.Join(strings.Fields(m.Text), " "), c.width-x-6, smallWidth))
	}
	if c.v.Dropped > 0 || len(c.moments) < len(c.v.Moments) {
		y += 17
		c.text("dim", 38, y, "lines in between are not shown")
	}
	c.height = y + 12
}

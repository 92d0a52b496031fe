package report

import "fmt"

// draw writes the chart into the drawing, its top at 0, and gives its height.
func (c *chart) draw() int {
	n := len(c.t.stmts)
	y := 4
	if n <= maxSteps {
		y += n*stepHeight + 4
	}
	c.top = y + 16 + 24
	drawn := len(c.rows)
	if len(c.created) > 0 {
		drawn += len(c.created) + 1
	}
	if c.left > 0 {
		drawn++
	}
	c.bottom = c.top + max(1, drawn)*rowHeight
	c.backdrop()
	if n <= maxSteps {
		c.steps()
	} else {
		c.numbers(y + 12)
	}
	c.text("dim", 0, y+12, "relation")
	c.text("dim", c.end()+14, y+12, "lock")
	c.text("dim", c.end()+14+waitsOffset, y+12, "who waits")
	c.brackets(c.top - 8)
	c.relations()
	c.edge()
	return c.bottom + 22
}

// backdrop draws the columns, with the statements as tooltips, and the windows.
func (c *chart) backdrop() {
	h := c.bottom - c.top
	for _, w := range c.t.windows {
		c.rect("win "+w.waits.class(), c.x[w.from], c.top, c.x[w.to]-c.x[w.from], h, "")
	}
	for i := range c.t.stmts {
		s := &c.t.stmts[i]
		class := "col"
		if s.Unknown {
			class = "unknown"
		}
		if s.fails != "" {
			class = "refused"
		}
		open, end := c.link(i)
		c.WriteString(open)
		c.rect(class, c.x[i], c.top, c.x[i+1]-c.x[i], h, statementTip(s))
		c.WriteString(end)
	}
	c.grid()
}

// grid draws a line between any two statements, where they are not too many.
func (c *chart) grid() {
	const least = 7 // pixels a column
	class := "grid"
	if c.t.alone {
		class = "grid alone"
	}
	if n := len(c.x) - 1; (c.end()-c.gutter)/n < least {
		return
	}
	for _, x := range c.x[1 : len(c.x)-1] {
		c.line(class, x, c.top, x, c.bottom)
	}
}

// link leads from a column to its statement in the list.
func (c *chart) link(i int) (open, end string) {
	if !c.links {
		return "", ""
	}
	return fmt.Sprintf(`<a href="#t%d-%d">`, c.t.id, i), "</a>"
}

// statementTip is a statement with what is to be said of it.
func statementTip(s *LockStatement) string {
	return fmt.Sprintf("line %d%s\n%s", s.Line, prefixed(": ", s.note()), s.full)
}

// note is what is to be said of a statement as a whole.
func (s *LockStatement) note() string {
	switch {
	case s.broken:
		return "does not parse: what it locks is unknown"
	case s.fails != "":
		return "the server refuses it: " + s.fails
	case s.Unknown:
		return "not modelled: what it locks is unknown"
	}
	return ""
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

// steps writes the statements as a staircase, each above its column.
func (c *chart) steps() {
	for i := range c.t.stmts {
		s, y := &c.t.stmts[i], 4+i*stepHeight+11
		x := c.x[i]
		c.line("lead", x, y-9, x, c.top)
		class, mark := "sql", ""
		if s.Unknown {
			class, mark = "sql odd", "? "
		}
		if s.fails != "" {
			class, mark = "sql bad", "✕ "
		}
		line := fmt.Sprint(s.Line)
		text := fit(mark+s.text, c.width-x-10-textWidth(line, smallWidth), smallWidth)
		open, end := c.link(i)
		c.put(`%s<text class="%s" x="%d" y="%d"><title>%s</title><tspan class="ln">%s</tspan> %s</text>%s`,
			open, class, x+4, y, escapeLines(statementTip(s)), line, escape(text), end)
	}
}

// numbers writes the lines of the statements below each other's reach.
func (c *chart) numbers(y int) {
	free := c.x[0]
	for i := range c.t.stmts {
		text := fmt.Sprint(c.t.stmts[i].Line)
		if c.x[i] < free {
			continue
		}
		c.line("lead", c.x[i], y-8, c.x[i], c.top)
		c.text("ln", c.x[i]+3, y, text)
		free = c.x[i] + textWidth(text, smallWidth) + 8
	}
	c.text("dim", c.gutter-textWidth("line", labelWidth)-8, y, "line")
}

// brackets marks the windows.
func (c *chart) brackets(y int) {
	for _, w := range c.t.windows {
		x1, x2 := c.x[w.from], c.x[w.to]
		tip := c.t.windowTip(w)
		c.put(`<path class="brace %s" d="M%d %dV%dH%dV%d"><title>%s</title></path>`, w.waits.class(), x1+1, y+5, y, x2-1, y+5, escape(tip))
	}
	if len(c.t.windows) != 1 {
		return
	}
	w := c.t.windows[0]
	label := c.t.windowLabel(w)
	x := c.x[w.from] + (c.x[w.to]-c.x[w.from]-textWidth(label, labelWidth))/2
	x = max(0, min(x, c.x[w.to]-textWidth(label, labelWidth)))
	c.text("label halo", x, y-3, label)
}

// windowLabel is short, for the bracket.
func (t *timeline) windowLabel(w lockWindow) string {
	if t.alone {
		return w.waits.title()
	}
	if n := w.to - w.from; n > 1 {
		return fmt.Sprintf("window: %d statements, %s", n, w.waits.title())
	}
	return "window: " + w.waits.title()
}

// windowTip says what waits, and for what.
func (t *timeline) windowTip(w lockWindow) string {
	return fmt.Sprintf("from the first strong lock (line %d) to %s: %s%s", t.stmts[w.from].Line, t.until(w.to),
		w.waits.sentence(), prefixed("; meanwhile: ", t.while(nil, w)))
}

// until names the end of what ends before a statement.
func (t *timeline) until(to int) string {
	switch {
	case t.alone:
		return "the statement's end"
	case t.fails >= 0 && to == t.fails+1:
		return fmt.Sprintf("the failure (line %d)", t.stmts[t.fails].Line)
	case to < len(t.stmts):
		return fmt.Sprintf("line %d", t.stmts[to].Line)
	}
	return fmt.Sprintf("the %s (line %d)", t.endName(), t.stmts[to-1].Line)
}

package report

import (
	"fmt"
	"strings"

	"github.com/safemig/safemig/internal/effect"
)

// relations draws the rows, the transaction's own apart.
func (c *chart) relations() {
	y := c.top
	for i := range c.rows {
		c.relation(&c.rows[i], y, false)
		y += rowHeight
	}
	if len(c.created) > 0 {
		c.line("grid", 0, y+6, c.end(), y+6)
		c.text("dim halo", 0, y+18, "created here: nobody else can wait")
		y += rowHeight
	}
	for i := range c.created {
		c.relation(&c.created[i], y, true)
		y += rowHeight
	}
	if c.left > 0 {
		c.text("dim", 0, y+15, fmt.Sprintf("and %s more: see the list", count(c.left, "relation")))
	}
	if len(c.rows)+len(c.created) == 0 {
		c.text("dim halo", c.gutter+6, y+15, "no relation is locked")
	}
}

// relation draws one row.
func (c *chart) relation(r *row, y int, created bool) {
	mid := y + rowHeight/2
	c.line("rule", 0, y+rowHeight, c.width, y+rowHeight)
	c.name(r, mid+4)
	for i := range r.bars {
		c.bar(r, &r.bars[i], mid)
	}
	for _, k := range r.work {
		c.work(r, k, mid, created)
	}
	c.modes(r, mid)
	mode, waits := r.mode(), r.waits()
	class, who := "small", waits.short()
	switch {
	case created:
		class, waits, who = "small dim", waitNobody, "nobody: new"
	case waits == waitNobody && mode != effect.NoLock:
		class, who = "small dim", "not reached"
	}
	c.text(class, c.end()+14, mid+4, mode.String())
	if mode == effect.NoLock {
		who = ""
	}
	c.text("label "+waits.class(), c.end()+14+waitsOffset, mid+4, who)
}

// name writes the relation, cut in its middle where it is too long: schema and
// end tell more.
func (c *chart) name(r *row, y int) {
	tag := prefixed(" ", r.tag())
	room := int(float64(c.gutter-14)/nameWidth) - cells(tag)
	c.put(`<text class="name" x="0" y="%d"><title>%s</title>%s<tspan class="tag">%s</tspan></text>`,
		y, escape(r.name+" ("+r.kind+")"), escape(middle(r.name, room)), escape(tag))
}

// middle cuts text in its middle.
func middle(text string, width int) string {
	if cells(text) <= width {
		return text
	}
	head := strings.TrimSuffix(shorten(text, width/2+1), "…")
	tail, n := []rune(text), 0
	for i := len(tail) - 1; i >= 0; i-- {
		if n += runeCells(tail[i]); n > width-cells(head)-1 {
			return head + "…" + string(tail[i+1:])
		}
	}
	return text
}

func (c *chart) bar(r *row, b *bar, mid int) {
	x1, x2 := c.x[b.from], c.x[b.to]
	class := "bar " + b.waits().class()
	if b.ghost {
		class += " ghost"
	}
	h := thickness(b.waits())
	c.rect(class, x1+1, mid-h/2, max(1, x2-x1-1), h, c.barTip(r, b))
}

// barTip says what is held, how long, and who waits.
func (c *chart) barTip(r *row, b *bar) string {
	t := c.t
	who := b.waits().sentence()
	if b.created {
		who = "created in this transaction: nobody else can wait"
	}
	if b.ghost {
		return fmt.Sprintf("%s: %s\nnot taken: the transaction has failed", r.name, b.mode)
	}
	return fmt.Sprintf("%s: %s\nfrom line %d to %s\n%s", r.name, b.mode, t.stmts[b.from].Line, t.until(b.to), who)
}

// work hatches the part of the bar in which a statement works on the relation.
func (c *chart) work(r *row, k task, mid int, created bool) {
	waits, mode := waitNobody, effect.NoLock
	for i := range r.bars {
		if b := &r.bars[i]; b.from <= k.at && k.at < b.to {
			waits, mode = max(waits, b.waits()), mode.Union(b.mode)
		}
	}
	x, w := c.x[k.at]+1, max(1, c.x[k.at+1]-c.x[k.at]-1)
	class := "bar " + waits.class()
	if k.ghost {
		class += " ghost"
	}
	names := strings.Join(workNames(k.work), ", ")
	c.put(`<g><title>%s</title>`, escape(fmt.Sprintf("line %d: %s of %s", c.t.stmts[k.at].Line, names, r.name)))
	c.rect(class, x, mid-workHeight/2, w, workHeight, "")
	c.put(`<rect x="%d" y="%d" width="%d" height="%d" fill="url(#h-%s-%s)"/>`, x, mid-workHeight/2, w, workHeight, hatch(k.work), tone(waits))
	if long := prefixed(mode.String()+": ", names); mode != r.mode() && textWidth(long, labelWidth)+12 <= w {
		names = long // the row's mode stands at its end, this is another
	}
	if tw := textWidth(names, labelWidth); tw+12 <= w {
		c.rect("pill", x+(w-tw)/2-4, mid-6, tw+8, 13, "")
		c.put(`<text class="label mid" x="%d" y="%d">%s</text>`, x+w/2, mid+4, names)
	}
	c.WriteString("</g>\n")
}

// modes names the modes of a row that changes them, where there is room.
func (c *chart) modes(r *row, mid int) {
	for i := range r.bars {
		b := &r.bars[i]
		x, room := c.x[b.from]+5, c.x[b.to]-c.x[b.from]-18
		if r.mode() == b.mode || textWidth(b.mode.String(), smallWidth) > room || r.works(b) {
			continue
		}
		c.rect("pill", x, mid-6, textWidth(b.mode.String(), smallWidth)+6, 13, "")
		c.text("small", x+3, mid+4, b.mode.String())
	}
}

// works tells whether there is work to be seen within a bar.
func (r *row) works(b *bar) bool {
	for _, k := range r.work {
		if k.at >= b.from && k.at < b.to {
			return true
		}
	}
	return false
}

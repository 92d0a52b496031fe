package report

import (
	"fmt"

	"github.com/safemig/safemig/internal/effect"
)

// edge draws the end of the transaction, and what a failure leaves out.
func (c *chart) edge() {
	t, x, y := c.t, c.end(), c.bottom
	if t.alone {
		c.line("edge open", x, c.top, x, y)
		c.text("dim", c.gutter, y+15, t.aloneLabel())
		return
	}
	if t.fails >= 0 {
		f := c.x[t.fails+1]
		if f < x {
			c.rect("veil", f, c.top, x-f, c.bottom-c.top, "not reached: the transaction has failed")
		}
		c.line("edge fail", f, c.top, f, y+4)
		c.endLabel(f, fmt.Sprintf("✕ fails at line %d, all is rolled back", t.stmts[t.fails].Line))
		return
	}
	class := "edge"
	if t.end() == effect.Rollback {
		class = "edge back"
	}
	c.line(class, x, c.top-12, x, y+4)
	c.endLabel(x, t.endLabel())
}

// endLabel writes below an edge, to its left where there is room.
func (c *chart) endLabel(x int, text string) {
	w := textWidth(text, labelWidth)
	c.text("label strong", max(0, min(x-w, c.width-w)), c.bottom+16, text)
}

// endName is what ends the transaction.
func (t *timeline) endName() string {
	switch {
	case t.fails >= 0:
		return "failure"
	case t.end() == effect.Rollback:
		return "rollback"
	}
	return "commit"
}

// endLabel says how the transaction ends.
func (t *timeline) endLabel() string {
	last := &t.stmts[len(t.stmts)-1]
	switch c := t.end(); {
	case c == effect.Rollback:
		return "ROLLBACK: nothing stays, the locks were held all the same"
	case c == effect.Commit && last.savepoint != "":
		return "PREPARE TRANSACTION: the locks stay until COMMIT PREPARED"
	case c == effect.Commit:
		return fmt.Sprintf("COMMIT (line %d)", last.Line)
	}
	return "commit"
}

func (t *timeline) aloneLabel() string {
	if len(t.stmts) == 1 {
		return "no transaction: the locks end with the statement"
	}
	return "no common transaction: every lock ends with its statement"
}

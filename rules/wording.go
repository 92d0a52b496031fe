package rules

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
	"github.com/safemig/safemig/internal/window"
)

// Waits says who waits for the lock of an effect, for what work, and until when:
// "every read and write of public.users waits for the scan, then to the commit
// (line 9)". It is for Finding.Consequence. With work "" the wait is for the
// lock alone; of a weak lock, which only DDL waits for, it says that.
func (p *Pass) Waits(e effect.Effect, work string) string {
	who := "other DDL and VACUUM of"
	verb := "wait"
	switch {
	case e.Lock.BlocksReads():
		who, verb = "every read and write of", "waits"
	case e.Lock.BlocksWrites():
		who, verb = "every write to", "waits"
	}
	s := fmt.Sprintf("%s %s %s", who, e.Target, verb)
	until := p.until(e)
	switch {
	case work != "" && until != "":
		return fmt.Sprintf("%s for the %s, then to %s", s, work, until)
	case work != "":
		return fmt.Sprintf("%s for the %s", s, work)
	case until != "":
		return fmt.Sprintf("%s to %s", s, until)
	}
	return s
}

// until says where the transaction ends that keeps the lock: "the commit (line
// 9)"; "" when the lock ends with the statement.
func (p *Pass) until(e effect.Effect) string {
	if e.Brief || !p.Stmt.Tx.Block() {
		return ""
	}
	last := p.Index
	for last+1 < len(p.Stmts) && p.Stmts[last+1].Tx.ID == p.Stmt.Tx.ID {
		last++
	}
	if last == p.Index {
		return ""
	}
	return fmt.Sprintf("the commit (line %d)", p.Line(&p.Stmts[last]))
}

// since says where the transaction took a lock: "held since line 3".
func (p *Pass) since(h window.Held) string {
	if f := h.Since.Section.File; f != p.Section.File {
		return fmt.Sprintf("held since line %d of %s", p.Line(h.Since), f.Path)
	}
	return fmt.Sprintf("held since line %d", p.Line(h.Since))
}

// Line is the line on which a statement of the section begins, from 1.
func (c *Context) Line(s *pgsql.Statement) int {
	src := s.Section.File.Src
	return 1 + bytes.Count(src[:min(s.Span.Start, len(src))], []byte("\n"))
}

// Outside says how the author runs the statement outside a transaction block, in
// the words of the migration tool; "" when it is outside already. It is for hints.
func (p *Pass) Outside() string {
	run := p.Section.Run
	switch k := cmp.Or(p.Do, p.Stmt).Tx.Kind; {
	case p.Do != nil && !p.Do.Tx.Block():
		return "as a statement of its own, outside DO"
	case k == pgsql.TxTool && run.OptOut != "":
		return fmt.Sprintf("in a migration of its own that says '%s'", run.OptOut)
	case k == pgsql.TxTool:
		return "outside the transaction that " + p.Tool + " opens"
	case k == pgsql.TxExplicit:
		return "before BEGIN or after COMMIT"
	case k == pgsql.TxImplicit && run.Alone != "":
		return "alone, since statements sent together are one transaction: " + run.Alone
	case k != pgsql.TxNone:
		return "as the only statement that is sent"
	}
	return ""
}

// elsewhere is Outside for a statement of a later migration, which this one's
// opting out does not reach.
func (p *Pass) elsewhere() string {
	if run := p.Section.Run; p.Outside() == "" && run.OptOut != "" {
		return fmt.Sprintf("in a migration of its own that says '%s'", run.OptOut)
	}
	return p.Outside()
}

// after gives the offset in the file behind the words that the statement begins
// with; a word that ends in ? may be missing. It fails where comments stand
// between them, or the statement was made from another language or is not
// spelled as in the file.
func (p *Pass) after(words ...string) (offset int, ok bool) {
	raw, i := p.Stmt.Raw(), 0
	if len(p.Section.Map.Segments) > 0 || len(raw) != p.Stmt.Span.Len() {
		return 0, false
	}
	for _, w := range words {
		w, optional := strings.CutSuffix(w, "?")
		j := i + len(raw[i:]) - len(bytes.TrimLeft(raw[i:], " \t\r\n\f\v"))
		if j+len(w) <= len(raw) && strings.EqualFold(string(raw[j:j+len(w)]), w) &&
			(j+len(w) == len(raw) || strings.IndexByte(" \t\r\n\f\v(;\"", raw[j+len(w)]) >= 0) {
			i = j + len(w)
		} else if !optional {
			return 0, false
		}
	}
	return p.Stmt.Span.Start + i, true
}

// with gives the statement on one line, with text put in at an offset in the file.
func (p *Pass) with(offset int, text string) string {
	s := p.Stmt.Span
	rest := p.Stmt.OneLine(migration.Span{Start: offset, End: s.End})
	return strings.TrimSpace(p.Stmt.OneLine(migration.Span{Start: s.Start, End: offset})+text+" "+rest) + ";"
}

// alter gives an ALTER TABLE of the relation, for hints.
func alter(e effect.Effect, action string) string {
	return "ALTER TABLE " + e.Target.Short() + " " + action + ";"
}

// What a hint says between its statements. A line of a hint is a statement that
// ends in ";", or such a one after "in a later migration: ", or advice, which
// begins with a small letter.
const (
	laterMigration = "in a later migration: "
	fillInBatches  = "then fill the old rows in batches, each in a transaction of its own"
)

// lines joins the lines of a hint, leaving out empty ones.
func lines(l ...string) string {
	return strings.Join(slices.DeleteFunc(l, func(s string) bool { return s == "" }), "\n")
}

// columnList writes columns as SQL does: (a, "B").
func columnList(columns []string) string {
	q := make([]string, len(columns))
	for i, c := range columns {
		q[i] = catalog.Quote(c)
	}
	return "(" + strings.Join(q, ", ") + ")"
}

// setNotNull gives the way to NOT NULL on which nobody waits. A CHECK that is
// there already, NOT VALID, need only be validated.
func (p *Pass) setNotNull(e effect.Effect, column string) string {
	name := e.Target.Name + "_" + column + "_set"
	if r := p.Catalog.Get(e.OID); r != nil {
		for _, k := range r.Constraints {
			proves := slices.ContainsFunc(k.Terms, func(t catalog.Term) bool { return t.Column == column && t.Op == "IS NOT NULL" })
			if k.Kind == catalog.Check && k.NotValid && !k.NotEnforced && proves {
				return lines(
					alter(e, "VALIDATE CONSTRAINT "+catalog.Quote(k.Name)),
					"in a migration before this one, in which nothing else is locked",
					laterMigration+alter(e, "ALTER COLUMN "+catalog.Quote(column)+" SET NOT NULL"))
			}
			if k.Name == name {
				name += "2"
			}
		}
	}
	name = catalog.Quote(name)
	if p.PG >= 18 {
		return lines(
			alter(e, "ADD CONSTRAINT "+name+" NOT NULL "+catalog.Quote(column)+" NOT VALID"),
			laterMigration+alter(e, "VALIDATE CONSTRAINT "+name))
	}
	return lines(
		alter(e, "ADD CONSTRAINT "+name+" CHECK ("+catalog.Quote(column)+" IS NOT NULL) NOT VALID"),
		laterMigration+alter(e, "VALIDATE CONSTRAINT "+name),
		alter(e, "ALTER COLUMN "+catalog.Quote(column)+" SET NOT NULL"),
		alter(e, "DROP CONSTRAINT "+name))
}

// outside adds to a statement of a hint where it must stand, "" where it stands
// there already.
func (p *Pass) outside(sql string) string {
	return lines(sql, p.Outside())
}

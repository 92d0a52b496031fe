package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// AlterTableRepeated reports ALTER TABLE statements of one table that could be one:
// where each waits for its lock anew, or reads the whole table anew. It is off by
// default: one by one they are easier to review.
var AlterTableRepeated = register(Rule{
	ID:       "alter-table-repeated",
	Summary:  "two ALTER TABLE of one table wait for its lock twice, or read it twice",
	Category: Lock,
	Severity: Off,
	Since:    "0.1.0",
	Section: func(p *SectionPass) {
		if p.Down {
			return
		}
		for i := 1; i < len(p.Effects); i++ {
			was, ok := p.alters(i - 1)
			e, again := p.alters(i)
			if !ok || !again || was.OID != e.OID || e.New || e.Same || p.isTemp(e.Target) || p.refused(i) || p.refused(i-1) {
				continue
			}
			f := p.on(i, e)
			switch apart := p.Stmts[i].Tx.ID != p.Stmts[i-1].Tx.ID; {
			case was.Work.Has(effect.Rewrite) && e.Work.Has(effect.Rewrite):
				f.Message = fmt.Sprintf("%s is rewritten a second time", e.Target)
				f.Consequence = "everybody waits twice as long"
			case was.Work.Has(effect.Scan) && e.Work.Has(effect.Scan):
				f.Message = fmt.Sprintf("%s is read a second time", e.Target)
				f.Consequence = "everybody waits twice as long"
			case apart && e.Lock.BlocksWrites() && was.Lock.BlocksWrites():
				f.Message = fmt.Sprintf("%s waits for %s a second time", e.Lock, e.Target)
				f.Consequence = "each wait may end at lock_timeout, and leaves the table half done"
			default:
				continue
			}
			f.Hint, f.Severity = "one ALTER TABLE with both actions", Info
			p.Report(f)
		}
	},
})

// combinable are the actions of ALTER TABLE that stand beside others in one statement.
var combinable = map[effect.Op]bool{effect.AddColumn: true, effect.DropColumn: true, effect.AlterType: true, effect.SetNotNull: true,
	effect.DropNotNull: true, effect.SetDefault: true, effect.DropDefault: true, effect.AddCheck: true, effect.AddForeignKey: true,
	effect.AddUnique: true, effect.DropConstraint: true}

// alters gives the table of a statement that is ALTER TABLE with such actions alone,
// with all the work of them.
func (p *SectionPass) alters(i int) (effect.Effect, bool) {
	var out effect.Effect
	for _, e := range p.Effects[i] {
		switch {
		case e.Op == effect.Also:
		case !combinable[e.Op] || e.Kind != catalog.Table || e.NoOp:
			return out, false
		case out.OID == 0:
			out = e
		default:
			out.Work |= e.Work
		}
	}
	return out, out.OID != 0
}

// StatementTimeoutMissing reports work on a whole table, under a lock that others wait
// for, without a statement_timeout. It is off by default: a lock_timeout limits the
// wait, and what is to run to its end should.
var StatementTimeoutMissing = register(Rule{
	ID:       "statement-timeout-missing",
	Summary:  "a whole table is read or written under a lock, without a statement_timeout",
	Category: Hygiene,
	Severity: Off,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		if v, set := p.Catalog.Setting("statement_timeout"); p.Down || set && v != "0" {
			return
		}
		for _, e := range p.Effects {
			if e.Kind == "" || e.Work == 0 || !e.Lock.BlocksWrites() || e.Detail.Concurrent || p.IsNew(e) || e.Same || p.isTemp(e.Target) {
				continue
			}
			p.Report(Finding{Span: e.Span, Severity: Info, Relation: e.Target.String(), Lock: e.Lock.String(),
				Message:     fmt.Sprintf("%s is held on %s for as long as the work takes: there is no statement_timeout", e.Lock, e.Target),
				Consequence: "if the table is larger than thought, nobody ends the outage but a person",
				Hint:        "SET LOCAL statement_timeout above what the statement takes on a copy of the data"})
			return
		}
	},
})

package rules

import (
	"fmt"
	"slices"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/window"
)

// WorkWhileLocked reports a statement that reads or changes many rows while its
// transaction holds a lock for which others wait. What does its work under such
// a lock of its own is for the rule that names it.
var WorkWhileLocked = register(Rule{
	ID:       "work-while-locked",
	Summary:  "a long statement runs while the transaction holds a lock that others wait for",
	Category: Lock,
	Severity: Error,
	Since:    "0.1.0",

	OnceATransaction: true,

	Check: func(p *Pass) {
		held, ok := p.held()
		if !ok {
			return
		}
		e, what, ok := p.longWork()
		if !ok {
			return
		}
		f := Finding{
			Span:        p.Stmt.Span,
			Message:     fmt.Sprintf("%s while %s on %s is %s", what, held.Lock, held.Target, p.since(held)),
			Consequence: p.Waits(effect.Effect{Target: held.Target, Lock: held.Lock}, "statement"),
			Hint:        "put it in a migration of its own, before or after this one",
			Relation:    held.Target.String(),
			Lock:        held.Lock.String(),
		}
		if e.Op == effect.Update || e.Op == effect.Delete {
			f.Hint += ", and change the rows in batches"
		}
		if e.Op == effect.Select || e.Via == effect.Select {
			f.Severity = Warning // what it reads is not all that clear
		}
		p.Report(f)
	},
})

// held gives the strongest lock that the transaction holds on what others use;
// of equal ones that on a table, then the first.
func (p *Pass) held() (found window.Held, ok bool) {
	for _, h := range p.Window.Held {
		if !h.Lock.BlocksWrites() || p.IsNew(*h.Effect) || p.Catalog.Get(h.OID) == nil {
			continue // nobody's, or gone: who waits for it has nothing to wait for
		}
		isTable, wasTable := h.Kind == catalog.Table, found.Kind == catalog.Table
		if !ok || h.Lock > found.Lock || h.Lock == found.Lock && isTable && !wasTable {
			found, ok = h, true
		}
	}
	return found, ok
}

// longWork gives the effect for which a statement takes long under locks of its
// own that nobody waits for, and what it does.
func (p *Pass) longWork() (e effect.Effect, what string, ok bool) {
	for _, e := range p.Effects {
		switch {
		case p.idle(e) || e.Lock.BlocksWrites():
		case e.Op == effect.Update || e.Op == effect.Delete || e.Op == effect.Merged:
			few := e.Detail.Bounded || slices.Contains(versionTables, e.Target.Name)
			if !few && (e.Work.Has(effect.Scan) || e.Detail.NoWhere || e.Kind == catalog.PartitionedTable) {
				return e, fmt.Sprintf("%s changes rows all over %s", verbs[e.Op], e.Target), true
			}
			return e, "", false // so many rows as its text says
		case e.Op == effect.ValidateConstraint && e.Work.Has(effect.Scan):
			if p.Window.On(e.Target).BlocksWrites() {
				return e, "", false // validate-with-lock-held's
			}
			return e, fmt.Sprintf("VALIDATE CONSTRAINT reads all of %s", e.Target), true
		case e.Work.Has(effect.Scan):
			return e, fmt.Sprintf("the statement reads all of %s", e.Target), true
		}
	}
	return e, "", false
}

var verbs = map[effect.Op]string{effect.Update: "UPDATE", effect.Delete: "DELETE", effect.Merged: "MERGE"}

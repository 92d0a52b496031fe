package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// LockOrders is in which order the transactions of a history have locked tables
// that others use: where the first pair of them was.
type LockOrders map[[2]catalog.OID]string

// LockOrderInconsistent reports a transaction that locks two tables in the other
// order than an earlier one did.
var LockOrderInconsistent = register(Rule{
	ID:       "lock-order-inconsistent",
	Summary:  "two transactions lock the same tables in different orders: whatever order the application has, one of them deadlocks",
	Category: Lock,
	Severity: Warning,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		if p.Down || len(p.Window.Held) == 0 {
			return
		}
		for _, e := range p.Effects {
			if !p.ownLock(e) || p.outOfOrder() {
				continue // one transaction, one finding
			}
			if first, where := p.otherOrder(e); where != "" {
				p.Report(Finding{
					Span:        e.Span,
					Message:     fmt.Sprintf("%s is locked after %s here, before it in %s", e.Target, first, where),
					Consequence: "code that uses both in one order deadlocks with one of the two transactions",
					Hint:        "put it in a migration of its own: one table for each transaction",
					Relation:    e.Target.String(),
					Lock:        e.Lock.String(),
				})
				break
			}
		}
		p.Remember()
	},
})

// otherOrder says where an earlier transaction has locked the table of an effect
// and, after it, one that this transaction holds already, and which; "" for nowhere.
func (p *Pass) otherOrder(e effect.Effect) (first catalog.Name, where string) {
	if len(p.Orders) == 0 || p.Down {
		return first, ""
	}
	if _, n := p.otherTables(e); n == 0 {
		return first, ""
	}
	for _, h := range p.Window.Held {
		if where := p.Orders[[2]catalog.OID{e.OID, h.OID}]; where != "" && h.OID != e.OID && p.ownLock(*h.Effect) && where != p.place() {
			return h.Target, where
		}
	}
	return first, ""
}

// outOfOrder tells whether what the transaction holds already was locked in another
// order by an earlier one.
func (p *Pass) outOfOrder() bool {
	if len(p.Orders) == 0 || p.Down {
		return false
	}
	for i, second := range p.Window.Held {
		if !p.ownLock(*second.Effect) {
			continue
		}
		for _, first := range p.Window.Held[:i] {
			if where := p.Orders[[2]catalog.OID{second.OID, first.OID}]; where != "" && where != p.place() && p.ownLock(*first.Effect) {
				return true
			}
		}
	}
	return false
}

func (p *Pass) inOtherOrder(e effect.Effect) bool {
	_, where := p.otherOrder(e)
	return where != ""
}

// Remember notes in which order the statement locks tables. The pipeline calls it
// for what is read as history only; what is reported is noted by the rule.
func (p *Pass) Remember() {
	if p.Down || len(p.Window.Held) == 0 {
		return
	}
	for _, e := range p.Effects {
		if !p.ownLock(e) {
			continue
		}
		for _, h := range p.Window.Held {
			if k := [2]catalog.OID{h.OID, e.OID}; h.OID != e.OID && p.ownLock(*h.Effect) && p.Orders[k] == "" && p.Orders != nil {
				p.Orders[k] = p.place()
			}
		}
	}
}

// place names the file of the section.
func (p *Pass) place() string { return p.Section.File.Path }

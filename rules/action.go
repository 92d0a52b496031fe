package rules

import (
	"slices"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// action is one action of a statement and what else it reaches: the partitions
// and children of its table, indexes, referenced tables.
type action struct {
	*effect.Effect // the pass's: not to be changed
	also           []effect.Effect
}

// actions gives the actions of the given kinds.
func (p *Pass) actions(ops ...effect.Op) []action {
	if !p.Ops.Has(ops...) {
		return nil
	}
	if p.acts == nil {
		p.acts = actionsOf(p.Effects)
	}
	var out []action
	for i := range p.acts {
		if !slices.Contains(ops, p.acts[i].Op) {
			continue
		}
		if out == nil {
			out = p.acts[i : i+1 : i+1]
		} else {
			out = append(out, p.acts[i])
		}
	}
	return out
}

func actionsOf(effects []effect.Effect) []action {
	n := 0
	for i := range effects {
		if effects[i].Op != effect.Also {
			n++
		}
	}
	out := make([]action, 0, n)
	for i := 0; i < len(effects); {
		end := i + 1
		for end < len(effects) && effects[end].Op == effect.Also && effects[end].Via == effects[i].Op {
			end++
		}
		if effects[i].Op != effect.Also {
			out = append(out, action{Effect: &effects[i], also: effects[i+1 : end : end]})
		}
		i = end
	}
	return out
}

// reached gives all that the action reaches, its own relation first.
func (a action) reached() []effect.Effect {
	return append([]effect.Effect{*a.Effect}, a.also...)
}

// works gives the first table on which the action does some of the work while
// others wait: its own, else one below it. Tables that nobody else can be using
// are left out.
func (p *Pass) works(a action, work effect.Work) (effect.Effect, bool) {
	for _, e := range a.reached() {
		r := p.Catalog.Get(e.OID)
		if e.Work.Has(work) && e.Lock.BlocksWrites() && !p.idle(e) && (r == nil || !r.IsIndex()) {
			return e, true
		}
	}
	return effect.Effect{}, false
}

// made tells whether the relation of an effect is the migration's own: its up
// sections created it, in whatever transaction. Dropping it loses nothing that
// was there before.
func (p *Pass) made(e effect.Effect) bool {
	r := p.Catalog.Get(e.OID)
	return e.New || e.Same || r != nil && r.Persistence == catalog.Temp
}

// madeColumn tells whether the migration added the column.
func (p *Pass) madeColumn(e effect.Effect) bool {
	if r := p.Catalog.Get(e.OID); r != nil {
		if c, ok := r.Column(e.Column); ok {
			return c.Migration != 0 && c.Migration == p.Catalog.Migration
		}
	}
	return false
}

// about begins a finding on an effect: place, relation, lock, and who waits for
// the work there. The place is that of the action.
func (p *Pass) about(a action, e effect.Effect, work string) Finding {
	return Finding{
		Span:        a.Span,
		Consequence: p.Waits(e, work),
		Relation:    e.Target.String(),
		Lock:        e.Lock.String(),
	}
}

package rules

import (
	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// refused tells whether the server certainly refuses the i'th statement.
func (p *SectionPass) refused(i int) bool {
	for _, e := range p.Effects[i] {
		if e.Detail.Fails != "" || e.Op == effect.NoTransaction && p.Stmts[i].Tx.Block() {
			return true
		}
	}
	return p.Stmts[i].Err != nil
}

// on begins a finding about an effect of the i'th statement.
func (p *SectionPass) on(i int, e effect.Effect) Finding {
	f := Finding{Span: e.Span, Statement: p.Stmts[i].Span, Lock: e.Lock.String()}
	if e.Kind != "" {
		f.Relation = e.Target.String()
	}
	return f
}

// undone tells whether the transaction of the i'th statement is rolled back.
func (p *SectionPass) undone(i int) bool {
	for j := i + 1; j < len(p.Stmts) && p.Stmts[j].Tx.ID == p.Stmts[i].Tx.ID; j++ {
		for _, e := range p.Effects[j] {
			if e.Op == effect.Rollback && e.Object == "" {
				return true
			}
		}
	}
	return false
}

// isTemp tells whether the relation of a name is temporary.
func (c *Context) isTemp(n catalog.Name) bool {
	r := c.Catalog.Lookup(n)
	return n.Schema == "pg_temp" || r != nil && r.Persistence == catalog.Temp
}

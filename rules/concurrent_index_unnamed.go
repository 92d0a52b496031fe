package rules

import (
	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// ConcurrentIndexUnnamed reports CREATE INDEX CONCURRENTLY without a name: what a
// failed build leaves cannot be named beforehand, and the next attempt makes a
// second index.
var ConcurrentIndexUnnamed = register(Rule{
	ID:       "concurrent-index-unnamed",
	Summary:  "A concurrent index without a name cannot be tried again",
	Category: Failure,
	Severity: Warning,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		e, ok := p.concurrentIndex()
		if !ok || e.Detail.Name != "" {
			return
		}
		f := Finding{Span: p.Stmt.Span, Relation: e.Target.String(),
			Message:     "CREATE INDEX CONCURRENTLY without a name: the server makes one up",
			Consequence: "a build that fails leaves an invalid index, and the next attempt makes another beside it",
			Hint:        "name the index"}
		if at, ok := p.Stmt.Keyword("CONCURRENTLY", "ON"); ok && e.Object != "" {
			f.Hint = p.with(at.Start+len("CONCURRENTLY"), " "+catalog.Quote(e.Object))
			f.Fix = insert(p.Section, at.Start+len("CONCURRENTLY"), " "+catalog.Quote(e.Object))
		}
		p.Report(f)
	},
})

// concurrentIndex gives the effect of a CREATE INDEX CONCURRENTLY that the server
// does not refuse.
func (p *Pass) concurrentIndex() (effect.Effect, bool) {
	if p.fails() != nil || p.Stmt.Tx.Block() {
		return effect.Effect{}, false
	}
	for _, e := range p.Effects {
		if e.Op == effect.CreateIndex && e.Detail.Concurrent {
			return e, true
		}
	}
	return effect.Effect{}, false
}

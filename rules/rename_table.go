package rules

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// RenameTable reports a table or view that gets another name while code uses the
// old one. If the same transaction gives the old name to a view, it is advice.
var RenameTable = register(Rule{
	ID:       "rename-table",
	Summary:  "RENAME breaks running code that uses the old name",
	Category: Breaking,
	Severity: Error,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.RenameTable},
	Section: func(p *SectionPass) {
		for i, effects := range p.Effects {
			for _, e := range effects {
				if e.Op == effect.RenameTable && !e.New && !e.Same && e.Kind != catalog.Sequence {
					p.renamed(i, e)
				}
			}
		}
	},
})

// renamed reports a rename in the i'th statement.
func (p *SectionPass) renamed(i int, e effect.Effect) {
	s := &p.Stmts[i]
	to := catalog.Name{Schema: e.Target.Schema, Name: e.Detail.Name}
	if p.named(i, -1, func(x effect.Effect) bool { return x.Op == effect.RenameTable && x.Target == to }) {
		return // it takes the place of a table that made way for it
	}
	own := cmp.Or(e.In, s)
	begin, commit := "BEGIN;", "COMMIT;"
	if s.Tx.Block() {
		begin, commit = "", ""
	}
	f := Finding{Span: own.Span, Statement: s.Span, Relation: e.Target.String(), Lock: e.Lock.String(),
		Message:     fmt.Sprintf("RENAME TO %s breaks code that uses the name %s", catalog.Quote(e.Detail.Name), e.Target),
		Consequence: "it fails from the commit on; code that uses the new name fails before",
		Hint: lines(begin, own.OneLine(own.Span)+";",
			fmt.Sprintf("CREATE VIEW %s AS SELECT * FROM %s;", e.Target.Short(), to.Short()), commit,
			"in one transaction: old code goes through the view, until none is left and the view can be dropped")}
	takes := func(x effect.Effect) bool {
		created := x.Op == effect.CreateView || x.Op == effect.ReplaceView || x.Op == effect.CreateTable
		back := x.Op == effect.RenameTable && catalog.Name{Schema: x.Target.Schema, Name: x.Detail.Name} == e.Target
		return created && x.Target == e.Target || back
	}
	if p.named(i, +1, takes) || slices.ContainsFunc(p.Effects[i], takes) { // in a DO, both
		f.Severity = Info
		f.Message = fmt.Sprintf("RENAME TO %s: code that uses the name %s gets what has it from the commit on", catalog.Quote(e.Detail.Name), e.Target)
		f.Consequence, f.Hint = "", "a view takes INSERT, UPDATE and DELETE, but neither TRUNCATE nor COPY nor ON CONFLICT on a constraint's name"
	}
	p.Report(f)
}

// named tells whether a statement of the same transaction, after the i'th (step
// 1) or before it (step -1), has such an effect.
func (p *SectionPass) named(i, step int, is func(effect.Effect) bool) bool {
	tx := p.Stmts[i].Tx
	for j := i + step; tx.Block() && j >= 0 && j < len(p.Stmts) && p.Stmts[j].Tx.ID == tx.ID; j += step {
		if slices.ContainsFunc(p.Effects[j], is) {
			return true
		}
	}
	return false
}

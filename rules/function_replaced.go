package rules

import (
	"fmt"
	"slices"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// FunctionOverloaded reports CREATE OR REPLACE FUNCTION with other arguments than
// the function of that name has: nothing is replaced, there are two.
var FunctionOverloaded = register(Rule{
	ID:       "function-overloaded",
	Summary:  "CREATE OR REPLACE FUNCTION with other arguments replaces nothing: there are two",
	Category: Failure,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.CreateFunction},
	Section: func(p *SectionPass) {
		if p.Down {
			return
		}
		made := map[catalog.Name]int{}
		for _, effects := range p.Effects {
			for _, e := range effects {
				if e.Op == effect.CreateFunction {
					made[e.Target]++
				}
			}
		}
		for i, effects := range p.Effects {
			for _, e := range effects {
				if e.Op != effect.CreateFunction || !e.Detail.Replace || e.OID != 0 || made[e.Target] > 1 || p.refused(i) {
					continue
				}
				if len(p.Catalog.Functions(e.Target.Schema, e.Target.Name)) != 2 {
					continue // none, dropped meanwhile, or a name with many already
				}
				f := p.on(i, e)
				f.Lock = ""
				f.Message = fmt.Sprintf("OR REPLACE does not replace %s: its arguments are others, and the old one stays", e.Target)
				f.Consequence = "calls that fit both are refused with SQLSTATE 42725, the others go on calling the old one"
				f.Hint = "drop the old one, with its arguments, when nothing calls it any more\nor leave out OR REPLACE, to say that two are meant"
				p.Report(f)
			}
		}
	},
})

// FunctionBehindIndexReplaced reports a function that an index, a generated column
// or a CHECK calls and that gets another body: what is stored is not computed anew.
var FunctionBehindIndexReplaced = register(Rule{
	ID:       "function-behind-index-replaced",
	Summary:  "an index or a generated column keeps what the old body of a function gave",
	Category: Failure,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.CreateFunction},
	Check: func(p *Pass) {
		for _, e := range p.Effects {
			if e.Op != effect.CreateFunction || e.OID == 0 || e.NoOp {
				continue
			}
			what, table, hint := p.storesCalls(e.OID)
			if what == "" {
				continue
			}
			p.Report(Finding{Span: e.Span, Relation: table,
				Message:     fmt.Sprintf("%s of %s keeps what the old body of %s gave", what, table, e.Target),
				Consequence: "old rows are not computed anew: queries that use it miss them, or find them where they should not",
				Hint:        hint})
		}
	},
})

// storesCalls finds something stored that calls a function, on a table of others.
func (p *Pass) storesCalls(fn catalog.OID) (what, table, hint string) {
	for _, r := range p.Catalog.Relations() {
		if r.Migration == p.Catalog.Migration && r.Migration != 0 {
			continue
		}
		if r.IsIndex() && slices.Contains(r.IndexInfo.Calls, fn) && r.ParentIdx == 0 {
			if t := p.Catalog.Get(r.Table); t != nil {
				return "the index " + r.Name.Short(), t.Name.String(), lines("create it under another name and build the index anew over that one", "or afterwards, if rows of the index may be wrong for a while:", "REINDEX INDEX CONCURRENTLY "+r.Name.Short()+";", p.elsewhere())
			}
		}
		for _, c := range r.Columns {
			if c.Generated == 's' && slices.Contains(c.Default.Calls, fn) {
				return "the generated column " + catalog.Quote(c.Name), r.Name.String(), "create it under another name, and a new generated column over that one"
			}
		}
	}
	return "", "", ""
}

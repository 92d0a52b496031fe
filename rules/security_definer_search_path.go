package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/effect"
)

// SecurityDefinerSearchPath reports a SECURITY DEFINER function that takes its
// search_path from whoever calls it.
var SecurityDefinerSearchPath = register(Rule{
	ID:       "security-definer-search-path",
	Summary:  "a SECURITY DEFINER function runs with its caller's search_path",
	Category: Security,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.CreateFunction, effect.AlterFunction},
	Section: func(p *SectionPass) {
		for i, effects := range p.Effects {
			for _, e := range effects {
				function := e.Op == effect.CreateFunction || e.Op == effect.AlterFunction
				if !function || !e.Detail.SecurityDefiner || e.Detail.SearchPathSet || p.refused(i) || p.setLater(i, e) {
					continue
				}
				if l := e.Detail.Value; l == "c" || l == "internal" {
					continue // no name is looked up
				}
				f := p.on(i, e)
				f.Lock = ""
				f.Message = fmt.Sprintf("%s is SECURITY DEFINER and takes search_path from its caller", e.Target)
				f.Consequence = "who may create objects in a schema, the temporary one too, puts a table or function of his own in place of one that it means, and has it run with the owner's rights"
				f.Hint = "add to it: SET search_path = pg_catalog, pg_temp, and write the schema of all other names"
				p.Report(f)
			}
		}
	},
})

// setLater tells whether a later statement of the section sets the search_path
// of the function.
func (p *SectionPass) setLater(i int, e effect.Effect) bool {
	for _, effects := range p.Effects[i+1:] {
		for _, x := range effects {
			if x.Op == effect.AlterFunction && x.Target == e.Target && x.Detail.SearchPathSet {
				return true
			}
		}
	}
	return false
}

package rules

import (
	"fmt"
	"strings"

	"github.com/safemig/safemig/internal/effect"
)

// SetLogged reports SET LOGGED and SET UNLOGGED, which write the table anew.
var SetLogged = register(Rule{
	ID:       "set-logged",
	Summary:  "SET LOGGED and SET UNLOGGED rewrite the table while every query waits",
	Category: Lock,
	Severity: Error,
	Since:    "0.1.0",
	Check: tableRewrite("create the table anew as it shall be, copy the rows in batches, and swap the names",
		effect.SetLogged, effect.SetUnlogged),
})

// SetAccessMethod reports SET ACCESS METHOD, which writes the table anew.
var SetAccessMethod = register(Rule{
	ID:       "set-access-method",
	Summary:  "SET ACCESS METHOD rewrites the table while every query waits",
	Category: Lock,
	Severity: Error,
	Since:    "0.1.0",
	Check: tableRewrite("create the table anew as it shall be, copy the rows in batches, and swap the names",
		effect.SetAccessMethod),
})

// SetExpression reports SET EXPRESSION of a stored generated column: it is
// computed anew for every row.
var SetExpression = register(Rule{
	ID:       "set-expression",
	Summary:  "SET EXPRESSION rewrites the table while every query waits",
	Category: Lock,
	Severity: Error,
	Since:    "0.1.0",
	Check: tableRewrite("add a plain column that a trigger computes, and fill the old rows in batches",
		effect.SetExpression),
})

// tableRewrite makes the check of a rule about an action that writes the table anew.
func tableRewrite(hint string, ops ...effect.Op) func(*Pass) {
	return func(p *Pass) {
		for _, a := range p.actions(ops...) {
			e, ok := p.works(a, effect.Rewrite)
			if !ok {
				continue // it is so already, it is virtual, or nobody's table
			}
			f := p.about(a, e, "rewrite")
			f.Message = fmt.Sprintf("%s rewrites %s under %s", strings.ToUpper(a.Op.String()), e.Target, e.Lock)
			f.Hint = hint
			p.Report(f)
		}
	}
}

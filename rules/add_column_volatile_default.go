package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// AddColumnVolatileDefault reports ADD COLUMN with a default that is computed for
// every row: the table is rewritten. Where nobody can tell whether a function is
// volatile, it warns.
var AddColumnVolatileDefault = register(Rule{
	ID:       "add-column-volatile-default",
	Summary:  "ADD COLUMN with a volatile default rewrites the table",
	Category: Lock,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		rewritesByDefault(p)
		for _, a := range p.actions(effect.AddColumn) {
			unknown := a.Detail.Column.Default.Set && a.Detail.Volatile == catalog.Unknown
			if !unknown || a.Detail.Cause != "" || a.NoOp || p.IsNew(*a.Effect) {
				continue
			}
			f := p.about(a, *a.Effect, "rewrite")
			f.Severity = Warning
			f.Message = fmt.Sprintf("ADD COLUMN rewrites %s under %s if %s is volatile, which no migration says", a.Target, a.Lock, a.Detail.Default)
			f.Hint = defaultAfterwards(p, a)
			p.Report(f)
		}
	},
})

var rewritesByDefault = addColumnRule(effect.ByDefault,
	func(p *Pass, a action) string { return "ADD COLUMN with the volatile default " + a.Detail.Default },
	defaultAfterwards)

func defaultAfterwards(p *Pass, a action) string {
	add := bare(a, a.Detail.Type)
	if a.Detail.Column.Default.Set && p.defaultText(a) != "…" {
		add += ", ALTER COLUMN " + catalog.Quote(a.Column) + " SET DEFAULT " + p.defaultText(a)
	}
	return lines(alter(*a.Effect, add), fillInBatches, thenNotNull(a))
}

package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// CheckValidatedAtOnce reports ADD CONSTRAINT … CHECK without NOT VALID: the
// server reads the whole table while it holds ACCESS EXCLUSIVE.
var CheckValidatedAtOnce = register(Rule{
	ID:       "check-validated-at-once",
	Summary:  "ADD CHECK without NOT VALID reads the whole table while every query waits",
	Category: Lock,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.AddCheck) {
			e, ok := p.works(a, effect.Scan)
			if !ok || a.Detail.Inline {
				continue // NOT VALID, nobody's table, or add-column-check's
			}
			f := p.about(a, e, "scan")
			f.Message = fmt.Sprintf("ADD CHECK scans %s under %s", e.Target, e.Lock)
			f.Hint = lines(alter(*a.Effect, p.named(a)+" NOT VALID"),
				laterMigration+alter(*a.Effect, "VALIDATE CONSTRAINT "+catalog.Quote(a.Object)))
			if a.Kind != catalog.PartitionedTable && p.Do == nil {
				f.Unsafe = insert(p.Section, a.Span.End, " NOT VALID")
			}
			p.Report(f)
		}
	},
})

// named gives the clause of ADD CONSTRAINT on one line, with the name that the
// server would choose where it has none.
func (p *Pass) named(a action) string {
	clause := p.Stmt.OneLine(a.Span)
	if _, ok := p.Stmt.KeywordIn(a.Span, "ADD", "CONSTRAINT"); !ok && len(clause) > 4 {
		clause = "ADD CONSTRAINT " + catalog.Quote(a.Object) + clause[3:]
	}
	return clause
}

package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// AddColumnCheck reports a CHECK in the definition of a new column: the server
// reads the whole table to verify it, even where every value is NULL.
var AddColumnCheck = register(Rule{
	ID:       "add-column-check",
	Summary:  "ADD COLUMN with a CHECK reads the whole table while every query waits",
	Category: Lock,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.AddCheck) {
			e, ok := p.works(a, effect.Scan)
			if !ok || !a.Detail.Inline || p.columnReported(a) {
				continue
			}
			f := p.about(a, e, "scan")
			f.Message = fmt.Sprintf("ADD COLUMN with a CHECK scans %s under %s", e.Target, e.Lock)
			f.Hint = lines(p.plainColumn(a), p.checkAfterwards(a))
			p.Report(f)
		}
	},
})

// plainColumn gives the ADD COLUMN of the clause in which an inline constraint
// stands, with its default but without constraints.
func (p *Pass) plainColumn(constraint action) string {
	for _, a := range p.actions(effect.AddColumn) {
		if a.Span != constraint.Span {
			continue
		}
		def := bare(a, a.Detail.Type)
		if c := a.Detail.Column.Collation; c != "" {
			def += " COLLATE " + catalog.Quote(c)
		}
		if a.Detail.Column.Default.Set {
			def += " DEFAULT " + p.defaultText(a)
		}
		if a.Detail.NotNull {
			def += " NOT NULL"
		}
		return alter(*a.Effect, def)
	}
	return ""
}

func (p *Pass) checkAfterwards(a action) string {
	name := catalog.Quote(a.Object)
	group, ok := p.Stmt.Group(a.Span, "CHECK")
	if !ok {
		return "then the CHECK NOT VALID, validated in a later migration"
	}
	return lines(
		alter(*a.Effect, "ADD CONSTRAINT "+name+" CHECK "+p.Stmt.OneLine(group)+" NOT VALID"),
		laterMigration+alter(*a.Effect, "VALIDATE CONSTRAINT "+name))
}

package rules

import (
	"fmt"
	"slices"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// addColumnRule makes the check of the rules about ADD COLUMN that rewrites the
// table: each reports one cause. what names it, hint says what to write instead.
func addColumnRule(cause effect.Cause, what, hint func(*Pass, action) string) func(*Pass) {
	return func(p *Pass) {
		for _, a := range p.actions(effect.AddColumn) {
			e, ok := p.works(a, effect.Rewrite)
			if !ok || a.Detail.Cause != cause || p.lacksValue(a) {
				continue // no rewrite, nobody's table, or it fails before
			}
			f := p.about(a, e, "rewrite")
			f.Message = fmt.Sprintf("%s rewrites %s under %s", what(p, a), e.Target, e.Lock)
			f.Hint = hint(p, a)
			p.Report(f)
		}
	}
}

// lacksValue tells whether ADD COLUMN asks for NOT NULL and gives the rows no
// value: it fails on the first row.
func (p *Pass) lacksValue(a action) bool {
	return a.Detail.NotNull && !a.Detail.HasDefault && a.Detail.Column.Identity == 0 && !a.NoOp && a.Kind != catalog.ForeignTable
}

// columnReported tells whether a constraint stands in the definition of a new
// column that is reported itself: one cause, one finding.
func (p *Pass) columnReported(constraint action) bool {
	if !constraint.Detail.Inline {
		return false
	}
	return slices.ContainsFunc(p.actions(effect.AddColumn), func(a action) bool {
		if a.Span != constraint.Span || p.IsNew(*a.Effect) {
			return false
		}
		_, rewrites := p.works(a, effect.Rewrite)
		return rewrites || p.lacksValue(a)
	})
}

// bare gives the ADD COLUMN without anything that costs.
func bare(a action, typ string) string {
	return "ADD COLUMN " + catalog.Quote(a.Column) + " " + typ
}

// defaultText gives the DEFAULT of a new column as it is written.
func (p *Pass) defaultText(a action) string {
	stop := []string{"CONSTRAINT", "NOT", "NULL", "CHECK", "UNIQUE", "PRIMARY", "REFERENCES", "GENERATED", "COLLATE"}
	if s, ok := p.Stmt.Following(a.Span, stop, "DEFAULT"); ok {
		return p.Stmt.OneLine(s)
	}
	return "…"
}

// thenNotNull is the rest of the way of a new column that is to be NOT NULL.
func thenNotNull(a action) string {
	if a.Detail.NotNull {
		return "then NOT NULL as safemig explain set-not-null shows"
	}
	return ""
}

// fromSequence is the way to a numbered column without a rewrite.
func fromSequence(p *Pass, a action) string {
	typ := map[string]string{"serial": "integer", "serial4": "integer", "bigserial": "bigint", "serial8": "bigint",
		"smallserial": "smallint", "serial2": "smallint"}[a.Detail.Type]
	if typ == "" {
		typ = a.Detail.Type
	}
	seq := catalog.Name{Schema: a.Target.Schema, Name: a.Target.Name + "_" + a.Column + "_seq"}.Short()
	column := a.Target.Short() + "." + catalog.Quote(a.Column)
	return lines(
		"CREATE SEQUENCE "+seq+" AS "+typ+";",
		alter(*a.Effect, bare(a, typ)+", ALTER COLUMN "+catalog.Quote(a.Column)+" SET DEFAULT nextval('"+seq+"')"),
		"ALTER SEQUENCE "+seq+" OWNED BY "+column+";",
		fillInBatches,
		thenNotNull(a))
}

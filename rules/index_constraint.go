package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// buildsIndex makes the check of the rules about constraints whose index is
// built at once, under ACCESS EXCLUSIVE.
func buildsIndex(op effect.Op, what string, hint func(*Pass, action) string) func(*Pass) {
	return func(p *Pass) {
		for _, a := range p.actions(op) {
			e, ok := p.works(a, effect.Build)
			if !ok || p.columnReported(a) {
				continue // USING INDEX, nobody's table, or the column is reported
			}
			f := p.about(a, e, "build")
			f.Message = fmt.Sprintf("%s builds an index on %s under %s", what, e.Target, e.Lock)
			if e.OID != a.OID && a.Lock > e.Lock && !p.IsNew(*a.Effect) { // on a partition, and who asks the parent waits
				f.Message = fmt.Sprintf("%s builds an index on %s while %s is held on %s", what, e.Target, a.Lock, a.Target)
				f.Consequence, f.Lock = p.Waits(*a.Effect, "build"), a.Lock.String()
			}
			f.Hint = hint(p, a)
			p.Report(f)
		}
	}
}

// uniqueIndexFirst is the way to UNIQUE or PRIMARY KEY on which nobody waits: the
// index is built CONCURRENTLY and then taken over.
func uniqueIndexFirst(p *Pass, a action, kind string) string {
	if a.Kind == catalog.PartitionedTable { // which cannot take an index over
		return "first on each partition CREATE UNIQUE INDEX CONCURRENTLY, and ADD CONSTRAINT … " + kind + " USING INDEX\n" +
			"then ADD " + kind + " to the partitioned table, which takes them over and builds nothing"
	}
	name := catalog.Quote(a.Object)
	index := fmt.Sprintf("CREATE UNIQUE INDEX CONCURRENTLY %s ON %s %s", name, a.Target.Short(), columnList(a.Detail.Columns))
	take := fmt.Sprintf("ADD CONSTRAINT %s %s USING INDEX %s", name, kind, name)
	if !a.Detail.Inline {
		if g, ok := p.Stmt.Group(a.Span, "INCLUDE"); ok {
			index += " INCLUDE " + p.Stmt.OneLine(g)
		}
		if _, ok := p.Stmt.KeywordIn(a.Span, "NULLS", "NOT", "DISTINCT"); ok {
			index += " NULLS NOT DISTINCT"
		}
		if s, ok := p.Stmt.Following(a.Span, nil, "DEFERRABLE"); ok {
			take += " DEFERRABLE " + p.Stmt.OneLine(s)
		} else if _, ok := p.Stmt.KeywordIn(a.Span, "DEFERRABLE"); ok {
			take += " DEFERRABLE"
		}
		return lines(p.outside(index+";"), laterMigration+alter(*a.Effect, take))
	}
	return lines(p.plainColumn(a), laterMigration+index+";", p.elsewhere(), laterMigration+alter(*a.Effect, take))
}

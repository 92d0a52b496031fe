package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// AlterColumnType reports ALTER COLUMN … TYPE where the server does work under
// ACCESS EXCLUSIVE: it rewrites the table, rebuilds indexes over the column, or
// verifies CHECKs on it again. Where the old type is not known, it warns.
var AlterColumnType = register(Rule{
	ID:       "alter-column-type",
	Summary:  "ALTER COLUMN TYPE rewrites or reads the table while every query waits",
	Category: Lock,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.AlterType) {
			e, ok := p.works(a, effect.Rewrite|effect.Scan)
			if !ok || e.Op == effect.Also && e.Column == "" {
				continue // the values stay as they are, or only another table is read
			}
			work := "rewrite"
			if !e.Work.Has(effect.Rewrite) {
				work = "scan"
			}
			f := p.about(a, e, work)
			f.Message = fmt.Sprintf("ALTER COLUMN %s TYPE %s %ss %s under %s: %s",
				catalog.Quote(a.Column), a.Detail.Type, work, e.Target, e.Lock, e.Why)
			f.Hint = newColumn(a)
			switch {
			case a.Detail.Unknown == catalog.Yes:
				f.Severity = Warning
				f.Message = fmt.Sprintf("ALTER COLUMN %s TYPE %s rewrites %s under %s unless the values can stay as they are: no migration says what type the column has",
					catalog.Quote(a.Column), a.Detail.Type, e.Target, e.Lock)
			case work == "scan" && p.rebuildsIndex(a):
				f.Hint = "first drop the indexes on the column with DROP INDEX CONCURRENTLY\n" +
					"then change the type, and build them again with CREATE INDEX CONCURRENTLY"
			case work == "scan":
				f.Hint = "first drop the CHECK constraints on the column\n" +
					"then change the type, add them NOT VALID, and validate them in a later migration"
			}
			p.Report(f)
		}
	},
})

// newColumn begins the way to another type on which nobody waits.
func newColumn(a action) string {
	name := catalog.Quote(a.Column + "_new")
	return lines(
		alter(*a.Effect, "ADD COLUMN "+name+" "+a.Detail.Type),
		"write both columns from a trigger, and fill the old rows in batches, each in a transaction of its own",
		"then swap the names in one transaction, and drop the old column in a later migration")
}

// rebuildsIndex tells whether the action builds an index anew.
func (p *Pass) rebuildsIndex(a action) bool {
	for _, e := range a.also {
		if e.Work.Has(effect.Build) {
			return true
		}
	}
	return false
}

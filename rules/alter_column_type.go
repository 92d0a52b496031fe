package rules

import (
	"fmt"
	"strings"

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
		var rewrites []typeChange // of one table, which is rewritten once for all of them
		for _, a := range p.actions(effect.AlterType) {
			e, ok := p.works(a, effect.Rewrite|effect.Scan)
			if !ok || e.Op == effect.Also && e.Column == "" {
				continue // the values stay as they are, or only another table is read
			}
			c := typeChange{a, e}
			if !e.Work.Has(effect.Rewrite) {
				p.reportTypeScan(c)
				continue
			}
			if len(rewrites) > 0 && c.certain() && !rewrites[0].certain() {
				rewrites[0], c = c, rewrites[0]
			}
			rewrites = append(rewrites, c)
		}
		if len(rewrites) > 0 {
			p.reportTypeRewrite(rewrites)
		}
	},
})

// typeChange is one ALTER COLUMN TYPE and its work on a table.
type typeChange struct {
	action
	on effect.Effect
}

// certain tells whether it is known that the values change.
func (c *typeChange) certain() bool { return c.Detail.Unknown != catalog.Yes }

func (p *Pass) reportTypeScan(c typeChange) {
	f := p.about(c.action, c.on, "scan")
	f.Message = fmt.Sprintf("ALTER COLUMN %s TYPE %s scans %s under %s: %s", catalog.Quote(c.Column), c.Detail.Type, c.on.Target, c.on.Lock, c.on.Why)
	if p.rebuildsIndex(c.action) {
		f.Hint = "first drop the indexes on the column with DROP INDEX CONCURRENTLY\n" +
			"then change the type, and build them again with CREATE INDEX CONCURRENTLY"
	} else {
		f.Hint = "first drop the CHECK constraints on the column\n" +
			"then change the type, add them NOT VALID, and validate them in a later migration"
	}
	p.Report(f)
}

// reportTypeRewrite reports the rewrite at the first of its causes.
func (p *Pass) reportTypeRewrite(cs []typeChange) {
	c := cs[0]
	f := p.about(c.action, c.on, "rewrite")
	why := ": " + c.on.Why
	if !c.certain() {
		why = " unless the values can stay as they are: no migration says what type the column has"
	}
	f.Message = fmt.Sprintf("ALTER COLUMN %s TYPE %s rewrites %s under %s%s", catalog.Quote(c.Column), c.Detail.Type, c.on.Target, c.on.Lock, why)
	f.Hint = newColumn(c.action)
	if more := cs[1:]; len(more) > 0 {
		var names []string
		for _, m := range more {
			names = append(names, catalog.Quote(m.Column))
		}
		f.Message += "; so does the change of " + strings.Join(names, ", ")
		f.Hint = lines(f.Hint, "and so with "+strings.Join(names, ", "))
	}
	if !c.certain() {
		f.Severity = Warning
	}
	p.Report(f)
}

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

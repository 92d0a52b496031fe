package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
)

// UnvalidatedConstraintLeft reports a NOT VALID constraint that no later migration
// validates. The newest migration has no later one yet.
var UnvalidatedConstraintLeft = register(Rule{
	ID:       "unvalidated-constraint-left",
	Summary:  "a NOT VALID constraint is never validated",
	Category: Hygiene,
	Severity: Warning,
	Since:    "0.1.0",
	History: func(p *HistoryPass) {
		for _, r := range p.Catalog.Relations() {
			for _, k := range r.Constraints {
				if !k.NotValid || k.NotEnforced || k.Inherited || k.Migration == 0 || k.Migration >= len(p.Migrations) {
					continue
				}
				at, ok := k.Place.(*effect.Place)
				if !ok {
					continue
				}
				f := Finding{File: at.File, Migration: p.Migrations[k.Migration-1].Version, Span: at.Span, Statement: at.Statement}
				f.Message = fmt.Sprintf("%s of %s is NOT VALID, and no later migration validates it", catalog.Quote(k.Name), r.Name)
				f.Consequence = "old rows may break it for ever; the planner does not rely on it, and pg_upgrade and dumps carry it along"
				f.Hint = laterMigration + fmt.Sprintf("ALTER TABLE %s VALIDATE CONSTRAINT %s;", r.Name.Short(), catalog.Quote(k.Name))
				f.Relation = r.Name.String()
				p.Report(f)
			}
		}
	},
})

// where begins a finding about the statement of the n'th migration that has such
// an effect. Its text is read again, without the history: a name that depends on
// others may be another, then it is the file.
func (p *HistoryPass) where(n int, is func(effect.Effect) bool) Finding {
	m := p.Migrations[n-1]
	f := Finding{File: m.File, Migration: m.Version, Span: migration.Span{}}
	if p.lastN != n {
		p.lastN, p.last = n, reread(m, p.PG)
	}
	for _, s := range p.last {
		for _, e := range s.effects {
			if is(e) {
				f.File, f.Span, f.Statement = s.file, e.Span, s.span
				return f
			}
		}
	}
	return f
}

// again is a statement that was read once more.
type again struct {
	file    *migration.File
	span    migration.Span
	effects []effect.Effect
}

func reread(m *migration.Migration, pg int) []again {
	var out []again
	for i := range m.Up {
		stmts := pgsql.Parse(&m.Up[i])
		for j := range stmts {
			out = append(out, again{m.Up[i].File, stmts[j].Span, effect.Of(&stmts[j], catalog.New(), pg)})
		}
	}
	return out
}

package rules

import (
	"fmt"
	"slices"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// ConstraintUnnamed reports ADD CONSTRAINT without a name. It is off by default: the
// names that the server chooses are the same everywhere as long as the histories are.
var ConstraintUnnamed = register(Rule{
	ID:       "constraint-unnamed",
	Summary:  "a constraint without a name gets one that may be another elsewhere",
	Category: Hygiene,
	Severity: Off,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.AddCheck, effect.AddForeignKey, effect.AddUnique, effect.AddExclusion},
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.AddCheck, effect.AddForeignKey, effect.AddUnique, effect.AddExclusion) {
			if a.Detail.Bare && !p.Down {
				p.Report(Finding{Span: a.Span, Severity: Info, Relation: a.Target.String(),
					Message:     fmt.Sprintf("the server chooses a name for the constraint of %s: %s", a.Target, catalog.Quote(a.Object)),
					Consequence: "where that one is taken it is another, and a later DROP or VALIDATE CONSTRAINT does not find it",
					Hint:        "ADD CONSTRAINT with a name"})
			}
		}
	},
})

// InsertWithoutColumns reports INSERT without a list of columns. It is off by default:
// in a history that only goes forward it says the same each time.
var InsertWithoutColumns = register(Rule{
	ID:       "insert-without-columns",
	Summary:  "INSERT without a list of columns depends on their order",
	Category: Hygiene,
	Severity: Off,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.Insert},
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.Insert) {
			if a.Detail.Bare && !p.made(*a.Effect) && !p.Down {
				p.Report(Finding{Span: a.Span, Severity: Info, Relation: a.Target.String(),
					Message:     fmt.Sprintf("INSERT into %s does not say which columns it fills", a.Target),
					Consequence: "where a column was added, dropped or made in another order, values go astray or the statement fails",
					Hint:        "name the columns"})
			}
		}
	},
})

// TableNotQualified reports CREATE TABLE without a schema. It is off by default: most
// projects have one schema and never set search_path.
var TableNotQualified = register(Rule{
	ID:       "table-not-qualified",
	Summary:  "CREATE TABLE without a schema goes where search_path happens to point",
	Category: Hygiene,
	Severity: Off,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.CreateTable},
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.CreateTable) {
			if _, set := p.Catalog.Setting("search_path"); !a.Detail.Bare || set || p.Down || a.NoOp || a.Target.Schema == "pg_temp" {
				continue
			}
			p.Report(Finding{Span: a.Span, Severity: Info, Relation: a.Target.String(),
				Message:     fmt.Sprintf("CREATE TABLE %s names no schema", catalog.Quote(a.Target.Name)),
				Consequence: "a role or database with another search_path gets it elsewhere",
				Hint:        "write " + a.Target.String()})
		}
	},
})

// AnalyzeMissing reports a change of all values of a table after which no ANALYZE
// follows. It is off by default: autovacuum comes by, some time later.
var AnalyzeMissing = register(Rule{
	ID:       "analyze-missing",
	Summary:  "after a rewrite or a backfill the planner knows nothing of the new values",
	Category: Hygiene,
	Severity: Off,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.AlterType, effect.Update, effect.AddColumn},
	Section: func(p *SectionPass) {
		if p.Down {
			return
		}
		for i, effects := range p.Effects {
			for _, e := range effects {
				changed := e.Op == effect.AlterType && e.Work.Has(effect.Rewrite) || e.Op == effect.AddColumn && e.Work.Has(effect.Rewrite) ||
					e.Op == effect.Update && !e.Detail.Bounded && e.Work.Has(effect.Scan)
				if !changed || e.New || e.Same || p.refused(i) || p.isTemp(e.Target) || p.analyzes(i, e.OID) {
					continue
				}
				f := p.on(i, e)
				f.Lock, f.Severity = "", Info
				f.Message = fmt.Sprintf("%s gets new values, and no ANALYZE after them", e.Target)
				f.Consequence = "until autovacuum comes by, plans go by statistics of the old ones, or by none"
				f.Hint = "ANALYZE it afterwards, which no query waits for"
				p.Report(f)
				break
			}
		}
	},
})

// analyzes tells whether a statement after the i'th analyzes the table, or all tables.
func (p *SectionPass) analyzes(i int, table catalog.OID) bool {
	for _, effects := range p.Effects[i+1:] {
		if slices.ContainsFunc(effects, func(e effect.Effect) bool { return e.Op == effect.Analyze && (e.OID == table || e.OID == 0) }) {
			return true
		}
	}
	return false
}

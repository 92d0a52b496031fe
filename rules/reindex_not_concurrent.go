package rules

import (
	"fmt"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// ReindexNotConcurrent reports REINDEX without CONCURRENTLY: writes of the table
// wait for SHARE, and reads too, since planning opens every index.
var ReindexNotConcurrent = register(Rule{
	ID:       "reindex-not-concurrent",
	Summary:  "REINDEX stops reads and writes of the table until the index is rebuilt",
	Category: Lock,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.Reindex) {
			var f Finding
			what := ""
			if e, ok := p.rebuilt(a); ok {
				f = p.about(a, e, "rebuild")
				f.Consequence = p.Waits(effect.Effect{Target: e.Target, Lock: effect.AccessExclusive}, "rebuild")
				if what = "the indexes of " + e.Target.String(); a.Kind == catalog.Index {
					what = a.Target.String()
				}
			} else if what, ok = p.unseen(a); ok {
				f.Span = a.Span
				f.Consequence = "reads and writes of each table wait while its indexes are rebuilt"
			} else {
				continue
			}
			f.Message = fmt.Sprintf("REINDEX rebuilds %s under %s", what, effect.AccessExclusive)
			f.Lock = effect.AccessExclusive.String()
			f.Hint = p.reindexConcurrently(a, &f)
			p.Report(f)
			return // one statement, one finding
		}
	},
})

// rebuilt gives the table whose index is rebuilt while others wait; the index
// where its table is not known.
func (p *Pass) rebuilt(a action) (effect.Effect, bool) {
	if a.Detail.Concurrent {
		return effect.Effect{}, false
	}
	if e, ok := p.works(a, effect.Scan); ok {
		return e, true
	}
	r := p.Catalog.Get(a.OID)
	alone := a.Kind == catalog.Index && (r == nil || r.Table == 0)
	return *a.Effect, alone && a.Work.Has(effect.Build) && !p.IsNew(*a.Effect)
}

// unseen tells whether a schema or database is reindexed of whose tables no
// migration speaks, and gives what is rebuilt.
func (p *Pass) unseen(a action) (string, bool) {
	where, ok := strings.CutPrefix(a.Object, "REINDEX ")
	if !ok || where == "SYSTEM" || a.Detail.Concurrent {
		return "", false // CONCURRENTLY leaves catalogs out
	}
	return "every index of the " + strings.ToLower(where), true
}

// reindexConcurrently gives the statement to write instead, and the edit where
// one word is all.
func (p *Pass) reindexConcurrently(a action, f *Finding) string {
	if r := p.Catalog.Get(a.OID); r != nil {
		if t := p.Catalog.Get(r.Table); t != nil {
			if k, ok := t.FindConstraint(r.Constraint); ok && k.Kind == catalog.Exclusion {
				return "the index of an EXCLUDE constraint cannot be rebuilt CONCURRENTLY: take a maintenance window"
			}
		}
	}
	for _, kind := range []string{"INDEX", "TABLE", "SCHEMA", "DATABASE"} {
		if at, ok := p.after("REINDEX", kind); ok {
			if p.Outside() == "" {
				f.Fix = []Edit{{Start: at, End: at, Text: " CONCURRENTLY"}}
			}
			return p.outside(p.with(at, " CONCURRENTLY"))
		}
	}
	return p.outside("REINDEX … CONCURRENTLY")
}

package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// DropIndexNotConcurrent reports DROP INDEX without CONCURRENTLY: it does no work,
// but waits for every query on the table, while all new ones wait behind it.
var DropIndexNotConcurrent = register(Rule{
	ID:       "drop-index-not-concurrent",
	Summary:  "DROP INDEX waits for every query on the table, and new ones wait behind it",
	Category: Lock,
	Severity: Warning,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.DropIndex) {
			if a.Detail.Concurrent || p.made(*a.Effect) {
				continue // or the migration's own, which its down section takes back
			}
			f := p.about(a, *a.Effect, "")
			table := "its table"
			if r := p.Catalog.Get(a.OID); r != nil {
				for _, e := range a.also {
					if e.OID == r.Table {
						if p.IsNew(e) {
							return
						}
						table, f.Relation, f.Consequence = e.Target.String(), e.Target.String(), p.Waits(e, "")
					}
				}
			}
			f.Message = fmt.Sprintf("DROP INDEX takes %s on %s", a.Lock, table)
			f.Hint = p.dropConcurrently(a, &f)
			p.Report(f)
			return // one statement, one finding
		}
	},
})

// dropConcurrently gives the statements to write instead, and the edit where one
// word is all.
func (p *Pass) dropConcurrently(a action, f *Finding) string {
	if r := p.Catalog.Get(a.OID); r != nil && r.Kind == catalog.PartitionedIndex {
		return "a partitioned index cannot be dropped CONCURRENTLY: set a lock_timeout and try again when it strikes"
	}
	at, ok := p.after("DROP", "INDEX")
	switch {
	case a.Detail.Cascade:
		return "CASCADE is refused with CONCURRENTLY: drop what depends on the index first"
	case len(a.Detail.Names) > 1 || !ok:
		return p.outside("one DROP INDEX CONCURRENTLY for each index")
	case p.Outside() == "":
		f.Fix = []Edit{{Start: at, End: at, Text: " CONCURRENTLY"}}
	}
	return p.outside(p.with(at, " CONCURRENTLY"))
}

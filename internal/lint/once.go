package lint

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/rules"
)

// once keeps, of the findings of a rule that asks for it, the first of every
// history, on the way up if there is one, and says in how many further migrations there are more. The findings
// are ordered; what was answered for is out already, so that the next place
// takes over from one that is.
func (r *run) once() {
	if r.opts.Every {
		return
	}
	r.onceATransaction()
	type place struct {
		rule *rules.Rule
		h    *History
	}
	first := map[place]string{} // the migration of the one kept
	more := map[place]map[string]bool{}
	at := func(f *rules.Finding) place { return place{f.Rule, r.of[f.File]} }
	up := map[place]bool{} // where one is on the way up, none on the way down is kept
	for i := range r.out.Findings {
		if f := &r.out.Findings[i]; f.Rule.Once && f.Direction == "up" {
			up[at(f)] = true
		}
	}
	r.out.Findings = slices.DeleteFunc(r.out.Findings, func(f rules.Finding) bool {
		if !f.Rule.Once {
			return false
		}
		p, id := at(&f), migrationOf(&f)
		if first[p] == "" && (f.Direction == "up" || !up[p]) {
			first[p] = id
			return false
		}
		if more[p] == nil {
			more[p] = map[string]bool{}
		}
		more[p][id] = true
		return true
	})
	for p, id := range first {
		delete(more[p], id)
	}
	for i := range r.out.Findings {
		f := &r.out.Findings[i]
		switch n := len(more[at(f)]); {
		case !f.Rule.Once || n == 0:
		case n == 1:
			f.Message += "; one further migration does the same"
		default:
			f.Message += fmt.Sprintf("; %d further migrations do the same", n)
		}
	}
}

// migrationOf tells the migrations of a history apart: an up and a down file
// have one version, files without a version are their own.
func migrationOf(f *rules.Finding) string { return cmp.Or(f.Migration, f.File.Path) }

// onceATransaction does the same for each transaction.
func (r *run) onceATransaction() {
	type place struct {
		rule *rules.Rule
		file *migration.File
		tx   int
	}
	of := func(f *rules.Finding) (place, bool) {
		return place{f.Rule, f.File, f.Tx}, f.Rule.OnceATransaction && f.Tx != 0
	}
	most, count := map[place]rules.Severity{}, map[place]int{}
	for i := range r.out.Findings {
		if p, ok := of(&r.out.Findings[i]); ok {
			most[p] = max(most[p], r.out.Findings[i].Severity)
			count[p]++
		}
	}
	kept := map[place]bool{}
	r.out.Findings = slices.DeleteFunc(r.out.Findings, func(f rules.Finding) bool {
		p, ok := of(&f)
		if !ok {
			return false
		}
		if kept[p] || f.Severity < most[p] {
			return true
		}
		kept[p] = true
		return false
	})
	for i := range r.out.Findings {
		f := &r.out.Findings[i]
		switch p, ok := of(f); {
		case !ok || count[p] == 1:
		case count[p] == 2:
			f.Message += "; so does one more statement of the transaction"
		default:
			f.Message += fmt.Sprintf("; so do %d more statements of the transaction", count[p]-1)
		}
	}
}

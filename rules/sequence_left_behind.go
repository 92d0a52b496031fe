package rules

import (
	"fmt"
	"slices"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// SequenceLeftBehind reports rows that a file gives numbers which the column would
// have taken from its sequence: the sequence does not know of them.
var SequenceLeftBehind = register(Rule{
	ID:       "sequence-left-behind",
	Summary:  "rows get numbers that the column's sequence will give again",
	Category: Failure,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.Insert},
	Section: func(p *SectionPass) {
		if p.Down {
			return
		}
		for i, effects := range p.Effects {
			for _, e := range effects {
				if e.Op != effect.Insert || len(e.Detail.Columns) == 0 || p.refused(i) || p.undone(i) {
					continue
				}
				r := p.Catalog.Lookup(e.Target)
				if r == nil {
					continue
				}
				c := p.numbered(r, e.Detail)
				if c == nil || p.setsSequence(i) {
					continue
				}
				f := p.on(i, e)
				f.Lock = ""
				f.Message = fmt.Sprintf("%s of %s gets numbers here that its sequence does not know of", catalog.Quote(c.Name), r.Name)
				f.Consequence = "the sequence gives them again: the first INSERT without one fails with SQLSTATE 23505"
				f.Hint = lines("after it:", fmt.Sprintf("SELECT setval(pg_get_serial_sequence('%s', '%s'), (SELECT max(%s) FROM %s));", r.Name.Short(), c.Name, catalog.Quote(c.Name), r.Name.Short()))
				p.Report(f)
				return
			}
		}
	},
})

// numbered gives the column of a key that takes its numbers from a sequence and
// to which an INSERT gives constants.
func (p *SectionPass) numbered(r *catalog.Relation, d effect.Detail) *catalog.Column {
	pk, ok := r.Primary()
	if !ok || len(pk.Columns) != 1 {
		return nil
	}
	c, ok := r.Column(pk.Columns[0])
	if !ok || c.Default.Sequence == 0 && c.Identity == 0 || !slices.Contains(d.Names, c.Name) {
		return nil
	}
	return c
}

// setsSequence tells whether the section sets a sequence after the i'th statement,
// or takes numbers from it.
func (p *SectionPass) setsSequence(i int) bool {
	for _, effects := range p.Effects[i:] {
		for _, e := range effects {
			if e.Kind == catalog.Sequence || e.Op == effect.AlterSequence || e.Op == effect.AlterIdentity || e.Op == effect.AddIdentity || e.Op == effect.Do && e.Object == "opaque" {
				return true
			}
		}
	}
	return false
}

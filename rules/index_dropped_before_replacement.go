package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// IndexDroppedBeforeReplacement reports an index that is dropped before the one
// that takes its place is built, outside a transaction.
var IndexDroppedBeforeReplacement = register(Rule{
	ID:       "index-dropped-before-replacement",
	Summary:  "an index is dropped before the one that replaces it is built",
	Category: Failure,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.DropIndex},
	Section: func(p *SectionPass) {
		if p.Down {
			return
		}
		for i, effects := range p.Effects {
			for k, e := range effects {
				if e.Op != effect.DropIndex || len(e.Detail.Columns) == 0 || p.Stmts[i].Tx.Block() || p.refused(i) {
					continue
				}
				table := tableOf(effects[k:])
				for j := i + 1; j < len(p.Effects); j++ {
					for _, c := range p.Effects[j] {
						if c.Op != effect.CreateIndex || c.OID != table || table == 0 || c.NoOp || c.New || len(c.Detail.Columns) == 0 || c.Detail.Columns[0] != e.Detail.Columns[0] || e.Detail.Columns[0] == "" {
							continue
						}
						f := p.on(i, e)
						f.Message = fmt.Sprintf("%s is dropped here, what takes its place is built on line %d", e.Target.Short(), p.Line(&p.Stmts[j]))
						f.Consequence = fmt.Sprintf("until that is done, queries on %s that used it read the whole table", catalog.Quote(e.Detail.Columns[0]))
						f.Hint = "build the new one first, under another name, then drop this; ALTER INDEX … RENAME gives it the old name"
						f.Relation = c.Target.String()
						p.Report(f)
						return
					}
				}
			}
		}
	},
})

// tableOf gives the table of the index that the first effect drops, 0 if unknown.
func tableOf(effects []effect.Effect) catalog.OID {
	for _, e := range effects[1:] {
		if e.Op != effect.Also || e.Via != effect.DropIndex {
			break
		}
		if holdsRows(e.Kind) {
			return e.OID
		}
	}
	return 0
}

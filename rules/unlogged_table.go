package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// UnloggedTable reports CREATE UNLOGGED TABLE: it is empty after a crash.
var UnloggedTable = register(Rule{
	ID:       "unlogged-table",
	Summary:  "an unlogged table is empty after a crash, and on replicas",
	Category: DataLoss,
	Severity: Info,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.CreateTable, effect.CreateTableAs},
	Section: func(p *SectionPass) {
		for i, effects := range p.Effects {
			for _, e := range effects {
				if e.Op != effect.CreateTable && e.Op != effect.CreateTableAs || e.NoOp || p.refused(i) {
					continue
				}
				if r := p.Catalog.Lookup(e.Target); r != nil && r.Persistence == catalog.Unlogged {
					f := p.on(i, e)
					f.Message = fmt.Sprintf("%s is UNLOGGED: it is empty after a crash, and replicas do not have it", e.Target)
					f.Lock = ""
					p.Report(f)
				}
			}
		}
	},
})

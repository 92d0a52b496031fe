package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/effect"
)

// SetTablespaceCopies reports SET TABLESPACE of a table or index: its files are
// copied under ACCESS EXCLUSIVE.
var SetTablespaceCopies = register(Rule{
	ID:       "set-tablespace-copies",
	Summary:  "SET TABLESPACE copies the files while every query waits",
	Category: Lock,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, e := range p.Effects {
			if !e.Work.Has(effect.Copy) || !e.Lock.BlocksReads() || p.IsNew(e) {
				continue
			}
			f := Finding{Span: e.Span, Consequence: p.Waits(e, "copy"), Relation: e.Target.String(), Lock: e.Lock.String(),
				Message: fmt.Sprintf("SET TABLESPACE copies %s under %s", e.Target, e.Lock),
				Hint:    "use pg_repack with a tablespace, which keeps the table open while it copies"}
			if r := p.Catalog.Get(e.OID); r != nil && r.IsIndex() {
				if t := p.Catalog.Get(r.Table); t != nil {
					f.Consequence = fmt.Sprintf("every read and write of %s waits for the copy: planning opens all indexes", t.Name)
				}
				f.Hint = "build the index anew in the other tablespace with CREATE INDEX CONCURRENTLY, then drop the old one CONCURRENTLY"
				if p.PG >= 14 && e.Object != "" {
					f.Hint = p.outside(fmt.Sprintf("REINDEX (CONCURRENTLY, TABLESPACE %s) INDEX %s;", e.Object, e.Target.Short()))
				}
			}
			p.Report(f)
			return
		}
	},
})

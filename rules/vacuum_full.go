package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// VacuumFull reports VACUUM FULL: the table is written anew under ACCESS EXCLUSIVE.
var VacuumFull = register(Rule{
	ID:       "vacuum-full",
	Summary:  "VACUUM FULL rewrites the table while every query waits",
	Category: Lock,
	Severity: Error,
	Since:    "0.1.0",
	Check:    rewritesWhole("VACUUM FULL", effect.VacuumFull),
})

// Cluster reports CLUSTER, and REPACK without CONCURRENTLY: the table is written
// anew under ACCESS EXCLUSIVE.
var Cluster = register(Rule{
	ID:       "cluster",
	Summary:  "CLUSTER and REPACK rewrite the table while every query waits",
	Category: Lock,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		rewritesWhole("CLUSTER", effect.Cluster)(p)
		rewritesWhole("REPACK", effect.Repack)(p)
	},
})

// rewritesWhole makes the check of the rules about commands that do nothing but
// write tables anew. Without a table they take all there are: one finding.
func rewritesWhole(what string, op effect.Op) func(*Pass) {
	return func(p *Pass) {
		for _, a := range p.actions(op) {
			e, ok := p.works(a, effect.Rewrite)
			f := p.about(a, e, "rewrite")
			switch {
			case a.Kind == "" && a.Lock == effect.NoLock: // of the whole database, of which no table is known
				f = Finding{Span: a.Span, Message: what + " rewrites every table of the database under ACCESS EXCLUSIVE",
					Consequence: "every read and write of the table under way waits"}
			case !ok:
				continue
			default:
				f.Message = fmt.Sprintf("%s rewrites %s under %s", what, e.Target, e.Lock)
			}
			f.Hint = "use pg_repack or pg_squeeze, which keep the table open while they copy it"
			if r := p.Catalog.Get(a.OID); p.PG >= 19 && (r == nil || r.Kind != catalog.PartitionedTable) && a.Kind != "" {
				f.Hint = p.outside(fmt.Sprintf("REPACK (CONCURRENTLY) %s;", a.Target.Short()))
			}
			p.Report(f)
			return
		}
	}
}

package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/effect"
)

// AttachPartitionScan reports ATTACH PARTITION of a table of which nothing proves
// that its rows are within the bounds: the server reads all of it.
var AttachPartitionScan = register(Rule{
	ID:       "attach-partition-scan",
	Summary:  "ATTACH PARTITION reads the whole table that is attached",
	Category: Lock,
	Severity: Warning,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.AttachPartition) {
			for _, e := range a.also {
				if !e.Work.Has(effect.Scan) || p.IsNew(e) || p.inDefault(e) && e.OID != a.Detail.RefOID {
					continue // nothing to read, or attach-scans-default's
				}
				if !e.Lock.BlocksWrites() {
					continue
				}
				f := p.about(a, e, "scan")
				f.Message = fmt.Sprintf("ATTACH PARTITION scans %s under %s", e.Target, e.Lock)
				f.Hint = "first a CHECK on it with the bounds of the partition: key IS NOT NULL AND key >= … AND key < …\n" +
					"add it NOT VALID, and VALIDATE CONSTRAINT in a later migration\n" +
					"then nothing is read, and the CHECK can be dropped"
				if e.Work.Has(effect.Build) {
					f.Message = fmt.Sprintf("ATTACH PARTITION builds an index on %s under %s", e.Target, e.Lock)
					f.Hint = "first build each index of the parent on it with CREATE INDEX CONCURRENTLY\n" +
						"and prove the bounds by a validated CHECK"
				}
				p.Report(f)
				break
			}
		}
	},
})

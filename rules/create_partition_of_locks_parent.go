package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// CreatePartitionOfLocksParent reports CREATE TABLE … PARTITION OF: the new
// partition is nobody's, but the parent gets ACCESS EXCLUSIVE.
var CreatePartitionOfLocksParent = register(Rule{
	ID:       "create-partition-of-locks-parent",
	Summary:  "CREATE TABLE … PARTITION OF locks the whole partitioned table",
	Category: Lock,
	Severity: Warning,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.CreateTable) {
			if _, scans := p.scansDefault(a); scans {
				continue // attach-scans-default's
			}
			for _, e := range a.also {
				if e.Kind != catalog.PartitionedTable || !e.Lock.BlocksReads() || p.IsNew(e) || e.Same || p.Window.On(e.Target).BlocksReads() {
					continue
				}
				f := p.about(a, e, "")
				f.Message = fmt.Sprintf("CREATE TABLE … PARTITION OF takes %s on %s", e.Lock, e.Target)
				f.Hint = lines(
					fmt.Sprintf("CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS);", a.Target.Short(), e.Target.Short()),
					fmt.Sprintf("then ALTER TABLE %s ATTACH PARTITION it, for which no query of the parent waits", e.Target.Short()))
				if p.Down {
					f.Severity = Info
				}
				p.Report(f)
				break
			}
		}
	},
})

package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/effect"
)

// AttachScansDefault reports a new partition beside a default partition: the
// server reads all of that, to see that no row of it belongs to the new one.
var AttachScansDefault = register(Rule{
	ID:       "attach-scans-default",
	Summary:  "a new partition makes the server read the whole default partition while every query waits",
	Category: Lock,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.CreateTable, effect.AttachPartition) {
			e, ok := p.scansDefault(a)
			if !ok {
				continue
			}
			f := p.about(a, e, "scan")
			what := "ATTACH PARTITION"
			if a.Op == effect.CreateTable {
				what = "CREATE TABLE … PARTITION OF"
				f.Consequence = "every read and write of the partitioned table waits for the scan"
			}
			f.Message = fmt.Sprintf("%s scans the default partition %s under %s", what, e.Target, e.Lock)
			f.Hint = "first a CHECK on the default partition that no row is within the new bounds: key IS NOT NULL AND NOT (key >= … AND key < …)\n" +
				"add it NOT VALID, and VALIDATE CONSTRAINT in a later migration\n" +
				"then nothing is read, and the CHECK can be dropped"
			p.Report(f)
		}
	},
})

// scansDefault gives the default partition, or a part of it, that the action
// reads while others wait for it.
func (p *Pass) scansDefault(a action) (effect.Effect, bool) {
	for _, e := range a.also {
		if e.Work.Has(effect.Scan) && e.Lock.BlocksReads() && !p.IsNew(e) && e.OID != a.Detail.RefOID && p.inDefault(e) {
			return e, true
		}
	}
	return effect.Effect{}, false
}

// inDefault tells whether a table is a default partition or stands below one.
func (p *Pass) inDefault(e effect.Effect) bool {
	r := p.Catalog.Get(e.OID)
	for range 32 {
		if r == nil || r.DefaultPart || len(r.Parents) == 0 {
			break
		}
		r = p.Catalog.Get(r.Parents[0])
	}
	return r != nil && r.DefaultPart
}

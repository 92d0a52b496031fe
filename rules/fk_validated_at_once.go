package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// FKValidatedAtOnce reports ADD FOREIGN KEY without NOT VALID: the server reads
// both tables while writes to both wait.
var FKValidatedAtOnce = register(Rule{
	ID:       "fk-validated-at-once",
	Summary:  "ADD FOREIGN KEY without NOT VALID reads both tables while writes to both wait",
	Category: Lock,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.AddForeignKey) {
			e, ok := p.keyScan(a)
			if !ok || a.Detail.Inline {
				continue // NOT VALID, nobody's table, or add-column-fk-validated-at-once's
			}
			f := p.about(a, e, "scan")
			p.alsoReferenced(&f, a, e)
			switch {
			case a.OID == a.Detail.RefOID:
				f.Message = fmt.Sprintf("ADD FOREIGN KEY scans %s under %s", e.Target, e.Lock)
			case e.Lock == effect.ShareRowExclusive:
				f.Message = fmt.Sprintf("ADD FOREIGN KEY scans %s and %s under %s on both", e.Target, a.Detail.Ref, e.Lock)
			default: // of another action of the statement
				f.Message = fmt.Sprintf("ADD FOREIGN KEY scans %s under %s and %s under %s", e.Target, e.Lock, a.Detail.Ref, effect.ShareRowExclusive)
			}
			f.Hint = lines(alter(*a.Effect, p.named(a)+" NOT VALID"),
				laterMigration+alter(*a.Effect, "VALIDATE CONSTRAINT "+catalog.Quote(a.Object)))
			if a.Kind == catalog.PartitionedTable {
				f.Hint = keyOnPartitions
			}
			if a.Kind != catalog.PartitionedTable && p.Do == nil {
				f.Unsafe = insert(p.Section, a.Span.End, " NOT VALID")
			}
			p.Report(f)
		}
	},
})

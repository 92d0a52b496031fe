package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// SetNotNullDropsItsProof reports SET NOT NULL in one ALTER TABLE with the DROP
// of the CHECK that proves it: drops come first, so nothing is proved any more
// and the table is read.
var SetNotNullDropsItsProof = register(Rule{
	ID:       "set-not-null-drops-its-proof",
	Summary:  "SET NOT NULL reads the table since the same statement drops the CHECK that proves it",
	Category: Lock,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.SetNotNull, effect.AddNotNull) {
			e, ok := p.works(a, effect.Scan)
			if !ok || !p.dropsProof(a) {
				continue
			}
			f := p.about(a, e, "scan")
			proof := ""
			for _, d := range p.actions(effect.DropConstraint) {
				if d.Detail.Kind == catalog.Check {
					proof = catalog.Quote(d.Object)
				}
			}
			f.Message = fmt.Sprintf("SET NOT NULL scans %s under %s: the statement drops %s first, which proves it", e.Target, e.Lock, proof)
			f.Hint = lines(
				alter(*a.Effect, "ALTER COLUMN "+catalog.Quote(a.Column)+" SET NOT NULL"),
				alter(*a.Effect, "DROP CONSTRAINT "+proof))
			p.Report(f)
		}
	},
})

// dropsProof tells whether, before the statement, a valid CHECK proves what SET
// NOT NULL asks for: when the table is read all the same, the statement drops it.
func (p *Pass) dropsProof(a action) bool {
	r := p.Catalog.Get(a.OID)
	return r != nil && r.ProvesNotNull(a.Column)
}

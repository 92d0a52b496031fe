package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/effect"
)

// EnumValueUsedInSameTransaction reports a value of an enum that is used in the
// transaction that adds it: the server refuses it until the commit.
var EnumValueUsedInSameTransaction = register(Rule{
	ID:       "enum-value-used-in-same-transaction",
	Summary:  "a new enum value is used before the transaction that adds it has committed",
	Category: Failure,
	Severity: Error,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.AddEnumValue},
	Section: func(p *SectionPass) {
		for i, effects := range p.Effects {
			for _, e := range effects {
				if e.Op != effect.AddEnumValue || e.NoOp || p.refused(i) || e.New && p.PG >= 17 {
					continue // from 17 on a type that is as new may be used at once
				}
				p.usesValue(i, e)
			}
		}
	},
})

// usesValue reports the first use of a value that the i'th statement adds.
func (p *SectionPass) usesValue(i int, e effect.Effect) {
	tx := p.Stmts[i].Tx
	for j := i + 1; j < len(p.Stmts) && tx.Block() && p.Stmts[j].Tx.ID == tx.ID; j++ {
		at, uses, sure := effect.UsesEnumValue(&p.Stmts[j], p.Effects[j], p.Catalog, e.Target, e.Object)
		if !uses {
			continue
		}
		f := Finding{Span: at, Statement: p.Stmts[j].Span,
			Message:     fmt.Sprintf("'%s' is used in the transaction that adds it to %s (line %d)", e.Object, e.Target, p.Line(&p.Stmts[i])),
			Consequence: "the migration fails here with SQLSTATE 55P04: unsafe use of new value",
			Hint:        "use it in a later migration",
		}
		if !sure {
			f.Severity = Warning // it may be the text of another column
			f.Consequence = "if the column is of the type, the migration fails here with SQLSTATE 55P04: unsafe use of new value"
		}
		f.Relation = e.Target.String()
		p.Report(f)
		return
	}
}

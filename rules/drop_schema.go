package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// DropSchema reports DROP SCHEMA: with CASCADE all that is in it goes.
var DropSchema = register(Rule{
	ID:       "drop-schema",
	Summary:  "DROP SCHEMA CASCADE loses all that is in the schema",
	Category: DataLoss,
	Severity: Error,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.DropSchema},
	Check: func(p *Pass) {
		for _, e := range p.Effects {
			if e.Op != effect.DropSchema || p.emptied(e.Target.Name) {
				continue
			}
			name := catalog.Quote(e.Target.Name)
			f := Finding{Span: e.Span, Message: fmt.Sprintf("DROP SCHEMA %s CASCADE loses every table in it", name),
				Consequence: "each is locked ACCESS EXCLUSIVE; what depends on them in other schemas goes too",
				Hint:        "drop the tables first, by name, then the schema without CASCADE"}
			if !e.Detail.Cascade {
				f.Severity = Info
				f.Message = fmt.Sprintf("DROP SCHEMA %s fails unless it is empty", name)
				f.Consequence, f.Hint = "running code that names the schema fails from the commit on", ""
			}
			p.Report(f)
		}
	},
})

// emptied tells whether the history created the schema and nothing is in it that
// the migration did not make itself.
func (p *Pass) emptied(schema string) bool {
	if !p.Catalog.Schema(schema) || schema == "public" {
		return false
	}
	for _, r := range p.Catalog.InSchema(schema) {
		if r.Migration != p.Catalog.Migration || r.Migration == 0 {
			return false
		}
	}
	return true
}

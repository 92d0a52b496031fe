package rules

import (
	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// PrimaryKeyBuildsIndex reports a PRIMARY KEY that builds its index: the server
// reads and sorts the whole table while it holds ACCESS EXCLUSIVE.
var PrimaryKeyBuildsIndex = register(Rule{
	ID:       "primary-key-builds-index",
	Summary:  "ADD PRIMARY KEY builds an index while every query waits",
	Category: Lock,
	Severity: Error,
	Since:    "0.1.0",
	Check: buildsIndex(effect.AddPrimaryKey, "PRIMARY KEY", func(p *Pass, a action) string {
		hint := uniqueIndexFirst(p, a, "PRIMARY KEY")
		if len(p.nullable(a)) > 0 && a.Kind != catalog.PartitionedTable {
			hint = lines("first, so that no row is read for NULLs:", provedNotNull(p, a), laterMigration+hint)
		}
		return hint
	}),
})

// nullable gives the columns of the key that nothing proves to be NOT NULL.
func (p *Pass) nullable(a action) []string {
	r := p.Catalog.Get(a.OID)
	if r == nil || a.Detail.Inline {
		return nil
	}
	var out []string
	for _, name := range a.Detail.Columns {
		if c, ok := r.Column(name); !(ok && c.NotNull && !c.NotValid) && !r.ProvesNotNull(name) {
			out = append(out, name)
		}
	}
	return out
}

// provedNotNull gives the statements that make the columns of a key NOT NULL
// while others work on.
func provedNotNull(p *Pass, a action) string {
	var out []string
	for _, c := range p.nullable(a) {
		out = append(out, p.setNotNull(*a.Effect, c))
	}
	return lines(out...)
}

package rules

import "github.com/safemig/safemig/internal/effect"

// UniqueBuildsIndex reports a UNIQUE constraint that builds its index: the server
// reads and sorts the whole table while it holds ACCESS EXCLUSIVE.
var UniqueBuildsIndex = register(Rule{
	ID:       "unique-builds-index",
	Summary:  "ADD UNIQUE builds an index while every query waits",
	Category: Lock,
	Severity: Error,
	Since:    "0.1.0",
	Check: buildsIndex(effect.AddUnique, "UNIQUE", func(p *Pass, a action) string {
		return uniqueIndexFirst(p, a, "UNIQUE")
	}),
})

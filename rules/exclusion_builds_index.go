package rules

import "github.com/safemig/safemig/internal/effect"

// ExclusionBuildsIndex reports an EXCLUDE constraint on a table that others use:
// its index is built under ACCESS EXCLUSIVE, and there is no other way.
var ExclusionBuildsIndex = register(Rule{
	ID:       "exclusion-builds-index",
	Summary:  "ADD EXCLUDE builds an index while every query waits",
	Category: Lock,
	Severity: Error,
	Since:    "0.1.0",
	Check: buildsIndex(effect.AddExclusion, "EXCLUDE", func(*Pass, action) string {
		return "neither NOT VALID nor USING INDEX exists for EXCLUDE\n" +
			"for a large table: a new table that has the constraint from the start, filled in batches and renamed"
	}),
})

package rules

// IgnoreUnused reports an ignore of what is not reported. The pipeline finds it:
// comments are no statements.
var IgnoreUnused = register(Rule{
	ID:       "ignore-unused",
	Summary:  "an ignore has nothing to ignore",
	Category: Hygiene,
	Severity: Warning,
	Since:    "0.1.0",
})

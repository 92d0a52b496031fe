package rules

// IgnoreExpired reports an ignore whose day has passed. The pipeline finds it:
// comments are no statements.
var IgnoreExpired = register(Rule{
	ID:       "ignore-expired",
	Summary:  "an ignore held up to a day that has passed",
	Category: Hygiene,
	Severity: Warning,
	Since:    "0.1.0",
})

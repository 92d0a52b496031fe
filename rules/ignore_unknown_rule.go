package rules

// IgnoreUnknownRule reports an ignore of a rule that does not exist. The pipeline
// finds it: comments are no statements.
var IgnoreUnknownRule = register(Rule{
	ID:       "ignore-unknown-rule",
	Summary:  "an ignore names a rule that does not exist",
	Category: Hygiene,
	Severity: Warning,
	Since:    "0.1.0",
})

package rules

// IgnoreWithoutReason reports an ignore that does not say why. The pipeline
// finds it: comments are no statements.
var IgnoreWithoutReason = register(Rule{
	ID:       "ignore-without-reason",
	Summary:  "an ignore without a reason ignores nothing",
	Category: Hygiene,
	Severity: Warning,
	Since:    "0.1.0",
})

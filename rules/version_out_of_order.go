package rules

// VersionOutOfOrder reports a new migration whose version is below that of one which
// was there before, for tools that mind. What is new only git knows (--since,
// --staged), so the pipeline finds it; no statement need be read for it.
var VersionOutOfOrder = register(Rule{
	ID:       "version-out-of-order",
	Summary:  "A new migration is older than one that was there before it",
	Category: Failure,
	Severity: Warning,
	Since:    "0.1.0",
})

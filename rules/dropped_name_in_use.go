package rules

// DroppedNameInUse reports SQL of the application that names a table or column
// which a migration drops or renames. The pipeline finds it, where it is given
// the application's SQL: by `check --go` and by the analyzer of Go programs.
var DroppedNameInUse = register(Rule{
	ID:       "dropped-name-in-use",
	Summary:  "the application still names what a migration drops or renames",
	Category: Breaking,
	Severity: Error,
	Since:    "0.1.0",
})

package rules

// MigrationRefused reports what the migration tool itself would refuse, or pass
// over in silence: a wrong marker, a version that is taken. The readers of the
// formats find it; no statement need be read for it.
var MigrationRefused = register(Rule{
	ID:       "migration-refused",
	Summary:  "the migration tool refuses the file, or does not run what it says",
	Category: Failure,
	Severity: Error,
	Since:    "0.1.0",
})

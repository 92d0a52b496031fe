package rules

// The rules of this file are about programs: the analyzer of Go code finds them.

// AdvisoryLockOnPool reports a session's advisory lock, or its release, that is
// sent to a pool of connections.
var AdvisoryLockOnPool = register(Rule{
	ID:       "advisory-lock-on-pool",
	Summary:  "an advisory lock of the session is taken or released on a pool of connections",
	Category: Failure,
	Severity: Error,
	Since:    "0.1.0",
})

// AdvisorySessionLockInTransaction reports a session's advisory lock that a
// program takes on a transaction.
var AdvisorySessionLockInTransaction = register(Rule{
	ID:       "advisory-session-lock-in-transaction",
	Summary:  "an advisory lock of the session is taken in a transaction, which does not release it",
	Category: Failure,
	Severity: Warning,
	Since:    "0.1.0",
})

// AdvisoryUnlockCancellable reports an unlock under a context that may be
// cancelled before.
var AdvisoryUnlockCancellable = register(Rule{
	ID:       "advisory-unlock-cancellable",
	Summary:  "an advisory lock is not released once the context of the unlock is cancelled",
	Category: Failure,
	Severity: Error,
	Since:    "0.1.0",
})

package rules

import "github.com/safemig/safemig/internal/migration"

// TransactionOffUnsaid reports a setting that turns the tool's transaction off
// without saying so.
var TransactionOffUnsaid = register(Rule{
	ID:       "transaction-off-unsaid",
	Summary:  "A settings file turns the transaction off without saying so",
	Category: Failure,
	Severity: Warning,
	Since:    "0.1.0",
	Section:  func(p *SectionPass) { p.notes(migration.NoteTransactionOff) },
})

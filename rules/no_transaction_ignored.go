package rules

import "github.com/safemig/safemig/internal/migration"

// NoTransactionIgnored reports a marker that is meant to run a file outside a
// transaction and that the tool does not see where it stands.
var NoTransactionIgnored = register(Rule{
	ID:       "no-transaction-ignored",
	Summary:  "The tool does not see the marker that turns its transaction off",
	Category: Failure,
	Severity: Warning,
	Since:    "0.1.0",
	Section:  func(p *SectionPass) { p.notes(migration.NoteOptOutIgnored) },
})

// notes reports the section's notes of a kind.
func (p *SectionPass) notes(kind migration.NoteKind) {
	for _, n := range p.Section.Notes {
		if n.Kind == kind {
			p.Report(Finding{File: n.File, Span: n.Span, Message: n.Msg, Hint: n.Hint})
		}
	}
}

package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/migration"
)

// StatementCut reports a statement that the tool's splitter, which knows lines or
// semicolons and not SQL, sends in pieces.
var StatementCut = register(Rule{
	ID:       "statement-cut",
	Summary:  "The tool cuts the statement in two at a semicolon that does not end it",
	Category: Failure,
	Severity: Error,
	Since:    "0.1.0",
	Section: func(p *SectionPass) {
		if len(p.Section.Map.Segments) > 0 {
			return // made from another language: nothing is cut
		}
		base := p.Section.Map.Base
		for i := range p.Stmts {
			s := &p.Stmts[i]
			at, ok := p.cut(migration.Span{Start: s.Span.Start - base, End: s.Span.End - base})
			if !ok {
				continue
			}
			text := p.Section.Map.Span(migration.Span{Start: max(at-1, 0), End: at})
			hint := p.Section.Run.Whole
			if hint == "" {
				hint = "take the semicolon out, or change how the tool splits"
			}
			p.Report(Finding{Span: text, Statement: s.Span,
				Message:     fmt.Sprintf("%s cuts this statement here and sends what is above as a statement of its own", p.Tool),
				Consequence: "the server refuses both pieces, or runs something else",
				Hint:        hint})
		}
	},
})

// cut gives the first offset in the section's text at which a message ends inside
// of a statement.
func (p *SectionPass) cut(s migration.Span) (at int, ok bool) {
	for _, b := range p.Section.Run.Batches {
		if s.Start < b.End && b.End < s.End && s.Start >= b.Start {
			return b.End, true
		}
	}
	return 0, false
}

package rules

import (
	"fmt"
	"strings"
)

// IdentifierTooLong reports a name of more than 63 bytes, which the server cuts off.
var IdentifierTooLong = register(Rule{
	ID:       "identifier-too-long",
	Summary:  "a name of more than 63 bytes is cut off, and may be another's then",
	Category: Failure,
	Severity: Warning,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, n := range p.Stmt.LongNames() {
			p.Report(Finding{Span: n.Span,
				Message:     fmt.Sprintf("the name has %d bytes, the server keeps 63: %s", len(n.Name), cut(n.Name)),
				Consequence: "two names that begin alike are one, and tools that compare names find another one in the database than in the text",
				Hint:        "give it a name of 63 bytes or fewer"})
			return
		}
	},
})

// cut gives what the server keeps of a name (truncate_identifier, scansup.c).
func cut(name string) string {
	return strings.ToValidUTF8(name[:63], "")
}

package rules

// SyntaxErrors reports a statement that PostgreSQL would refuse to parse. No
// other rule sees the statement.
var SyntaxErrors = register(Rule{
	ID:       "syntax-error",
	Summary:  "the statement is not valid SQL: the migration fails here",
	Category: Failure,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		if err := p.Stmt.Err; err != nil {
			p.Report(Finding{Span: err.Span, Message: err.Msg, Hint: err.Hint})
		}
	},
})

// Package pgsql turns the text of a section into statements: PostgreSQL's own
// parse trees with byte-exact places in the file. It is the only caller of the
// parser. One statement that does not parse costs itself and nothing else.
package pgsql

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/migration"
)

// Statement is one SQL statement of a section.
type Statement struct {
	Node    *pg_query.Node // nil when Err is set
	Section *migration.Section
	Span    migration.Span // in Section.File: first to last byte, without leading comments and the semicolon
	Tx      Tx
	Err     *SyntaxError
	Newer   []Newer // syntax newer than the parser's grammar, already replaced by an equivalent in Node

	text migration.Span // in Section.Text, as Span
	base int            // what to add to a node's location to get an offset in Section.Text
}

// SyntaxError is what the parser, or safemig before it, said of a statement.
// Span is in Section.File.
type SyntaxError struct {
	Span migration.Span
	Msg  string
	Hint string
}

func (e *SyntaxError) Error() string { return e.Msg }

// Newer is a piece of syntax that the parser's grammar does not have.
type Newer struct {
	Span  migration.Span // in Section.File
	Since int            // first major that has it
	What  string         // "VIRTUAL generated column"
	Kind  string         // machine name, "virtual", "not-enforced", "not-null-constraint", "not-valid", ...
}

// Comment is a comment of a section, with its delimiters.
type Comment struct{ Span migration.Span } // in Section.File

// TxKind says what holds a statement in a transaction block.
type TxKind int

// The kinds of transaction.
const (
	TxNone     TxKind = iota // autocommit: the statement commits by itself
	TxTool                   // the tool opened it
	TxExplicit               // BEGIN in the text
	TxImplicit               // several statements in one message
	TxPipeline               // one pipeline
)

// Tx is the transaction of a statement. Statements of equal ID commit together;
// IDs grow in the order of execution and are unique within one Session.
type Tx struct {
	ID   int
	Kind TxKind
}

// Block tells whether the server would say that the statement is in a
// transaction block (PreventInTransactionBlock, xact.c).
func (t Tx) Block() bool { return t.Kind != TxNone }

// Raw is the statement's text as it stands in the section.
func (s *Statement) Raw() []byte { return s.Section.Text[s.text.Start:s.text.End] }

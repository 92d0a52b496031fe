// Package pgsql turns the text of a section into statements: PostgreSQL's own
// parse trees with byte-exact places in the file. It is the only caller of the
// parser. One statement that does not parse costs itself and nothing else.
package pgsql

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/migration"
)

// Statement is one SQL statement of a section. Its methods cache what they
// compute: one goroutine at a time.
type Statement struct {
	Node    *pg_query.Node // nil when Err is set
	Section *migration.Section
	Span    migration.Span // in Section.File: first to last byte, without leading comments and the semicolon
	Tx      Tx
	Err     *SyntaxError
	Newer   []Newer // syntax newer than the parser's grammar, already replaced by an equivalent in Node
	Perhaps bool    // of a DO's body: it stands in a branch, in a loop, behind a way out or under an exception handler

	text  migration.Span      // in Section.Text, as Span
	lead  int                 // in Section.Text: where the text after the previous statement's semicolon begins
	locs  migration.SourceMap // from a node's location to an offset in Section.Text
	toks  []token             // of text; offsets in Section.Text
	parts []migration.Span    // ALTER TABLE actions, in Section.Text
	split bool                // parts is computed
}

// SyntaxError is what the parser, or safemig before it, said of a statement.
// Span is in Section.File.
type SyntaxError struct {
	Span migration.Span
	Msg  string
	Hint string
}

func (e *SyntaxError) Error() string { return e.Msg }

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

// At is the span in the file of the token that stands at a node's location. A
// location that is unset, or 0 and so not to be told from unset, gives the
// whole statement.
func (s *Statement) At(location int32) migration.Span {
	if location <= 0 {
		return s.Span
	}
	off := s.locs.Offset(int(location))
	if off < s.text.Start || off >= s.text.End {
		return s.Span
	}
	start, end := next(s.Section.Text[:s.text.End], off).span()
	return fileSpan(s.Section, migration.Span{Start: start, End: end})
}

// Offset is the place in Section.File of a node's location, under the same
// rules as At.
func (s *Statement) Offset(location int32) int { return s.At(location).Start }

// Filled tells whether what stands at a node's location is a placeholder, in whose
// place the server gets something else.
func (s *Statement) Filled(location int32) bool {
	if location <= 0 || len(s.Section.Filled) == 0 {
		return false
	}
	off := s.locs.Offset(int(location))
	return slices.ContainsFunc(s.Section.Filled, func(at migration.Span) bool { return at.Start <= off && off < at.End })
}

// fileSpan carries a span of the section's text to the file. Unlike
// SourceMap.Span it ends right after the last byte, even where the text that
// follows stands elsewhere in the file.
func fileSpan(sec *migration.Section, s migration.Span) migration.Span {
	start := sec.Map.Offset(s.Start)
	if s.Len() <= 0 {
		return migration.Span{Start: start, End: start}
	}
	end, last := sec.Map.Offset(s.End), sec.Map.Offset(s.End-1)
	if end != last { // equal: the last byte was made up by the reader
		end = last + 1
	}
	return migration.Span{Start: start, End: max(start, end)}
}

// textSpan is the inverse of fileSpan, looked up among the statement's bytes.
func (s *Statement) textSpan(f migration.Span) migration.Span {
	m := s.Section.Map
	if len(m.Segments) == 0 {
		return migration.Span{Start: f.Start - m.Base, End: f.End - m.Base}
	}
	t := migration.Span{Start: s.text.End, End: s.text.Start}
	for i := s.text.Start; i < s.text.End; i++ {
		if off := m.Offset(i); f.Contains(off) {
			t.Start = min(t.Start, i)
			t.End = i + 1
		}
	}
	return t
}

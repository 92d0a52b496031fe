package pgsql

import (
	"errors"

	pg_query "github.com/pganalyze/pg_query_go/v5"
	"github.com/pganalyze/pg_query_go/v5/parser"
	"google.golang.org/protobuf/proto"
)

// parserError is what PostgreSQL's parser said. Offset is in bytes, -1 when it
// gave no place.
type parserError struct {
	msg    string
	offset int
}

func (e *parserError) Error() string { return e.msg }

// rawParse calls the parser. It is the one place that does: a build without cgo
// needs another file with this function and nothing else.
func rawParse(text string) ([]*pg_query.RawStmt, error) {
	json, err := parser.ParseToJSON(text)
	if err != nil {
		var pe *parser.Error
		if errors.As(err, &pe) {
			return nil, &parserError{pe.Message, byteOffset(text, pe.Cursorpos)}
		}
		return nil, &parserError{err.Error(), -1}
	}
	if tree, err := readTree(json, text); err == nil {
		return tree.Stmts, nil
	}
	tree, err := parseProtobuf(text)
	if err != nil {
		return nil, &parserError{err.Error(), -1}
	}
	return tree.Stmts, nil
}

// parseProtobuf is for texts of which the JSON does not say all.
func parseProtobuf(text string) (*pg_query.ParseResult, error) {
	buf, err := parser.ParseToProtobuf(text)
	if err != nil {
		return nil, err
	}
	tree := new(pg_query.ParseResult)
	// The default limit of 10,000 messages is reached by 5,000 nested operators.
	return tree, proto.UnmarshalOptions{RecursionLimit: 1 << 20}.Unmarshal(buf, tree)
}

// byteOffset turns the parser's cursor, which counts characters from 1, into an
// offset in bytes; -1 when there is none.
func byteOffset(text string, cursor int) int {
	if cursor <= 0 {
		return -1
	}
	for off := range text {
		if cursor--; cursor == 0 {
			return off
		}
	}
	return len(text)
}

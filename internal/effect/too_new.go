package effect

import (
	"bytes"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/pgsql"
)

// grammarMajor is the major whose grammar the parser has; what came later is in
// Statement.Newer.
const grammarMajor = 16

// TooNew gives the first syntax of a statement that a major does not know: there
// the statement is a syntax error (42601), and nothing of it is run. What 13 to 16
// brought is known as far as migrations use it (the release notes' lists).
func TooNew(s *pgsql.Statement, pg int) (pgsql.Newer, bool) {
	if pg < grammarMajor && s.Node != nil {
		if what, since := newIn(s); since > pg {
			return pgsql.Newer{Span: s.Span, Since: since, What: what, Clause: -1}, true
		}
	}
	for _, n := range s.Newer {
		if n.Since > pg {
			return n, true
		}
	}
	return pgsql.Newer{}, false
}

// newIn gives the newest syntax of a statement and the major that brought it, as far
// as the parse tree shows it; since is 0 for none.
func newIn(s *pgsql.Statement) (what string, since int) {
	found := func(is bool, text string, major int) {
		if is && major > since {
			what, since = text, major
		}
	}
	switch n := s.Node.Node.(type) {
	case *pg_query.Node_CreateTrigStmt:
		found(n.CreateTrigStmt.Replace, "CREATE OR REPLACE TRIGGER", 14)
	case *pg_query.Node_IndexStmt:
		found(n.IndexStmt.NullsNotDistinct, "NULLS NOT DISTINCT", 15)
	case *pg_query.Node_CreateFunctionStmt:
		found(n.CreateFunctionStmt.SqlBody != nil, "a function's body without quotes", 14)
	case *pg_query.Node_MergeStmt:
		found(true, "MERGE", 15)
	case *pg_query.Node_CreateStmt:
		for _, e := range n.CreateStmt.TableElts {
			found(newConstraint(e))
			for _, k := range e.GetColumnDef().GetConstraints() {
				found(newConstraint(k))
			}
			found(e.GetColumnDef().GetStorageName() != "", "STORAGE in CREATE TABLE", 16)
			found(e.GetColumnDef().GetCompression() != "", "COMPRESSION", 14)
		}
	case *pg_query.Node_AlterTableStmt:
		for _, c := range n.AlterTableStmt.Cmds {
			cmd := c.GetAlterTableCmd()
			found(newConstraint(cmd.GetDef()))
			for _, k := range cmd.GetDef().GetColumnDef().GetConstraints() {
				found(newConstraint(k))
			}
			found(cmd.GetSubtype() == pg_query.AlterTableType_AT_SetCompression, "SET COMPRESSION", 14)
			found(cmd.GetSubtype() == pg_query.AlterTableType_AT_DropExpression, "DROP EXPRESSION", 13)
			found(cmd.GetDef().GetPartitionCmd().GetConcurrent(), "DETACH PARTITION CONCURRENTLY", 14)
		}
	case *pg_query.Node_SelectStmt, *pg_query.Node_InsertStmt, *pg_query.Node_UpdateStmt, *pg_query.Node_DeleteStmt, *pg_query.Node_ViewStmt, *pg_query.Node_CreateTableAsStmt:
		if mayNest(s.Raw()) {
			pgsql.Walk(s.Node, func(n any) bool {
				sub, ok := n.(*pg_query.RangeSubselect)
				found(ok && sub.Alias == nil, "a subquery in FROM without an alias", 16)
				return true
			})
		}
	}
	return what, since
}

func newConstraint(n *pg_query.Node) (is bool, what string, since int) {
	k := n.GetConstraint()
	if len(k.GetFkDelSetCols()) > 0 {
		return true, "columns behind ON DELETE SET", 15
	}
	return k.GetNullsNotDistinct(), "NULLS NOT DISTINCT", 15
}

// mayNest tells whether a text may have a subquery in FROM: most of what migrations
// insert has none.
func mayNest(text []byte) bool {
	for i := bytes.IndexByte(text, '('); i >= 0; {
		rest := bytes.TrimLeft(text[i+1:], " \t\r\n(")
		if len(rest) >= 4 && (bytes.EqualFold(rest[:4], []byte("sele")) || bytes.EqualFold(rest[:4], []byte("valu")) || bytes.EqualFold(rest[:4], []byte("with"))) {
			return true
		}
		next := bytes.IndexByte(text[i+1:], '(')
		if next < 0 {
			return false
		}
		i += 1 + next
	}
	return false
}

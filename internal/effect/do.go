package effect

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"
)

func (o *of) do(n *pg_query.DoStmt) {
	o.add(Effect{Op: Do, Object: "opaque", Span: o.span()})
}

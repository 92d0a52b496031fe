package pgsql

import (
	"fmt"
	"testing"

	pg_query "github.com/pganalyze/pg_query_go/v5"
)

func TestWalk(t *testing.T) {
	stmts := Parse(section("INSERT INTO a SELECT f(x) FROM b WHERE y IN (SELECT 1 FROM c) UNION SELECT CASE WHEN z THEN 'q' END FROM d"))
	var got []string
	Walk(stmts[0].Node, func(n *pg_query.Node) bool {
		switch n := n.Node.(type) {
		case *pg_query.Node_RangeVar:
			got = append(got, n.RangeVar.Relname)
		case *pg_query.Node_ColumnRef:
			got = append(got, n.ColumnRef.Fields[0].GetString_().Sval)
		case *pg_query.Node_FuncCall:
			got = append(got, n.FuncCall.Funcname[0].GetString_().Sval+"()")
		case *pg_query.Node_AConst:
			got = append(got, n.AConst.GetSval().GetSval())
		case *pg_query.Node_SelectStmt:
			got = append(got, "select")
		}
		return true
	})
	if g, want := fmt.Sprint(got), "[a select select f() x b y select  c select z q d]"; g != want {
		t.Errorf("got %s\nwant %s", g, want)
	}
	Walk(nil, nil)
	Walk((*pg_query.Node)(nil), nil)
}

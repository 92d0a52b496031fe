package pgsql

import (
	"fmt"
	"testing"

	pg_query "github.com/pganalyze/pg_query_go/v5"
)

func TestWalk(t *testing.T) {
	stmts := Parse(section("INSERT INTO a SELECT f(x) FROM b WHERE y IN (SELECT 1 FROM c) UNION SELECT CASE WHEN z THEN 'q' END FROM d"))
	var got []string
	Walk(stmts[0].Node, func(n any) bool {
		switch n := n.(type) {
		case *pg_query.RangeVar:
			got = append(got, n.Relname)
		case *pg_query.ColumnRef:
			got = append(got, n.Fields[0].GetString_().Sval)
		case *pg_query.FuncCall:
			got = append(got, n.Funcname[0].GetString_().Sval+"()")
		case *pg_query.A_Const:
			got = append(got, n.GetSval().GetSval())
		case *pg_query.SelectStmt:
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

package effect

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/pgsql"
)

// conjuncts splits a condition at its ANDs.
func conjuncts(n *pg_query.Node) []*pg_query.Node {
	if n == nil {
		return nil
	}
	if b := n.GetBoolExpr(); b != nil && b.Boolop == pg_query.BoolExprType_AND_EXPR {
		var out []*pg_query.Node
		for _, a := range b.Args {
			out = append(out, conjuncts(a)...)
		}
		return out
	}
	return []*pg_query.Node{n}
}

// firstColumn gives the column that a comparison is about.
func firstColumn(n *pg_query.Node) *pg_query.ColumnRef {
	if a := n.GetAExpr(); a != nil {
		if c := a.Lexpr.GetColumnRef(); c != nil {
			return c
		}
		return a.Rexpr.GetColumnRef()
	}
	if b := n.GetBoolExpr(); b != nil && b.Boolop == pg_query.BoolExprType_OR_EXPR {
		return firstColumn(b.Args[0])
	}
	return n.GetNullTest().GetArg().GetColumnRef()
}

// comparison reads a conjunct as terms "column op constant"; IN, BETWEEN and OR
// of one column are among them. Nothing for what is not of that form, or what
// the planner cannot judge: no pruning rests on it.
func comparison(n *pg_query.Node, col *catalog.Column) []catalog.Term {
	if col != nil && crossesZones(n, col.Type) {
		return nil
	}
	if t := n.GetNullTest(); t != nil {
		c, ok := bareColumn(t.Arg)
		if ok && t.Nulltesttype == pg_query.NullTestType_IS_NULL {
			return []catalog.Term{{Column: c, Op: "IS NULL"}}
		}
		return nil
	}
	if b := n.GetBoolExpr(); b != nil && b.Boolop == pg_query.BoolExprType_OR_EXPR {
		return alternatives(b.Args)
	}
	a := n.GetAExpr()
	if a == nil {
		return nil
	}
	c, ok := bareColumn(a.Lexpr)
	switch a.Kind {
	case pg_query.A_Expr_Kind_AEXPR_BETWEEN:
		if v := constants(listOf(a.Rexpr)); ok && len(v) == 2 {
			return []catalog.Term{{Column: c, Op: ">=", Value: v[0]}, {Column: c, Op: "<=", Value: v[1]}}
		}
	case pg_query.A_Expr_Kind_AEXPR_IN, pg_query.A_Expr_Kind_AEXPR_OP_ANY:
		list := listOf(a.Rexpr)
		if arr := a.Rexpr.GetAArrayExpr(); arr != nil {
			list = arr.Elements
		} else if a.Kind == pg_query.A_Expr_Kind_AEXPR_OP_ANY {
			return nil
		}
		if v := constants(list); ok && len(v) > 0 && len(a.Name) == 1 && text(a.Name[0]) == "=" {
			return []catalog.Term{{Column: c, Op: "IN", Value: strings.Join(v, "\x00")}}
		}
	case pg_query.A_Expr_Kind_AEXPR_OP:
		if t, _ := terms(n); len(t) == 1 {
			return t
		}
	}
	return nil
}

// alternatives reads "c = 1 OR c = 2" as IN.
func alternatives(args []*pg_query.Node) []catalog.Term {
	var column string
	var values []string
	for _, a := range args {
		t := comparison(a, nil)
		if len(t) != 1 || t[0].Op != "=" && t[0].Op != "IN" || column != "" && t[0].Column != column {
			return nil
		}
		column, values = t[0].Column, append(values, t[0].Value)
	}
	return []catalog.Term{{Column: column, Op: "IN", Value: strings.Join(values, "\x00")}}
}

// crossesZones tells whether a comparison of times with and without a zone
// depends on the session's zone: the planner does not prune by it (the
// operators are STABLE, pg_operator.dat).
func crossesZones(n *pg_query.Node, t catalog.Type) bool {
	zoned := map[string]bool{"timestamptz": true, "timestamp": false, "date": false}
	want, isTime := zoned[t.Name]
	crosses := false
	pgsql.Walk(n, func(m any) bool {
		if c, ok := m.(*pg_query.TypeCast); ok && isTime {
			_, name := qualified(c.GetTypeName().GetNames())
			got, known := zoned[name]
			crosses = crosses || known && got != want
		}
		return !crosses
	})
	return crosses
}

// equalsUnknown is the op of a term that holds a column to a value that is not
// in the text: a parameter, a variable, the result of a function.
const equalsUnknown = "=?"

// judge reads a conjunct of WHERE: the terms that it gives, and the source that
// they are about.
func (sc *scope) judge(n *pg_query.Node) (*source, []catalog.Term) {
	ref := firstColumn(n)
	if ref == nil {
		return nil, nil
	}
	src, col := sc.find(ref)
	if src == nil {
		return nil, nil
	}
	if ts := comparison(n, col); len(ts) > 0 {
		return src, ts
	}
	a := n.GetAExpr()
	if a == nil || a.Kind != pg_query.A_Expr_Kind_AEXPR_OP || len(a.Name) != 1 || text(a.Name[0]) != "=" {
		return nil, nil
	}
	for _, side := range [][2]*pg_query.Node{{a.Lexpr, a.Rexpr}, {a.Rexpr, a.Lexpr}} {
		c := side[0].GetColumnRef()
		if c == nil || sc.mentions(side[1]) {
			continue
		}
		if s, _ := sc.find(c); s != nil {
			name, _ := bareColumn(side[0])
			return s, []catalog.Term{{Column: name, Op: equalsUnknown}}
		}
	}
	return nil, nil
}

// mentions tells whether an expression has a column of this query level in it,
// or of one around it: a correlated subquery becomes a join.
func (sc *scope) mentions(n *pg_query.Node) bool {
	found := false
	pgsql.Walk(n, func(m any) bool {
		if c, ok := m.(*pg_query.ColumnRef); ok && len(c.Fields) > 0 {
			names := texts(c.Fields)
			for s := sc; s != nil && !found; s = s.outer {
				src, _, _, _ := s.level(names[:len(names)-1], names[len(names)-1])
				found = src != nil
			}
		}
		return !found
	})
	return found
}

// constants gives the constants of a list, nil where one is none.
func constants(ns []*pg_query.Node) []string {
	var out []string
	for _, n := range ns {
		v := constText(n)
		if v == "" || strings.Contains(v, "\x00") {
			return nil
		}
		out = append(out, v)
	}
	return out
}

// equalColumns gives the columns that terms hold to constants.
func equalColumns(ts []catalog.Term) []string {
	var out []string
	for _, t := range ts {
		if t.Op == "=" || t.Op == "IN" || t.Op == equalsUnknown {
			out = append(out, t.Column)
		}
	}
	return out
}

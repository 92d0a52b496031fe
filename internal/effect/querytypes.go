package effect

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// targets gives the columns of a target list and reads its expressions. A type
// that safemig cannot tell has no name.
func (q *query) targets(list []*pg_query.Node, sc *scope) source {
	out := source{whole: true, sure: true}
	for _, n := range list {
		t := n.GetResTarget()
		if ref := t.GetVal().GetColumnRef(); ref != nil && len(ref.Fields) > 0 && ref.Fields[len(ref.Fields)-1].GetAStar() != nil {
			src, _ := sc.find(ref)
			if src == nil {
				out.whole, out.sure = false, false
				continue
			}
			for _, c := range src.columns {
				out.columns = append(out.columns, catalog.Column{Name: c.Name, Type: c.Type, Collation: c.Collation})
			}
			out.whole, out.sure = out.whole && src.whole, out.sure && src.sure
			continue
		}
		q.expr(t.GetVal(), sc)
		name := t.GetName()
		if name == "" {
			name = figureName(t.GetVal())
		}
		c := catalog.Column{Name: name, Type: q.typeOf(t.GetVal(), sc)}
		out.columns = append(out.columns, c)
	}
	return out
}

// figureName gives the name of a column without AS (FigureColname, parse_target.c).
func figureName(n *pg_query.Node) string {
	if name, strength := figure(n); strength > 0 {
		return name
	}
	return "?column?"
}

func figure(n *pg_query.Node) (name string, strength int) {
	switch e := n.GetNode().(type) {
	case *pg_query.Node_ColumnRef:
		if name, ok := bareColumn(n); ok {
			return name, 2
		}
	case *pg_query.Node_AIndirection:
		for _, f := range slices.Backward(e.AIndirection.Indirection) {
			if f.GetString_() != nil {
				return text(f), 2
			}
		}
		return figure(e.AIndirection.Arg)
	case *pg_query.Node_FuncCall:
		_, name := qualified(e.FuncCall.Funcname)
		return name, 2
	case *pg_query.Node_AExpr:
		if e.AExpr.Kind == pg_query.A_Expr_Kind_AEXPR_NULLIF {
			return "nullif", 2
		}
	case *pg_query.Node_TypeCast:
		if name, s := figure(e.TypeCast.Arg); s > 1 {
			return name, s
		}
		_, name := qualified(e.TypeCast.GetTypeName().GetNames())
		return name, 1
	case *pg_query.Node_CollateClause:
		return figure(e.CollateClause.Arg)
	case *pg_query.Node_SubLink:
		return figureSubLink(e.SubLink)
	case *pg_query.Node_CaseExpr:
		if name, s := figure(e.CaseExpr.Defresult); s > 1 {
			return name, s
		}
		return "case", 1
	case *pg_query.Node_AArrayExpr:
		return "array", 2
	case *pg_query.Node_RowExpr:
		return "row", 2
	case *pg_query.Node_CoalesceExpr:
		return "coalesce", 2
	case *pg_query.Node_MinMaxExpr:
		if e.MinMaxExpr.Op == pg_query.MinMaxOp_IS_GREATEST {
			return "greatest", 2
		}
		return "least", 2
	case *pg_query.Node_SqlvalueFunction:
		return sqlValueNames[e.SqlvalueFunction.Op], 2
	}
	return "", 0
}

func figureSubLink(s *pg_query.SubLink) (string, int) {
	switch s.SubLinkType {
	case pg_query.SubLinkType_EXISTS_SUBLINK:
		return "exists", 2
	case pg_query.SubLinkType_ARRAY_SUBLINK:
		return "array", 2
	case pg_query.SubLinkType_EXPR_SUBLINK:
		if list := s.Subselect.GetSelectStmt().GetTargetList(); len(list) > 0 {
			if t := list[0].GetResTarget(); t.GetName() != "" {
				return t.Name, 2
			}
			return figure(list[0].GetResTarget().GetVal())
		}
	}
	return "", 0
}

var sqlValueNames = map[pg_query.SQLValueFunctionOp]string{
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_DATE: "current_date", pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIME: "current_time",
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIME_N: "current_time", pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP: "current_timestamp",
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP_N: "current_timestamp", pg_query.SQLValueFunctionOp_SVFOP_LOCALTIME: "localtime",
	pg_query.SQLValueFunctionOp_SVFOP_LOCALTIME_N: "localtime", pg_query.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP: "localtimestamp",
	pg_query.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP_N: "localtimestamp", pg_query.SQLValueFunctionOp_SVFOP_CURRENT_ROLE: "current_role",
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_USER: "current_user", pg_query.SQLValueFunctionOp_SVFOP_USER: "user",
	pg_query.SQLValueFunctionOp_SVFOP_SESSION_USER: "session_user", pg_query.SQLValueFunctionOp_SVFOP_CURRENT_CATALOG: "current_catalog",
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_SCHEMA: "current_schema",
}

// typeOf gives the type of an expression where it is plain.
func (q *query) typeOf(n *pg_query.Node, sc *scope) catalog.Type {
	switch e := n.GetNode().(type) {
	case *pg_query.Node_ColumnRef:
		if _, c := sc.find(e.ColumnRef); c != nil {
			return c.Type
		}
	case *pg_query.Node_TypeCast:
		return q.o.typeOf(e.TypeCast.GetTypeName())
	case *pg_query.Node_AConst:
		return constType(e.AConst)
	case *pg_query.Node_BoolExpr, *pg_query.Node_NullTest, *pg_query.Node_BooleanTest:
		return catalog.Type{Name: "bool"}
	case *pg_query.Node_AExpr:
		if e.AExpr.Kind == pg_query.A_Expr_Kind_AEXPR_OP && len(e.AExpr.Name) == 1 {
			switch text(e.AExpr.Name[0]) {
			case "=", "<>", "<", ">", "<=", ">=":
				return catalog.Type{Name: "bool"}
			}
		}
	case *pg_query.Node_SubLink:
		if e.SubLink.SubLinkType == pg_query.SubLinkType_EXISTS_SUBLINK {
			return catalog.Type{Name: "bool"}
		}
	case *pg_query.Node_FuncCall:
		schema, name := qualified(e.FuncCall.Funcname)
		if schema == "" || schema == "pg_catalog" {
			return catalog.Type{Name: functionTypes[name]}
		}
	case *pg_query.Node_CoalesceExpr:
		return q.commonType(e.CoalesceExpr.Args, sc)
	case *pg_query.Node_CollateClause:
		return q.typeOf(e.CollateClause.Arg, sc)
	}
	return catalog.Type{}
}

// functionTypes are functions of pg_catalog whose result does not depend on
// their arguments.
var functionTypes = map[string]string{"count": "int8", "now": "timestamptz", "row_number": "int8", "rank": "int8", "dense_rank": "int8",
	"string_agg": "text", "concat": "text", "concat_ws": "text", "md5": "text", "to_char": "text", "json_agg": "json", "jsonb_agg": "jsonb",
	"bool_and": "bool", "bool_or": "bool", "gen_random_uuid": "uuid", "to_jsonb": "jsonb", "jsonb_build_object": "jsonb"}

func (q *query) commonType(args []*pg_query.Node, sc *scope) catalog.Type {
	var out catalog.Type
	for i, a := range args {
		t := q.typeOf(a, sc)
		if a.GetAConst().GetSval() != nil || isNull(a) { // takes the type of the others
			continue
		}
		if i > 0 && out.Name != "" && !sameType(out, t) {
			return catalog.Type{}
		}
		out = t
	}
	return out
}

// constType gives the type of a literal; an unknown one becomes text in a result
// (resolveTargetListUnknowns, parse_target.c).
func constType(c *pg_query.A_Const) catalog.Type {
	switch {
	case c.GetIval() != nil:
		return catalog.Type{Name: "int4"}
	case c.GetBoolval() != nil:
		return catalog.Type{Name: "bool"}
	case c.GetSval() != nil, c.Isnull:
		return catalog.Type{Name: "text"}
	}
	return catalog.Type{} // a number of any size, a bit string
}

// sameType tells whether two types are known and equal.
func sameType(a, b catalog.Type) bool {
	return a.Name != "" && a.Schema == b.Schema && a.Name == b.Name && a.Array == b.Array && slices.Equal(a.Mods, b.Mods)
}

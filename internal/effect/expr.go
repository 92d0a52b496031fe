package effect

import (
	"iter"
	"slices"
	"strconv"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/pgsql"
)

func itoa(n int) string { return strconv.Itoa(n) }

// columnsIn gives the columns that an expression mentions, each once, by their
// last name; "*" for a whole row.
func columnsIn(tree any) []string {
	var out []string
	pgsql.Walk(tree, func(n any) bool {
		if c, ok := n.(*pg_query.ColumnRef); ok && len(c.Fields) > 0 {
			name := "*"
			if last := c.Fields[len(c.Fields)-1]; last.GetAStar() == nil {
				name = text(last)
			}
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
		return true
	})
	return out
}

// callsIn gives the functions that migrations created and that an expression or
// query calls, with all that share a name with as many arguments.
func (o *of) callsIn(tree any) []catalog.OID {
	var out []catalog.OID
	pgsql.Walk(tree, func(n any) bool {
		if f, ok := n.(*pg_query.FuncCall); ok {
			schema, name := qualified(f.Funcname)
			for _, fn := range o.c.Functions(schema, name) {
				if len(fn.Args) == len(f.Args) && !slices.Contains(out, fn.OID) {
					out = append(out, fn.OID)
				}
			}
		}
		return true
	})
	return out
}

// relationsIn gives the relations that a query or expression reads, without
// those that are names of a WITH clause.
func (o *of) relationsIn(tree any) []*catalog.Relation {
	var names []*pg_query.RangeVar
	with := map[string]bool{}
	pgsql.Walk(tree, func(n any) bool {
		switch n := n.(type) {
		case *pg_query.CommonTableExpr:
			with[n.Ctename] = true
		case *pg_query.RangeVar:
			names = append(names, n)
		}
		return true
	})
	var out []*catalog.Relation
	for _, rv := range names {
		if rv.Schemaname == "" && with[rv.Relname] || rv.Schemaname == "pg_catalog" || rv.Schemaname == "information_schema" {
			continue
		}
		if r := o.rel(rv, catalog.Table); !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

// volatile tells whether an expression calls a volatile function; Unknown where
// it calls one that neither the server nor the migrations define.
func (o *of) volatile(tree any) catalog.Tri {
	out := catalog.No
	pgsql.Walk(tree, func(n any) bool {
		if f, ok := n.(*pg_query.FuncCall); ok {
			switch o.functionVolatile(f) {
			case catalog.Yes:
				out = catalog.Yes
			case catalog.Unknown:
				if out == catalog.No {
					out = catalog.Unknown
				}
			}
		}
		return out != catalog.Yes
	})
	return out
}

// unstable names what an expression calls that gives another answer another time:
// the clock, the session, chance, a function that reads tables. A comparison that
// stays true as time goes by, x <= now(), is none.
func (o *of) unstable(tree any) string {
	what := ""
	pgsql.Walk(tree, func(n any) bool {
		switch n := n.(type) {
		case *pg_query.A_Expr:
			if r := listOf(n.Rexpr); n.Kind == pg_query.A_Expr_Kind_AEXPR_BETWEEN && len(r) == 2 && clock(r[1]) && o.unstable(r[0]) == "" {
				return false
			}
			if op := text(n.Name[len(n.Name)-1]); (op == "<" || op == "<=") && o.unstable(n.Lexpr) == "" && clock(n.Rexpr) ||
				(op == ">" || op == ">=") && o.unstable(n.Rexpr) == "" && clock(n.Lexpr) {
				return false
			}
		case *pg_query.SQLValueFunction:
			what = strings.ToUpper(strings.TrimSuffix(strings.TrimPrefix(n.Op.String(), "SVFOP_"), "_N"))
		case *pg_query.FuncCall:
			_, name := qualified(n.Funcname)
			for _, f := range o.c.Functions(qualified(n.Funcname)) {
				if len(f.Uses) > 0 {
					what = name + "()"
				}
			}
			if slices.Contains(changing, name) || name == "age" && len(n.Args) == 1 {
				what = name + "()"
			}
		}
		return what == ""
	})
	return what
}

// clock tells whether an expression is the time of day as such.
func clock(n *pg_query.Node) bool {
	if sum := n.GetAExpr(); sum != nil && len(sum.Name) == 1 && (text(sum.Name[0]) == "+" || text(sum.Name[0]) == "-") {
		return clock(sum.Lexpr)
	}
	if _, name := qualified(n.GetFuncCall().GetFuncname()); slices.Contains(changing[:4], name) {
		return true
	}
	return n.GetSqlvalueFunction() != nil && n.GetSqlvalueFunction().Op <= pg_query.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP_N
}

// changing are functions of the server whose answer is another every time.
var changing = []string{"now", "clock_timestamp", "statement_timestamp", "transaction_timestamp", "timeofday", "random",
	"gen_random_uuid", "current_setting", "txid_current", "pg_current_xact_id", "nextval", "currval"}

func (o *of) functionVolatile(f *pg_query.FuncCall) catalog.Tri {
	schema, name := qualified(f.Funcname)
	if fs := o.c.Functions(schema, name); len(fs) > 0 {
		out := catalog.No
		for _, fn := range fs {
			if fn.Volatility == 'v' {
				out = catalog.Yes
			}
		}
		return out
	}
	if schema == "" || schema == "pg_catalog" {
		if v, ok := builtinVolatility(name, o.pg); ok {
			return catalog.Of(v == 'v')
		}
	}
	if v, ok := extensionVolatility[name]; ok {
		return catalog.Of(v == 'v')
	}
	return catalog.Unknown
}

// extensionVolatility are functions of contrib extensions that defaults call.
var extensionVolatility = map[string]byte{"uuid_generate_v1": 'v', "uuid_generate_v1mc": 'v', "uuid_generate_v4": 'v',
	"uuid_generate_v3": 'i', "uuid_generate_v5": 'i', "uuid_nil": 'i', "gen_random_bytes": 'v', "gen_salt": 'v', "crypt": 'i'}

// isNull tells whether an expression is the constant NULL, a cast of it included.
func isNull(n *pg_query.Node) bool {
	if c := n.GetTypeCast(); c != nil {
		return isNull(c.Arg)
	}
	return n.GetAConst().GetIsnull()
}

// source gives the text of an expression as it stands in the statement, from
// the token at its first location on to the end of the enclosing clause; used
// in messages only.
func constText(n *pg_query.Node) string {
	if c := n.GetTypeCast(); c != nil {
		return constText(c.Arg)
	}
	c := n.GetAConst()
	switch {
	case c == nil:
		if f := n.GetAExpr(); f != nil && f.Lexpr == nil && len(f.Name) == 1 && text(f.Name[0]) == "-" {
			return "-" + constText(f.Rexpr)
		}
		return ""
	case c.Isnull:
		return "NULL"
	case c.GetIval() != nil:
		return strconv.FormatInt(int64(c.GetIval().Ival), 10)
	case c.GetFval() != nil:
		return c.GetFval().Fval
	case c.GetBoolval() != nil:
		return strconv.FormatBool(c.GetBoolval().Boolval)
	case c.GetSval() != nil:
		return c.GetSval().Sval
	case c.GetBsval() != nil:
		return c.GetBsval().Bsval
	}
	return ""
}

// terms splits a CHECK expression into conjuncts "column op constant"; all tells
// whether every conjunct is of that form.
func terms(n *pg_query.Node) (out []catalog.Term, all bool) {
	if b := n.GetBoolExpr(); b != nil && b.Boolop == pg_query.BoolExprType_AND_EXPR {
		all = true
		for _, a := range b.Args {
			t, ok := terms(a)
			out, all = append(out, t...), all && ok
		}
		return out, all
	}
	if b := n.GetBoolExpr(); b != nil && b.Boolop == pg_query.BoolExprType_NOT_EXPR && len(b.Args) == 1 {
		if t := b.Args[0].GetNullTest(); t != nil && t.Nulltesttype == pg_query.NullTestType_IS_NULL { // as negate_clause has it (prepqual.c)
			if c, ok := bareColumn(t.Arg); ok {
				return []catalog.Term{{Column: c, Op: "IS NOT NULL"}}, true
			}
		}
		return notBetween(b.Args[0])
	}
	if b := n.GetBoolExpr(); b != nil && b.Boolop == pg_query.BoolExprType_OR_EXPR && len(b.Args) == 2 {
		return besides(b.Args)
	}
	if t := n.GetNullTest(); t != nil && t.Nulltesttype == pg_query.NullTestType_IS_NOT_NULL {
		if c, ok := bareColumn(t.Arg); ok {
			return []catalog.Term{{Column: c, Op: "IS NOT NULL"}}, true
		}
	}
	if a := n.GetAExpr(); a != nil && a.Kind == pg_query.A_Expr_Kind_AEXPR_OP && len(a.Name) == 1 {
		op := text(a.Name[0])
		if c, ok := bareColumn(a.Lexpr); ok {
			if v := constText(a.Rexpr); v != "" {
				return []catalog.Term{{Column: c, Op: op, Value: v}}, true
			}
		}
		if c, ok := bareColumn(a.Rexpr); ok {
			if v := constText(a.Lexpr); v != "" {
				return []catalog.Term{{Column: c, Op: flip(op), Value: v}}, true
			}
		}
	}
	if a := n.GetAExpr(); a != nil && a.Kind == pg_query.A_Expr_Kind_AEXPR_IN && text(a.Name[0]) == "<>" {
		if c, ok := bareColumn(a.Lexpr); ok && len(constants(listOf(a.Rexpr))) > 0 {
			return []catalog.Term{{Column: c, Op: "NOT IN", Value: strings.Join(constants(listOf(a.Rexpr)), "\x00")}}, true
		}
	}
	if a := n.GetAExpr(); a != nil && a.Kind == pg_query.A_Expr_Kind_AEXPR_IN && text(a.Name[0]) == "=" {
		if c, ok := bareColumn(a.Lexpr); ok {
			var vs []string
			for _, v := range listOf(a.Rexpr) {
				vs = append(vs, constText(v))
			}
			return []catalog.Term{{Column: c, Op: "IN", Value: strings.Join(vs, "\x00")}}, !slices.Contains(vs, "")
		}
	}
	return nil, false
}

// notBetween reads the inside of NOT (column >= from AND column < to), which keeps
// a default partition free of a bound, as one term.
func notBetween(n *pg_query.Node) ([]catalog.Term, bool) {
	t, all := terms(n)
	if !all || len(t) != 2 || t[0].Column != t[1].Column {
		return nil, false
	}
	if t[0].Op == "<" {
		t[0], t[1] = t[1], t[0]
	}
	if t[0].Op != ">=" || t[1].Op != "<" {
		return nil, false
	}
	return []catalog.Term{{Column: t[0].Column, Op: "NOT BETWEEN", Value: t[0].Value + "\x00" + t[1].Value}}, true
}

// besides reads "column < a OR column >= b", in whatever order, as NOT BETWEEN is kept.
func besides(args []*pg_query.Node) ([]catalog.Term, bool) {
	l, okL := terms(args[0])
	r, okR := terms(args[1])
	if !okL || !okR || len(l) != 1 || len(r) != 1 || l[0].Column != r[0].Column {
		return nil, false
	}
	below, above := l[0], r[0]
	if below.Op != "<" {
		below, above = above, below
	}
	if below.Op != "<" || above.Op != ">=" {
		return nil, false
	}
	return []catalog.Term{{Column: below.Column, Op: "NOT BETWEEN", Value: below.Value + "\x00" + above.Value}}, true
}

// splitNul iterates over the parts of a Term's list value.
func splitNul(s string) iter.Seq[string] { return strings.SplitSeq(s, "\x00") }

func flip(op string) string {
	switch op {
	case "<", ">":
		return map[string]string{"<": ">", ">": "<"}[op]
	case "<=", ">=":
		return map[string]string{"<=": ">=", ">=": "<="}[op]
	}
	return op
}

// bareColumn gives the name of a plain column reference.
func bareColumn(n *pg_query.Node) (string, bool) {
	c := n.GetColumnRef()
	if c == nil || len(c.Fields) == 0 {
		return "", false
	}
	last := c.Fields[len(c.Fields)-1]
	if last.GetString_() == nil {
		return "", false
	}
	return text(last), true
}

// exprText gives a short expression as the message should quote it: a function
// call by its name, a constant as written.
func (o *of) exprText(n *pg_query.Node) string {
	if t := constText(n); t != "" {
		return t
	}
	out := ""
	pgsql.Walk(n, func(m any) bool {
		if f, ok := m.(*pg_query.FuncCall); ok && out == "" {
			_, name := qualified(f.Funcname)
			out = name + "()"
		}
		return out == ""
	})
	return out
}

package effect

import (
	"slices"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/pgsql"
)

// mutable names what in an expression over a table certainly is not immutable, ""
// for nothing: the server refuses it in an index and in a generated column
// (contain_mutable_functions, clauses.c).
func (o *of) mutable(expr any, r *catalog.Relation) string {
	what := ""
	pgsql.Walk(expr, func(n any) bool {
		switch n := n.(type) {
		case *pg_query.SQLValueFunction:
			what = strings.ToUpper(strings.TrimSuffix(strings.TrimPrefix(n.Op.String(), "SVFOP_"), "_N"))
		case *pg_query.FuncCall:
			what = o.mutableCall(n, r)
		case *pg_query.TypeCast:
			from, to := o.plainType(n.Arg, r), o.base(o.typeOf(n.TypeName))
			if to.Schema == "" && !to.Array && slices.Contains(stableCasts[from], to.Name) {
				what = "the cast of " + typeSQL(catalog.Type{Name: from}) + " to " + typeSQL(to)
			}
		}
		return what == ""
	})
	return what
}

// neverImmutable are functions of pg_catalog of which no overload is immutable.
// TestNeverImmutable holds them against the server.
var neverImmutable = []string{"now", "clock_timestamp", "statement_timestamp", "transaction_timestamp", "timeofday", "random",
	"gen_random_uuid", "current_setting", "nextval", "currval", "lastval", "setval", "txid_current", "pg_current_xact_id",
	"concat", "concat_ws", "format", "to_char", "to_date", "to_number", "array_to_string", "to_json", "to_jsonb", "row_to_json",
	"json_build_object", "jsonb_build_object", "json_build_array", "jsonb_build_array"}

// stableCasts are the casts of pg_catalog that look at the session: its time zone
// or its DateStyle. TestNeverImmutable holds them against the server.
var stableCasts = map[string][]string{
	"timestamptz": {"date", "timestamp", "time", "timetz", "text", "varchar"},
	"timestamp":   {"timestamptz", "text", "varchar"},
	"date":        {"timestamptz", "text", "varchar"},
}

// stableOf are functions whose overload for a type is stable, by their last argument.
var stableOf = map[string]string{"date_trunc": "timestamptz", "date_part": "timestamptz", "extract": "timestamptz", "date": "timestamptz"}

func (o *of) mutableCall(f *pg_query.FuncCall, r *catalog.Relation) string {
	schema, name := qualified(f.Funcname)
	if fs := o.c.Functions(schema, name); len(fs) > 0 {
		for _, fn := range fs {
			if fn.Volatility == 'i' || fn.Language == "sql" || fn.Language == "internal" { // the server looks into SQL (inline_function)
				return ""
			}
		}
		if _, builtin := builtinVolatility(name, o.pg); builtin || !o.c.Knows() {
			return ""
		}
		return name + "()"
	}
	if schema != "" && schema != "pg_catalog" {
		return ""
	}
	if slices.Contains(neverImmutable, name) {
		return name + "()"
	}
	n := len(f.Args)
	switch {
	case n == 0, name == "date_trunc" && n != 2:
		return ""
	case name == "to_tsvector" && n == 1:
		return "to_tsvector() without a configuration"
	case stableOf[name] != "" && o.plainType(f.Args[n-1], r) == stableOf[name]:
		return name + "() of timestamp with time zone"
	}
	return ""
}

// plainType gives the type of pg_catalog that a column, or a cast, has; "" for
// everything else.
func (o *of) plainType(n *pg_query.Node, r *catalog.Relation) string {
	if c := n.GetTypeCast(); c != nil {
		if t := o.base(o.typeOf(c.TypeName)); t.Schema == "" && !t.Array {
			return t.Name
		}
		return ""
	}
	name, ok := bareColumn(n)
	if !ok {
		return ""
	}
	c, known := r.Column(name)
	if !known {
		return ""
	}
	if t := o.base(c.Type); t.Schema == "" && !t.Array {
		return t.Name
	}
	return ""
}

package effect

import (
	"encoding/json"
	"math/big"
	"regexp"
	"slices"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// fits notes that a constant certainly is no value of the type that a column has:
// as a default, or as what is written to it (coerce_to_target_type, parse_coerce.c).
func (o *of) fits(expr *pg_query.Node, t catalog.Type, what string) {
	if t.Name == "" || isNull(expr) {
		return
	}
	b := o.base(t)
	if s := expr.GetAConst().GetSval(); s != nil {
		if wrong := o.noLiteral(s.Sval, b); wrong {
			o.refuse("22P02", "%s is no value of type %s: '%s'", what, typeSQL(b), s.Sval)
		}
		return
	}
	from := o.literalType(expr)
	if from.Name == "" || !o.familiar(b) {
		return
	}
	if o.noAssignment(from, b) {
		o.refuse("42804", "%s is of type %s, which is not assigned to %s", what, typeSQL(from), typeSQL(b))
	}
}

// literalType gives the type of a number, a boolean, or a cast of anything.
func (o *of) literalType(n *pg_query.Node) catalog.Type {
	switch {
	case n.GetAConst().GetIval() != nil, n.GetAConst().GetBoolval() != nil:
		return constType(n.GetAConst())
	case n.GetTypeCast() != nil:
		return o.base(o.typeOf(n.GetTypeCast().TypeName))
	}
	return catalog.Type{}
}

// noAssignment tells whether there certainly is no cast from one type to another
// that an assignment would use (find_coercion_pathway, parse_coerce.c).
func (o *of) noAssignment(from, to catalog.Type) bool {
	context, known := o.pathway(from, to)
	return known && (context == 'e' || context == 0)
}

// pathway gives the context of the cast from one type to another, 0 for none; known
// tells whether all casts of both are.
func (o *of) pathway(from, to catalog.Type) (context byte, known bool) {
	f, t := o.base(from), o.base(to)
	if !o.familiar(f) || !o.familiar(t) {
		return 0, false
	}
	text := func(t catalog.Type) bool { return t.Schema == "" && !t.Array && typeCategory(t.Name) == 'S' }
	switch {
	case f.Schema == t.Schema && f.Name == t.Name && f.Array == t.Array:
		return 'i', true
	case f.Array && t.Array && f.Schema == "" && t.Schema == "":
		context, _ = castContext(f.Name, t.Name, o.pg)
		return context, true
	case f.Array || t.Array || f.Schema != "" || t.Schema != "": // by way of the text form, or not at all
		switch {
		case text(t):
			return 'a', true
		case text(f):
			return 'e', true
		}
		return 0, true
	}
	context, _ = castContext(f.Name, t.Name, o.pg)
	return context, true
}

var (
	// wholeNumber is what the input functions of integers take in every major:
	// from 16 on also other bases and underscores (numutils.c).
	wholeNumber = regexp.MustCompile(`^\s*[-+]?(\d+|0[xXoObB][0-9a-fA-F_]+|\d[\d_]*)\s*$`)
	uuidText    = regexp.MustCompile(`^\{?([0-9a-fA-F]{4}-?){7}[0-9a-fA-F]{4}\}?$`)
)

// noLiteral tells whether a quoted constant certainly is no value of a type: the
// type's input function refuses it.
func (o *of) noLiteral(s string, t catalog.Type) bool {
	if d := o.c.Type(t); d != nil && d.Kind == catalog.Enum && !t.Array {
		return o.c.Knows() && !slices.Contains(d.Labels, s)
	}
	if t.Schema != "" {
		return false
	}
	if t.Array {
		first := strings.TrimLeft(s, " \t\n\r\v\f")
		return !strings.HasPrefix(first, "{") && !strings.HasPrefix(first, "[")
	}
	switch t.Name {
	case "int2", "int4", "int8":
		return !wholeNumber.MatchString(s)
	case "bool":
		w := strings.ToLower(strings.TrimSpace(s))
		if w == "" || w == "o" {
			return true
		}
		return !slices.ContainsFunc([]string{"true", "false", "yes", "no", "on", "off", "1", "0"}, func(v string) bool { return strings.HasPrefix(v, w) })
	case "uuid":
		return !uuidText.MatchString(s)
	case "json", "jsonb":
		return !json.Valid([]byte(s))
	}
	return false
}

// tooMuch notes a number beyond what an integer column holds, or a text longer
// than its column takes.
func (o *of) tooMuch(v *pg_query.Node, c *catalog.Column) {
	t := o.base(c.Type)
	if t.Schema != "" || t.Array {
		return
	}
	most := map[string]int64{"int2": 1<<15 - 1, "int4": 1<<31 - 1, "int8": 1<<63 - 1}[t.Name]
	n, number := new(big.Int).SetString(constText(v), 10)
	if v.GetTypeCast() == nil && most != 0 && number && v.GetAConst().GetSval() == nil && n.CmpAbs(big.NewInt(most)) > 0 && n.Sign() > 0 {
		o.refuse("22003", "%s is more than %s holds", n, typeSQL(t))
	}
	if s := v.GetAConst().GetSval(); s != nil && t.Name == "varchar" && len(t.Mods) == 1 {
		if r := []rune(s.Sval); len(r) > t.Mods[0] && strings.TrimRight(string(r[t.Mods[0]:]), " ") != "" {
			o.refuse("22001", "'%s' is longer than %s", s.Sval, typeSQL(t))
		}
	}
}

// compares notes a comparison for which there is no operator, or a constant that is no
// value of the column's type (oper, parse_oper.c).
func (q *query) compares(n *pg_query.A_Expr, sc *scope) {
	in := n.Kind == pg_query.A_Expr_Kind_AEXPR_IN
	if n.Kind != pg_query.A_Expr_Kind_AEXPR_OP && !in || len(n.Name) != 1 || !slices.Contains([]string{"=", "<>", "<", ">", "<=", ">="}, text(n.Name[0])) {
		return
	}
	left := q.tableColumn(n.Lexpr, sc)
	for _, r := range listOf(n.Rexpr) {
		right := q.tableColumn(r, sc)
		switch {
		case left != nil && right != nil:
			if q.o.incomparable(left.Type, right.Type) && q.o.incomparable(right.Type, left.Type) {
				q.o.refuse("42883", "there is no operator %s of %s and %s", text(n.Name[0]), typeSQL(q.o.base(left.Type)), typeSQL(q.o.base(right.Type)))
			}
		case left != nil:
			q.comparesConstant(left, r)
		case right != nil:
			q.comparesConstant(right, n.Lexpr)
		}
	}
}

func (q *query) comparesConstant(c *catalog.Column, v *pg_query.Node) {
	if s := v.GetAConst().GetSval(); s != nil && q.o.noLiteral(s.Sval, q.o.base(c.Type)) {
		q.o.refuse("22P02", "%s is compared with '%s', which is no value of type %s", catalog.Quote(c.Name), s.Sval, typeSQL(q.o.base(c.Type)))
	}
}

// tableColumn gives the column of a table that an expression is, where it certainly has
// that type.
func (q *query) tableColumn(n *pg_query.Node, sc *scope) *catalog.Column {
	if n.GetColumnRef() == nil {
		return nil
	}
	src, c := sc.find(n.GetColumnRef())
	if src == nil || c == nil || !src.sure || src.table == nil || src.table.Kind != catalog.Table && src.table.Kind != catalog.PartitionedTable {
		return nil
	}
	return c
}

package effect

import (
	"slices"
	"strconv"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
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
	if t := n.GetNullTest(); t != nil {
		return t.Arg.GetColumnRef()
	}
	return nil
}

// comparison reads a conjunct as terms "column op constant"; IN and BETWEEN are
// among them. Nothing for what is not of that form: no pruning rests on it.
func comparison(n *pg_query.Node) []catalog.Term {
	if t := n.GetNullTest(); t != nil {
		c, ok := bareColumn(t.Arg)
		if ok && t.Nulltesttype == pg_query.NullTestType_IS_NULL {
			return []catalog.Term{{Column: c, Op: "IS NULL"}}
		}
		return nil
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
		if t.Op == "=" || t.Op == "IN" {
			out = append(out, t.Column)
		}
	}
	return out
}

// below gives what a query on a relation reaches besides it: all that inherits
// from it, but of a partitioned table only the partitions in which rows can be
// that satisfy the terms (prune_append_rel_partitions, partprune.c). A plain
// child is locked whatever the terms (find_all_inheritors, pg_inherits.c).
func (o *of) below(r *catalog.Relation, ts []catalog.Term) []*catalog.Relation {
	var out []*catalog.Relation
	seen := map[catalog.OID]bool{r.OID: true}
	var visit func(r *catalog.Relation)
	visit = func(r *catalog.Relation) {
		for _, ch := range o.children(r, ts) {
			if !seen[ch.OID] {
				seen[ch.OID] = true
				out = append(out, ch)
				visit(ch)
			}
		}
	}
	visit(r)
	return out
}

func (o *of) children(r *catalog.Relation, ts []catalog.Term) []*catalog.Relation {
	var all, hit []*catalog.Relation
	var rest *catalog.Relation
	for _, oid := range r.Children {
		ch := o.c.Get(oid)
		if ch == nil {
			continue
		}
		all = append(all, ch)
		switch {
		case ch.DefaultPart:
			rest = ch
		case ch.Bound == nil || mayHold(ch.Bound, r.PartKey, ts):
			hit = append(hit, ch)
		}
	}
	if r.Kind != catalog.PartitionedTable || r.PartKeyHasExpr || len(r.PartKey) == 0 {
		return all
	}
	if rest != nil && !(exact(r.PartKey, ts) && len(hit) > 0) {
		hit = append(hit, rest)
	}
	return hit
}

// exact tells whether the terms give the whole key one value.
func exact(key []string, ts []catalog.Term) bool {
	for _, k := range key {
		if !slices.ContainsFunc(ts, func(t catalog.Term) bool { return t.Column == k && t.Op == "=" }) {
			return false
		}
	}
	return true
}

// mayHold tells whether a partition of the bound can have a row that satisfies
// the terms. It looks at the first key column, and for ranges at further ones
// while the ones before are equal to the bound. Yes where it cannot tell.
func mayHold(b *catalog.Bound, key []string, ts []catalog.Term) bool {
	if len(key) == 0 || key[0] == "" {
		return true
	}
	for _, t := range ts {
		if t.Column != key[0] {
			continue
		}
		ok := true
		switch b.Strategy {
		case "list":
			ok = slices.ContainsFunc(b.In, func(v string) bool { return satisfies(v, t) })
		case "range":
			ok = rangeMay(b, t, key, ts)
		}
		if !ok {
			return false
		}
	}
	return true
}

func satisfies(v string, t catalog.Term) bool {
	switch t.Op {
	case "IS NULL":
		return v == "NULL"
	case "IN":
		return slices.ContainsFunc(strings.Split(t.Value, "\x00"), func(w string) bool {
			return satisfies(v, catalog.Term{Op: "=", Value: w})
		})
	}
	if v == "NULL" {
		return false
	}
	c, ok := compareConst(v, t.Value)
	if !ok {
		return t.Op != "=" || v == t.Value
	}
	switch t.Op {
	case "=":
		return c == 0
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	case ">=":
		return c >= 0
	}
	return true
}

func rangeMay(b *catalog.Bound, t catalog.Term, key []string, ts []catalog.Term) bool {
	if len(b.From) == 0 || len(b.To) == 0 {
		return true
	}
	switch t.Op {
	case "IS NULL":
		return false // NULL is in no range
	case "IN":
		return slices.ContainsFunc(strings.Split(t.Value, "\x00"), func(v string) bool {
			return rangeMay(b, catalog.Term{Column: t.Column, Op: "=", Value: v}, key, ts)
		})
	case "=":
		return aboveFrom(b.From, t.Value, key, ts) && belowTo(b.To, t.Value, key, ts)
	case ">", ">=":
		c, ok := compareBound(b.To[0], t.Value)
		return !ok || c > 0 || c == 0 && len(b.To) > 1
	case "<", "<=":
		c, ok := compareBound(b.From[0], t.Value)
		return !ok || c < 0 || c == 0 && t.Op == "<="
	}
	return true
}

// aboveFrom and belowTo compare a key with a bound, column by column.
func aboveFrom(from []string, v string, key []string, ts []catalog.Term) bool {
	c, ok := compareBound(from[0], v)
	switch {
	case !ok || c < 0:
		return true
	case c > 0:
		return false
	case len(from) == 1 || len(key) == 1:
		return true // inclusive
	}
	next, known := equalTo(ts, key[1])
	return !known || aboveFrom(from[1:], next, key[1:], ts)
}

func belowTo(to []string, v string, key []string, ts []catalog.Term) bool {
	c, ok := compareBound(to[0], v)
	switch {
	case !ok || c > 0:
		return true
	case c < 0:
		return false
	case len(to) == 1 || len(key) == 1:
		return false // exclusive
	}
	next, known := equalTo(ts, key[1])
	return !known || belowTo(to[1:], next, key[1:], ts)
}

func equalTo(ts []catalog.Term, column string) (string, bool) {
	for _, t := range ts {
		if t.Column == column && t.Op == "=" {
			return t.Value, true
		}
	}
	return "", false
}

// compareBound compares a datum of a bound with a constant.
func compareBound(b, v string) (int, bool) {
	switch strings.ToLower(b) {
	case "minvalue":
		return -1, true
	case "maxvalue":
		return 1, true
	}
	return compareConst(b, v)
}

// compareConst compares constants: numbers as such, dates and timestamps as
// ISO 8601 writes them; nothing else, as its order depends on type and collation.
func compareConst(a, b string) (int, bool) {
	if a == b {
		return 0, true
	}
	if x, err := strconv.ParseInt(a, 10, 64); err == nil {
		if y, err := strconv.ParseInt(b, 10, 64); err == nil {
			return compareInts(x, y), true
		}
	}
	if x, err := strconv.ParseFloat(a, 64); err == nil {
		if y, err := strconv.ParseFloat(b, 64); err == nil {
			switch {
			case x < y:
				return -1, true
			case x > y:
				return 1, true
			}
			return 0, true
		}
	}
	x, okA := isoTime(a)
	y, okB := isoTime(b)
	if okA && okB {
		return strings.Compare(x, y), true
	}
	return 0, false
}

func compareInts(x, y int64) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// isoTime brings a date or timestamp without a zone to one length.
func isoTime(s string) (string, bool) {
	const form = "0000-00-00 00:00:00"
	s = strings.Replace(s, "T", " ", 1)
	if len(s) < 10 || len(s) > len(form) {
		return "", false
	}
	for i := range len(s) {
		digit := '0' <= s[i] && s[i] <= '9'
		if digit != (form[i] == '0') || !digit && s[i] != form[i] {
			return "", false
		}
	}
	return s + form[len(s):], true
}

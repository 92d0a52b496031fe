package effect

import (
	"slices"
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
	walk(n, func(m any) bool {
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
	walk(n, func(m any) bool {
		if c, ok := m.(*pg_query.ColumnRef); ok && len(c.Fields) > 0 {
			names := texts(c.Fields)
			for s := sc; s != nil && !found; s = s.outer {
				src, _, _ := s.level(names[:len(names)-1], names[len(names)-1])
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
	if rest != nil && !covered(r.PartKey, hit, ts) {
		hit = append(hit, rest)
	}
	return hit
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

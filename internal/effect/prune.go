package effect

import (
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
)

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

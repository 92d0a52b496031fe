package effect

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/safemig/safemig/internal/catalog"
)

// covered tells whether the partitions hold all rows that satisfy the terms, so
// that none can be in the default partition.
func covered(key []string, parts []*catalog.Relation, ts []catalog.Term) bool {
	if len(parts) == 0 {
		return false
	}
	if exact(key, ts) {
		return true
	}
	if len(key) != 1 {
		return false
	}
	var lo, hi *catalog.Term
	for i, t := range ts {
		switch {
		case t.Column != key[0]:
		case t.Op == "IN":
			return allIn(parts, t)
		case t.Op == ">" || t.Op == ">=":
			lo = &ts[i]
		case t.Op == "<" || t.Op == "<=":
			hi = &ts[i]
		}
	}
	return (lo != nil || hi != nil) && spans(parts, lo, hi)
}

// exact tells whether the terms give the whole key one value.
func exact(key []string, ts []catalog.Term) bool {
	for _, k := range key {
		if !slices.ContainsFunc(ts, func(t catalog.Term) bool { return t.Column == k && (t.Op == "=" || t.Op == "IS NULL") }) {
			return false
		}
	}
	return true
}

func allIn(parts []*catalog.Relation, in catalog.Term) bool {
	for v := range splitNul(in.Value) {
		if !slices.ContainsFunc(parts, func(p *catalog.Relation) bool {
			return p.Bound != nil && mayHold(p.Bound, []string{in.Column}, []catalog.Term{{Column: in.Column, Op: "=", Value: v}})
		}) {
			return false
		}
	}
	return true
}

// spans tells whether ranges join up from lo to hi.
func spans(parts []*catalog.Relation, lo, hi *catalog.Term) bool {
	at := "minvalue"
	if lo != nil {
		at = lo.Value
	}
	for range len(parts) + 1 {
		i := slices.IndexFunc(parts, func(p *catalog.Relation) bool {
			return p.Bound != nil && p.Bound.Strategy == "range" && len(p.Bound.From) == 1 && len(p.Bound.To) == 1 &&
				before(p.Bound.From[0], at, true) && before(at, p.Bound.To[0], false)
		})
		if i < 0 {
			return false
		}
		at = parts[i].Bound.To[0]
		if strings.EqualFold(at, "maxvalue") || hi != nil && before(hi.Value, at, hi.Op == "<") {
			return true
		}
	}
	return false
}

// before tells whether a bound certainly stands before another, or at it.
func before(a, b string, orAt bool) bool {
	if strings.EqualFold(a, b) {
		return orAt
	}
	if strings.EqualFold(a, "minvalue") || strings.EqualFold(b, "maxvalue") {
		return true
	}
	if strings.EqualFold(b, "minvalue") || strings.EqualFold(a, "maxvalue") {
		return false
	}
	c, ok := compareConst(a, b)
	return ok && (c < 0 || c == 0 && orAt)
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
			return cmp.Compare(x, y), true
		}
	}
	if x, err := strconv.ParseFloat(a, 64); err == nil {
		if y, err := strconv.ParseFloat(b, 64); err == nil {
			return cmp.Compare(x, y), true
		}
	}
	x, zoneX, okX := isoTime(a)
	y, zoneY, okY := isoTime(b)
	if !okX || !okY {
		return 0, false
	}
	const zones = 26 * time.Hour // further apart than any two zones
	if d := x.Sub(y).Abs(); zoneX != zoneY && d <= zones {
		return 0, false
	}
	return x.Compare(y), true
}

// isoTime reads a date or timestamp; zone tells whether it names its zone.
func isoTime(s string) (t time.Time, zone, ok bool) {
	s = strings.Replace(s, "T", " ", 1)
	for _, layout := range []string{"2006-01-02", "2006-01-02 15:04", "2006-01-02 15:04:05"} { // fractions are read too
		if t, err := time.Parse(layout, s); err == nil {
			return t, false, true
		}
		for _, z := range []string{"Z07:00", "-07", " Z07:00", " -07"} {
			if t, err := time.Parse(layout+z, s); err == nil && len(layout) > 10 {
				return t, true, true
			}
		}
	}
	return time.Time{}, false, false
}

package effect

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
)

// provesOutside tells whether a valid CHECK of a table proves that no row of it is within
// the bound of a partition with a key of one column. NULLs need no proof: the server asks
// whether the CHECK, not being false, leaves the bound's opposite not false
// (ConstraintImpliedByRelConstraint, tablecmds.c).
func provesOutside(r *catalog.Relation, key []string, b *catalog.Bound) bool {
	if b == nil || len(key) != 1 {
		return false
	}
	for _, k := range r.Constraints {
		if k.Kind != catalog.Check || k.NotValid || k.NotEnforced {
			continue
		}
		for _, t := range k.Terms {
			if t.Column == key[0] && (len(b.From) == 1 && len(b.To) == 1 && outsideRange(t, b.From[0], b.To[0]) || outsideList(t, b.In)) {
				return true
			}
		}
	}
	return false
}

// outsideRange tells whether a term leaves nothing from a limit up to another.
func outsideRange(t catalog.Term, from, to string) bool {
	switch t.Op {
	case "NOT BETWEEN":
		lower, upper, _ := strings.Cut(t.Value, "\x00")
		return atMost(lower, from) && atMost(to, upper)
	case "<":
		return atMost(t.Value, from)
	case ">=", ">":
		return atMost(to, t.Value)
	case "=":
		return atMost(to, t.Value)
	}
	return false
}

// outsideList tells whether a term leaves none of the values.
func outsideList(t catalog.Term, values []string) bool {
	if len(values) == 0 || slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(v, "null") }) {
		return false
	}
	switch t.Op {
	case "<>", "NOT IN":
		without := slices.Collect(splitNul(t.Value))
		return !slices.ContainsFunc(values, func(v string) bool { return !slices.Contains(without, v) })
	}
	return false
}

var isoDate = regexp.MustCompile(`^'?\d{4}-\d\d-\d\d'?$`)

// atMost compares numbers, and dates as ISO 8601 writes them; of other constants it knows
// only whether they are the same.
func atMost(a, b string) bool {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	switch {
	case a == "maxvalue" || b == "minvalue":
		return false
	case errX == nil && errY == nil:
		return x <= y
	case isoDate.MatchString(a) && isoDate.MatchString(b):
		return strings.Trim(a, "'") <= strings.Trim(b, "'")
	}
	return a == b
}

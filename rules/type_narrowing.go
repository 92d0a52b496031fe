package rules

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// TypeNarrowing reports a change to a type that does not hold all values of the
// old one: they are rounded, cut off, or the statement fails.
var TypeNarrowing = register(Rule{
	ID:       "type-narrowing",
	Summary:  "a column gets a type that does not hold all of its values",
	Category: DataLoss,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.AlterType},
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.AlterType) {
			if p.Down || p.made(*a.Effect) || p.madeColumn(*a.Effect) || strings.HasPrefix(a.Why, "USING") {
				continue // USING says what becomes of them
			}
			what, loses := narrows(a.Detail.OldType, a.Detail.Type)
			if what == "" {
				continue
			}
			f := p.about(a, *a.Effect, "")
			f.Message = fmt.Sprintf("%s of %s from %s to %s: %s", catalog.Quote(a.Column), a.Target, a.Detail.OldType, a.Detail.Type, what)
			f.Consequence = "the migration fails as soon as one row has such a value"
			f.Hint = "first find such values on production, and keep the old column until nobody needs it"
			if loses {
				f.Consequence = "nothing fails, and nothing brings it back"
			}
			p.Report(f)
		}
	},
})

var typePattern = regexp.MustCompile(`^(.*?)(?:\((\d+)(?:,(-?\d+))?\))?( with.*)?$`)

// sqlType is a type as typeSQL writes it.
type sqlType struct {
	name   string
	n, m   int
	bounds int // how many modifiers it has
}

func parseSQLType(s string) sqlType {
	g := typePattern.FindStringSubmatch(s)
	if g == nil || strings.HasSuffix(s, "[]") {
		return sqlType{}
	}
	t := sqlType{name: g[1] + g[4]}
	if g[2] != "" {
		t.n, _ = strconv.Atoi(g[2])
		t.bounds = 1
	}
	if g[3] != "" {
		t.m, _ = strconv.Atoi(g[3])
		t.bounds = 2
	}
	return t
}

var (
	integers = map[string]int{"smallint": 5, "integer": 10, "bigint": 19} // digits
	floats   = map[string]int{"real": 6, "double precision": 15}
	texts    = map[string]bool{"text": true, "character varying": true, "varchar": true, "character": true, "char": true}
	moments  = map[string]bool{"timestamp with time zone": true, "timestamp without time zone": true, "timestamp": true, "timestamptz": true}
)

// narrows says what a change of type does to values that do not fit, and whether
// it does so without an error; "" where all fit, or nobody can tell.
func narrows(from, to string) (what string, loses bool) {
	f, t := parseSQLType(from), parseSQLType(to)
	switch {
	case f.name == "" || t.name == "":
	case integers[f.name] > 0 && integers[t.name] > 0:
		if integers[t.name] < integers[f.name] {
			return "larger numbers do not fit", false
		}
	case integers[f.name] > 0 && floats[t.name] > 0:
		if integers[f.name] > floats[t.name] {
			return "large numbers are rounded", true
		}
	case floats[f.name] > 0 && floats[t.name] > 0:
		if floats[t.name] < floats[f.name] {
			return "digits are rounded off", true
		}
	case (floats[f.name] > 0 || f.name == "numeric") && integers[t.name] > 0:
		if f.name != "numeric" || f.bounds != 1 && f.m != 0 || f.bounds == 0 {
			return "what stands behind the point is rounded off", true
		}
	case f.name == "numeric" && floats[t.name] > 0:
		return "digits are rounded off", true
	case f.name == "numeric" && t.name == "numeric" && t.bounds > 0:
		if f.bounds == 0 || t.m < f.m {
			return "digits behind the point are rounded off", true
		}
		if t.n-t.m < f.n-f.m {
			return "larger numbers do not fit", false
		}
	case texts[f.name] && texts[t.name] && t.bounds > 0:
		if f.bounds == 0 || t.n < f.n {
			return "longer values do not fit", false
		}
	case moments[f.name] && t.name == "date":
		return "the time of day is cut off", true
	case moments[f.name] && strings.HasPrefix(t.name, "time") && !moments[t.name]:
		return "the date is cut off", true
	case moments[f.name] && moments[t.name] && t.bounds > 0:
		if f.bounds == 0 || t.n < f.n {
			return "fractions of seconds are rounded off", true
		}
	}
	return "", false
}

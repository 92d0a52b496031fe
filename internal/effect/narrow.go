package effect

import (
	"strings"

	"github.com/safemig/safemig/internal/catalog"
)

var (
	digits  = map[string]int{"int2": 5, "int4": 10, "int8": 19, "float4": 6, "float8": 15} // that a number keeps
	whole   = map[string]bool{"int2": true, "int4": true, "int8": true}
	strs    = map[string]bool{"text": true, "varchar": true, "bpchar": true}
	moments = map[string]bool{"timestamp": true, "timestamptz": true}
)

// narrows says what a change of type does to values that do not fit, and whether it
// does so without an error; "" where all fit, or nobody can tell.
func narrows(f, t catalog.Type) (what string, loses bool) {
	number := func(t catalog.Type) bool { return digits[t.Name] > 0 }
	switch {
	case f.Schema != "" || t.Schema != "" || f.Array || t.Array:
	case whole[f.Name] && whole[t.Name]:
		if digits[t.Name] < digits[f.Name] {
			return "larger numbers do not fit", false
		}
	case whole[f.Name] && number(t):
		if digits[f.Name] > digits[t.Name] {
			return "large numbers are rounded", true
		}
	case number(f) && number(t) && !whole[t.Name]:
		if digits[t.Name] < digits[f.Name] {
			return "digits are rounded off", true
		}
	case (number(f) || f.Name == "numeric") && whole[t.Name]:
		if f.Name != "numeric" || len(f.Mods) != 1 && scale(f.Mods) != 0 || len(f.Mods) == 0 {
			return "what stands behind the point is rounded off", true
		}
	case f.Name == "numeric" && number(t):
		return "digits are rounded off", true
	case f.Name == "numeric" && t.Name == "numeric" && len(t.Mods) > 0:
		if len(f.Mods) == 0 || scale(t.Mods) < scale(f.Mods) {
			return "digits behind the point are rounded off", true
		}
		if t.Mods[0]-scale(t.Mods) < f.Mods[0]-scale(f.Mods) {
			return "larger numbers do not fit", false
		}
	case strs[f.Name] && strs[t.Name] && len(t.Mods) > 0:
		if len(f.Mods) == 0 || t.Mods[0] < f.Mods[0] {
			return "longer values do not fit", false
		}
	case moments[f.Name] && t.Name == "date":
		return "the time of day is cut off", true
	case moments[f.Name] && strings.HasPrefix(t.Name, "time") && !moments[t.Name]:
		return "the date is cut off", true
	case moments[f.Name] && moments[t.Name] && len(t.Mods) > 0:
		if len(f.Mods) == 0 || t.Mods[0] < f.Mods[0] {
			return "fractions of seconds are rounded off", true
		}
	}
	return "", false
}

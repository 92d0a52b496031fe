package effect

import (
	"slices"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// change is what a new type means for the stored values.
type change struct {
	rewrite   bool
	why       string
	collation bool // the collation changes: indexes must be built anew
}

// typeChange judges the change of a column's type, as ATColumnChangeRequiresRewrite
// (tablecmds.c) judges the expression that converts the old values: it needs no
// rewrite if it is only a relabelling.
func (o *of) typeChange(col *catalog.Column, to catalog.Type, using *pg_query.Node, collation string) change {
	ch := change{collation: !sameCollation(o, col, to, collation)}
	if using != nil {
		if ok := o.plainUsing(using, col.Name, to); !ok {
			ch.rewrite, ch.why = true, "USING computes every value anew"
			return ch
		}
	}
	if why := o.conversion(col.Type, to); why != "" {
		ch.rewrite, ch.why = true, why
	}
	return ch
}

// plainUsing tells whether USING is the column itself, or a plain cast of it to
// the new type, which converts as no USING would.
func (o *of) plainUsing(using *pg_query.Node, column string, to catalog.Type) bool {
	if c := using.GetTypeCast(); c != nil {
		if t := o.typeOf(c.TypeName); !equalType(t, to) {
			return false
		}
		using = c.Arg
	}
	name, ok := bareColumn(using)
	return ok && name == column
}

func sameCollation(o *of, col *catalog.Column, to catalog.Type, collation string) bool {
	norm := func(s string) string {
		if s == "default" {
			return ""
		}
		return s
	}
	return norm(col.Collation) == norm(collation)
}

func equalType(a, b catalog.Type) bool {
	return a.Schema == b.Schema && a.Name == b.Name && a.Array == b.Array && slices.Equal(a.Mods, b.Mods)
}

// base strips domains: a value of a domain is a value of its base type.
func (o *of) base(t catalog.Type) catalog.Type {
	for range 32 {
		d := o.c.Type(t)
		if d == nil || d.Kind != catalog.Domain || t.Array {
			break
		}
		t = d.Base
	}
	return t
}

// conversion says why values must be converted, "" where they can stay.
func (o *of) conversion(from, to catalog.Type) string {
	if equalType(from, to) {
		return ""
	}
	if d := o.c.Type(to); d != nil && d.Kind == catalog.Domain && !to.Array && o.domainConstrained(d) {
		return "the domain " + d.Name.Short() + " has a constraint: every value is checked"
	}
	f, t := o.base(from), o.base(to)
	if equalType(f, t) {
		return ""
	}
	differ := "values of type " + typeSQL(f) + " are converted to " + typeSQL(t)
	if f.Array != t.Array || f.Array && (f.Name != t.Name || f.Schema != t.Schema || len(t.Mods) > 0) {
		return differ
	}
	if f.Schema == t.Schema && f.Name == t.Name {
		if len(t.Mods) == 0 && t.Name != "interval" || widens(t.Name, f.Mods, t.Mods) {
			return ""
		}
		return "values of type " + typeSQL(f) + " are checked against " + typeSQL(t)
	}
	if name := f.Name + ">" + t.Name; name == "timestamp>timestamptz" || name == "timestamptz>timestamp" {
		if o.zoneIsUTC() && (len(t.Mods) == 0 || t.Mods[0] >= 6) {
			return ""
		}
		return differ + " in the session's time zone"
	}
	if !o.relabels(f, t) {
		return differ
	}
	if len(t.Mods) > 0 { // a relabelled value is then checked against the length
		if !widens(t.Name, nil, t.Mods) { // the old length is lost on the way
			return differ
		}
	}
	return ""
}

// relabels tells whether a value of one type is a value of the other without
// conversion: binary-coercible types of pg_cast, and those of citext.
func (o *of) relabels(f, t catalog.Type) bool {
	if f.Schema == "" && t.Schema == "" && binaryCoercible(f.Name, t.Name, o.pg) {
		return true
	}
	text := func(n string) bool { return n == "text" || n == "varchar" }
	return f.Name == "citext" && text(t.Name) || t.Name == "citext" && text(f.Name)
}

// zoneIsUTC tells whether the session's time zone is known to be UTC
// (TimestampTimestampTzRequiresRewrite, timestamp.c).
func (o *of) zoneIsUTC() bool {
	z, ok := o.c.Setting("timezone")
	if !ok {
		z = o.c.Zone
	}
	switch strings.ToUpper(z) {
	case "UTC", "GMT", "ETC/UTC", "ETC/GMT", "UCT", "ETC/UCT", "ZULU", "ETC/ZULU", "UNIVERSAL", "ETC/UNIVERSAL", "GREENWICH",
		"ETC/GREENWICH", "GMT0", "ETC/GMT0", "GMT+0", "GMT-0", "ETC/GMT+0", "ETC/GMT-0", "0":
		return true
	}
	return false
}

// widens tells whether every value that fits the old modifiers fits the new ones
// unchanged: the support functions of varchar, varbit, numeric, timestamp, time
// and interval (varchar.c, varbit.c, numeric.c, timestamp.c).
func widens(name string, from, to []int) bool {
	switch name {
	case "varchar", "varbit":
		return len(from) > 0 && len(to) > 0 && to[0] >= from[0]
	case "numeric":
		if len(from) == 0 || len(to) == 0 {
			return false
		}
		return scale(from) == scale(to) && to[0] >= from[0]
	case "timestamp", "timestamptz", "time", "timetz":
		return len(to) > 0 && (to[0] >= 6 || len(from) > 0 && to[0] >= from[0])
	case "interval":
		return intervalWidens(from, to)
	}
	return slices.Equal(from, to)
}

func scale(mods []int) int {
	if len(mods) < 2 {
		return 0
	}
	return mods[1]
}

// intervalWidens follows interval_support (timestamp.c): the modifiers are a mask
// of fields and a precision; what counts is the least field that is kept.
func intervalWidens(from, to []int) bool {
	oldField, oldPrec := intervalParts(from)
	newField, newPrec := intervalParts(to)
	return newField <= oldField && (oldField > 0 || newPrec >= 6 || newPrec >= oldPrec)
}

// intervalParts gives the least field (0 second … 5 year) and the precision.
// The masks are INTERVAL_MASK of the fields YEAR 4, MONTH 2, DAY 8, HOUR 1024,
// MINUTE 2048, SECOND 4096 (datetime.h).
func intervalParts(mods []int) (field, precision int) {
	const full = 0x7FFF
	precision = 6
	if len(mods) == 0 {
		return 0, precision
	}
	if len(mods) > 1 {
		precision = mods[1]
	}
	for i, bit := range []int{1 << 12, 1 << 11, 1 << 10, 1 << 3, 1 << 1, 1 << 2} {
		if mods[0] == full || mods[0]&bit != 0 {
			return i, precision
		}
	}
	return 0, precision
}

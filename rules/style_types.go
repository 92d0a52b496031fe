package rules

import (
	"fmt"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// The rules about types are a matter of taste: they are off unless they are
// turned on. They look at columns that a migration makes, not at those that are there.
var (
	// TimestampWithoutTimeZone reports a column that does not say of which zone its times are.
	TimestampWithoutTimeZone = styleType("timestamp-without-time-zone", "a timestamp without time zone does not say which moment it means",
		"timestamptz, which is as large", func(t catalog.Type) bool { return t.Name == "timestamp" })
	// TimeWithTimeZone reports timetz, whose offset is that of no day.
	TimeWithTimeZone = styleType("time-with-time-zone", "time with time zone keeps an offset that is right on some days only",
		"timestamptz, or time with a column for the zone", func(t catalog.Type) bool { return t.Name == "timetz" })
	// CharPadded reports character(n), which is filled up with blanks.
	CharPadded = styleType("char-padded", "character(n) is filled up with blanks, and compares without them",
		"text, with a CHECK of its length if that matters", func(t catalog.Type) bool { return t.Name == "bpchar" })
	// MoneyType reports money, whose unit is a setting of the server.
	MoneyType = styleType("money-type", "money has the unit and the fractions of a setting (lc_monetary)",
		"numeric, and a column for the currency", func(t catalog.Type) bool { return t.Name == "money" })
	// JSONNotJSONB reports json, which is parsed at every reading and cannot be compared.
	JSONNotJSONB = styleType("json-not-jsonb", "json is parsed at every reading, has no equality, and takes no index",
		"jsonb, unless the text itself must be kept", func(t catalog.Type) bool { return t.Name == "json" })
	// VarcharLimit reports varchar(n), whose limit is hard to change and saves nothing.
	VarcharLimit = styleType("varchar-limit", "varchar(n) saves nothing, and a smaller limit later needs a scan of the table",
		"text, with a CHECK of its length if that matters", func(t catalog.Type) bool { return t.Name == "varchar" && len(t.Mods) > 0 })
)

// styleType makes a rule about the type of new columns.
func styleType(id, summary, instead string, is func(catalog.Type) bool) *Rule {
	return register(Rule{
		ID:       id,
		Summary:  summary,
		Category: Hygiene,
		Severity: Off,
		Since:    "0.1.0",
		Ops:      []effect.Op{effect.CreateTable, effect.AddColumn, effect.AlterType},
		Section: func(p *SectionPass) {
			if !p.Down {
				p.columnsOf(is, instead)
			}
		},
	})
}

// columnsOf reports the columns that the section makes whose type is one.
func (p *SectionPass) columnsOf(is func(catalog.Type) bool, instead string) {
	for i, effects := range p.Effects {
		for _, e := range effects {
			if e.NoOp || p.refused(i) || p.undone(i) || p.isTemp(e.Target) {
				continue
			}
			r := p.Catalog.Lookup(e.Target)
			if r == nil || e.Op != effect.CreateTable && e.Op != effect.AddColumn && e.Op != effect.AlterType {
				continue
			}
			var names []string
			var typ catalog.Type
			for _, c := range r.Columns {
				if is(c.Type) && !c.Inherited && (e.Op == effect.CreateTable && c.Migration == 0 || e.Op != effect.CreateTable && c.Name == e.Column) {
					names, typ = append(names, catalog.Quote(c.Name)), c.Type
				}
			}
			if len(names) == 0 || e.Op == effect.AlterType && e.Detail.OldType == e.Detail.Type {
				continue
			}
			f := p.on(i, e)
			f.Lock, f.Severity = "", Info
			f.Message = fmt.Sprintf("%s of %s: %s", strings.Join(names, ", "), r.Name, typ.Name)
			f.Hint = instead
			p.Report(f)
		}
	}
}

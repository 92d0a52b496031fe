package rules

import (
	"fmt"
	"regexp"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// NameNotSnakeCase reports names of tables and columns that must be quoted for
// ever, or are not of the form a_b.
var NameNotSnakeCase = register(Rule{
	ID:       "name-not-snake-case",
	Summary:  "a name must be written in quotes for ever, since it is not of the form a_b",
	Category: Hygiene,
	Severity: Off,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.CreateTable, effect.AddColumn, effect.RenameColumn, effect.RenameTable},
	Section: func(p *SectionPass) {
		if p.Down {
			return
		}
		for i, effects := range p.Effects {
			for _, e := range effects {
				if e.NoOp || p.refused(i) || p.isTemp(e.Target) {
					continue
				}
				for _, name := range p.newNames(e) {
					if snake.MatchString(name) && catalog.Quote(name) == name {
						continue
					}
					f := p.on(i, e)
					f.Lock, f.Severity = "", Info
					f.Message = fmt.Sprintf("%s is not a name of the form a_b", catalog.Quote(name))
					f.Consequence = "every query must write it in quotes, and exactly so"
					p.Report(f)
					break // one statement, one finding
				}
			}
		}
	},
})

var snake = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

// newNames gives the names that an effect brings.
func (p *SectionPass) newNames(e effect.Effect) []string {
	switch e.Op {
	case effect.CreateTable:
		out := []string{e.Target.Name}
		if r := p.Catalog.Lookup(e.Target); r != nil {
			for _, c := range r.Columns {
				if !c.Inherited && c.Migration == 0 {
					out = append(out, c.Name)
				}
			}
		}
		return out
	case effect.AddColumn:
		return []string{e.Column}
	case effect.RenameColumn, effect.RenameTable:
		return []string{e.Detail.Name}
	}
	return nil
}

// TableWithoutComment reports a table that the history creates and never comments.
var TableWithoutComment = register(Rule{
	ID:       "table-without-comment",
	Summary:  "a new table has no COMMENT that says what its rows are",
	Category: Hygiene,
	Severity: Off,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.CreateTable},
	Section: func(p *SectionPass) {
		if p.Down {
			return
		}
		said := map[catalog.Name]bool{}
		for _, effects := range p.Effects {
			for _, e := range effects {
				if e.Op == effect.Comment && e.Column == "" {
					said[e.Target] = true
				}
			}
		}
		for i, effects := range p.Effects {
			for _, e := range effects {
				if e.Op != effect.CreateTable || e.NoOp || said[e.Target] || p.refused(i) || p.isTemp(e.Target) || e.Detail.Ref.Name != "" || p.Catalog.Lookup(e.Target) == nil {
					continue
				}
				f := p.on(i, e)
				f.Lock, f.Severity = "", Info
				f.Message = fmt.Sprintf("%s has no comment", e.Target)
				f.Hint = fmt.Sprintf("COMMENT ON TABLE %s IS '…';", e.Target.Short())
				p.Report(f)
			}
		}
	},
})

// EnumCreated reports CREATE TYPE … AS ENUM: values cannot be taken out again.
var EnumCreated = register(Rule{
	ID:       "enum-created",
	Summary:  "an enum's values cannot be taken out again, nor put into another order",
	Category: Hygiene,
	Severity: Off,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.CreateType},
	Check: func(p *Pass) {
		for _, e := range p.Effects {
			if e.Op == effect.CreateType && len(e.Detail.Names) > 0 && !p.Down {
				p.Report(Finding{Span: e.Span, Severity: Info,
					Message:     fmt.Sprintf("%s is an enum", e.Target),
					Consequence: "a value that is not wanted any more stays, unless every column is rewritten to another type",
					Hint:        "a table of the values, with a foreign key to it, or text with a CHECK"})
			}
		}
	},
})

// SerialColumn reports serial, where an identity column does the same by the standard.
var SerialColumn = register(Rule{
	ID:       "serial-column",
	Summary:  "serial leaves a sequence with an owner and privileges of its own",
	Category: Hygiene,
	Severity: Off,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.CreateTable},
	Section: func(p *SectionPass) {
		if p.Down {
			return
		}
		for i, effects := range p.Effects {
			for _, e := range effects {
				r := p.Catalog.Lookup(e.Target)
				if e.Op != effect.CreateTable || e.NoOp || r == nil || p.refused(i) || p.isTemp(e.Target) {
					continue
				}
				for _, c := range r.Columns {
					if c.Default.Sequence == 0 || c.Default.Text != "nextval(…)" || c.Inherited {
						continue
					}
					f := p.on(i, e)
					f.Lock, f.Severity = "", Info
					f.Message = fmt.Sprintf("%s of %s is serial", catalog.Quote(c.Name), r.Name)
					f.Consequence = "who may INSERT into the table needs USAGE on its sequence besides, and anybody may write any number"
					f.Hint = "bigint GENERATED ALWAYS AS IDENTITY"
					p.Report(f)
					break
				}
			}
		}
	},
})

// FKCascades reports ON DELETE CASCADE.
var FKCascades = register(Rule{
	ID:       "fk-cascades",
	Summary:  "ON DELETE CASCADE lets one DELETE take rows of many tables along",
	Category: DataLoss,
	Severity: Off,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.CreateTable, effect.AddForeignKey, effect.AddColumn},
	Section: func(p *SectionPass) {
		if p.Down {
			return
		}
		for i, effects := range p.Effects {
			for _, e := range effects {
				r := p.Catalog.Lookup(e.Target)
				if e.Op != effect.CreateTable && e.Op != effect.AddForeignKey && e.Op != effect.AddColumn || e.NoOp || r == nil || p.refused(i) {
					continue
				}
				for _, k := range r.Constraints {
					if k.Kind != catalog.ForeignKey || k.OnDelete != 'c' || k.Inherited || k.Migration != p.Catalog.Migration || e.Op == effect.AddForeignKey && e.Object != k.Name || e.Op == effect.AddColumn {
						continue
					}
					ref := p.Catalog.Get(k.Ref)
					if ref == nil {
						continue
					}
					f := p.on(i, e)
					f.Lock, f.Severity = "", Info
					f.Message = fmt.Sprintf("%s: a DELETE of a row of %s deletes the rows of %s that belong to it", catalog.Quote(k.Name), ref.Name, r.Name)
					f.Consequence = "one statement can lock and delete rows of many tables, and nobody is asked"
					f.Hint = "NO ACTION, and DELETE in batches from the table that references first"
					p.Report(f)
					break
				}
			}
		}
	},
})

package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// RenameSchema reports a schema that gets another name while code uses the old one.
var RenameSchema = register(Rule{
	ID:       "rename-schema",
	Summary:  "renaming a schema breaks running code that names it, or has it in search_path",
	Category: Breaking,
	Severity: Error,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.RenameSchema},
	Check: func(p *Pass) {
		for _, e := range p.Effects {
			if e.Op == effect.RenameSchema && !p.emptied(e.Object) {
				p.Report(Finding{Span: e.Span,
					Message:     fmt.Sprintf("RENAME TO %s breaks code that uses the schema %s", catalog.Quote(e.Detail.Name), catalog.Quote(e.Object)),
					Consequence: "it fails from the commit on; code that uses the new name fails before",
					Hint:        "create the other schema, with views of the tables, and move code over first"})
			}
		}
	},
})

// SetSchema reports a table, view or sequence that moves to another schema.
var SetSchema = register(Rule{
	ID:       "set-schema",
	Summary:  "SET SCHEMA breaks running code that finds the table where it was",
	Category: Breaking,
	Severity: Error,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.SetSchema},
	Section: func(p *SectionPass) {
		for i, effects := range p.Effects {
			for _, e := range effects {
				if e.Op != effect.SetSchema || e.Kind == "" || e.New || e.Same || p.refused(i) || p.undone(i) {
					continue
				}
				f := p.on(i, e)
				f.Message = fmt.Sprintf("SET SCHEMA %s breaks code that finds %s where it was", catalog.Quote(e.Detail.Name), e.Target)
				f.Consequence = "it fails from the commit on, unless both schemas are in its search_path"
				f.Hint = "put a view of the old name in its place, in the same transaction, until no code uses it"
				if p.named(i, +1, func(x effect.Effect) bool { return x.Op == effect.CreateView && x.Target == e.Target }) {
					f.Severity = Info
					f.Message = fmt.Sprintf("SET SCHEMA %s: code that uses %s goes through a view from the commit on", catalog.Quote(e.Detail.Name), e.Target)
					f.Consequence, f.Hint = "", "a view takes INSERT, UPDATE and DELETE, but neither TRUNCATE nor COPY nor ON CONFLICT on a constraint's name"
				}
				p.Report(f)
			}
		}
	},
})

// RenameType reports a type that gets another name and leaves none of the old.
var RenameType = register(Rule{
	ID:       "rename-type",
	Summary:  "renaming a type breaks running code that casts to it",
	Category: Breaking,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.RenameType},
	Section: func(p *SectionPass) {
		made := map[string]bool{}
		for i, effects := range p.Effects {
			for _, e := range effects {
				if e.Op == effect.CreateType || e.Op == effect.CreateDomain {
					made[e.Target.Name] = true
				}
				if e.Op != effect.RenameType || made[e.Object] || p.refused(i) || p.undone(i) || p.typeNamed(i, e.Object) {
					continue
				}
				f := p.on(i, e)
				f.Lock = ""
				f.Message = fmt.Sprintf("RENAME TO %s breaks code that uses the type %s", catalog.Quote(e.Detail.Name), catalog.Quote(e.Object))
				f.Consequence = "casts to the old name, and drivers that have looked it up, fail from the commit on"
				f.Hint = "leave the name, or make a domain of the old name over the type in the same transaction"
				p.Report(f)
			}
		}
	},
})

// typeNamed tells whether a later statement makes a type of that name.
func (p *SectionPass) typeNamed(i int, name string) bool {
	for _, effects := range p.Effects[i+1:] {
		for _, e := range effects {
			if (e.Op == effect.CreateType || e.Op == effect.CreateDomain) && e.Target.Name == name || e.Op == effect.RenameType && e.Detail.Name == name {
				return true
			}
		}
	}
	return false
}

// RenameEnumValue reports a label of an enum that is renamed: running code sends
// and expects the old one.
var RenameEnumValue = register(Rule{
	ID:       "rename-enum-value",
	Summary:  "renaming an enum value breaks running code that sends the old one",
	Category: Breaking,
	Severity: Error,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.RenameEnumValue},
	Check: func(p *Pass) {
		for _, e := range p.Effects {
			if e.Op != effect.RenameEnumValue || e.New {
				continue
			}
			p.Report(Finding{Span: e.Span, Relation: e.Target.String(),
				Message:     fmt.Sprintf("RENAME VALUE '%s' breaks code that sends or expects it as %s", e.Object, e.Target),
				Consequence: "statements with the old value fail with SQLSTATE 22P02 from the commit on; rows show the new one",
				Hint:        "add the new value, let code know both, change the rows in batches, and leave the old value unused"})
		}
	},
})

// RenameFunction reports a function that gets another name and leaves none of the old.
var RenameFunction = register(Rule{
	ID:       "rename-function",
	Summary:  "renaming a function breaks running code that calls it",
	Category: Breaking,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.RenameFunction},
	Section: func(p *SectionPass) {
		made := map[string]bool{}
		for _, effects := range p.Effects {
			for _, e := range effects {
				if e.Op == effect.CreateFunction && !e.NoOp {
					made[e.Target.Name] = true
				}
			}
		}
		for i, effects := range p.Effects {
			for _, e := range effects {
				if e.Op != effect.RenameFunction || made[e.Object] || p.refused(i) || p.undone(i) {
					continue
				}
				f := p.on(i, e)
				f.Lock = ""
				f.Message = fmt.Sprintf("RENAME TO %s breaks code that calls %s", catalog.Quote(e.Detail.Name), e.Target)
				f.Consequence = "calls of the old name, in bodies of other functions too, fail with SQLSTATE 42883 from the commit on"
				f.Hint = "create the function under the new name, and drop the old one when nothing calls it"
				p.Report(f)
			}
		}
	},
})

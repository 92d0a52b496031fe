package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// DropCascade reports DROP … CASCADE that takes along what the statement does not
// name, or may: nobody knows what depends on something no migration created.
var DropCascade = register(Rule{
	ID:       "drop-cascade",
	Summary:  "CASCADE drops what the statement does not name",
	Category: DataLoss,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.DropTable, effect.DropView, effect.DropMatView, effect.DropSequence, effect.DropType,
			effect.DropFunction, effect.DropExtension, effect.DropColumn, effect.DropConstraint) {
			if !a.Detail.Cascade || a.NoOp || a.New || a.Same {
				continue
			}
			f := p.about(a, *a.Effect, "")
			f.Consequence = ""
			what := droppedThing(a)
			if reached := p.dependents(a); len(reached) > 0 {
				f.Message = fmt.Sprintf("%s CASCADE reaches %s", what, strings.Join(reached, ", "))
				f.Consequence = "what depends on it there is dropped as well: views, foreign keys, columns, defaults, triggers"
			} else if p.incomplete(a) {
				f.Severity = Warning
				f.Message = fmt.Sprintf("%s CASCADE drops whatever depends on it", what)
			} else {
				continue // nothing does
			}
			f.Hint = "drop what depends on it first, by name, then leave out CASCADE: the server says what is missing"
			p.Report(f)
			return
		}
	},
})

func droppedThing(a action) string {
	name := a.Target.String()
	switch a.Op {
	case effect.DropColumn:
		name = catalog.Quote(a.Column)
	case effect.DropConstraint:
		name = catalog.Quote(a.Object)
	}
	return strings.ToUpper(a.Op.String()) + " " + name
}

// dependents names the relations besides its own that lose something.
func (p *Pass) dependents(a action) []string {
	var out []string
	own := p.Catalog.Get(a.OID)
	for _, e := range a.also {
		r := p.Catalog.Get(e.OID)
		switch {
		case r == nil || r.IsIndex() || r.Kind == catalog.Sequence || e.OID == a.OID || p.made(e):
			continue
		case own != nil && (r.IsPartition || own.IsPartition) && p.root(r.OID) == p.root(own.OID):
			continue // it is one table
		case own != nil && slices.ContainsFunc(own.Constraints, func(k catalog.Constraint) bool { return k.Ref == r.OID }) && !slices.Contains(own.RefBy, r.OID):
			continue // its own key goes, the table stays as it is
		}
		if name := e.Target.String(); !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// incomplete tells whether things may depend on the target that the history does
// not know of.
func (p *Pass) incomplete(a action) bool {
	switch a.Op {
	case effect.DropConstraint:
		return a.Detail.Unknown == catalog.Yes // a key that others need, perhaps
	case effect.DropType:
		return p.Catalog.LookupType(a.Target.Schema, a.Target.Name) == nil
	case effect.DropFunction:
		return len(p.Catalog.Functions(a.Target.Schema, a.Target.Name)) == 0
	case effect.DropExtension:
		return true
	}
	return p.assumed(a)
}

func (p *Pass) assumed(a action) bool {
	r := p.Catalog.Get(a.OID)
	return r == nil || r.Assumed
}

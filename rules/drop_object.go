package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// DropView reports a view that is dropped and not made again by the same file.
var DropView = register(Rule{
	ID:       "drop-view",
	Summary:  "DROP VIEW breaks running code that reads it",
	Category: Breaking,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.DropView, effect.DropMatView},
	Section: goneBy([]effect.Op{effect.DropView, effect.DropMatView},
		effect.CreateView, effect.ReplaceView, effect.CreateMatView, effect.CreateTable, effect.CreateTableAs, effect.RenameTable),
})

// DropFunction reports a function that is dropped and not made again by the same file.
var DropFunction = register(Rule{
	ID:       "drop-function",
	Summary:  "DROP FUNCTION breaks running code that calls it",
	Category: Breaking,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.DropFunction},
	Section:  goneBy([]effect.Op{effect.DropFunction}, effect.CreateFunction),
})

// DropType reports a type that is dropped and not made again by the same file.
var DropType = register(Rule{
	ID:       "drop-type",
	Summary:  "DROP TYPE breaks running code that names it",
	Category: Breaking,
	Severity: Info,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.DropType},
	Section:  goneBy([]effect.Op{effect.DropType}, effect.CreateType, effect.CreateDomain),
})

// DropSequence reports a sequence that is dropped and not made again by the same file.
var DropSequence = register(Rule{
	ID:       "drop-sequence",
	Summary:  "DROP SEQUENCE breaks running code that takes numbers from it",
	Category: Breaking,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.DropSequence},
	Section:  goneBy([]effect.Op{effect.DropSequence}, effect.CreateSequence),
})

// DropExtension reports an extension that is dropped: its functions and operators go.
var DropExtension = register(Rule{
	ID:       "drop-extension",
	Summary:  "DROP EXTENSION breaks running code that uses its functions and operators",
	Category: Breaking,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.DropExtension},
	Section:  goneBy([]effect.Op{effect.DropExtension}, effect.CreateExtension),
})

// goneBy makes the check of the rules about objects that a file drops. What it
// makes itself, or makes again under the same name, or has renamed before, it
// may drop; and what goes with something whose loss is reported already, as the
// function of a trigger with the trigger, is not spoken of a second time.
func goneBy(drops []effect.Op, makes ...effect.Op) func(*SectionPass) {
	return func(p *SectionPass) {
		if p.Down {
			return // it takes back what up made
		}
		var own []catalog.Name
		for i, effects := range p.Effects {
			for j, e := range effects {
				switch {
				case slices.Contains(makes, e.Op) && !e.NoOp:
					own = append(own, e.Target)
				case e.Op == effect.RenameType:
					own = append(own, catalog.Name{Name: e.Detail.Name})
				}
				if !slices.Contains(drops, e.Op) || e.NoOp || e.New || e.Same || cascades(effects, j) || p.refused(i) || p.undone(i) {
					continue
				}
				mine := slices.ContainsFunc(own, func(n catalog.Name) bool { return n == e.Target || n.Schema == "" && n.Name == e.Target.Name })
				if mine || p.goesWith(e.Op) || p.madeAgain(i, e.Target, makes) {
					continue
				}
				f := p.on(i, e)
				name := e.Target.String()
				if e.Op == effect.DropExtension {
					name = catalog.Quote(e.Object)
				}
				f.Message = fmt.Sprintf("%s %s: running code that uses it fails from the commit on", strings.ToUpper(e.Op.String()), name)
				f.Hint = "first deploy code that does not use it"
				if e.Detail.IfExists && e.Detail.Unknown == catalog.Yes {
					f.Severity = Info // perhaps it is not there
				}
				p.Report(f)
			}
		}
	}
}

// cascades tells whether drop-cascade speaks of the j'th effect: it takes others
// along, or may.
func cascades(effects []effect.Effect, j int) bool {
	e := effects[j]
	return e.Detail.Cascade && (e.Op == effect.DropExtension || e.Detail.Unknown == catalog.Yes || j+1 < len(effects) && effects[j+1].Op == effect.Also && effects[j+1].Via == e.Op)
}

// owners are the drops that others go with: a type with the last column of it, a
// sequence with the table whose numbers it gave, a trigger's function with the trigger.
var owners = map[effect.Op][]effect.Op{
	effect.DropType:     {effect.DropTable, effect.DropColumn, effect.AlterType, effect.DropFunction},
	effect.DropSequence: {effect.DropTable, effect.DropColumn, effect.DropDefault, effect.AddIdentity},
	effect.DropFunction: {effect.DropTable, effect.DropTrigger},
	effect.DropView:     {effect.DropTable},
	effect.DropMatView:  {effect.DropTable},
}

// goesWith tells whether the section drops what owns such an object.
func (p *SectionPass) goesWith(op effect.Op) bool {
	for _, effects := range p.Effects {
		for _, e := range effects {
			if slices.Contains(owners[op], e.Op) && !e.NoOp {
				return true
			}
		}
	}
	return false
}

// madeAgain tells whether a later statement makes an object of that name, or one
// that is renamed to it.
func (p *SectionPass) madeAgain(i int, n catalog.Name, makes []effect.Op) bool {
	for _, effects := range p.Effects[i+1:] {
		for _, e := range effects {
			renamed := e.Op == effect.RenameTable && catalog.Name{Schema: e.Target.Schema, Name: e.Detail.Name} == n
			if slices.Contains(makes, e.Op) && e.Target == n || renamed {
				return true
			}
		}
	}
	return false
}

package rules

import (
	"fmt"
	"slices"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// DropFKLocksReferenced reports a drop that takes a foreign key along: its
// triggers on the referenced table go too, which takes ACCESS EXCLUSIVE there.
var DropFKLocksReferenced = register(Rule{
	ID:       "drop-fk-locks-referenced",
	Summary:  "dropping a foreign key locks the table that it references",
	Category: Lock,
	Severity: Warning,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		if p.limited() || p.Down {
			return // the only way there is; a down section takes back what up did
		}
		for _, a := range p.actions(effect.DropTable, effect.DropConstraint, effect.DropColumn) {
			e, ok := p.referencedBy(a)
			if !ok || p.droppedLater(e.Target) {
				continue // none, or it goes too
			}
			f := p.about(a, e, "")
			what := map[effect.Op]string{effect.DropTable: "DROP TABLE " + a.Target.Short(),
				effect.DropConstraint: "DROP CONSTRAINT " + catalog.Quote(a.Object), effect.DropColumn: "DROP COLUMN " + catalog.Quote(a.Column)}[a.Op]
			f.Message = fmt.Sprintf("%s takes %s on %s, which a foreign key of %s references", what, e.Lock, e.Target, a.Target)
			f.Hint = lines(p.setLockTimeout(), "before it, and nothing after it in the transaction")
			p.Report(f)
		}
	},
})

// referencedBy gives a table that others use and that the action locks because a
// foreign key of the action's own table references it.
func (p *Pass) referencedBy(a action) (effect.Effect, bool) {
	for _, e := range a.also {
		if e.OID == a.OID || !holdsRows(e.Kind) || !e.Lock.BlocksReads() || p.IsNew(e) || e.Same || p.Window.On(e.Target).BlocksReads() {
			continue
		}
		r := p.Catalog.Get(a.OID)
		for i := 0; r != nil && i < len(r.Constraints); i++ {
			if k := r.Constraints[i]; k.Kind == catalog.ForeignKey && k.Ref == e.OID {
				return e, true
			}
		}
	}
	return effect.Effect{}, false
}

// setLockTimeout gives the statement that limits the wait for a lock here.
func (p *Pass) setLockTimeout() string {
	if p.Stmt.Tx.Block() {
		return "SET LOCAL lock_timeout = '2s';"
	}
	return "SET lock_timeout = '2s';"
}

// droppedLater tells whether a later statement of the section drops a table.
func (p *Pass) droppedLater(n catalog.Name) bool {
	for i := p.Index + 1; i < len(p.Stmts); i++ {
		if _, drops := p.Stmts[i].Keyword("DROP", "TABLE"); !drops {
			continue
		}
		gone := func(e effect.Effect) bool { return e.Op == effect.DropTable && e.Target == n }
		if slices.ContainsFunc(effect.Of(&p.Stmts[i], p.Catalog, p.PG), gone) {
			return true
		}
	}
	return false
}

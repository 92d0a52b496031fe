package rules

import (
	"fmt"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// AddColumnFKValidatedAtOnce reports REFERENCES in the definition of a new column
// with a default: every row refers to something from the start, which the server
// looks up under ACCESS EXCLUSIVE. Without a default there is nothing to look up.
var AddColumnFKValidatedAtOnce = register(Rule{
	ID:       "add-column-fk-validated-at-once",
	Summary:  "ADD COLUMN with a default and REFERENCES looks up every row while every query waits",
	Category: Lock,
	Severity: Error,
	Since:    "0.1.0",
	Check: func(p *Pass) {
		for _, a := range p.actions(effect.AddForeignKey) {
			e, ok := p.keyScan(a)
			if !ok || !a.Detail.Inline || p.columnReported(a) {
				continue
			}
			f := p.about(a, e, "scan")
			p.alsoReferenced(&f, a, e)
			f.Message = fmt.Sprintf("ADD COLUMN with a default and REFERENCES scans %s and %s, %s under %s",
				e.Target, a.Detail.Ref, e.Target.Short(), e.Lock)
			name := catalog.Quote(a.Object)
			f.Hint = lines(p.plainColumn(a),
				alter(*a.Effect, fmt.Sprintf("ADD CONSTRAINT %s FOREIGN KEY %s REFERENCES %s NOT VALID", name, columnList(a.Detail.Columns), p.referenced(a))),
				laterMigration+alter(*a.Effect, "VALIDATE CONSTRAINT "+name))
			if a.Kind == catalog.PartitionedTable {
				f.Hint = lines(p.plainColumn(a), keyOnPartitions)
			}
			p.Report(f)
		}
	},
})

// keyScan gives the referencing table that ADD FOREIGN KEY reads while others
// wait: the table itself or a partition. The referenced one is read with it.
func (p *Pass) keyScan(a action) (effect.Effect, bool) {
	if p.IsNew(*a.Effect) {
		return effect.Effect{}, false // it has no rows to look up
	}
	for i, x := range a.also {
		if x.OID == a.Detail.RefOID {
			a.also = a.also[:i] // from here on the referenced side
			break
		}
	}
	return p.works(a, effect.Scan)
}

// referenced writes what stands behind REFERENCES, with its actions.
func (p *Pass) referenced(a action) string {
	stop := []string{"CONSTRAINT", "NOT", "NULL", "CHECK", "UNIQUE", "PRIMARY", "DEFAULT", "GENERATED", "COLLATE"}
	if s, ok := p.Stmt.Following(a.Span, stop, "REFERENCES"); ok {
		return p.Stmt.OneLine(s)
	}
	return a.Detail.Ref.Short()
}

// alsoReferenced names the referenced table among those that are waited for.
func (p *Pass) alsoReferenced(f *Finding, a action, e effect.Effect) {
	if ref := p.Catalog.Get(a.Detail.RefOID); ref == nil || ref.OID == a.OID || p.Catalog.IsNew(ref.OID) {
		return
	}
	f.Consequence = strings.Replace(f.Consequence, e.Target.String(), e.Target.String()+" and "+a.Detail.Ref.String(), 1)
	if e.Lock.BlocksReads() {
		f.Consequence = p.Waits(e, "scan") + ", every write to " + a.Detail.Ref.String() + " too"
	}
}

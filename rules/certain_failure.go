package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/migration"
)

// CertainFailure reports a statement that the server refuses whatever the rows
// are: what a view needs is dropped, CONCURRENTLY is given where it cannot be.
var CertainFailure = register(Rule{
	ID:       "certain-failure",
	Summary:  "the server refuses the statement: the migration fails here",
	Category: Failure,
	Severity: Error,
	Since:    "0.1.0",
	Refusal:  true,
	Check: func(p *Pass) {
		e := p.fails()
		if e == nil || p.undoneBefore(e) {
			return
		}
		f := Finding{Span: e.Span, Message: "the server refuses this: " + e.Detail.Fails, Hint: wayAround(p, e)}
		if e.Kind != "" {
			f.Relation, f.Lock = e.Target.String(), e.Lock.String()
		}
		if e.Detail.SQLState != "" {
			f.Consequence = "the migration fails here with SQLSTATE " + e.Detail.SQLState
		}
		p.Report(f)
	},
})

// undoneBefore tells whether the down part of a later migration speaks of what
// stands in the way of a drop: downs run from the newest on, so that it may be
// gone by then.
func (p *Pass) undoneBefore(e *effect.Effect) bool {
	r := p.Catalog.Get(e.OID)
	if !p.Down || r == nil || e.Detail.SQLState != "2BP01" {
		return false
	}
	for _, oid := range slices.Concat(r.RefBy, r.Views, r.Children) {
		x := p.Catalog.Get(oid)
		if x != nil && slices.ContainsFunc(p.Later, func(m *migration.Migration) bool {
			return slices.ContainsFunc(m.Down, func(s migration.Section) bool {
				return strings.Contains(strings.ToLower(string(s.Text)), strings.ToLower(x.Name.Name))
			})
		}) {
			return true
		}
	}
	return false
}

// wayAround says what to write instead of a statement that fails.
func wayAround(p *Pass, e *effect.Effect) string {
	switch state := e.Detail.SQLState; state {
	case "42P01", "42703", "42704":
		if mayExist[e.Op] {
			return "take it out, or say IF EXISTS if some databases have it"
		}
		return ""
	case "42P07", "42701":
		return "take it out, or give it another name; IF NOT EXISTS takes what is there, whatever it looks like"
	default:
		if way := ways[state]; way != "" {
			return way
		}
	}
	r := p.Catalog.Get(e.OID)
	switch e.Op {
	case effect.Do:
		if e.Detail.SQLState == "25001" {
			return p.outside(p.Stmt.OneLine(p.Stmt.Span)+";") + "\nwithout DO: IF NOT EXISTS and IF EXISTS can stand for a condition"
		}
	case effect.DropIndex:
		switch {
		case r != nil && r.Constraint != "":
			if t := p.Catalog.Get(r.Table); t != nil {
				return fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT %s;", t.Name.Short(), catalog.Quote(r.Constraint))
			}
		case r != nil && r.ParentIdx != 0:
			return "drop the index of the partitioned table, of which it is a part"
		case len(e.Detail.Names) > 1:
			return "one DROP INDEX CONCURRENTLY for each index"
		case r != nil && r.Kind == catalog.PartitionedIndex:
			return "DROP INDEX without CONCURRENTLY, with a lock_timeout"
		}
	case effect.CreateIndex:
		return onPartitions
	case effect.AddForeignKey:
		return keyOnPartitions
	case effect.AlterType:
		return "drop what uses the column, change the type, and create it again in the same transaction"
	case effect.DropColumn, effect.DropTable, effect.DropView, effect.DropMatView, effect.DropConstraint:
		return "drop what depends on it first, by name; CASCADE would take whatever else there is too"
	case effect.DetachPartition:
		return "DETACH PARTITION without CONCURRENTLY, with a lock_timeout"
	}
	return cmp.Or(map[string]string{"25P01": "a BEGIN before it and a COMMIT after it"}[e.Detail.SQLState], "")
}

// mayExist are the statements that have an IF EXISTS.
var mayExist = map[effect.Op]bool{effect.DropTable: true, effect.DropView: true, effect.DropMatView: true, effect.DropIndex: true,
	effect.DropSequence: true, effect.DropColumn: true, effect.DropConstraint: true, effect.DropTrigger: true, effect.DropPolicy: true,
	effect.DropRule: true, effect.RenameTable: true, effect.RenameColumn: true, effect.Other: true}

// ways are what to write instead, where the SQLSTATE alone tells.
var ways = map[string]string{
	"42804": "write the conversion out: USING for a column's type, a cast for a value; a default of the old type is dropped first and set again after",
	"42830": "make exactly these columns unique first: a unique index, built CONCURRENTLY in an earlier migration",
	"42P10": "name exactly the columns of a unique index, with its WHERE if it is partial; or build one CONCURRENTLY in an earlier migration",
	"42P13": "drop the function and create it anew in the same transaction, or give the new one another name",
	"428C9": "leave the column out; OVERRIDING SYSTEM VALUE for an identity whose numbers are given on purpose",
	"22P02": "write a value that the type takes",
	"23502": "give the column a value, or a default first",
}

const (
	onPartitions = "CREATE INDEX … ON ONLY the partitioned table, which builds nothing\n" +
		"then CREATE INDEX CONCURRENTLY on each partition, outside a transaction\n" +
		"then ALTER INDEX … ATTACH PARTITION for each"
	keyOnPartitions = "add the foreign key to each partition NOT VALID, and validate it there in later migrations\n" +
		"then add it to the partitioned table, which takes the valid ones over without reading the rows"
)

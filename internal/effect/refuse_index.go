package effect

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/pgsql"
)

// indexRefused notes what the server refuses of CREATE INDEX (DefineIndex,
// indexcmds.c).
func (o *of) indexRefused(r *catalog.Relation, ix *catalog.Relation, n *pg_query.IndexStmt) {
	if r.Kind == catalog.View && o.c.Certain(r) {
		o.refuse("42809", "%s is a view: it has no index", r.Name)
		return
	}
	o.needs(r, ix.Keys...)
	o.needs(r, ix.Include...)
	o.mentions(r, ix.Mentions)
	o.noSubquery(n.WhereClause, "the predicate of an index")
	if what := o.mutable([]any{n.IndexParams, n.WhereClause}, r); what != "" {
		o.refuse("42P17", "%s in an index is not immutable", what)
	}
	abilities, known := indexAbilities[ix.Method]
	switch {
	case !known: // of an extension
		return
	case ix.Unique && !abilities.unique:
		o.refuse("0A000", "the access method %s has no unique indexes", ix.Method)
	case len(ix.Keys) > 1 && !abilities.columns:
		o.refuse("0A000", "the access method %s has no indexes of several columns", ix.Method)
	case len(ix.Include) > 0 && !abilities.include && (ix.Method != "spgist" || o.pg < 14):
		o.refuse("0A000", "the access method %s has no INCLUDE", ix.Method)
	}
	for i, key := range ix.Keys {
		if c, ok := r.Column(key); ok && i < len(ix.OpClasses) && ix.OpClasses[i] == "" {
			o.opclassFor(c.Type, ix.Method)
		}
	}
	if ix.Unique {
		o.keyOfPartitions(r, ix.Keys)
	}
}

// indexAbilities are those of the server's access methods (IndexAmRoutine of each,
// amcanunique, amcanmulticol and amcaninclude).
var indexAbilities = map[string]struct{ unique, columns, include bool }{
	"btree": {true, true, true}, "hash": {}, "gist": {false, true, true}, "gin": {false, true, false},
	"spgist": {false, false, true}, "brin": {false, true, false},
}

// triggerRefused notes what the server refuses of CREATE TRIGGER (CreateTriggerFiringOn,
// trigger.c).
func (o *of) triggerRefused(r *catalog.Relation, n *pg_query.CreateTrigStmt) {
	const (
		insteadOf  = 1 << 6 // TRIGGER_TYPE_INSTEAD (pg_trigger.h)
		onInsert   = 1 << 2
		onDelete   = 1 << 3
		onTruncate = 1 << 5
	)
	o.needs(r, texts(n.Columns)...)
	table := r.Kind == catalog.Table || r.Kind == catalog.PartitionedTable
	switch {
	case !o.c.Certain(r):
	case table && n.Timing&insteadOf != 0:
		o.refuse("42809", "%s is a table: INSTEAD OF is for views", r.Name)
	case r.Kind == catalog.View && n.Timing&insteadOf == 0 && n.Row:
		o.refuse("42809", "%s is a view: a row trigger of it is INSTEAD OF", r.Name)
	case r.Kind == catalog.MatView || r.Kind == catalog.Sequence:
		o.refuse("42809", "%s is a %s: it has no triggers", r.Name, r.Kind)
	}
	if n.Row && n.Events&onTruncate != 0 {
		o.refuse("0A000", "a TRUNCATE trigger is FOR EACH STATEMENT")
	}
	pgsql.Walk(n.WhenClause, func(m any) bool {
		c, ok := m.(*pg_query.ColumnRef)
		if !ok || len(c.Fields) != 2 || c.Fields[1].GetString_() == nil {
			return true
		}
		switch row := text(c.Fields[0]); {
		case row == "old" && n.Events&onInsert != 0:
			o.refuse("42P17", "WHEN speaks of OLD, which INSERT has not")
		case row == "new" && n.Events&onDelete != 0:
			o.refuse("42P17", "WHEN speaks of NEW, which DELETE has not")
		case row == "old" || row == "new":
			o.needs(r, text(c.Fields[1]))
		}
		return true
	})
	schema, name := qualified(n.Funcname)
	for _, f := range o.c.Functions(schema, name) {
		if len(f.Args) == 0 && f.Result != "" && f.Result != "trigger" && o.c.Knows() {
			o.refuse("42P17", "the function %s gives %s, not trigger", f.Name, f.Result)
		}
	}
}

// hangs notes that a trigger, rule or policy certainly is not on a relation.
func (o *of) hangs(r *catalog.Relation, op Op, name string) {
	if o.c.Complete(r) && !hangsOn(r, op, name) && name != "" {
		word := map[Op]string{DropTrigger: "trigger", DropRule: "rule", DropPolicy: "policy"}[op]
		o.refuse("42704", "%s has no %s %s", r.Name, word, catalog.Quote(name))
	}
}

// kindRefused notes that DROP and its like name a relation of another kind
// (DropErrorMsgWrongType, tablecmds.c).
func (o *of) kindRefused(r *catalog.Relation, want ...catalog.Kind) bool {
	if !o.c.Certain(r) || slices.Contains(want, r.Kind) {
		return false
	}
	o.refuse("42809", "%s is a %s", r.Name, r.Kind)
	return true
}

package effect

import (
	"cmp"
	"slices"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// alterTable models ALTER TABLE and its sisters for views, indexes, sequences
// and composite types. The server takes the strongest lock of all actions
// before it checks anything, so actions that do nothing lock all the same
// (AlterTableGetLockLevel, tablecmds.c).
func (o *of) alterTable(n *pg_query.AlterTableStmt) {
	if n.Objtype == pg_query.ObjectType_OBJECT_TYPE {
		o.compositeType(n)
		return
	}
	kind := map[pg_query.ObjectType]catalog.Kind{pg_query.ObjectType_OBJECT_INDEX: catalog.Index, pg_query.ObjectType_OBJECT_VIEW: catalog.View,
		pg_query.ObjectType_OBJECT_MATVIEW: catalog.MatView, pg_query.ObjectType_OBJECT_SEQUENCE: catalog.Sequence,
		pg_query.ObjectType_OBJECT_FOREIGN_TABLE: catalog.ForeignTable}[n.Objtype]
	if kind == "" {
		kind = catalog.Table
	}
	if n.MissingOk && o.missing(n.Relation) {
		o.other(Other, "ALTER TABLE IF EXISTS", nil)
		return
	}
	if name := o.c.Resolve(n.Relation.GetSchemaname(), n.Relation.GetRelname()); !n.MissingOk && !o.body && o.c.Gone(name) {
		o.add(Effect{Op: Other, Object: "ALTER TABLE", Span: o.s.Span,
			Detail: Detail{Fails: "there is no " + name.String() + " any more", SQLState: "42P01"}})
		return
	}
	a := &alter{of: o, rel: o.rel(n.Relation, kind), only: !n.Relation.GetInh(), stmt: n}
	a.seqs = a.rel.Seqs
	for i, c := range n.Cmds {
		a.cmds = append(a.cmds, command{c.GetAlterTableCmd(), i})
		a.lock = a.lock.Union(o.level(c.GetAlterTableCmd(), i))
	}
	slices.SortStableFunc(a.cmds, func(x, y command) int { return cmp.Compare(pass(x.AlterTableCmd), pass(y.AlterTableCmd)) })
	for _, c := range a.cmds {
		o.clause = c.at + 1
		a.action(c.AlterTableCmd)
	}
	o.clause = 0
}

// missing tells whether a relation that IF EXISTS speaks of is not there, as far
// as a history that creates its own relations can tell.
func (o *of) missing(rv *pg_query.RangeVar) bool {
	r := o.known(rv.GetSchemaname(), rv.GetRelname())
	o.c.Loose = true
	return r == nil && o.c.Whole(o.c.Resolve(rv.GetSchemaname(), rv.GetRelname()).Schema)
}

// alter is one ALTER TABLE.
type alter struct {
	*of
	rel  *catalog.Relation // as before the action under way
	only bool
	lock LockMode
	stmt *pg_query.AlterTableStmt
	cmds []command
	seqs []catalog.OID // that columns own before the statement
}

type command struct {
	*pg_query.AlterTableCmd
	at int // place in the statement
}

// level gives the lock that one action asks for.
func (o *of) level(c *pg_query.AlterTableCmd, at int) LockMode {
	switch c.Subtype {
	case pg_query.AlterTableType_AT_SetStatistics, pg_query.AlterTableType_AT_SetOptions, pg_query.AlterTableType_AT_ResetOptions,
		pg_query.AlterTableType_AT_ClusterOn, pg_query.AlterTableType_AT_DropCluster, pg_query.AlterTableType_AT_ValidateConstraint,
		pg_query.AlterTableType_AT_AttachPartition, pg_query.AlterTableType_AT_DetachPartitionFinalize:
		return ShareUpdateExclusive
	case pg_query.AlterTableType_AT_DetachPartition:
		if p := c.Def.GetPartitionCmd(); p.GetConcurrent() {
			return ShareUpdateExclusive
		}
	case pg_query.AlterTableType_AT_EnableTrig, pg_query.AlterTableType_AT_EnableAlwaysTrig, pg_query.AlterTableType_AT_EnableReplicaTrig,
		pg_query.AlterTableType_AT_EnableTrigAll, pg_query.AlterTableType_AT_EnableTrigUser, pg_query.AlterTableType_AT_DisableTrig,
		pg_query.AlterTableType_AT_DisableTrigAll, pg_query.AlterTableType_AT_DisableTrigUser:
		return ShareRowExclusive
	case pg_query.AlterTableType_AT_AddConstraint:
		if c.Def.GetConstraint().GetContype() == pg_query.ConstrType_CONSTR_FOREIGN {
			return ShareRowExclusive
		}
	case pg_query.AlterTableType_AT_SetRelOptions, pg_query.AlterTableType_AT_ResetRelOptions:
		return optionsLevel(listOf(c.Def))
	}
	return AccessExclusive
}

// onlyAccessExclusive are the storage parameters that ask for ACCESS EXCLUSIVE;
// all others ask for SHARE UPDATE EXCLUSIVE (reloptions.c). A server looks at the
// name alone, whatever the relation is.
var onlyAccessExclusive = map[string]bool{"user_catalog_table": true, "fastupdate": true, "gin_pending_list_limit": true,
	"pages_per_range": true, "autosummarize": true, "buffering": true, "security_barrier": true, "security_invoker": true,
	"check_option": true}

func optionsLevel(opts []*pg_query.Node) LockMode {
	m := ShareUpdateExclusive
	for _, d := range opts {
		if onlyAccessExclusive[strings.ToLower(d.GetDefElem().GetDefname())] {
			m = AccessExclusive
		}
	}
	return m
}

// pass gives the phase in which an action runs: drops first, then type changes,
// new columns, column properties, constraints, the rest (ATPrepCmd, tablecmds.c).
func pass(c *pg_query.AlterTableCmd) int {
	switch c.Subtype {
	case pg_query.AlterTableType_AT_DropColumn, pg_query.AlterTableType_AT_DropConstraint, pg_query.AlterTableType_AT_DropNotNull,
		pg_query.AlterTableType_AT_DropIdentity, pg_query.AlterTableType_AT_DropExpression, pg_query.AlterTableType_AT_DropOids:
		return 0
	case pg_query.AlterTableType_AT_AlterColumnType:
		return 1
	case pg_query.AlterTableType_AT_AddColumn, pg_query.AlterTableType_AT_AddColumnToView:
		return 4
	case pg_query.AlterTableType_AT_ColumnDefault:
		if c.Def == nil { // DROP DEFAULT
			return 0
		}
		return 9
	case pg_query.AlterTableType_AT_SetNotNull, pg_query.AlterTableType_AT_AddIdentity,
		pg_query.AlterTableType_AT_SetIdentity:
		return 6
	case pg_query.AlterTableType_AT_AddConstraint:
		switch c.Def.GetConstraint().GetContype() {
		case pg_query.ConstrType_CONSTR_CHECK, pg_query.ConstrType_CONSTR_FOREIGN:
			return 9
		}
		return 8
	}
	return 10
}

// targets gives the relations that an action which recurses reaches.
func (a *alter) targets() []*catalog.Relation {
	if a.only {
		return []*catalog.Relation{a.rel}
	}
	return a.family(a.rel)
}

// action models one action; a.rel is read anew, since the actions before
// may have changed it.
func (a *alter) action(c *pg_query.AlterTableCmd) {
	a.rel = a.c.Get(a.rel.OID)
	if a.rel == nil {
		a.unknown("action on a relation that is gone")
		return
	}
	if a.rel.IsIndex() {
		a.indexAction(c)
		return
	}
	a.ofRelation(c)
	a.inherited(c)
	a.alone(c)
	if !a.columnAction(c) && !a.constraintAction(c) && !a.tableAction(c) {
		e := a.on(Unknown, a.rel, a.lock)
		e.Object = c.Subtype.String()
		a.add(e)
	}
}

// constraintAction models the actions on constraints and partitions.
func (a *alter) constraintAction(c *pg_query.AlterTableCmd) bool {
	switch c.Subtype {
	case pg_query.AlterTableType_AT_AddConstraint:
		a.addConstraint(c)
	case pg_query.AlterTableType_AT_DropConstraint:
		a.dropConstraint(c)
	case pg_query.AlterTableType_AT_ValidateConstraint:
		a.validateConstraint(c)
	case pg_query.AlterTableType_AT_AlterConstraint:
		a.alterConstraint(c)
	case pg_query.AlterTableType_AT_AttachPartition:
		a.attachPartition(a.rel, c.Def.GetPartitionCmd(), a.lock)
	case pg_query.AlterTableType_AT_DetachPartition:
		a.detachPartition(a.rel, c.Def.GetPartitionCmd(), false, a.lock)
	case pg_query.AlterTableType_AT_DetachPartitionFinalize:
		a.detachPartition(a.rel, c.Def.GetPartitionCmd(), true, a.lock)
	default:
		return false
	}
	return true
}

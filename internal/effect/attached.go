package effect

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/pgsql"
)

// attached models what hangs on a table: triggers, rules, policies, comments,
// privileges, statistics, publications.
func (o *of) attached(n *pg_query.Node) {
	switch n := n.GetNode().(type) {
	case *pg_query.Node_CreateTrigStmt:
		o.createTrigger(n.CreateTrigStmt)
	case *pg_query.Node_RuleStmt:
		o.createRule(n.RuleStmt)
	case *pg_query.Node_CreatePolicyStmt:
		o.createPolicy(n.CreatePolicyStmt)
	case *pg_query.Node_AlterPolicyStmt:
		o.alterPolicy(n.AlterPolicyStmt)
	case *pg_query.Node_CommentStmt:
		o.commentOn(Comment, n.CommentStmt.Objtype, n.CommentStmt.Object, n.CommentStmt.Comment)
	case *pg_query.Node_SecLabelStmt:
		o.commentOn(SecurityLabel, n.SecLabelStmt.Objtype, n.SecLabelStmt.Object, n.SecLabelStmt.Label)
	case *pg_query.Node_GrantStmt:
		o.grant(n.GrantStmt)
	case *pg_query.Node_CreateStatsStmt:
		o.createStatistics(n.CreateStatsStmt)
	case *pg_query.Node_AlterStatsStmt:
		o.alterStatistics(n.AlterStatsStmt)
	case *pg_query.Node_CreatePublicationStmt:
		o.createPublication(n.CreatePublicationStmt)
	case *pg_query.Node_AlterPublicationStmt:
		o.alterPublication(n.AlterPublicationStmt)
	case *pg_query.Node_CreateSubscriptionStmt:
		o.createSubscription(n.CreateSubscriptionStmt)
	case *pg_query.Node_AlterSubscriptionStmt:
		o.alterSubscription(n.AlterSubscriptionStmt)
	case *pg_query.Node_DropSubscriptionStmt:
		o.dropSubscription(n.DropSubscriptionStmt)
	case *pg_query.Node_AlterObjectDependsStmt:
		o.dependsOnExtension(n.AlterObjectDependsStmt)
	case *pg_query.Node_DropOwnedStmt:
		o.dropOwned(n.DropOwnedStmt)
	case *pg_query.Node_ReassignOwnedStmt:
		o.reassignOwned(n.ReassignOwnedStmt)
	default:
		o.unknown("attached")
	}
}

// parsed records the locks of queries that a statement stores and so must
// parse, as rules, policies and SQL functions do: the tables that they write
// ROW EXCLUSIVE, those that they lock ROW SHARE, those that they read ACCESS
// SHARE (parserOpenTable, parse_relation.c). It gives the relations. Names that
// skip tells are no tables.
func (o *of) parsed(via Op, tree any, skip func(*pg_query.RangeVar) bool) []catalog.OID {
	written, locked, with := map[*pg_query.RangeVar]bool{}, map[*pg_query.RangeVar]bool{}, map[string]bool{}
	var names []*pg_query.RangeVar
	pgsql.Walk(tree, func(n any) bool {
		switch n := n.(type) {
		case *pg_query.CommonTableExpr:
			with[n.Ctename] = true
		case *pg_query.InsertStmt:
			written[n.Relation] = true
		case *pg_query.UpdateStmt:
			written[n.Relation] = true
		case *pg_query.DeleteStmt:
			written[n.Relation] = true
		case *pg_query.MergeStmt:
			written[n.Relation] = true
		case *pg_query.SelectStmt:
			forUpdate(n, locked)
		case *pg_query.RangeVar:
			names = append(names, n)
		}
		return true
	})
	var out []catalog.OID
	for _, rv := range names {
		if rv.Schemaname == "" && with[rv.Relname] && !written[rv] || o.system(rv) || skip != nil && skip(rv) {
			continue
		}
		lock := AccessShare
		switch {
		case written[rv]:
			lock = RowExclusive
		case locked[rv]:
			lock = RowShare
		}
		r := o.rel(rv, catalog.Table)
		o.also(via, r, lock, 0)
		out = append(out, r.OID)
	}
	return out
}

// forUpdate marks the relations of FROM that a locking clause names, or all.
func forUpdate(s *pg_query.SelectStmt, locked map[*pg_query.RangeVar]bool) {
	for _, l := range s.LockingClause {
		of := map[string]bool{}
		for _, r := range l.GetLockingClause().GetLockedRels() {
			of[r.GetRangeVar().GetRelname()] = true
		}
		pgsql.Walk(s.FromClause, func(n any) bool {
			rv, ok := n.(*pg_query.RangeVar)
			if !ok {
				return true
			}
			name := rv.Relname
			if rv.Alias != nil {
				name = rv.Alias.Aliasname
			}
			if len(of) == 0 || of[name] {
				locked[rv] = true
			}
			return true
		})
	}
}

// onRelation finds the relation of a qualified name, assuming it with the kind
// of the object type.
func (o *of) onRelation(t pg_query.ObjectType, names []*pg_query.Node) *catalog.Relation {
	schema, name := qualified(names)
	return o.named(schema, name, relationKind(t))
}

// relationKind gives the kind of relation of an object type, a table for those
// that stand on one; "" for what is no relation.
func relationKind(t pg_query.ObjectType) catalog.Kind {
	switch t {
	case pg_query.ObjectType_OBJECT_TABLE, pg_query.ObjectType_OBJECT_COLUMN, pg_query.ObjectType_OBJECT_TABCONSTRAINT,
		pg_query.ObjectType_OBJECT_TRIGGER, pg_query.ObjectType_OBJECT_RULE, pg_query.ObjectType_OBJECT_POLICY:
		return catalog.Table
	case pg_query.ObjectType_OBJECT_VIEW:
		return catalog.View
	case pg_query.ObjectType_OBJECT_MATVIEW:
		return catalog.MatView
	case pg_query.ObjectType_OBJECT_INDEX:
		return catalog.Index
	case pg_query.ObjectType_OBJECT_SEQUENCE:
		return catalog.Sequence
	case pg_query.ObjectType_OBJECT_FOREIGN_TABLE:
		return catalog.ForeignTable
	}
	return ""
}

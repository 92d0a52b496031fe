package effect

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
)

// of gathers the effects of one statement.
type of struct {
	s      *pgsql.Statement
	c      *catalog.Catalog
	pg     int
	out    []Effect
	clause int  // the ALTER TABLE action under way from 1, 0 outside
	body   bool // of a DO or a function: the statement may run under a condition

	unsure  bool                // not all columns of the relation that is created are known
	newKey  *catalog.Constraint // the primary key of the relation that is created
	refused *refusal            // see refuse
}

// statement is the switch over statements; each family has a file of its own.
func (o *of) statement(n *pg_query.Node) {
	switch n := n.Node.(type) {
	// table.go, alter_table*.go, constraint.go, partition.go
	case *pg_query.Node_CreateStmt:
		o.createTable(n.CreateStmt)
	case *pg_query.Node_AlterTableStmt:
		o.alterTable(n.AlterTableStmt)
	case *pg_query.Node_RenameStmt:
		o.rename(n.RenameStmt)
	case *pg_query.Node_AlterObjectSchemaStmt:
		o.setSchema(n.AlterObjectSchemaStmt)
	case *pg_query.Node_AlterOwnerStmt:
		o.alterOwner(n.AlterOwnerStmt)
	case *pg_query.Node_DropStmt:
		o.drop(n.DropStmt)
	case *pg_query.Node_AlterTableMoveAllStmt:
		o.moveAll(n.AlterTableMoveAllStmt)

	// index.go
	case *pg_query.Node_IndexStmt:
		o.createIndex(n.IndexStmt)
	case *pg_query.Node_ReindexStmt:
		o.reindex(n.ReindexStmt)

	// maintain.go
	case *pg_query.Node_ClusterStmt:
		o.cluster(n.ClusterStmt)
	case *pg_query.Node_VacuumStmt:
		o.vacuum(n.VacuumStmt)
	case *pg_query.Node_TruncateStmt:
		o.truncate(n.TruncateStmt)
	case *pg_query.Node_LockStmt:
		o.lockTable(n.LockStmt)

	// dml.go
	case *pg_query.Node_SelectStmt, *pg_query.Node_InsertStmt, *pg_query.Node_UpdateStmt,
		*pg_query.Node_DeleteStmt, *pg_query.Node_MergeStmt, *pg_query.Node_CopyStmt,
		*pg_query.Node_ExplainStmt, *pg_query.Node_PrepareStmt, *pg_query.Node_ExecuteStmt,
		*pg_query.Node_DeclareCursorStmt, *pg_query.Node_CallStmt:
		o.dml(o.s.Node)
	case *pg_query.Node_CreateTableAsStmt:
		o.createTableAs(n.CreateTableAsStmt)
	case *pg_query.Node_RefreshMatViewStmt:
		o.refresh(n.RefreshMatViewStmt)

	// view.go, sequence.go
	case *pg_query.Node_ViewStmt:
		o.createView(n.ViewStmt)
	case *pg_query.Node_CreateSeqStmt:
		o.createSequence(n.CreateSeqStmt)
	case *pg_query.Node_AlterSeqStmt:
		o.alterSequence(n.AlterSeqStmt)

	// type.go, domain.go
	case *pg_query.Node_CreateEnumStmt, *pg_query.Node_CompositeTypeStmt, *pg_query.Node_CreateRangeStmt,
		*pg_query.Node_DefineStmt, *pg_query.Node_AlterEnumStmt, *pg_query.Node_AlterTypeStmt,
		*pg_query.Node_CreateDomainStmt, *pg_query.Node_AlterDomainStmt:
		o.typeStatement(o.s.Node)

	// attached.go: what hangs on a table
	case *pg_query.Node_CreateTrigStmt, *pg_query.Node_RuleStmt, *pg_query.Node_CreatePolicyStmt,
		*pg_query.Node_AlterPolicyStmt, *pg_query.Node_CommentStmt, *pg_query.Node_SecLabelStmt,
		*pg_query.Node_GrantStmt, *pg_query.Node_CreateStatsStmt, *pg_query.Node_AlterStatsStmt,
		*pg_query.Node_CreatePublicationStmt, *pg_query.Node_AlterPublicationStmt,
		*pg_query.Node_CreateSubscriptionStmt, *pg_query.Node_AlterSubscriptionStmt,
		*pg_query.Node_DropSubscriptionStmt, *pg_query.Node_AlterObjectDependsStmt,
		*pg_query.Node_DropOwnedStmt, *pg_query.Node_ReassignOwnedStmt:
		o.attached(o.s.Node)

	// function.go, database.go, session.go
	default:
		if !o.functions(o.s.Node) && !o.database(o.s.Node) && !o.session(o.s.Node) {
			o.unknown("statement")
		}
	}
}

// span is where the action under way stands.
func (o *of) span() migration.Span {
	if o.clause > 0 {
		return o.s.Clause(o.clause - 1)
	}
	return o.s.Span
}

// rel finds the relation that a name stands for, assuming it where no migration
// created it. The pointer is into the catalog: read only.
func (o *of) rel(rv *pg_query.RangeVar, kind catalog.Kind) *catalog.Relation {
	schema := rv.GetSchemaname()
	if schema == "" && o.system(rv) {
		schema = "pg_catalog"
	}
	return o.named(schema, rv.GetRelname(), kind)
}

func (o *of) named(schema, name string, kind catalog.Kind) *catalog.Relation {
	n := o.c.Resolve(schema, name)
	if o.c.Gone(n) && !o.c.Loose {
		o.refuse("42P01", "there is no %s any more", n)
	}
	return o.c.Get(o.c.Assume(n, kind))
}

// known finds a relation without assuming it; nil where none is known.
func (o *of) known(schema, name string) *catalog.Relation {
	return o.c.Lookup(o.c.Resolve(schema, name))
}

// on gives an effect on a relation, ready to be filled in and added.
func (o *of) on(op Op, r *catalog.Relation, lock LockMode) Effect {
	emptied := r.Emptied != 0 && r.Emptied == o.c.Tx
	return Effect{Op: op, Target: r.Name, OID: r.OID, Kind: r.Kind, Lock: lock, Span: o.span(),
		New:    o.c.IsNew(r.OID),
		Same:   r.Migration != 0 && r.Migration == o.c.Migration,
		NoRows: emptied, Blank: emptied && r.Truncated}
}

// add records an effect and applies its change, so that what follows in the
// same statement sees it; Of rolls all of it back.
func (o *of) add(e Effect) {
	e.applied = e.Change != nil
	o.out = append(o.out, e)
	o.c.Apply(e.Change)
}

// created records a relation that the statement creates, before change adds it.
func (o *of) created(op Op, n catalog.Name, kind catalog.Kind, change catalog.Change) {
	o.add(Effect{Op: op, Target: n, Kind: kind, Lock: AccessExclusive, New: true, Same: true, Span: o.span(), Change: change})
}

// other records a statement that is modelled and touches no relation.
func (o *of) other(op Op, what string, change catalog.Change) {
	o.add(Effect{Op: op, Object: what, Span: o.span(), Change: change})
}

// also records that the action via reaches a further relation.
func (o *of) also(via Op, r *catalog.Relation, lock LockMode, work Work) {
	if r == nil || lock == NoLock && work == 0 {
		return
	}
	e := o.on(Also, r, lock)
	e.Via, e.Work = via, work
	o.add(e)
}

// alsoIndexes records what the action does to every index of a relation.
func (o *of) alsoIndexes(via Op, r *catalog.Relation, lock LockMode, work Work) {
	for _, i := range r.Indexes {
		o.also(via, o.c.Get(i), lock, work)
	}
}

// noTransaction records that the server refuses the statement in a transaction block.
func (o *of) noTransaction(what string) {
	o.add(Effect{Op: NoTransaction, Object: what, Span: o.span()})
}

// unknown records that safemig does not model the statement.
func (o *of) unknown(what string) {
	o.add(Effect{Op: Unknown, Object: what, Span: o.span()})
}

// family gives a relation and all that inherit from it, partitions included.
func (o *of) family(r *catalog.Relation) []*catalog.Relation {
	out := []*catalog.Relation{r}
	seen := map[catalog.OID]bool{r.OID: true}
	for i := 0; i < len(out); i++ {
		for _, ch := range out[i].Children {
			if c := o.c.Get(ch); c != nil && !seen[ch] {
				seen[ch] = true
				out = append(out, c)
			}
		}
	}
	return out
}

// newer finds a piece of newer syntax of the given kind in the action under way,
// or, outside ALTER TABLE, in the statement.
func (o *of) newer(kind string) *pgsql.Newer {
	for i := range o.s.Newer {
		if n := &o.s.Newer[i]; n.Kind == kind && (o.clause == 0 || n.Clause == o.clause-1) {
			return n
		}
	}
	return nil
}

// newerColumn finds a piece of newer syntax in the definition of a column.
func (o *of) newerColumn(kind, column string) *pgsql.Newer {
	for i := range o.s.Newer {
		if n := &o.s.Newer[i]; n.Kind == kind && n.Column == column {
			return n
		}
	}
	return nil
}

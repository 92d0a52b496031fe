package effect

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// attachRefused notes what the server refuses of ATTACH PARTITION besides the bound
// (ATExecAttachPartition, MergeAttributesIntoExisting, tablecmds.c).
func (o *of) attachRefused(parent, child *catalog.Relation) {
	if !o.c.Complete(parent) || !o.c.Complete(child) || parent.Kind != catalog.PartitionedTable {
		return
	}
	if child.IsPartition {
		o.refuse("42809", "%s is a partition already", child.Name)
	}
	for _, c := range child.Columns {
		if _, has := parent.Column(c.Name); !has {
			o.refuse("42804", "%s has no column %s, which %s has", parent.Name, catalog.Quote(c.Name), child.Name)
		}
	}
	o.inheritRefused(parent, child)
}

// inheritRefused notes a column of the parent that the child has not, or not so.
func (o *of) inheritRefused(parent, child *catalog.Relation) {
	if !o.c.Complete(parent) || !o.c.Complete(child) {
		return
	}
	for _, p := range parent.Columns {
		c, has := child.Column(p.Name)
		name := catalog.Quote(p.Name)
		switch {
		case !has:
			o.refuse("42804", "%s has no column %s, which %s has", child.Name, name, parent.Name)
		case !equalType(c.Type, p.Type):
			o.refuse("42804", "%s of %s is %s, that of %s is %s", name, child.Name, typeSQL(c.Type), parent.Name, typeSQL(p.Type))
		case p.NotNull && !c.NotNull && !p.NotValid:
			o.refuse("42804", "%s is NOT NULL in %s, and not in %s", name, parent.Name, child.Name)
		}
	}
	for _, k := range parent.Constraints {
		if _, has := child.FindConstraint(k.Name); k.Kind == catalog.Check && !k.NoInherit && !has {
			o.refuse("42804", "%s has no CHECK %s, which %s has", child.Name, catalog.Quote(k.Name), parent.Name)
		}
	}
}

// inherited notes what the server refuses of a partition or child whose columns are
// its parent's (ATPrepAddColumn, ATExecDropColumn, ATPrepAlterColumnType, tablecmds.c).
func (a *alter) inherited(c *pg_query.AlterTableCmd) {
	if !a.c.Complete(a.rel) || len(a.rel.Parents) == 0 {
		return
	}
	parent := a.c.Get(a.rel.Parents[0])
	theirs, has := parent.Column(c.Name)
	name := catalog.Quote(c.Name)
	switch c.Subtype {
	case pg_query.AlterTableType_AT_AddColumn:
		if a.rel.IsPartition {
			a.refuse("42809", "a partition gets no columns of its own")
		}
	case pg_query.AlterTableType_AT_DropColumn, pg_query.AlterTableType_AT_AlterColumnType:
		if has {
			a.refuse("42P16", "%s is inherited from %s", name, parent.Name)
		}
	case pg_query.AlterTableType_AT_DropNotNull:
		if has && theirs.NotNull && a.rel.IsPartition {
			a.refuse("42P16", "%s is NOT NULL in %s", name, parent.Name)
		}
	case pg_query.AlterTableType_AT_DropConstraint:
		if k, ok := parent.FindConstraint(c.Name); ok && k.Kind == catalog.Check && !k.NoInherit {
			a.refuse("42P16", "the CHECK %s is inherited from %s", name, parent.Name)
		}
	}
}

// alone notes what the server refuses of ONLY on a table with partitions.
func (a *alter) alone(c *pg_query.AlterTableCmd) {
	if !a.only || a.rel.Kind != catalog.PartitionedTable || !a.c.Complete(a.rel) || len(a.rel.Children) == 0 || !a.certainParts(a.rel) {
		return
	}
	switch c.Subtype {
	case pg_query.AlterTableType_AT_AddColumn:
		a.refuse("42P16", "the partitions must get the column too")
	case pg_query.AlterTableType_AT_DropNotNull:
		if a.pg < 18 {
			a.refuse("42P16", "NOT NULL cannot be taken from the partitioned table alone")
		}
	case pg_query.AlterTableType_AT_DropColumn:
		a.refuse("42P16", "a column cannot be dropped from the partitioned table alone")
	case pg_query.AlterTableType_AT_AddConstraint:
		if k := c.Def.GetConstraint(); k.GetContype() == pg_query.ConstrType_CONSTR_CHECK && !k.IsNoInherit {
			a.refuse("42P16", "the partitions must get the CHECK too")
		}
	}
}

// ofRelation notes what the server refuses of ALTER TABLE for the kind of relation
// that it names (ATSimplePermissions, tablecmds.c).
func (a *alter) ofRelation(c *pg_query.AlterTableCmd) {
	if a.rel.Kind != catalog.View && a.rel.Kind != catalog.MatView && a.rel.Kind != catalog.Sequence || !a.c.Certain(a.rel) {
		return
	}
	switch c.Subtype {
	case pg_query.AlterTableType_AT_AddColumn, pg_query.AlterTableType_AT_DropColumn, pg_query.AlterTableType_AT_AlterColumnType,
		pg_query.AlterTableType_AT_AddConstraint, pg_query.AlterTableType_AT_DropConstraint, pg_query.AlterTableType_AT_SetNotNull,
		pg_query.AlterTableType_AT_DropNotNull, pg_query.AlterTableType_AT_AddIdentity, pg_query.AlterTableType_AT_EnableRowSecurity,
		pg_query.AlterTableType_AT_ValidateConstraint, pg_query.AlterTableType_AT_AddInherit:
		a.refuse("42809", "%s is a %s", a.rel.Name, a.rel.Kind)
	}
}

// named notes that an index which an action names is not one of the table, or not
// such as REPLICA IDENTITY takes (ATExecReplicaIdentity, tablecmds.c).
func (a *alter) namesIndex(name string, identity bool) {
	if name == "" || !a.c.Complete(a.rel) {
		return
	}
	var ix *catalog.Relation
	for _, i := range a.rel.Indexes {
		if x := a.c.Get(i); x != nil && x.Name.Name == name {
			ix = x
		}
	}
	switch {
	case ix == nil:
		a.refuse("42704", "%s has no index %s", a.rel.Name, catalog.Quote(name))
	case !identity:
	case !ix.Unique:
		a.refuse("42809", "the index %s is not unique", ix.Name)
	case ix.HasExpr || ix.Predicate != "":
		a.refuse("42809", "the index %s has an expression or a predicate", ix.Name)
	case slices.ContainsFunc(ix.Keys, func(k string) bool { c, ok := a.rel.Column(k); return ok && !c.NotNull }):
		a.refuse("42809", "a column of the index %s takes NULL", ix.Name)
	}
}

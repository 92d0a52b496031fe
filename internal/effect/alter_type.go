package effect

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// alterType models ALTER COLUMN … TYPE (ATPrepAlterColumnType, tablecmds.c):
// whether the table is rewritten, which indexes are rebuilt, which CHECKs are
// verified again, and which tables are locked through foreign keys.
func (a *alter) alterType(c *pg_query.AlterTableCmd) {
	raw := c.Def.GetColumnDef()
	to := a.typeOf(raw.GetTypeName())
	collation := ""
	if raw.GetCollClause() != nil {
		_, collation = qualified(raw.CollClause.Collname)
	}
	var expr *pg_query.Node
	if raw.GetRawDefault() != nil {
		expr = raw.RawDefault
	}
	targets, keys := a.targets(), a.keysOver(c.Name)
	a.retype(a.rel, c.Name, to, expr)
	rewritten, compared := false, false
	for i, r := range targets {
		e := a.on(AlterType, r, a.lock)
		e.Column = c.Name
		if i > 0 {
			e.Op, e.Via = Also, AlterType
		}
		col, known := r.Column(c.Name)
		ch := change{rewrite: true, why: "the column's type before is not known"}
		computed := expr != nil && !a.plainUsing(expr, c.Name, to)
		if computed {
			ch.why = "USING computes every value anew"
		}
		if known {
			e.Detail.OldType = typeSQL(col.Type)
			ch = a.typeChange(col, to, expr, collation)
			if expr == nil || a.plainUsing(expr, c.Name, to) {
				e.Detail.Narrows, e.Detail.Loses = narrows(a.base(col.Type), a.base(to))
			}
		}
		e.Detail.Type, e.Detail.Using, e.Detail.Columns = typeSQL(to), expr != nil, columnsIn(expr)
		e.Detail.Unknown = catalog.Of(!known && !computed)
		e.Why = ch.why
		e.Detail.Fails, e.Detail.SQLState = a.typeBlocked(r, c.Name)
		builds := a.rebuilt(r, c.Name, col, to, ch)
		switch {
		case col != nil && col.Generated == 'v' && !ch.rewrite:
		case ch.rewrite:
			e.Work = Rewrite
		case len(builds) > 0:
			e.Work, e.Why = Scan, "indexes on the column are rebuilt"
		case a.checksMention(r, c.Name):
			e.Work, e.Why = Scan, "CHECK constraints on the column are verified again"
		default:
			e.NoOp = known && equalType(col.Type, to)
		}
		e.Work = a.work(r, e.Work)
		rewritten = rewritten || e.Work.Has(Rewrite)
		compared = compared || col != nil && a.comparedElse(col.Type, to)
		e.Change = editColumn(r.OID, c.Name, func(col *catalog.Column) {
			col.Type = to
			col.Collation = collation
		})
		a.add(e)
		for _, ix := range builds {
			a.also(AlterType, ix, AccessExclusive, a.work(r, Build))
		}
		for _, i := range r.Indexes { // taken over, but dropped and made again in the catalogs
			if ix := a.c.Get(i); ix != nil && indexMentions(ix, c.Name) && !slices.Contains(builds, ix) {
				a.also(AlterType, ix, AccessExclusive, 0)
			}
		}
	}
	a.typeThroughKeys(keys, rewritten || compared)
	a.typeSequence(targets[0], c.Name)
}

// rebuilt gives the indexes that are built anew. After a rewrite that is all of
// them; else those over the column whose operator class or collation changes,
// and any with an expression or predicate that depends on the column, which the
// server never takes over (TryReuseIndex, CheckIndexCompatible, indexcmds.c).
func (a *alter) rebuilt(r *catalog.Relation, column string, col *catalog.Column, to catalog.Type, ch change) []*catalog.Relation {
	var out []*catalog.Relation
	for _, i := range r.Indexes {
		ix := a.c.Get(i)
		if ix == nil || !r.HasStorage() {
			continue
		}
		key := slices.Contains(ix.Keys, column)
		depends := key || slices.Contains(ix.Include, column) || slices.Contains(ix.Mentions, column) || slices.Contains(ix.Mentions, "*")
		switch {
		case ch.rewrite:
		case !depends:
			continue
		case ix.HasExpr || ix.Predicate != "":
		case !key || col == nil:
			continue
		case ch.collation || a.opclassChanges(ix, column, col.Type, to):
		default:
			continue
		}
		out = append(out, ix)
	}
	return out
}

// opclassChanges tells whether the index's operator class for the column is
// another one after the change; a polymorphic or named one stays.
func (o *of) opclassChanges(ix *catalog.Relation, column string, from, to catalog.Type) bool {
	f, t := o.base(from), o.base(to)
	for i, k := range ix.Keys {
		if k != column || i < len(ix.OpClasses) && ix.OpClasses[i] != "" {
			continue
		}
		if f.Name != t.Name && (f.Name == "citext" || t.Name == "citext") {
			return true
		}
		if f.Schema == "" && t.Schema == "" && !f.Array && !t.Array && defaultOpclass(f.Name, ix.Method) != defaultOpclass(t.Name, ix.Method) {
			return true
		}
	}
	return false
}

// comparedElse tells whether values of the new type are compared by another operator: then
// foreign keys are checked anew, rewritten or not (TryReuseForeignKey, tablecmds.c).
func (o *of) comparedElse(from, to catalog.Type) bool {
	f, t := o.base(from), o.base(to)
	return f.Schema == "" && t.Schema == "" && f.Array == t.Array && defaultOpclass(f.Name, "btree") != defaultOpclass(t.Name, "btree")
}

// checksMention tells whether a CHECK of the table mentions the column: it is
// dropped, added again and verified, even if nothing else happens.
func (a *alter) checksMention(r *catalog.Relation, column string) bool {
	for _, k := range r.Constraints {
		if k.Kind == catalog.Check && !k.NotValid && !k.NotEnforced && slices.Contains(k.Columns, column) {
			return true
		}
	}
	return false
}

// keysOver gives the tables at the other end of foreign keys that the column
// is part of, on either side.
func (a *alter) keysOver(column string) []*catalog.Relation {
	var out []*catalog.Relation
	for _, k := range a.rel.Constraints {
		if k.Kind == catalog.ForeignKey && slices.Contains(k.Columns, column) {
			out = append(out, a.partitions(a.c.Get(k.Ref))...)
		}
	}
	for _, t := range a.rel.RefBy {
		child := a.c.Get(t)
		if child == nil {
			continue
		}
		for _, k := range child.Constraints {
			if k.Kind == catalog.ForeignKey && k.Ref == a.rel.OID && (slices.Contains(k.RefColumns, column) || len(k.RefColumns) == 0) {
				out = append(out, child)
			}
		}
	}
	return out
}

func (a *alter) typeThroughKeys(keys []*catalog.Relation, checked bool) {
	for _, other := range keys {
		w := Work(0)
		if checked {
			w = Scan
		}
		lock := AccessExclusive
		if other != nil && other.Kind == catalog.PartitionedTable && a.pg < 15 && !slices.Contains(a.rel.RefBy, other.OID) {
			lock = ShareRowExclusive // the triggers hang on its leaves
		}
		if other != nil {
			a.also(AlterType, other, lock, a.work(other, w))
		}
	}
}

// typeSequence: an identity column's sequence changes its type along; that of a
// serial column stays.
func (a *alter) typeSequence(r *catalog.Relation, column string) {
	if col, ok := r.Column(column); ok && col.Identity != 0 {
		a.also(AlterType, a.ownedBy(r, column), ShareRowExclusive, 0)
	}
}

// typeBlocked says why the server refuses to change the column's type, once it
// holds the lock (RememberAllDependentForRebuilding, tablecmds.c).
func (o *of) typeBlocked(r *catalog.Relation, column string) (why, state string) {
	if slices.Contains(r.PartKey, column) {
		return "the column is part of the partition key", "42P16"
	}
	for _, v := range r.Views {
		if view := o.c.Get(v); view != nil && viewReads(view, r.OID, column) {
			return "the view " + view.Name.Short() + " uses the column", "0A000"
		}
	}
	for _, t := range r.Triggers {
		if slices.Contains(t.Columns, column) {
			return "the trigger " + catalog.Quote(t.Name) + " names the column", "0A000"
		}
	}
	for _, p := range r.Policies {
		if slices.Contains(p.Columns, column) {
			return "the policy " + catalog.Quote(p.Name) + " names the column", "0A000"
		}
	}
	for _, c := range r.Columns {
		if c.Generated != 0 && slices.Contains(c.GenUses, column) {
			if o.pg < 15 {
				return "the generated column " + catalog.Quote(c.Name) + " reads the column", "42601"
			}
			return "the generated column " + catalog.Quote(c.Name) + " reads the column", "0A000"
		}
	}
	return "", ""
}

// viewReads tells whether a view reads a column, as far as is known.
func viewReads(v *catalog.Relation, table catalog.OID, column string) bool {
	return v.UsesAll[table] || slices.Contains(v.UsesColumns[table], column)
}

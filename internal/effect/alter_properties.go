package effect

import (
	"slices"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/pgsql"
)

// tableAction models the actions on a table as a whole. None of them recurses to
// children, but for the inheritance ones.
func (a *alter) tableAction(c *pg_query.AlterTableCmd) bool {
	e := a.on(Other, a.rel, a.lock)
	e.Object = c.Name
	oid := a.rel.OID
	switch c.Subtype {
	case pg_query.AlterTableType_AT_SetLogged, pg_query.AlterTableType_AT_SetUnLogged:
		a.setLogged(c.Subtype == pg_query.AlterTableType_AT_SetLogged)
		return true
	case pg_query.AlterTableType_AT_SetTableSpace:
		e.Op, e.Work = SetTablespace, a.work(a.rel, Copy)
		if same := c.Name == a.rel.Tablespace || c.Name == "pg_default" && a.rel.Tablespace == ""; same {
			e.Work, e.NoOp = 0, true
		}
		e.Change = func(c2 *catalog.Catalog) { c2.Edit(oid).Tablespace = c.Name }
	case pg_query.AlterTableType_AT_SetAccessMethod:
		a.setAccessMethod(c.Name)
		return true
	case pg_query.AlterTableType_AT_SetRelOptions, pg_query.AlterTableType_AT_ResetRelOptions, pg_query.AlterTableType_AT_ReplaceRelOptions:
		e.Op = SetOptions
		e.Object, e.Change = options(listOf(c.Def), oid, c.Subtype == pg_query.AlterTableType_AT_ResetRelOptions)
	case pg_query.AlterTableType_AT_ClusterOn:
		e.Op = ClusterOn
		a.namesIndex(c.Name, false)
		a.add(e)
		ix := a.known(a.rel.Name.Schema, c.Name)
		a.also(ClusterOn, ix, a.lock, 0) // as the table (check_index_is_clusterable)
		if ix != nil {
			a.other(Other, "CLUSTER ON", func(c2 *catalog.Catalog) { c2.Edit(oid).ClusterOn = ix.OID })
		}
		return true
	case pg_query.AlterTableType_AT_DropCluster:
		e.Op = ClusterOn
		e.Change = func(c2 *catalog.Catalog) { c2.Edit(oid).ClusterOn = 0 }
	case pg_query.AlterTableType_AT_ReplicaIdentity:
		a.replicaIdentity(c)
		return true
	case pg_query.AlterTableType_AT_ChangeOwner:
		a.changeOwner(a.rel, a.lock, c.Newowner.GetRolename())
		return true
	case pg_query.AlterTableType_AT_AddInherit, pg_query.AlterTableType_AT_DropInherit:
		a.inherit(c)
		return true
	case pg_query.AlterTableType_AT_AddOf, pg_query.AlterTableType_AT_DropOf:
		e.Op = NotOf
		if c.Subtype == pg_query.AlterTableType_AT_AddOf {
			e.Op = SetOf
		}
		var typ catalog.OID
		if d := a.c.Type(a.typeOf(c.Def.GetTypeName())); d != nil && e.Op == SetOf {
			typ = d.OID
		}
		e.Change = func(c2 *catalog.Catalog) { c2.Edit(oid).OfType = typ }
	case pg_query.AlterTableType_AT_DropOids, pg_query.AlterTableType_AT_GenericOptions:
	default:
		return a.securityAction(c, e)
	}
	a.add(e)
	return true
}

// securityAction models the switches for row security, triggers and rules.
func (a *alter) securityAction(c *pg_query.AlterTableCmd, e Effect) bool {
	oid := a.rel.OID
	row := func(on, force *bool) catalog.Change {
		return func(c2 *catalog.Catalog) {
			r := c2.Edit(oid)
			if on != nil {
				r.RowSecurity = *on
			}
			if force != nil {
				r.ForceRLS = *force
			}
		}
	}
	yes, no := true, false
	switch c.Subtype {
	case pg_query.AlterTableType_AT_EnableRowSecurity:
		e.Op, e.Change = EnableRLS, row(&yes, nil)
	case pg_query.AlterTableType_AT_DisableRowSecurity:
		e.Op, e.Change = DisableRLS, row(&no, nil)
	case pg_query.AlterTableType_AT_ForceRowSecurity:
		e.Op, e.Change = ForceRLS, row(nil, &yes)
	case pg_query.AlterTableType_AT_NoForceRowSecurity:
		e.Op, e.Change = NoForceRLS, row(nil, &no)
	case pg_query.AlterTableType_AT_EnableTrig, pg_query.AlterTableType_AT_EnableAlwaysTrig, pg_query.AlterTableType_AT_EnableReplicaTrig,
		pg_query.AlterTableType_AT_EnableTrigAll, pg_query.AlterTableType_AT_EnableTrigUser:
		e.Op, e.Object = EnableTrigger, c.Name
		switch c.Subtype {
		case pg_query.AlterTableType_AT_EnableTrigAll:
			e.Object = "ALL"
		case pg_query.AlterTableType_AT_EnableTrigUser:
			e.Object = "USER"
		}
	case pg_query.AlterTableType_AT_DisableTrig:
		e.Op, e.Object = DisableTrigger, c.Name
	case pg_query.AlterTableType_AT_DisableTrigAll, pg_query.AlterTableType_AT_DisableTrigUser:
		e.Op, e.Object = DisableTrigger, map[bool]string{true: "ALL", false: "USER"}[c.Subtype == pg_query.AlterTableType_AT_DisableTrigAll]
	case pg_query.AlterTableType_AT_EnableRule, pg_query.AlterTableType_AT_EnableAlwaysRule, pg_query.AlterTableType_AT_EnableReplicaRule,
		pg_query.AlterTableType_AT_DisableRule:
		e.Op = EnableRule
	default:
		return false
	}
	if e.Op == EnableTrigger || e.Op == DisableTrigger || e.Op == EnableRule {
		what := DropTrigger
		if e.Op == EnableRule {
			what = DropRule
		}
		a.hangs(a.rel, what, c.Name)
	}
	targets := a.triggerTargets(c)
	a.add(e)
	for _, r := range targets {
		a.also(e.Op, r, a.lock, 0)
	}
	return true
}

// triggerTargets gives the partitions that switching triggers reaches: where the
// partitioned table has a row trigger that is meant, its clones are switched
// too, those of foreign keys from 15 on (EnableDisableTrigger, trigger.c). 12
// takes the clones for internal ones, which USER does not mean.
func (a *alter) triggerTargets(c *pg_query.AlterTableCmd) []*catalog.Relation {
	if a.level(c, 0) != ShareRowExclusive || a.rel.Kind != catalog.PartitionedTable || a.only {
		return nil
	}
	all := c.Subtype == pg_query.AlterTableType_AT_EnableTrigAll || c.Subtype == pg_query.AlterTableType_AT_DisableTrigAll
	user := c.Subtype == pg_query.AlterTableType_AT_EnableTrigUser || c.Subtype == pg_query.AlterTableType_AT_DisableTrigUser
	if user && a.pg < 13 {
		return nil
	}
	meant := all && a.pg >= 15 && (len(a.rel.RefBy) > 0 || slices.ContainsFunc(a.rel.Constraints, func(k catalog.Constraint) bool {
		return k.Kind == catalog.ForeignKey
	}))
	for _, t := range a.rel.Triggers {
		meant = meant || t.RowLevel && (c.Name == "" || c.Name == t.Name)
	}
	if !meant {
		return nil
	}
	return a.family(a.rel)[1:]
}

// setLogged rewrites the table with its indexes; from 15 on its own sequences
// too. In the direction that changes nothing the lock is all there is.
func (a *alter) setLogged(logged bool) {
	e := a.on(SetUnlogged, a.rel, a.lock)
	to := catalog.Unlogged
	if logged {
		e.Op, to = SetLogged, catalog.Permanent
	}
	oid := a.rel.OID
	e.NoOp = a.rel.Persistence == to && !a.rel.Assumed
	if a.rel.Kind == catalog.PartitionedTable && a.pg >= 18 {
		e.Detail.Fails, e.Detail.SQLState = "a partitioned table has no storage to log", "42809"
	}
	if !e.NoOp {
		e.Work = a.work(a.rel, Rewrite)
	}
	all := append([]catalog.OID{oid}, a.rel.Indexes...)
	if a.pg >= 15 {
		all = append(all, a.seqs...)
	}
	if a.rel.Kind == catalog.PartitionedTable {
		all = nil // which has nothing that would be rewritten
	}
	e.Change = func(c *catalog.Catalog) {
		for _, x := range all {
			if r := c.Edit(x); r != nil {
				r.Persistence = to
			}
		}
	}
	r, work := a.rel, e.Work
	a.add(e)
	if work == 0 {
		return
	}
	a.alsoIndexes(e.Op, r, AccessExclusive, Build)
	if a.pg >= 15 {
		for _, s := range a.seqs {
			a.also(e.Op, a.c.Get(s), AccessExclusive, 0)
		}
	}
}

// setAccessMethod rewrites unless the method stays; on a partitioned table
// (17+) it only changes what new partitions get.
func (a *alter) setAccessMethod(method string) {
	if method == "" || a.newer(pgsql.KindAccessMethodDefault) != nil {
		method = "heap"
	}
	e := a.on(SetAccessMethod, a.rel, a.lock)
	e.Object = method
	old := a.rel.AccessMethod
	if old == "" {
		old = "heap"
	}
	e.NoOp = old == method
	oid := a.rel.OID
	if !e.NoOp {
		e.Work = a.work(a.rel, Rewrite)
	}
	e.Change = func(c *catalog.Catalog) { c.Edit(oid).AccessMethod = method }
	r, work := a.rel, e.Work
	a.add(e)
	if work != 0 {
		a.alsoIndexes(e.Op, r, AccessExclusive, Build)
	}
}

func (a *alter) replicaIdentity(c *pg_query.AlterTableCmd) {
	def := c.Def.GetReplicaIdentityStmt()
	a.namesIndex(def.GetName(), true)
	e := a.on(ReplicaIdentity, a.rel, a.lock)
	e.Object = def.GetName()
	e.Detail.Value = map[string]string{"d": "default", "n": "nothing", "f": "full", "i": "index"}[def.GetIdentityType()]
	oid, v := a.rel.OID, e.Detail.Value
	e.Change = func(c *catalog.Catalog) { c.Edit(oid).ReplIdent = v }
	a.add(e)
	if def.GetName() != "" {
		a.also(ReplicaIdentity, a.known(a.rel.Name.Schema, def.Name), Share, 0)
	}
}

// changeOwner takes the table's indexes and its own sequences along
// (ATExecChangeOwner, tablecmds.c); partitions are not touched.
func (o *of) changeOwner(r *catalog.Relation, lock LockMode, to string) {
	e := o.on(ChangeOwner, r, lock)
	e.Detail.Name = to
	owned := slices.Concat([]catalog.OID{r.OID}, r.Seqs)
	e.Change = func(c *catalog.Catalog) {
		for _, x := range owned {
			if x := c.Edit(x); x != nil {
				x.Owner = to
			}
		}
	}
	o.add(e)
	if r.IsIndex() {
		return
	}
	o.alsoIndexes(ChangeOwner, r, lock, 0)
	for _, s := range r.Seqs {
		o.also(ChangeOwner, o.c.Get(s), lock, 0)
	}
}

func (a *alter) inherit(c *pg_query.AlterTableCmd) {
	parent := a.of.rel(c.Def.GetRangeVar(), catalog.Table)
	e := a.on(Inherit, a.rel, a.lock)
	switch drops := c.Subtype == pg_query.AlterTableType_AT_DropInherit; {
	case !drops:
		a.inheritRefused(parent, a.rel)
	case a.c.Complete(a.rel) && a.c.Complete(parent) && !slices.Contains(a.rel.Parents, parent.OID):
		a.refuse("42P01", "%s is no parent of %s", parent.Name, a.rel.Name)
	}
	lock := ShareUpdateExclusive
	drop := c.Subtype == pg_query.AlterTableType_AT_DropInherit
	if drop {
		e.Op, lock = NoInherit, AccessShare
	}
	e.Detail.Ref = parent.Name
	child, p := a.rel.OID, parent.OID
	e.Change = func(c *catalog.Catalog) {
		if drop {
			detach(c, p, child)
			return
		}
		r := c.Edit(child)
		r.Parents = append(r.Parents, p)
		if pr := c.Edit(p); pr != nil {
			pr.Children = append(pr.Children, child)
		}
	}
	a.add(e)
	a.also(e.Op, parent, lock, 0)
}

// options names the storage parameters of a SET or RESET and records them.
func options(opts []*pg_query.Node, oid catalog.OID, reset bool) (names string, change catalog.Change) {
	set := map[string]string{}
	var list []string
	for _, d := range opts {
		e := d.GetDefElem()
		name := e.GetDefname()
		if e.GetDefnamespace() != "" {
			name = e.Defnamespace + "." + name
		}
		list = append(list, name)
		set[name] = defValue(e.GetArg())
	}
	return strings.Join(list, ", "), func(c *catalog.Catalog) {
		r := c.Edit(oid)
		if r == nil {
			return
		}
		if r.Options == nil {
			r.Options = map[string]string{}
		}
		for k, v := range set {
			if reset {
				delete(r.Options, k)
			} else {
				r.Options[k] = v
			}
		}
	}
}

// defValue gives the value of an option as text; "true" for one without a value.
func defValue(n *pg_query.Node) string {
	switch {
	case n == nil:
		return "true"
	case n.GetString_() != nil:
		return n.GetString_().Sval
	case n.GetInteger() != nil:
		return itoa(int(n.GetInteger().Ival))
	case n.GetFloat() != nil:
		return n.GetFloat().Fval
	case n.GetBoolean() != nil:
		return map[bool]string{true: "true", false: "false"}[n.GetBoolean().Boolval]
	case n.GetTypeName() != nil:
		_, name := qualified(n.GetTypeName().Names)
		return name
	}
	return constText(n)
}

// indexAction models ALTER INDEX, whatever it was called by.
func (a *alter) indexAction(c *pg_query.AlterTableCmd) {
	e := a.on(Other, a.rel, a.lock)
	switch c.Subtype {
	case pg_query.AlterTableType_AT_SetRelOptions, pg_query.AlterTableType_AT_ResetRelOptions:
		e.Op = SetIndexOptions
		e.Object, e.Change = options(listOf(c.Def), a.rel.OID, c.Subtype == pg_query.AlterTableType_AT_ResetRelOptions)
	case pg_query.AlterTableType_AT_SetTableSpace:
		e.Op, e.Object, e.Work = SetTablespace, c.Name, Copy
	case pg_query.AlterTableType_AT_SetStatistics:
		e.Op = SetStatistics
	case pg_query.AlterTableType_AT_AttachPartition:
		a.attachIndex(c.Def.GetPartitionCmd())
		return
	case pg_query.AlterTableType_AT_ChangeOwner:
		e.Op = ChangeOwner
	default:
		e.Op = Unknown
	}
	a.add(e)
}

// attachIndex models ALTER INDEX … ATTACH PARTITION (ATExecAttachPartitionIdx).
func (a *alter) attachIndex(cmd *pg_query.PartitionCmd) {
	part := a.of.rel(cmd.Name, catalog.Index)
	e := a.on(AttachIndex, a.rel, ShareUpdateExclusive)
	e.Object = part.Name.String()
	parent, child := a.rel.OID, part.OID
	e.Change = func(c *catalog.Catalog) {
		if ix := c.Edit(child); ix != nil {
			ix.ParentIdx = parent
		}
		if p := c.Edit(parent); p != nil {
			p.ChildIdx = append(p.ChildIdx, child)
			if t := c.Get(p.Table); t != nil && len(p.ChildIdx) == len(t.Children) {
				p.Invalid = false
			}
		}
	}
	a.add(e)
	a.also(AttachIndex, part, AccessExclusive, 0)
	a.also(AttachIndex, a.c.Get(a.rel.Table), AccessShare, 0)
	a.also(AttachIndex, a.c.Get(part.Table), AccessShare, 0)
}

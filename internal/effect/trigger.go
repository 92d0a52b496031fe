package effect

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// createTrigger models CREATE [CONSTRAINT] TRIGGER: SHARE ROW EXCLUSIVE on the
// table and, for a row trigger of a partitioned one, on every partition; the
// table of FROM is locked ACCESS SHARE (CreateTriggerFiringOn, trigger.c).
func (o *of) createTrigger(n *pg_query.CreateTrigStmt) {
	r := o.rel(n.Relation, catalog.Table)
	schema, fn := qualified(n.Funcname)
	o.triggerRefused(r, n)
	t := catalog.Trigger{Name: n.Trigname, FuncName: catalog.Name{Schema: schema, Name: fn}, RowLevel: n.Row, Columns: texts(n.Columns)}
	for _, c := range columnsIn(n.WhenClause) {
		if !slices.Contains(t.Columns, c) {
			t.Columns = append(t.Columns, c)
		}
	}
	if fs := o.c.Functions(schema, fn); len(fs) > 0 {
		t.Function, t.FuncName = fs[0].OID, fs[0].Name
	}
	targets := []*catalog.Relation{r}
	if n.Row {
		targets = o.partitions(r)
	}
	for i, x := range targets {
		e := o.on(CreateTrigger, x, ShareRowExclusive)
		e.Object = n.Trigname
		e.Detail.Columns, e.Detail.Replace = texts(n.Columns), n.Replace
		if i > 0 {
			e.Op, e.Via = Also, CreateTrigger
		}
		if i == 0 && !n.Replace && slices.ContainsFunc(x.Triggers, func(old catalog.Trigger) bool { return old.Name == t.Name }) {
			e.Detail.Fails, e.Detail.SQLState = "the table has the trigger "+t.Name+" already", "42710"
		}
		oid := x.OID
		e.Change = func(c *catalog.Catalog) {
			if r := c.Relink(oid); r != nil {
				r.Triggers = slices.DeleteFunc(r.Triggers, func(old catalog.Trigger) bool { return old.Name == t.Name })
				r.Triggers = append(r.Triggers, t)
			}
		}
		o.add(e)
	}
	if n.Constrrel != nil {
		o.also(CreateTrigger, o.rel(n.Constrrel, catalog.Table), AccessShare, 0)
	}
}

// createRule models CREATE RULE: ACCESS EXCLUSIVE on the relation, and on the
// tables of its actions and condition what parsing them takes (DefineRule,
// rewriteDefine.c; transformRuleStmt, parse_utilcmd.c).
func (o *of) createRule(n *pg_query.RuleStmt) {
	r := o.rel(n.Relation, catalog.Table)
	e := o.on(CreateRule, r, AccessExclusive)
	e.Object, e.Detail.Replace = n.Rulename, n.Replace
	rule := catalog.Rule{Name: n.Rulename, Event: ruleEvents[n.Event], Uses: o.ruleUses(n), Writes: o.ruleWrites(n)}
	oid := r.OID
	e.Change = func(c *catalog.Catalog) {
		if r := c.Relink(oid); r != nil {
			r.Rules = slices.DeleteFunc(r.Rules, func(old catalog.Rule) bool { return old.Name == rule.Name })
			r.Rules = append(r.Rules, rule)
		}
	}
	o.add(e)
	o.parsed(CreateRule, []any{n.WhereClause, n.Actions}, oldOrNew)
}

var ruleEvents = map[pg_query.CmdType]string{pg_query.CmdType_CMD_SELECT: "select", pg_query.CmdType_CMD_INSERT: "insert",
	pg_query.CmdType_CMD_UPDATE: "update", pg_query.CmdType_CMD_DELETE: "delete"}

// ruleWrites gives the relations that the actions of a rule write.
func (o *of) ruleWrites(n *pg_query.RuleStmt) []catalog.OID {
	var out []catalog.OID
	for _, a := range n.Actions {
		for _, rv := range []*pg_query.RangeVar{a.GetInsertStmt().GetRelation(), a.GetUpdateStmt().GetRelation(), a.GetDeleteStmt().GetRelation()} {
			if rv != nil {
				out = append(out, o.rel(rv, catalog.Table).OID)
			}
		}
	}
	return out
}

// oldOrNew tells the rows of a rule from tables.
func oldOrNew(rv *pg_query.RangeVar) bool {
	return rv.Schemaname == "" && (rv.Relname == "old" || rv.Relname == "new")
}

// ruleUses gives the relations that a rule depends on besides its own.
func (o *of) ruleUses(n *pg_query.RuleStmt) []catalog.OID {
	var out []catalog.OID
	for _, r := range o.relationsIn([]any{n.WhereClause, n.Actions}) {
		if r.Name.Name != "old" && r.Name.Name != "new" && !slices.Contains(out, r.OID) {
			out = append(out, r.OID)
		}
	}
	return out
}

// dependsOnExtension models ALTER … DEPENDS ON EXTENSION: a trigger's table is
// locked ACCESS SHARE, an index or materialized view ACCESS EXCLUSIVE, a
// function not at all (ExecAlterObjectDependsStmt, alter.c).
func (o *of) dependsOnExtension(n *pg_query.AlterObjectDependsStmt) {
	lock := AccessExclusive
	switch n.ObjectType {
	case pg_query.ObjectType_OBJECT_TRIGGER:
		lock = AccessShare
	case pg_query.ObjectType_OBJECT_INDEX, pg_query.ObjectType_OBJECT_MATVIEW:
	default:
		o.other(Other, "ALTER "+objectWord(n.ObjectType)+" DEPENDS ON EXTENSION", nil)
		return
	}
	kind := relationKind(n.ObjectType)
	e := o.on(DependsOn, o.rel(n.Relation, kind), lock)
	e.Object = n.Extname.GetSval()
	o.add(e)
}

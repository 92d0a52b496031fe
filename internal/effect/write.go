package effect

import (
	"slices"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// writing is one INSERT, UPDATE, DELETE, MERGE or COPY FROM of a query.
type writing struct {
	op     Op
	rel    *catalog.Relation
	only   bool
	terms  []catalog.Term // of WHERE, about the target
	parts  []part
	detail Detail
}

// part is one action on the target; MERGE has several.
type part struct {
	op       Op                  // Insert, Update or Delete
	columns  []string            // INSERT: those given a value; UPDATE: those set
	defaults []string            // those set to DEFAULT
	values   []map[string]string // INSERT: per row the constants, nil where rows are not known
	set      map[string]string   // UPDATE: columns set to constants
	noRows   bool                // the statement's text does not bring rows (COPY FROM STDIN)
}

// target opens the scope of a statement that writes: its relation is an item of
// it, but no reading.
func (q *query) target(rv *pg_query.RangeVar, w *pg_query.WithClause, outer *scope) (*scope, *catalog.Relation) {
	sc := q.level(w, outer)
	r := q.o.rel(rv, catalog.Table)
	src := &source{name: rv.GetRelname(), schema: r.Name.Schema, columns: r.Columns, whole: !r.Assumed && !r.Partial, sure: q.o.c.Complete(r)}
	src.table = r
	if rv.GetAlias() != nil {
		src.name = rv.Alias.Aliasname
	}
	q.o.readOnly(r)
	src.note = q.noteOf(r, rv.Location, true)
	sc.items = append(sc.items, src)
	sc.star.columns, sc.star.whole, sc.star.sure = slices.Clone(r.Columns), src.whole, src.sure // RETURNING *
	return sc, r
}

func (q *query) insert(n *pg_query.InsertStmt, outer *scope) source {
	sc, r := q.target(n.Relation, n.WithClause, outer)
	w := &writing{op: Insert, rel: r, only: true}
	q.writes = append(q.writes, w)
	var res source
	sel := n.SelectStmt.GetSelectStmt()
	if sel != nil {
		res = q.selects(sel, sc.outer, false)
	}
	p := part{op: Insert}
	for _, c := range n.Cols {
		p.columns = append(p.columns, c.GetResTarget().GetName())
		q.noteTarget(r, c.GetResTarget())
	}
	if len(n.Cols) == 0 && sel != nil {
		p.columns = firstColumns(r, res)
	}
	if n.Override == pg_query.OverridingKind_OVERRIDING_USER_VALUE {
		p.columns = slices.DeleteFunc(p.columns, func(name string) bool {
			c, ok := r.Column(name)
			return ok && c.Identity != 0
		})
	}
	q.o.inserts(r, n, &p, res)
	q.o.conflicts(r, n.OnConflictClause)
	p.rows(sel)
	w.detail.Columns, w.detail.Names, w.detail.Bare = p.columns, p.numbers(), len(n.Cols) == 0 && sel != nil
	w.parts = append(w.parts, p)
	q.expr(n.OnConflictClause.GetInfer().GetIndexElems(), sc)
	for _, e := range n.OnConflictClause.GetInfer().GetIndexElems() {
		q.noteColumn(r, e.GetIndexElem().GetName(), n.OnConflictClause.Infer.Location)
	}
	if oc := n.OnConflictClause; oc.GetAction() == pg_query.OnConflictAction_ONCONFLICT_UPDATE {
		sc.items = append(sc.items, &source{name: "excluded", columns: r.Columns, whole: !r.Assumed && !r.Partial, sure: q.o.c.Complete(r)})
		w.parts = append(w.parts, q.assignments(r, oc.TargetList, sc))
		q.expr(oc.WhereClause, sc)
		sc.items = sc.items[:len(sc.items)-1]
	}
	return q.targets(n.ReturningList, sc)
}

// firstColumns gives the columns that INSERT without a list fills: as many as
// the query has.
func firstColumns(r *catalog.Relation, res source) []string {
	var out []string
	for i, c := range r.Columns {
		if i >= len(res.columns) && res.whole {
			break
		}
		out = append(out, c.Name)
	}
	return out
}

// rows reads the constants of VALUES.
func (p *part) rows(sel *pg_query.SelectStmt) {
	lists := sel.GetValuesLists()
	if sel == nil { // DEFAULT VALUES
		p.values = []map[string]string{{}}
		return
	}
	if len(lists) == 0 && len(sel.TargetList) > 0 { // constants in SELECT are those of every row
		row := map[string]string{}
		for i, t := range sel.TargetList {
			if _, plain := bareColumn(t.GetResTarget().GetVal()); !plain && t.GetResTarget().GetVal().GetColumnRef() != nil {
				break // a star: what comes behind stands somewhere else
			}
			if v := constText(t.GetResTarget().GetVal()); v != "" && i < len(p.columns) {
				row[p.columns[i]] = v
			}
		}
		p.values = []map[string]string{row}
	}
	for _, l := range lists {
		row := map[string]string{}
		for i, v := range listOf(l) {
			if i >= len(p.columns) {
				break
			}
			if v.GetSetToDefault() != nil {
				p.defaults = append(p.defaults, p.columns[i])
			} else if c := constText(v); c != "" {
				row[p.columns[i]] = c
			}
		}
		p.values = append(p.values, row)
	}
}

// numbers gives the columns that a row gets a number for, 1 or more.
func (p *part) numbers() []string {
	var out []string
	for _, row := range p.values {
		for _, c := range p.columns {
			if v := row[c]; v != "" && strings.Trim(v, "0123456789") == "" && strings.Trim(v, "0") != "" && !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	return out
}

// assignments reads SET; a column set to itself does not change.
func (q *query) assignments(r *catalog.Relation, list []*pg_query.Node, sc *scope) part {
	p := part{op: Update, set: map[string]string{}}
	q.expr(list, sc)
	q.o.updates(r, list)
	for _, n := range list {
		t := n.GetResTarget()
		q.noteTarget(r, t)
		if same, ok := bareColumn(t.GetVal()); ok && same == t.Name && len(t.GetVal().GetColumnRef().GetFields()) == 1 {
			continue
		}
		p.columns = append(p.columns, t.GetName())
		if t.GetVal().GetSetToDefault() != nil {
			p.defaults = append(p.defaults, t.GetName())
		}
		if v := constText(t.GetVal()); v != "" {
			p.set[t.GetName()] = v
		}
	}
	return p
}

func (q *query) update(n *pg_query.UpdateStmt, outer *scope) source {
	sc, r := q.target(n.Relation, n.WithClause, outer)
	w := &writing{op: Update, rel: r, only: !n.Relation.GetInh()}
	q.writes = append(q.writes, w)
	for _, f := range n.FromClause {
		q.from(f, sc)
	}
	w.parts = []part{q.assignments(r, n.TargetList, sc)}
	w.detail.Columns = w.parts[0].columns
	q.condition(w, n.WhereClause, sc, n.FromClause)
	return q.targets(n.ReturningList, sc)
}

func (q *query) delete(n *pg_query.DeleteStmt, outer *scope) source {
	sc, r := q.target(n.Relation, n.WithClause, outer)
	w := &writing{op: Delete, rel: r, only: !n.Relation.GetInh(), parts: []part{{op: Delete}}}
	q.writes = append(q.writes, w)
	for _, f := range n.UsingClause {
		q.from(f, sc)
	}
	q.condition(w, n.WhereClause, sc, n.UsingClause)
	return q.targets(n.ReturningList, sc)
}

// condition reads the WHERE of an UPDATE or DELETE.
func (q *query) condition(w *writing, where *pg_query.Node, sc *scope, from []*pg_query.Node) {
	q.expr(where, sc)
	for _, c := range conjuncts(where) {
		switch src, ts := sc.judge(c); {
		case src == nil:
		case src == sc.items[0]:
			w.terms = append(w.terms, ts...)
		case src.read != nil:
			src.read.terms = append(src.read.terms, ts...)
		}
	}
	w.detail.NoWhere = (where == nil || always(where)) && len(from) == 0
	w.detail.Bounded = q.bounded(w, where, from)
	w.detail.Picks = len(equalColumns(w.terms)) > 0
	w.detail.ByKey = slices.ContainsFunc(w.terms, func(t catalog.Term) bool {
		return slices.Contains([]string{"<", "<=", ">", ">="}, t.Op) && q.o.key(w.rel, t.Column)
	})
}

// always tells whether a condition is true or 1 = 1.
func always(n *pg_query.Node) bool {
	a := n.GetAExpr()
	return isTrue(n) || a != nil && len(a.Name) == 1 && text(a.Name[0]) == "=" && constText(a.Lexpr) != "" && constText(a.Lexpr) == constText(a.Rexpr)
}

func (q *query) merge(n *pg_query.MergeStmt, outer *scope) source {
	sc, r := q.target(n.Relation, n.WithClause, outer)
	sc.merged = []string{"*"} // what is seen depends on the WHEN
	w := &writing{op: Merged, rel: r, only: !n.Relation.GetInh()}
	q.writes = append(q.writes, w)
	q.from(n.SourceRelation, sc)
	q.expr(n.JoinCondition, sc)
	for _, node := range n.MergeWhenClauses {
		c := node.GetMergeWhenClause()
		q.expr(c.GetCondition(), sc)
		switch c.GetCommandType() {
		case pg_query.CmdType_CMD_INSERT:
			p := part{op: Insert}
			row := map[string]string{}
			for _, t := range c.TargetList {
				p.columns = append(p.columns, t.GetResTarget().GetName())
				q.noteTarget(r, t.GetResTarget())
			}
			q.o.targetColumns(r, c.TargetList)
			if len(c.TargetList) == 0 {
				p.columns = firstColumns(r, source{columns: make([]catalog.Column, len(c.Values)), whole: true})
			}
			for i, v := range c.Values {
				if t := constText(v); t != "" && i < len(p.columns) {
					row[p.columns[i]] = t
				}
			}
			p.values = []map[string]string{row}
			q.expr(c.Values, sc)
			w.parts = append(w.parts, p)
		case pg_query.CmdType_CMD_UPDATE:
			w.parts = append(w.parts, q.assignments(r, c.TargetList, sc))
		case pg_query.CmdType_CMD_DELETE:
			w.parts = append(w.parts, part{op: Delete})
		}
	}
	changes := slices.ContainsFunc(w.parts, func(p part) bool { return p.op != Insert })
	sub := n.SourceRelation.GetRangeSubselect().GetSubquery().GetSelectStmt()
	w.detail.Bounded = !changes || sub != nil && (sub.LimitCount != nil || len(sub.ValuesLists) > 0)
	return source{}
}

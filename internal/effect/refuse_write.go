package effect

import (
	"slices"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// inserts notes what the server refuses of an INSERT (transformInsertStmt,
// checkInsertTargets, rewriteTargetListIU).
func (o *of) inserts(r *catalog.Relation, n *pg_query.InsertStmt, p *part, res source) {
	if r.Kind == catalog.Sequence || r.Kind == catalog.MatView || r.IsIndex() {
		if o.c.Certain(r) {
			o.refuse("42809", "%s cannot be written by INSERT: it is a %s", r.Name, r.Kind)
		}
		return
	}
	given := o.targetColumns(r, n.Cols)
	columns := p.columns
	if len(n.Cols) == 0 {
		if !o.c.Complete(r) {
			return
		}
		columns = nil
		for _, c := range r.Columns {
			columns = append(columns, c.Name)
		}
	}
	sel := n.SelectStmt.GetSelectStmt()
	lists := sel.GetValuesLists()
	if given {
		o.lengths(columns, lists, len(n.Cols) > 0)
	}
	if len(lists) == 0 && sel != nil && res.whole && o.refused == nil {
		switch {
		case len(res.columns) > len(columns):
			o.refuse("42601", "INSERT has %d values for %d columns", len(res.columns), len(columns))
		case len(res.columns) < len(columns) && len(n.Cols) > 0:
			o.refuse("42601", "INSERT has %d columns for %d values", len(columns), len(res.columns))
		}
		for i, t := range sel.GetTargetList() {
			if i < len(columns) && len(sel.TargetList) == len(res.columns) {
				o.given(r, columns[i], t.GetResTarget().GetVal(), n.Override, true)
			}
		}
	}
	for _, l := range lists {
		for i, v := range listOf(l) {
			if i < len(columns) {
				o.given(r, columns[i], v, n.Override, len(lists) == 1)
			}
		}
	}
	if sel == nil || len(lists) > 0 && len(lists[0].GetList().GetItems()) > 0 {
		o.leftOut(r, columns, lists)
	}
}

// targetColumns checks the columns of an INSERT's list; it tells whether each
// stands for one whole value.
func (o *of) targetColumns(r *catalog.Relation, cols []*pg_query.Node) bool {
	var names []string
	for _, c := range cols {
		t := c.GetResTarget()
		o.needs(r, t.GetName())
		if len(t.GetIndirection()) > 0 {
			return false
		}
		names = append(names, t.GetName())
	}
	if name := twice(names); name != "" {
		o.refuse("42701", "the column %s is specified twice", catalog.Quote(name))
	}
	return true
}

// lengths holds the lists of VALUES against the columns.
func (o *of) lengths(columns []string, lists []*pg_query.Node, explicit bool) {
	for i, l := range lists {
		switch n := len(listOf(l)); {
		case i > 0 && n != len(listOf(lists[0])):
			o.refuse("42601", "the lists of VALUES are not of one length")
		case n > len(columns):
			o.refuse("42601", "INSERT has %d values for %d columns", n, len(columns))
		case n < len(columns) && explicit:
			o.refuse("42601", "INSERT has %d columns for %d values", len(columns), n)
		}
	}
}

// given notes a value that a column does not take; alone says that there is one row.
func (o *of) given(r *catalog.Relation, column string, v *pg_query.Node, override pg_query.OverridingKind, alone bool) {
	c, ok := r.Column(column)
	if !ok || v.GetSetToDefault() != nil || o.c.HasColumn(r, column) != catalog.Yes || r.Kind == catalog.View {
		return
	}
	name := catalog.Quote(column)
	switch {
	case c.Generated != 0 && alone && o.c.Complete(r):
		o.refuse(o.generatedState(), "%s is a generated column", name)
	case c.Identity == 'a' && alone && override == pg_query.OverridingKind_OVERRIDING_NOT_SET && o.c.Complete(r):
		o.refuse("428C9", "%s is GENERATED ALWAYS AS IDENTITY", name)
	}
	o.fits(v, c.Type, "the value of "+name)
	o.tooMuch(v, c)
}

// generatedState is the SQLSTATE with which a generated column refuses a value.
func (o *of) generatedState() string {
	if o.pg < 14 {
		return "42601"
	}
	return "428C9"
}

// leftOut notes a NOT NULL column that the rows of an INSERT give no value, where no
// trigger or rule could.
func (o *of) leftOut(r *catalog.Relation, columns []string, lists []*pg_query.Node) {
	if (r.Kind != catalog.Table && r.Kind != catalog.PartitionedTable) || !o.c.Complete(r) || len(r.Rules) > 0 || o.refused != nil ||
		slices.ContainsFunc(o.family(r), func(m *catalog.Relation) bool { return len(m.Triggers) > 0 }) {
		return
	}
	for _, c := range r.Columns {
		if !c.NotNull || c.Identity != 0 || c.Generated != 0 || o.domainDefaults(c.Type) {
			continue
		}
		at := slices.Index(columns, c.Name)
		if len(lists) == 0 {
			at = -1
		} else if at >= len(listOf(lists[0])) {
			at = -1
		}
		null := func(v *pg_query.Node) bool { return isNull(v) || v.GetSetToDefault() != nil && !c.Default.Set }
		switch {
		case at < 0 && !c.Default.Set:
			o.refuse("23502", "%s of %s is NOT NULL and gets no value", catalog.Quote(c.Name), r.Name)
		case at >= 0 && slices.ContainsFunc(lists, func(l *pg_query.Node) bool { return at < len(listOf(l)) && null(listOf(l)[at]) }):
			o.refuse("23502", "%s of %s is NOT NULL", catalog.Quote(c.Name), r.Name)
		}
	}
}

// domainDefaults tells whether a type may bring a default of its own.
func (o *of) domainDefaults(t catalog.Type) bool {
	d := o.c.Type(t)
	return d != nil && d.Kind == catalog.Domain || d == nil && t.Schema == "" && !knownType(t.Name) || t.Schema != "" && d == nil
}

// conflicts notes ON CONFLICT over columns that no unique index is over
// (infer_arbiter_indexes, plancat.c).
func (o *of) conflicts(r *catalog.Relation, oc *pg_query.OnConflictClause) {
	infer := oc.GetInfer()
	if r.Kind != catalog.Table && r.Kind != catalog.PartitionedTable || !o.c.Complete(r) {
		return
	}
	if oc.GetAction() == pg_query.OnConflictAction_ONCONFLICT_UPDATE && infer == nil {
		o.refuse("42601", "ON CONFLICT DO UPDATE needs a conflict target")
	}
	if name := infer.GetConname(); name != "" {
		o.constraintMissing(r, name)
		return
	}
	var columns []string
	for _, e := range infer.GetIndexElems() {
		el := e.GetIndexElem()
		o.needs(r, el.GetName())
		if el.GetName() == "" || len(el.GetCollation())+len(el.GetOpclass()) > 0 {
			return
		}
		if !slices.Contains(columns, el.Name) {
			columns = append(columns, el.Name)
		}
	}
	has, deferrable := o.uniqueOver(r, columns)
	partial := slices.ContainsFunc(r.Indexes, func(i catalog.OID) bool {
		ix := o.c.Get(i)
		return ix != nil && ix.Unique && ix.Predicate != "" && !ix.HasExpr && sameSet(ix.Keys, columns)
	})
	if len(columns) == 0 || has || deferrable || partial && infer.GetWhereClause() != nil {
		return
	}
	o.refuse("42P10", "no unique constraint or index of %s is over exactly (%s)", r.Name, strings.Join(columns, ", "))
}

// updates notes what the server refuses of SET (transformUpdateTargetList, analyze.c).
func (o *of) updates(r *catalog.Relation, list []*pg_query.Node) {
	var names []string
	for _, n := range list {
		t := n.GetResTarget()
		if len(t.GetIndirection()) > 0 {
			if name := text(t.Indirection[0]); name != "" && t.Name == r.Name.Name && o.lacks(r, t.Name) {
				o.refuse("42703", "the column of SET is written with its table: %s.%s", t.Name, name)
			}
			continue
		}
		o.needs(r, t.GetName())
		names = append(names, t.GetName())
		c, ok := r.Column(t.GetName())
		if v := t.GetVal(); ok && v.GetSetToDefault() == nil && v.GetMultiAssignRef() == nil && o.c.HasColumn(r, c.Name) == catalog.Yes && r.Kind != catalog.View {
			switch {
			case c.Generated != 0 && o.c.Complete(r):
				o.refuse(o.generatedState(), "%s is a generated column", catalog.Quote(c.Name))
			case c.Identity == 'a' && o.c.Complete(r):
				o.refuse("428C9", "%s is GENERATED ALWAYS AS IDENTITY", catalog.Quote(c.Name))
			}
			o.fits(v, c.Type, "the value of "+catalog.Quote(c.Name))
		}
	}
	if name := twice(names); name != "" {
		o.refuse("42601", "the column %s is set twice", catalog.Quote(name))
	}
}

package effect

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
)

// dml models the statements that read and write rows, and those that carry
// such a statement.
func (o *of) dml(n *pg_query.Node) {
	switch n := n.Node.(type) {
	case *pg_query.Node_CopyStmt:
		o.copyRows(n.CopyStmt)
	case *pg_query.Node_ExplainStmt:
		o.explain(n.ExplainStmt)
	case *pg_query.Node_PrepareStmt:
		o.prepare(n.PrepareStmt)
	case *pg_query.Node_ExecuteStmt:
		o.execute(n.ExecuteStmt, executed)
	case *pg_query.Node_DeclareCursorStmt:
		o.declare(n.DeclareCursorStmt)
	case *pg_query.Node_CallStmt:
		o.call(n.CallStmt)
	default:
		o.query(o.s.Node, executed)
	}
}

// query models SELECT, INSERT, UPDATE, DELETE and MERGE.
func (o *of) query(n *pg_query.Node, ph phase) {
	if s := n.GetSelectStmt(); s != nil {
		if into := intoOf(s); into != nil {
			o.createTableAs(&pg_query.CreateTableAsStmt{Query: n, Into: into, IsSelectInto: true, Objtype: pg_query.ObjectType_OBJECT_TABLE})
			return
		}
	}
	before := len(o.out)
	q := &query{o: o}
	q.run(n, nil)
	q.emit(0, ph)
	if len(o.out) == before {
		o.other(Select, "", nil) // no relation of the user's
	}
}

// intoOf finds the INTO of a SELECT, which stands in its first arm.
func intoOf(s *pg_query.SelectStmt) *pg_query.IntoClause {
	for s != nil && s.IntoClause == nil {
		s = s.Larg
	}
	return s.GetIntoClause()
}

// copyRows models COPY. TO reads one relation, never its children; FROM writes.
// What comes on standard input is not in the statement: no row is assumed.
func (o *of) copyRows(n *pg_query.CopyStmt) {
	q := &query{o: o}
	switch {
	case n.Query != nil:
		q.run(n.Query, nil)
		q.emit(CopyTable, executed)
	case !n.IsFrom:
		if o.system(n.Relation) {
			break
		}
		r := o.rel(n.Relation, catalog.Table)
		o.needs(r, texts(n.Attlist)...)
		e := o.on(CopyTable, r, AccessShare)
		e.Work = o.scanWork(r, nil)
		e.Brief = o.pg < 13
		if why := o.uncopyable(r); why != "" {
			e.Detail.Fails, e.Detail.SQLState = why, "42809"
		}
		o.add(e)
		return
	case !o.system(n.Relation):
		r := o.rel(n.Relation, catalog.Table)
		o.needs(r, texts(n.Attlist)...)
		p := part{op: Insert, columns: texts(n.Attlist), noRows: n.Filename == "" && !n.IsProgram}
		if len(n.Attlist) == 0 {
			for _, c := range r.Columns {
				p.columns = append(p.columns, c.Name)
			}
		}
		q.writes = []*writing{{op: CopyTable, rel: r, only: true, parts: []part{p}, detail: Detail{Columns: p.columns}}}
		q.emit(0, executed)
		return
	}
	if len(q.reads)+len(q.writes) == 0 {
		o.other(CopyTable, "", nil)
	}
}

// uncopyable says why COPY … TO refuses a relation (BeginCopyTo, copyto.c).
func (o *of) uncopyable(r *catalog.Relation) string {
	switch {
	case r.Assumed:
	case r.Kind == catalog.View, r.Kind == catalog.PartitionedTable && o.pg < 19, r.Kind == catalog.MatView && o.pg < 18,
		r.Kind == catalog.ForeignTable, r.Kind == catalog.Sequence:
		return "cannot copy from " + string(r.Kind) + " " + r.Name.String() + ": use COPY (SELECT …) TO"
	}
	return ""
}

// explain models EXPLAIN, which plans, and with ANALYZE executes.
func (o *of) explain(n *pg_query.ExplainStmt) {
	ph := planned
	for _, opt := range n.Options {
		if d := opt.GetDefElem(); d.GetDefname() == "analyze" && boolOption(d) {
			ph = executed
		}
	}
	switch b := n.Query.GetNode().(type) {
	case *pg_query.Node_CreateTableAsStmt:
		if ph == executed {
			o.createTableAs(b.CreateTableAsStmt)
			return
		}
		o.query(b.CreateTableAsStmt.Query, ph)
	case *pg_query.Node_DeclareCursorStmt:
		o.query(b.DeclareCursorStmt.Query, ph)
	case *pg_query.Node_ExecuteStmt:
		o.execute(b.ExecuteStmt, ph)
	case *pg_query.Node_SelectStmt, *pg_query.Node_InsertStmt, *pg_query.Node_UpdateStmt,
		*pg_query.Node_DeleteStmt, *pg_query.Node_MergeStmt:
		o.query(n.Query, ph)
	default:
		o.other(Other, "EXPLAIN", nil) // utility statements have no plan
	}
}

// boolOption reads an option of a parenthesized list as defGetBoolean does (define.c).
func boolOption(d *pg_query.DefElem) bool {
	switch a := d.GetArg().GetNode().(type) {
	case *pg_query.Node_Integer:
		return a.Integer.Ival != 0
	case *pg_query.Node_String_:
		switch strings.ToLower(a.String_.Sval) {
		case "false", "off", "0", "no":
			return false
		}
	case *pg_query.Node_Boolean:
		return a.Boolean.Boolval
	}
	return true
}

// prepare models PREPARE: the statement is analyzed and rewritten, not planned
// (PrepareQuery, prepare.c). Its text is kept for EXECUTE.
func (o *of) prepare(n *pg_query.PrepareStmt) {
	q := &query{o: o}
	q.run(n.Query, nil)
	q.emit(0, analyzed)
	p := catalog.Object{Kind: "prepared", Name: catalog.Name{Name: n.Name}, Text: string(o.s.Raw())}
	o.other(Other, "PREPARE", func(c *catalog.Catalog) { c.AddObject(p) })
}

// prepared gives the query of a prepared statement, nil where none is known.
func (o *of) prepared(name string) *pg_query.Node {
	p := o.c.Object("prepared", catalog.Name{Name: name})
	if p == nil {
		return nil
	}
	sec := migration.Section{File: o.s.Section.File, Text: []byte(p.Text)}
	stmts := pgsql.Parse(&sec)
	if len(stmts) != 1 || stmts[0].Node == nil {
		return nil
	}
	return stmts[0].Node.GetPrepareStmt().GetQuery()
}

func (o *of) execute(n *pg_query.ExecuteStmt, ph phase) {
	body := o.prepared(n.Name)
	if body == nil {
		o.unknown("EXECUTE of a statement prepared elsewhere")
		return
	}
	o.query(body, ph)
}

// declare models DECLARE CURSOR, which plans; rows are read by FETCH. Without
// HOLD it needs a transaction (PerformCursorOpen, portalcmds.c).
func (o *of) declare(n *pg_query.DeclareCursorStmt) {
	const withHold = 1 << 5 // CURSOR_OPT_HOLD (parsenodes.h); 0x10 up to 13
	before := len(o.out)
	o.query(n.Query, planned)
	if n.Options&withHold == 0 && !o.s.Tx.Block() && before < len(o.out) {
		o.out[before].Detail.Fails, o.out[before].Detail.SQLState = "DECLARE CURSOR can only be used in transaction blocks", "25P01"
	}
}

// call models CALL: what the procedure does is not seen.
func (o *of) call(n *pg_query.CallStmt) {
	q := &query{o: o}
	q.expr(n.GetFunccall().GetArgs(), &scope{})
	schema, name := qualified(n.GetFunccall().GetFuncname())
	o.add(Effect{Op: Call, Object: catalog.Name{Schema: schema, Name: name}.String(), Span: o.span(), Detail: Detail{Unknown: catalog.Yes}})
	q.emit(Call, executed)
}

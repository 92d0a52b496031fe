package effect

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// setSchema models SET SCHEMA: a table takes its indexes
// and, locked too, its own sequences along (AlterTableNamespaceInternal, tablecmds.c).
func (o *of) setSchema(n *pg_query.AlterObjectSchemaStmt) {
	to := n.Newschema
	switch n.ObjectType {
	case pg_query.ObjectType_OBJECT_TABLE, pg_query.ObjectType_OBJECT_VIEW, pg_query.ObjectType_OBJECT_MATVIEW,
		pg_query.ObjectType_OBJECT_SEQUENCE, pg_query.ObjectType_OBJECT_FOREIGN_TABLE:
	case pg_query.ObjectType_OBJECT_TYPE, pg_query.ObjectType_OBJECT_DOMAIN:
		schema, name := qualified(listOf(n.Object))
		t := o.c.LookupType(schema, name)
		o.other(SetSchema, name, func(c *catalog.Catalog) { moveType(c, t, func(n *catalog.Name) { n.Schema = to }) })
		return
	default:
		o.other(SetSchema, "", nil)
		return
	}
	if n.MissingOk && o.missing(n.Relation) {
		o.other(Other, "SET SCHEMA IF EXISTS", nil)
		return
	}
	kind := map[pg_query.ObjectType]catalog.Kind{pg_query.ObjectType_OBJECT_VIEW: catalog.View, pg_query.ObjectType_OBJECT_MATVIEW: catalog.MatView,
		pg_query.ObjectType_OBJECT_SEQUENCE: catalog.Sequence}[n.ObjectType]
	if kind == "" {
		kind = catalog.Table
	}
	r := o.rel(n.Relation, kind)
	e := o.on(SetSchema, r, AccessExclusive)
	e.Object, e.Detail.Name = r.Name.String(), to
	if r.Name.Schema != to {
		o.free(catalog.Name{Schema: to, Name: r.Name.Name})
	}
	moved := append([]catalog.OID{r.OID}, r.Seqs...)
	indexes := r.Indexes
	e.Change = func(c *catalog.Catalog) {
		for _, x := range append(moved, indexes...) {
			if m := c.Get(x); m != nil {
				c.Rename(x, catalog.Name{Schema: to, Name: m.Name.Name})
			}
		}
	}
	var parts []Effect
	for _, s := range r.Seqs {
		if seq := o.c.Get(s); seq != nil {
			x := o.on(Also, seq, AccessExclusive)
			x.Via = SetSchema
			parts = append(parts, x)
		}
	}
	o.add(e)
	for _, x := range parts {
		o.add(x)
	}
}

// alterOwner models OWNER TO of what is no relation, but for composite types:
// nothing is locked. (Relations come as ALTER TABLE.)
func (o *of) alterOwner(n *pg_query.AlterOwnerStmt) {
	if n.ObjectType == pg_query.ObjectType_OBJECT_TYPE {
		// who owns it already is not asked for a lock: CURRENT_USER made it, unless OWNER TO came before
		other := n.Newowner.GetRoletype() == pg_query.RoleSpecType_ROLESPEC_CSTRING
		if t := o.c.LookupType(qualified(listOf(n.Object))); t != nil && t.Relation != 0 && (other || o.c.Get(t.Relation).Owner != "") {
			o.changeOwner(o.c.Get(t.Relation), AccessExclusive, n.Newowner.GetRolename())
			return
		}
	}
	o.other(ChangeOwner, n.ObjectType.String(), nil)
}

// moveAll models ALTER TABLE ALL IN TABLESPACE: ACCESS EXCLUSIVE on every
// relation of the kind that is there.
func (o *of) moveAll(n *pg_query.AlterTableMoveAllStmt) {
	if n.OrigTablespacename == n.NewTablespacename { // nothing is looked at (AlterTableMoveAll)
		o.other(Other, "ALTER TABLE ALL IN TABLESPACE", nil)
		return
	}
	for _, r := range o.c.Relations() {
		in := r.Tablespace
		if in == "" {
			in = "pg_default"
		}
		match := r.Kind == catalog.Table
		switch n.Objtype {
		case pg_query.ObjectType_OBJECT_INDEX:
			match = r.Kind == catalog.Index
		case pg_query.ObjectType_OBJECT_MATVIEW:
			match = r.Kind == catalog.MatView
		}
		if !match || in != n.OrigTablespacename {
			continue
		}
		e := o.on(SetTablespace, r, AccessExclusive)
		e.Object, e.Work = n.NewTablespacename, Copy
		oid, to := r.OID, n.NewTablespacename
		e.Change = func(c *catalog.Catalog) { c.Edit(oid).Tablespace = to }
		o.add(e)
	}
	if len(o.out) == 0 {
		o.unknown("ALTER TABLE ALL IN TABLESPACE")
	}
}

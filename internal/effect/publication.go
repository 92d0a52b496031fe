package effect

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// createPublication models CREATE PUBLICATION: SHARE UPDATE EXCLUSIVE on each
// table that it names; FOR ALL TABLES and IN SCHEMA lock none (OpenTableList,
// publicationcmds.c).
func (o *of) createPublication(n *pg_query.CreatePublicationStmt) {
	name := catalog.Name{Name: n.Pubname}
	tables, schemas := o.published(n.Pubobjects)
	pub := catalog.Object{Kind: "publication", Name: name, Relations: oids(tables), All: n.ForAllTables}
	o.add(Effect{Op: CreatePublication, Object: n.Pubname, Span: o.span(), Detail: Detail{Names: schemas, Name: n.Pubname},
		Change: func(c *catalog.Catalog) { c.AddObject(pub) }})
	o.lockPublished(CreatePublication, tables)
}

// alterPublication models ALTER PUBLICATION: the tables that come and those
// that go are locked SHARE UPDATE EXCLUSIVE.
func (o *of) alterPublication(n *pg_query.AlterPublicationStmt) {
	name := catalog.Name{Name: n.Pubname}
	tables, schemas := o.published(n.Pubobjects)
	old := o.c.Object("publication", name)
	next := catalog.Object{Kind: "publication", Name: name}
	if old != nil {
		next = *old
	}
	named := oids(tables)
	var gone []*catalog.Relation
	switch {
	case len(n.Pubobjects) == 0: // SET (publish = …)
	case n.Action == pg_query.AlterPublicationAction_AP_AddObjects:
		next.Relations = slices.Concat(next.Relations, named)
	case n.Action == pg_query.AlterPublicationAction_AP_DropObjects:
		next.Relations = slices.DeleteFunc(slices.Clone(next.Relations), func(x catalog.OID) bool { return slices.Contains(named, x) })
	case n.Action == pg_query.AlterPublicationAction_AP_SetObjects:
		for _, x := range next.Relations {
			if r := o.c.Get(x); r != nil && !slices.Contains(named, x) {
				gone = append(gone, r)
			}
		}
		next.Relations = named
	}
	o.add(Effect{Op: AlterPublication, Object: n.Pubname, Span: o.span(), Detail: Detail{Names: schemas, Name: n.Pubname},
		Change: func(c *catalog.Catalog) { c.AddObject(next) }})
	o.lockPublished(AlterPublication, tables)
	o.lockPublished(AlterPublication, gone)
}

func (o *of) lockPublished(op Op, tables []*catalog.Relation) {
	for _, r := range tables {
		o.also(op, r, ShareUpdateExclusive, 0)
	}
}

// published gives the tables that a publication's list names, with the children
// of those without ONLY, but not the partitions of a partitioned table; and the
// schemas of TABLES IN SCHEMA.
func (o *of) published(objs []*pg_query.Node) (tables []*catalog.Relation, schemas []string) {
	for _, n := range objs {
		p := n.GetPublicationObjSpec()
		switch {
		case p.GetPubtable() != nil:
			rv := p.Pubtable.Relation
			r := o.rel(rv, catalog.Table)
			found := []*catalog.Relation{r}
			if rv.GetInh() && r.Kind != catalog.PartitionedTable {
				found = o.family(r)
			}
			for _, x := range found {
				if !slices.Contains(tables, x) {
					tables = append(tables, x)
				}
			}
		case p.GetName() != "":
			schemas = append(schemas, p.Name)
		default: // CURRENT_SCHEMA
			schemas = append(schemas, o.c.Create("", "").Schema)
		}
	}
	return tables, schemas
}

func oids(rs []*catalog.Relation) []catalog.OID {
	out := make([]catalog.OID, 0, len(rs))
	for _, r := range rs {
		out = append(out, r.OID)
	}
	return out
}

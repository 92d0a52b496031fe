package effect

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// createStatistics models CREATE STATISTICS: SHARE UPDATE EXCLUSIVE on the
// table, also when IF NOT EXISTS finds them there (CreateStatistics,
// statscmds.c). Nothing is computed before the next ANALYZE.
func (o *of) createStatistics(n *pg_query.CreateStatsStmt) {
	schema, name := qualified(n.Defnames)
	for _, f := range n.Relations {
		rv := f.GetRangeVar()
		if rv == nil {
			o.unknown("CREATE STATISTICS")
			return
		}
		r := o.rel(rv, catalog.Table)
		e := o.on(CreateStatistics, r, ShareUpdateExclusive)
		e.Object, e.Detail.IfExists = name, n.IfNotExists
		for _, x := range n.Exprs {
			if s := x.GetStatsElem(); s.GetName() != "" {
				e.Detail.Columns = append(e.Detail.Columns, s.Name)
			} else {
				e.Detail.Columns = append(e.Detail.Columns, columnsIn(s.GetExpr())...)
			}
		}
		if name == "" { // the server chooses one (ChooseExtendedStatisticName)
			schema, name = r.Name.Schema, objectName(r.Name.Name, columnsPart(e.Detail.Columns), "stat")
		}
		full := o.c.Create(schema, name)
		e.NoOp = n.IfNotExists && o.c.Object("statistics", full) != nil
		if !e.NoOp {
			oid := r.OID
			e.Change = func(c *catalog.Catalog) {
				c.AddObject(catalog.Object{Kind: "statistics", Name: full, Relations: []catalog.OID{oid}})
			}
		}
		o.add(e)
	}
}

// alterStatistics models ALTER STATISTICS … SET STATISTICS: no relation is locked.
func (o *of) alterStatistics(n *pg_query.AlterStatsStmt) {
	schema, name := qualified(n.Defnames)
	o.other(Other, "ALTER STATISTICS "+catalog.Name{Schema: schema, Name: name}.String(), nil)
}

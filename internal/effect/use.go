package effect

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
)

// Use is a place where a query names a table, or a column of one.
type Use struct {
	Target catalog.Name
	Column string // "" for the table itself
	Write  bool   // the target of INSERT, UPDATE, DELETE or MERGE, or a column that they set
	Span   migration.Span
}

// Uses gives the tables and columns that SELECT, INSERT, UPDATE, DELETE or MERGE
// name, as the catalog stands; of other statements, nothing. A column is given
// where it is certain whose it is: * names none, and of two tables that are not
// known whole neither has it. The catalog is left as it was.
func Uses(s *pgsql.Statement, c *catalog.Catalog, pg int) []Use {
	if s.Node == nil {
		return nil
	}
	mark := c.Mark()
	defer c.Rollback(mark)
	var out []Use
	q := &query{o: &of{s: s, c: c, pg: pg}}
	q.use = func(u Use, location int32) {
		u.Span = s.At(location)
		out = append(out, u)
	}
	q.run(s.Node, nil)
	return out
}

// noteOf takes down that a table is named, and gives what takes its columns down.
func (q *query) noteOf(r *catalog.Relation, location int32, write bool) func(string, int32) {
	if q.use == nil {
		return nil
	}
	q.use(Use{Target: r.Name, Write: write}, location)
	return func(column string, location int32) { q.use(Use{Target: r.Name, Column: column}, location) }
}

// noteTarget takes down a column that is given a value.
func (q *query) noteTarget(r *catalog.Relation, t *pg_query.ResTarget) {
	if q.use != nil && t.GetName() != "" {
		q.use(Use{Target: r.Name, Column: t.Name, Write: true}, t.Location)
	}
}

func (q *query) noteColumn(r *catalog.Relation, column string, location int32) {
	if q.use != nil && column != "" {
		q.use(Use{Target: r.Name, Column: column}, location)
	}
}

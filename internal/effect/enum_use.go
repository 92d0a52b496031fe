package effect

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
)

// UsesEnumValue finds where a statement makes a value of an enum: a literal that
// is cast to the type, or one in a statement about a relation that has a column
// of the type. effects are the statement's, c is the catalog after it. A literal
// that is meant for another column of such a relation is taken for the value too.
// It is not sure where the columns are those of a relation that no migration created.
func UsesEnumValue(s *pgsql.Statement, effects []Effect, c *catalog.Catalog, enum catalog.Name, value string) (at migration.Span, yes, sure bool) {
	has, may := false, false
	for _, e := range effects {
		r := c.Lookup(e.Target)
		may = may || r != nil && r.Assumed && !r.IsIndex()
		for i := 0; r != nil && i < len(r.Columns); i++ {
			t := r.Columns[i].Type
			has = has || t.Schema == enum.Schema && t.Name == enum.Name
		}
	}
	if at, yes = usesLabel(s, c, has, enum, value); yes {
		return at, yes, true
	}
	embedded, _ := s.Embedded()
	for i := range embedded {
		if at, yes = usesLabel(&embedded[i], c, has, enum, value); yes {
			return at, yes, true
		}
	}
	if may && !has {
		at, yes = usesLabel(s, c, true, enum, value)
	}
	return at, yes, false
}

func usesLabel(s *pgsql.Statement, c *catalog.Catalog, has bool, enum catalog.Name, value string) (at migration.Span, yes bool) {
	o := &of{s: s, c: c}
	pgsql.Walk(s.Node, func(n any) bool {
		switch n := n.(type) {
		case *pg_query.AlterEnumStmt, *pg_query.CreateEnumStmt, *pg_query.CommentStmt, *pg_query.CreateFunctionStmt:
			return false // labels that are named, not used
		case *pg_query.TypeCast:
			if t := o.typeOf(n.TypeName); isLabel(n.Arg, value) && t.Name == enum.Name && (t.Schema == enum.Schema || t.Schema == "") {
				at, yes = s.At(n.Arg.GetAConst().Location), true
			}
		case *pg_query.A_Const:
			if has && n.GetSval().GetSval() == value && n.GetSval() != nil {
				at, yes = s.At(n.Location), true
			}
		}
		return !yes
	})
	return at, yes
}

func isLabel(n *pg_query.Node, value string) bool {
	return n.GetAConst().GetSval() != nil && n.GetAConst().GetSval().GetSval() == value
}

package effect

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// commentOn models COMMENT and SECURITY LABEL: SHARE UPDATE EXCLUSIVE on a
// relation, be it for one of its columns; ACCESS SHARE on the table of a
// constraint, trigger, rule or policy; no relation for the rest (CommentObject,
// comment.c; get_object_address, objectaddress.c).
func (o *of) commentOn(op Op, t pg_query.ObjectType, obj *pg_query.Node, value string) {
	names := listOf(obj)
	switch t {
	case pg_query.ObjectType_OBJECT_TABLE, pg_query.ObjectType_OBJECT_VIEW, pg_query.ObjectType_OBJECT_MATVIEW,
		pg_query.ObjectType_OBJECT_INDEX, pg_query.ObjectType_OBJECT_SEQUENCE, pg_query.ObjectType_OBJECT_FOREIGN_TABLE:
		o.commentRelation(op, o.onRelation(t, names), "", value)
	case pg_query.ObjectType_OBJECT_COLUMN:
		if len(names) < 2 {
			o.unknown("COMMENT ON COLUMN")
			return
		}
		r := o.onRelation(t, names[:len(names)-1])
		o.commentRelation(op, r, text(names[len(names)-1]), value)
	case pg_query.ObjectType_OBJECT_TABCONSTRAINT, pg_query.ObjectType_OBJECT_TRIGGER, pg_query.ObjectType_OBJECT_RULE,
		pg_query.ObjectType_OBJECT_POLICY:
		if len(names) < 2 {
			o.unknown("COMMENT ON " + objectWord(t))
			return
		}
		e := o.on(op, o.onRelation(t, names[:len(names)-1]), AccessShare)
		if r := o.c.Get(e.OID); t == pg_query.ObjectType_OBJECT_TABCONSTRAINT {
			o.constraintMissing(r, text(names[len(names)-1]))
		} else {
			o.hangs(r, hanging[t], text(names[len(names)-1]))
		}
		e.Object, e.Detail.Value = text(names[len(names)-1]), value
		o.add(e)
	default:
		o.add(Effect{Op: op, Object: objectWord(t), Span: o.span(), Detail: Detail{Value: value}})
	}
}

// hanging are the drops of what hangs on a table.
var hanging = map[pg_query.ObjectType]Op{pg_query.ObjectType_OBJECT_TRIGGER: DropTrigger, pg_query.ObjectType_OBJECT_RULE: DropRule,
	pg_query.ObjectType_OBJECT_POLICY: DropPolicy}

func (o *of) commentRelation(op Op, r *catalog.Relation, column, value string) {
	o.needs(r, column)
	e := o.on(op, r, ShareUpdateExclusive)
	e.Column, e.Detail.Value = column, value
	o.add(e)
}

// objectWord names an object type as SQL does.
func objectWord(t pg_query.ObjectType) string {
	switch t {
	case pg_query.ObjectType_OBJECT_TABCONSTRAINT, pg_query.ObjectType_OBJECT_DOMCONSTRAINT:
		return "CONSTRAINT"
	case pg_query.ObjectType_OBJECT_STATISTIC_EXT:
		return "STATISTICS"
	case pg_query.ObjectType_OBJECT_MATVIEW:
		return "MATERIALIZED VIEW"
	case pg_query.ObjectType_OBJECT_OPCLASS:
		return "OPERATOR CLASS"
	case pg_query.ObjectType_OBJECT_OPFAMILY:
		return "OPERATOR FAMILY"
	case pg_query.ObjectType_OBJECT_TSPARSER:
		return "TEXT SEARCH PARSER"
	case pg_query.ObjectType_OBJECT_TSDICTIONARY:
		return "TEXT SEARCH DICTIONARY"
	case pg_query.ObjectType_OBJECT_TSTEMPLATE:
		return "TEXT SEARCH TEMPLATE"
	case pg_query.ObjectType_OBJECT_TSCONFIGURATION:
		return "TEXT SEARCH CONFIGURATION"
	}
	return strings.ReplaceAll(strings.TrimPrefix(t.String(), "OBJECT_"), "_", " ")
}

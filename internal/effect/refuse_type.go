package effect

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// typeFree notes that a type of a name is certainly there: a new type cannot have it,
// nor a new table, whose rows are a type of the same name.
func (o *of) typeFree(n catalog.Name) {
	if !o.c.Knows() {
		return
	}
	if o.c.LookupType(n.Schema, n.Name) != nil {
		o.refuse("42710", "the type %s exists already", n)
	}
}

// typeRelationFree notes that a relation with a row type has a new type's name.
func (o *of) typeRelationFree(n catalog.Name) {
	if r := o.c.Exists(n); r != nil && !r.IsIndex() && r.Kind != catalog.Sequence {
		o.refuse("42710", "%s is a %s, whose rows are a type of that name", n, r.Kind)
	}
}

// enumRefused notes what the server refuses of ADD VALUE (AddEnumLabel, pg_enum.c).
func (o *of) enumRefused(def *catalog.TypeDef, n *pg_query.AlterEnumStmt) {
	if o.c.Knows() && n.OldVal == "" && n.NewValNeighbor != "" && !slices.Contains(def.Labels, n.NewValNeighbor) {
		o.refuse("22023", "the enum has no value %s", n.NewValNeighbor)
	}
}

// sequenceRefused notes what the server refuses of a sequence's definition
// (init_params, sequence.c).
func (o *of) sequenceRefused(opts []*pg_query.Node) {
	if d := option(opts, "increment"); d != nil && constText(d.Arg) == "0" || d != nil && d.Arg.GetInteger() != nil && d.Arg.GetInteger().Ival == 0 {
		o.refuse("22023", "INCREMENT is not 0")
	}
	if t := optionType(opts); t != "" && !slices.Contains([]string{"smallint", "integer", "bigint", "int2", "int4", "int8"}, t) && o.c.LookupType("", t) == nil {
		o.refuse("22023", "a sequence is smallint, integer or bigint, not %s", t)
	}
}

// free notes that a relation certainly has the name that another is to get.
func (o *of) free(n catalog.Name) {
	if old := o.c.Exists(n); old != nil {
		o.refuse("42P07", "relation %s already exists", n)
	}
}

// viewRefused notes what the server refuses of the columns of a view, or of a table
// that a query makes (DefineView, view.c; DefineRelation).
func (o *of) viewRefused(res source, names []string) {
	if !res.sure {
		return
	}
	if len(names) > len(res.columns) {
		o.refuse("42601", "there are %d column names for %d columns", len(names), len(res.columns))
	}
	var all []string
	for i, c := range res.columns {
		name := c.Name
		if i < len(names) {
			name = names[i]
		}
		all = append(all, name)
	}
	if name := twice(all); name != "" {
		o.refuse("42701", "the column %s is specified twice", catalog.Quote(name))
	}
}

// readOnly notes that a view certainly takes no INSERT, UPDATE or DELETE
// (rewriteTargetView, rewriteHandler.c).
func (o *of) readOnly(r *catalog.Relation) {
	if r.Kind == catalog.View && o.c.Complete(r) && r.Base == 0 && len(r.Triggers) == 0 && len(r.Rules) == 0 {
		o.refuse("55000", "the view %s is not updatable", r.Name)
	}
}

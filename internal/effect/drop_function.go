package effect

import (
	"slices"

	"github.com/safemig/safemig/internal/catalog"
)

func callsAny(calls []catalog.OID, fns []*catalog.Function) bool {
	return slices.ContainsFunc(fns, func(f *catalog.Function) bool { return slices.Contains(calls, f.OID) })
}

// callers gives the relations of which a part goes with functions: tables with
// defaults, generated columns or CHECKs that call them, views, and indexes with
// their tables.
func (o *of) callers(fns []*catalog.Function) []*catalog.Relation {
	var out []*catalog.Relation
	for _, r := range o.c.MayCall("", fns) {
		switch {
		case r.IsIndex():
			if callsAny(r.IndexInfo.Calls, fns) {
				out = append(out, r)
				if t := o.c.Get(r.Table); t != nil && !slices.Contains(out, t) {
					out = append(out, t)
				}
			}
		case callsAny(r.ViewInfo.Calls, fns):
			out = append(out, o.viewsAbove(r)...)
		case slices.ContainsFunc(r.Columns, func(c catalog.Column) bool { return callsAny(c.Default.Calls, fns) }),
			slices.ContainsFunc(r.Constraints, func(k catalog.Constraint) bool { return callsAny(k.Calls, fns) }):
			if !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	return out
}

// dropCalls takes out what goes with functions: generated columns, defaults,
// CHECKs, indexes, views.
func dropCalls(c *catalog.Catalog, oid catalog.OID, fns []*catalog.Function) {
	r := c.Get(oid)
	switch {
	case r == nil:
		return
	case r.IsIndex():
		c.Drop(oid)
		return
	case callsAny(r.ViewInfo.Calls, fns):
		dropTree(c, oid)
		return
	}
	var gone []string
	r = c.Edit(oid)
	for i := range r.Columns {
		switch col := &r.Columns[i]; {
		case !callsAny(col.Default.Calls, fns):
		case col.Generated != 0:
			gone = append(gone, col.Name)
		default:
			col.Default = catalog.Default{}
		}
	}
	r.Constraints = slices.DeleteFunc(r.Constraints, func(k catalog.Constraint) bool { return callsAny(k.Calls, fns) })
	for _, name := range gone {
		removeColumn(c, oid, name)
	}
}

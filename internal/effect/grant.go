package effect

import (
	"slices"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// grant models GRANT and REVOKE on objects. Up to 17 no relation is locked, yet
// until the commit ANALYZE and CREATE INDEX wait for the row of pg_class that
// it changed; 18 locks the named relations ACCESS SHARE (ExecuteGrantStmt,
// aclchk.c), not those of ALL … IN SCHEMA.
func (o *of) grant(n *pg_query.GrantStmt) {
	op, kind := grantOp(n), relationKind(n.Objtype)
	if n.Objtype == pg_query.ObjectType_OBJECT_COLUMN {
		kind = ""
	}
	detail := grantDetail(n)
	if kind == "" || n.Targtype != pg_query.GrantTargetType_ACL_TARGET_OBJECT {
		what := objectWord(n.Objtype)
		if n.Targtype == pg_query.GrantTargetType_ACL_TARGET_ALL_IN_SCHEMA {
			what = "ALL " + what + "S IN SCHEMA"
		}
		for _, obj := range n.Objects {
			detail.Names = append(detail.Names, nameInList(obj))
		}
		o.add(Effect{Op: op, Object: what, Span: o.span(), Detail: detail})
		return
	}
	lock := NoLock
	if o.pg >= 18 {
		lock = AccessShare
	}
	for _, obj := range n.Objects {
		rv := obj.GetRangeVar()
		if rv == nil {
			continue
		}
		e := o.on(op, o.rel(rv, kind), lock)
		e.Object, e.Detail = objectWord(n.Objtype), detail
		if slices.Equal(detail.Privileges, []string{"select"}) && len(detail.Columns) > 0 {
			e.Column = detail.Columns[0]
		}
		o.add(e)
	}
}

func grantOp(n *pg_query.GrantStmt) Op {
	if n.GetIsGrant() {
		return Grant
	}
	return Revoke
}

// grantDetail reads what is granted and to whom; no privilege means all.
func grantDetail(n *pg_query.GrantStmt) Detail {
	var d Detail
	for _, p := range n.GetPrivileges() {
		a := p.GetAccessPriv()
		name := a.GetPrivName()
		if name == "" {
			name = "all" // ALL (columns)
		}
		d.Privileges = append(d.Privileges, name)
		d.Columns = append(d.Columns, texts(a.GetCols())...)
	}
	if len(n.GetPrivileges()) == 0 {
		d.Privileges = []string{"all"}
	}
	d.Grantees, d.ToPublic = roles(n.GetGrantees())
	d.Cascade = n.GetBehavior() == pg_query.DropBehavior_DROP_CASCADE
	return d
}

// nameInList gives the name of an object in a list: a schema, function, type, …
func nameInList(n *pg_query.Node) string {
	switch {
	case n.GetRangeVar() != nil:
		return catalog.Name{Schema: n.GetRangeVar().Schemaname, Name: n.GetRangeVar().Relname}.String()
	case n.GetObjectWithArgs() != nil:
		schema, name := qualified(n.GetObjectWithArgs().Objname)
		return catalog.Name{Schema: schema, Name: name}.String()
	case n.GetString_() != nil:
		return text(n)
	}
	return strings.Join(texts(listOf(n)), ".")
}

// grantRole models GRANT role TO role and its REVOKE.
func (o *of) grantRole(n *pg_query.GrantRoleStmt) {
	d := Detail{Cascade: n.Behavior == pg_query.DropBehavior_DROP_CASCADE}
	for _, r := range n.GrantedRoles {
		d.Names = append(d.Names, r.GetAccessPriv().GetPrivName())
	}
	d.Grantees, d.ToPublic = roles(n.GranteeRoles)
	op := Revoke
	if n.IsGrant {
		op = Grant
	}
	o.add(Effect{Op: op, Object: "ROLE", Span: o.span(), Detail: d})
}

// defaultPrivileges models ALTER DEFAULT PRIVILEGES: nothing that exists is touched.
func (o *of) defaultPrivileges(n *pg_query.AlterDefaultPrivilegesStmt) {
	d := grantDetail(n.Action)
	o.add(Effect{Op: grantOp(n.Action), Object: "DEFAULT PRIVILEGES", Span: o.span(), Detail: d})
}

// dropOwned models DROP OWNED BY: everything that the roles own in this
// database goes, and their privileges. Only owners that the migrations gave are
// known.
func (o *of) dropOwned(n *pg_query.DropOwnedStmt) {
	names, _ := roles(n.Roles)
	d := Detail{Grantees: names, Cascade: n.Behavior == pg_query.DropBehavior_DROP_CASCADE, Unknown: catalog.Yes}
	dr := &dropping{of: o, stmt: &pg_query.DropStmt{Behavior: n.Behavior}, cascade: d.Cascade, gone: map[catalog.OID]bool{}}
	owned := o.ownedByRoles(names)
	var reached []*catalog.Relation
	for _, r := range owned {
		reached = append(reached, dr.reach(r)...)
	}
	for _, r := range slices.Concat(owned, reached) {
		o.also(DropOwned, r, AccessExclusive, 0)
	}
	o.add(Effect{Op: DropOwned, Object: strings.Join(names, ", "), Span: o.span(), Detail: d,
		Change: func(c *catalog.Catalog) {
			for _, r := range owned {
				dropTree(c, r.OID)
			}
		}})
}

// reassignOwned models REASSIGN OWNED BY: every relation of the roles gets its
// new owner as by ALTER … OWNER TO (shdepReassignOwned, pg_shdepend.c).
func (o *of) reassignOwned(n *pg_query.ReassignOwnedStmt) {
	names, _ := roles(n.Roles)
	to := n.Newrole.GetRolename()
	o.add(Effect{Op: ChangeOwner, Object: "REASSIGN OWNED", Span: o.span(), Detail: Detail{Name: to, Grantees: names, Unknown: catalog.Yes}})
	for _, r := range o.ownedByRoles(names) {
		oid := r.OID
		e := o.on(Also, r, AccessExclusive)
		e.Via = ChangeOwner
		e.Change = func(c *catalog.Catalog) {
			if r := c.Edit(oid); r != nil {
				r.Owner = to
			}
		}
		o.add(e)
		o.alsoIndexes(ChangeOwner, r, AccessExclusive, 0)
		for _, s := range r.Seqs {
			o.also(ChangeOwner, o.c.Get(s), AccessExclusive, 0)
		}
	}
}

// ownedByRoles gives the relations, but no indexes, that are known to be owned
// by one of the roles.
func (o *of) ownedByRoles(names []string) []*catalog.Relation {
	return slices.DeleteFunc(o.c.Relations(), func(r *catalog.Relation) bool {
		return r.Owner == "" || r.IsIndex() || !slices.Contains(names, r.Owner)
	})
}

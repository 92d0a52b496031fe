package effect

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// createPolicy models CREATE POLICY: ACCESS EXCLUSIVE on the table, ACCESS
// SHARE on the tables of its subqueries (CreatePolicy, policy.c).
func (o *of) createPolicy(n *pg_query.CreatePolicyStmt) {
	r := o.rel(n.Table, catalog.Table)
	e := o.on(CreatePolicy, r, AccessExclusive)
	e.Object = n.PolicyName
	e.Detail.Grantees, e.Detail.ToPublic = roles(n.Roles)
	e.Detail.Name = n.CmdName
	if n.Permissive && (isTrue(n.Qual) || isTrue(n.WithCheck)) {
		e.Detail.Value = "true"
	}
	p := catalog.Policy{Name: n.PolicyName}
	o.policyUses(&p, n.Qual, n.WithCheck)
	o.policyRefused(r, n)
	oid := r.OID
	e.Change = func(c *catalog.Catalog) {
		if r := c.Edit(oid); r != nil {
			r.Policies = append(r.Policies, p)
		}
	}
	o.add(e)
	o.parsed(CreatePolicy, []*pg_query.Node{n.Qual, n.WithCheck}, nil)
}

// policyRefused notes what the server refuses of CREATE POLICY (policy.c).
func (o *of) policyRefused(r *catalog.Relation, n *pg_query.CreatePolicyStmt) {
	if o.c.Certain(r) && hangsOn(r, DropPolicy, n.PolicyName) {
		o.refuse("42710", "%s has a policy %s already", r.Name, catalog.Quote(n.PolicyName))
	}
	switch {
	case n.CmdName == "insert" && n.Qual != nil:
		o.refuse("42601", "a policy FOR INSERT has WITH CHECK, not USING")
	case (n.CmdName == "select" || n.CmdName == "delete") && n.WithCheck != nil:
		o.refuse("42601", "a policy FOR SELECT or DELETE has USING, not WITH CHECK")
	}
	for _, expr := range []*pg_query.Node{n.Qual, n.WithCheck} {
		if len(o.relationsIn(expr)) == 0 {
			o.mentions(r, columnsIn(expr))
		}
	}
}

// isTrue tells whether an expression is the constant true.
func isTrue(n *pg_query.Node) bool { return n.GetAConst().GetBoolval().GetBoolval() }

// alterPolicy models ALTER POLICY, which locks as CREATE POLICY does.
func (o *of) alterPolicy(n *pg_query.AlterPolicyStmt) {
	r := o.rel(n.Table, catalog.Table)
	o.hangs(r, DropPolicy, n.PolicyName)
	e := o.on(AlterPolicy, r, AccessExclusive)
	e.Object = n.PolicyName
	e.Detail.Grantees, e.Detail.ToPublic = roles(n.Roles)
	p := catalog.Policy{Name: n.PolicyName}
	o.policyUses(&p, n.Qual, n.WithCheck)
	oid := r.OID
	e.Change = func(c *catalog.Catalog) {
		r := c.Edit(oid)
		if r == nil {
			return
		}
		at := slices.IndexFunc(r.Policies, func(old catalog.Policy) bool { return old.Name == p.Name })
		switch {
		case at < 0:
			r.Policies = append(r.Policies, p)
		case n.Qual != nil && n.WithCheck != nil:
			r.Policies[at] = p
		default: // the other expression stays: what it uses is still used
			r.Policies[at] = catalog.Policy{Name: p.Name, Columns: slices.Concat(r.Policies[at].Columns, p.Columns),
				Uses: slices.Concat(r.Policies[at].Uses, p.Uses)}
		}
	}
	o.add(e)
	o.parsed(AlterPolicy, []*pg_query.Node{n.Qual, n.WithCheck}, nil)
}

// policyUses reads the columns and relations that a policy's expressions mention.
func (o *of) policyUses(p *catalog.Policy, exprs ...*pg_query.Node) {
	p.Columns = columnsIn(exprs)
	for _, r := range o.relationsIn(exprs) {
		p.Uses = append(p.Uses, r.OID)
	}
}

// roles gives the names of roles; public tells whether PUBLIC is among them.
func roles(ns []*pg_query.Node) (names []string, public bool) {
	for _, n := range ns {
		r := n.GetRoleSpec()
		switch r.GetRoletype() {
		case pg_query.RoleSpecType_ROLESPEC_PUBLIC:
			public = true
		case pg_query.RoleSpecType_ROLESPEC_CSTRING:
			names = append(names, r.GetRolename())
		case pg_query.RoleSpecType_ROLESPEC_CURRENT_USER:
			names = append(names, "current_user")
		case pg_query.RoleSpecType_ROLESPEC_SESSION_USER:
			names = append(names, "session_user")
		case pg_query.RoleSpecType_ROLESPEC_CURRENT_ROLE:
			names = append(names, "current_role")
		}
	}
	return names, public
}

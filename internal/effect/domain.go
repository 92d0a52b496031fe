package effect

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/pgsql"
)

// createDomain models CREATE DOMAIN: no relation is locked.
func (o *of) createDomain(n *pg_query.CreateDomainStmt) {
	schema, name := qualified(n.Domainname)
	t := catalog.TypeDef{Kind: catalog.Domain, Base: o.typeOf(n.TypeName)}
	for _, k := range n.Constraints {
		o.domainConstraint(&t, name, k.GetConstraint())
	}
	if base := o.c.Type(t.Base); base != nil && base.Kind == catalog.Domain && !t.Base.Array && !t.Default.Set {
		t.Default = base.Default // copied when the domain is made (DefineDomain, typecmds.c)
	}
	t.Name = o.c.Create(schema, name)
	o.createType(n.Domainname, "CREATE DOMAIN", t)
}

// domainConstraint reads a constraint of a domain into its definition.
func (o *of) domainConstraint(t *catalog.TypeDef, domain string, k *pg_query.Constraint) {
	switch k.GetContype() {
	case pg_query.ConstrType_CONSTR_NOTNULL:
		t.NotNull = true
	case pg_query.ConstrType_CONSTR_DEFAULT:
		t.Default = o.defaultOf(k.RawExpr)
	case pg_query.ConstrType_CONSTR_CHECK:
		t.Constraints = append(t.Constraints, o.domainCheck(t, domain, k))
	}
}

// domainCheck reads a CHECK of a domain, with the name that the server would
// choose (ChooseConstraintName, pg_constraint.c).
func (o *of) domainCheck(t *catalog.TypeDef, domain string, k *pg_query.Constraint) catalog.Constraint {
	out := catalog.Constraint{Name: k.Conname, Kind: catalog.Check, Expr: o.exprText(k.RawExpr),
		NotValid: k.SkipValidation, Tx: o.c.Tx}
	taken := &catalog.Relation{Name: catalog.Name{Name: domain}, Constraints: t.Constraints}
	if out.Name == "" {
		out.Name = constraintName(taken, "", "check")
	}
	out.Terms, out.AllTerms = terms(k.RawExpr)
	return out
}

// alterDomain models ALTER DOMAIN. What makes the server check stored values
// locks every table with a column of the domain SHARE and reads it whole
// (get_rels_with_domain, typecmds.c); the rest locks no relation.
func (o *of) alterDomain(n *pg_query.AlterDomainStmt) {
	schema, name := qualified(n.TypeName)
	def := o.c.LookupType(schema, name)
	e := Effect{Op: AlterDomain, Target: o.c.Create(schema, name), Span: o.span()}
	if def != nil {
		e.Target, e.OID = def.Name, def.OID
		e.New = def.Tx != 0 && def.Tx == o.c.Tx
	} else {
		e.Detail.Unknown = catalog.Yes // no migration created it: tables with a column of it are not all known
		def = &catalog.TypeDef{Name: e.Target, Kind: catalog.Domain}
	}
	e.Detail.Name, e.Detail.IfExists = n.Name, n.MissingOk
	e.Detail.Cascade = n.Behavior == pg_query.DropBehavior_DROP_CASCADE
	checks := o.domainAction(&e, n, def)
	var users []domainUser
	if checks {
		users = o.domainUsers(def)
		if stored := o.domainStored(def); stored != "" {
			e.Detail.Fails, e.Detail.SQLState = "the column "+stored+" stores the domain within another type", "0A000"
		}
		e.Work = Scan
		e.Why = "the values of every column of the domain are checked"
	}
	o.add(e)
	for _, u := range users {
		x := o.on(Also, u.rel, Share)
		x.Via, x.Column = AlterDomain, u.column
		x.Work = o.work(u.rel, Scan)
		x.Brief = x.Work == 0 // looked at, and let go: it has no rows of its own
		o.add(x)
	}
}

// domainAction reads the action into the effect and tells whether stored values
// are checked.
func (o *of) domainAction(e *Effect, n *pg_query.AlterDomainStmt, def *catalog.TypeDef) (checks bool) {
	oid := def.OID
	edit := func(f func(*catalog.TypeDef)) catalog.Change {
		return func(c *catalog.Catalog) {
			if t := c.EditType(oid); t != nil {
				f(t)
			}
		}
	}
	switch n.Subtype {
	case "T": // SET DEFAULT, DROP DEFAULT
		e.Object = "DROP DEFAULT"
		var d catalog.Default
		if n.Def != nil {
			e.Object, d = "SET DEFAULT", o.defaultOf(n.Def)
		}
		e.Change = edit(func(t *catalog.TypeDef) { t.Default = d })
	case "N":
		e.Object = "DROP NOT NULL"
		e.Change = edit(func(t *catalog.TypeDef) { t.NotNull = false })
	case "O":
		e.Object, e.Detail.NotNull, e.NoOp = "SET NOT NULL", true, def.NotNull
		e.Change = edit(func(t *catalog.TypeDef) { t.NotNull = true })
		return !def.NotNull
	case "C":
		return o.domainAdd(e, n.Def.GetConstraint(), def, edit)
	case "X":
		e.Object = "DROP CONSTRAINT"
		name := n.Name
		e.Change = edit(func(t *catalog.TypeDef) {
			t.Constraints = slices.DeleteFunc(t.Constraints, func(k catalog.Constraint) bool { return k.Name == name })
		})
	case "V":
		e.Object = "VALIDATE CONSTRAINT"
		name := n.Name
		e.Change = edit(func(t *catalog.TypeDef) {
			for i := range t.Constraints {
				if t.Constraints[i].Name == name {
					t.Constraints[i].NotValid = false
				}
			}
		})
		return true // one that is valid is checked again
	default:
		e.Op = Unknown
	}
	return false
}

// domainAdd reads ADD CONSTRAINT.
func (o *of) domainAdd(e *Effect, k *pg_query.Constraint, def *catalog.TypeDef, edit func(func(*catalog.TypeDef)) catalog.Change) bool {
	e.Object = "ADD CONSTRAINT"
	e.Detail.Name, e.Detail.NotValid = k.GetConname(), k.GetSkipValidation()
	if k.GetContype() == pg_query.ConstrType_CONSTR_NOTNULL || o.newer(pgsql.KindDomainNotNull) != nil {
		e.Detail.NotNull, e.NoOp = true, def.NotNull
		e.Change = edit(func(t *catalog.TypeDef) { t.NotNull = true })
		return !def.NotNull
	}
	check := o.domainCheck(def, def.Name.Name, k)
	e.Detail.Name = check.Name
	e.Change = edit(func(t *catalog.TypeDef) { t.Constraints = append(t.Constraints, check) })
	return !check.NotValid
}

// domainUser is a relation with a column of a domain.
type domainUser struct {
	rel    *catalog.Relation
	column string
}

// domainUsers gives the relations with a column of the domain, or of a domain
// over it.
func (o *of) domainUsers(def *catalog.TypeDef) []domainUser {
	over := o.domainsOver(def)
	var out []domainUser
	for _, r := range o.c.Relations() {
		for _, c := range r.Columns {
			if !c.Type.Array && over[catalog.Name{Schema: c.Type.Schema, Name: c.Type.Name}] && !r.IsIndex() {
				out = append(out, domainUser{r, c.Name})
				break
			}
		}
	}
	return out
}

// domainsOver gives the domain and all domains over it, by name.
func (o *of) domainsOver(def *catalog.TypeDef) map[catalog.Name]bool {
	over := map[catalog.Name]bool{def.Name: true}
	for grown := true; grown; {
		grown = false
		for _, t := range o.c.Types() {
			if t.Kind == catalog.Domain && !t.Base.Array && over[catalog.Name{Schema: t.Base.Schema, Name: t.Base.Name}] && !over[t.Name] {
				over[t.Name], grown = true, true
			}
		}
	}
	return over
}

// domainStored gives a column that stores the domain as an array or within a
// row type: the server cannot check those and refuses.
func (o *of) domainStored(def *catalog.TypeDef) string {
	over := o.domainsOver(def)
	for _, r := range o.c.Relations() {
		for _, c := range r.Columns {
			if !over[catalog.Name{Schema: c.Type.Schema, Name: c.Type.Name}] {
				continue
			}
			if c.Type.Array && (r.Kind == catalog.Table || r.Kind == catalog.PartitionedTable || r.Kind == catalog.MatView) {
				return r.Name.Short() + "." + c.Name
			}
			if user := o.usesType(r); user != "" {
				return user
			}
		}
	}
	return ""
}

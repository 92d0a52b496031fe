package effect

import (
	"fmt"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/pgsql"
)

// columnDef is a column definition as read, with what it costs to add it to a
// table that has rows.
type columnDef struct {
	col         catalog.Column
	serial      bool   // a sequence is created for it
	rewrite     string // why adding it rewrites the table, "" where it does not
	cause       Cause  // with rewrite
	rawDefault  bool   // a DEFAULT clause is there, if only NULL
	constraints []*pg_query.Constraint
}

// columnDef reads a column definition of CREATE TABLE or ADD COLUMN.
func (o *of) columnDef(d *pg_query.ColumnDef) columnDef {
	out := columnDef{col: catalog.Column{Name: d.Colname, Type: o.typeOf(d.GetTypeName())}}
	c := &out.col
	if base, ok := serials[c.Type.Name]; ok && c.Type.Schema == "" {
		c.Type.Name = base
		c.NotNull, out.serial, out.rawDefault = true, true, true
		c.Default = catalog.Default{Set: true, Text: "nextval(…)", Volatile: catalog.Yes}
		out.rewrite, out.cause = "the sequence gives every row its own value", BySerial
	}
	if d.CollClause != nil {
		_, c.Collation = qualified(d.CollClause.Collname)
	}
	if d.RawDefault != nil {
		o.columnDefault(&out, d.RawDefault)
	}
	for _, n := range d.Constraints {
		o.columnConstraint(&out, n.GetConstraint())
	}
	o.domainDefault(&out)
	o.definition(d, &out)
	return out
}

func (o *of) columnConstraint(out *columnDef, k *pg_query.Constraint) {
	c := &out.col
	switch k.GetContype() {
	case pg_query.ConstrType_CONSTR_NOTNULL:
		c.NotNull, c.NotNullBy = true, k.Conname
	case pg_query.ConstrType_CONSTR_DEFAULT:
		o.columnDefault(out, k.RawExpr)
	case pg_query.ConstrType_CONSTR_IDENTITY:
		c.NotNull, c.Identity, out.serial = true, k.GeneratedWhen[0], true
		out.rewrite, out.cause = "the identity sequence gives every row its own value", ByIdentity
	case pg_query.ConstrType_CONSTR_GENERATED:
		c.Generated, c.GenUses, c.Default.Calls = 's', columnsIn(k.RawExpr), o.callsIn(k.RawExpr)
		if o.newerColumn(pgsql.KindVirtual, c.Name) != nil {
			c.Generated = 'v'
		} else {
			out.rewrite, out.cause = "the generated value is computed for every row", ByGenerated
		}
	case pg_query.ConstrType_CONSTR_PRIMARY:
		c.NotNull = true
		out.constraints = append(out.constraints, k)
	case pg_query.ConstrType_CONSTR_CHECK, pg_query.ConstrType_CONSTR_UNIQUE, pg_query.ConstrType_CONSTR_EXCLUSION,
		pg_query.ConstrType_CONSTR_FOREIGN:
		out.constraints = append(out.constraints, k)
	case pg_query.ConstrType_CONSTR_ATTR_DEFERRABLE, pg_query.ConstrType_CONSTR_ATTR_DEFERRED:
		if n := len(out.constraints); n > 0 {
			last := out.constraints[n-1]
			last.Deferrable = true
			last.Initdeferred = last.Initdeferred || k.Contype == pg_query.ConstrType_CONSTR_ATTR_DEFERRED
		}
	}
}

// columnDefault judges a DEFAULT: a constant or stable expression is computed
// once and stored in the catalog, a volatile one forces a rewrite
// (ATExecAddColumn, tablecmds.c: contain_volatile_functions).
func (o *of) columnDefault(out *columnDef, expr *pg_query.Node) {
	out.rawDefault = true
	o.defaultColumns(expr)
	o.fits(expr, out.col.Type, "the default of "+catalog.Quote(out.col.Name))
	d := o.defaultOf(expr)
	out.col.Default = d
	if d.Volatile == catalog.Yes {
		out.rewrite, out.cause = fmt.Sprintf("the default %s is volatile: it is computed for every row", orExpr(d.Text)), ByDefault
	}
}

func (o *of) defaultOf(expr *pg_query.Node) catalog.Default {
	d := catalog.Default{Set: !isNull(expr), Text: o.exprText(expr), Volatile: o.volatile(expr), Calls: o.callsIn(expr)}
	pgsql.Walk(expr, func(n any) bool {
		if f, ok := n.(*pg_query.FuncCall); ok && len(f.Args) == 1 {
			if _, name := qualified(f.Funcname); name == "nextval" {
				if s := o.sequenceNamed(constText(f.Args[0])); s != nil {
					d.Sequence = s.OID
				}
			}
		}
		return true
	})
	return d
}

// domainDefault adds what a domain brings: "domain with a constraint" always
// rewrites, even for a NULL; a volatile default of the domain does from 13 on
// (ATExecAddColumn, tablecmds.c: DomainHasConstraints).
func (o *of) domainDefault(out *columnDef) {
	t := o.c.Type(out.col.Type)
	if t == nil || t.Kind != catalog.Domain || out.col.Type.Array {
		return
	}
	if o.domainConstrained(t) {
		out.rewrite, out.cause = fmt.Sprintf("the domain %s has a constraint: every row is checked", t.Name.Short()), ByDomain
		return
	}
	if !out.rawDefault && t.Default.Set {
		out.col.Default = t.Default
		if t.Default.Volatile == catalog.Yes && o.pg >= 13 {
			out.rewrite, out.cause = fmt.Sprintf("the default of domain %s is volatile: it is computed for every row", t.Name.Short()), ByDefault
		}
	}
}

// domainConstrained tells whether a domain, or one that it is over, has a CHECK
// or NOT NULL.
func (o *of) domainConstrained(t *catalog.TypeDef) bool {
	for range 32 {
		if t == nil || t.Kind != catalog.Domain {
			return false
		}
		if t.NotNull || len(t.Constraints) > 0 {
			return true
		}
		if t.Base.Array {
			return false
		}
		t = o.c.Type(t.Base)
	}
	return false
}

// sequenceNamed finds the sequence of a nextval('name') argument.
func (o *of) sequenceNamed(lit string) *catalog.Relation {
	if lit == "" {
		return nil
	}
	schema, name := splitName(lit)
	return o.known(schema, name)
}

// splitName splits a name as regclass reads it: quoted parts keep their case.
func splitName(s string) (schema, name string) {
	var parts []string
	cur, quoted, closed := "", false, false
	for _, ch := range s {
		again := ch == '"' && closed // a doubled quote stands for itself
		closed = false
		switch {
		case ch == '"':
			closed, quoted = quoted, !quoted
			if again {
				cur += `"`
			}
		case ch == '.' && !quoted:
			parts, cur = append(parts, cur), ""
		case !quoted && 'A' <= ch && ch <= 'Z':
			cur += string(ch + 32)
		default:
			cur += string(ch)
		}
	}
	if len(parts) > 0 {
		schema = parts[len(parts)-1]
	}
	return schema, cur
}

func orExpr(s string) string {
	if s == "" {
		return "expression"
	}
	return s
}

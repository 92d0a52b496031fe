package effect

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"

	"github.com/safemig/safemig/internal/catalog"
)

// database models statements about what stands beside or above tables:
// databases, tablespaces, roles, schemas, extensions, foreign servers, languages
// and the like. None locks a relation of the user's, except through the
// elements of CREATE SCHEMA and the table of CREATE FOREIGN TABLE.
func (o *of) database(n *pg_query.Node) bool {
	switch s := n.Node.(type) {
	case *pg_query.Node_CreateSchemaStmt:
		o.createSchema(s.CreateSchemaStmt)
	case *pg_query.Node_CreateForeignTableStmt:
		o.createForeignTable(s.CreateForeignTableStmt)
	case *pg_query.Node_ImportForeignSchemaStmt:
		o.unknown("IMPORT FOREIGN SCHEMA") // the other server decides which tables it makes
	case *pg_query.Node_CreateExtensionStmt:
		x := catalog.Object{Kind: "extension", Name: catalog.Name{Name: s.CreateExtensionStmt.Extname}}
		o.add(Effect{Op: CreateExtension, Object: x.Name.Name, Span: o.span(), Detail: Detail{IfExists: s.CreateExtensionStmt.IfNotExists},
			Change: func(c *catalog.Catalog) { c.AddObject(x) }})
	case *pg_query.Node_DropdbStmt:
		o.noTransaction("DROP DATABASE")
		o.add(Effect{Op: DropDatabase, Object: s.DropdbStmt.Dbname, Span: o.span(), Detail: Detail{IfExists: s.DropdbStmt.MissingOk}})
	case *pg_query.Node_AlterDatabaseStmt:
		for _, x := range s.AlterDatabaseStmt.Options {
			if x.GetDefElem().GetDefname() == "tablespace" {
				o.noTransaction("ALTER DATABASE SET TABLESPACE")
			}
		}
		o.other(Other, "ALTER DATABASE", nil)
	default:
		return o.outside(n) || o.besideTables(n)
	}
	return true
}

// outside models statements that reach beyond the database and are refused in a
// transaction block (standard_ProcessUtility, utility.c).
func (o *of) outside(n *pg_query.Node) bool {
	var what string
	switch n.Node.(type) {
	case *pg_query.Node_CreatedbStmt:
		what = "CREATE DATABASE"
	case *pg_query.Node_CreateTableSpaceStmt:
		what = "CREATE TABLESPACE"
	case *pg_query.Node_DropTableSpaceStmt:
		what = "DROP TABLESPACE"
	case *pg_query.Node_AlterSystemStmt:
		what = "ALTER SYSTEM"
	default:
		return false
	}
	o.noTransaction(what)
	o.other(Other, what, nil)
	return true
}

// besideTables models statements that lock no relation and are allowed anywhere.
func (o *of) besideTables(n *pg_query.Node) bool {
	what := ""
	switch s := n.Node.(type) {
	case *pg_query.Node_CreateRoleStmt:
		o.role("CREATE ROLE", s.CreateRoleStmt.Role, s.CreateRoleStmt.Options)
		return true
	case *pg_query.Node_AlterRoleStmt:
		o.role("ALTER ROLE", s.AlterRoleStmt.Role.GetRolename(), s.AlterRoleStmt.Options)
		return true
	case *pg_query.Node_AlterDatabaseSetStmt, *pg_query.Node_AlterDatabaseRefreshCollStmt:
		what = "ALTER DATABASE"
	case *pg_query.Node_AlterTableSpaceOptionsStmt:
		what = "ALTER TABLESPACE"
	case *pg_query.Node_AlterRoleSetStmt:
		what = "ALTER ROLE"
	case *pg_query.Node_DropRoleStmt:
		what = "DROP ROLE"
	case *pg_query.Node_GrantRoleStmt:
		what = "GRANT role"
	case *pg_query.Node_AlterDefaultPrivilegesStmt:
		what = "ALTER DEFAULT PRIVILEGES"
	case *pg_query.Node_CreateFdwStmt, *pg_query.Node_AlterFdwStmt:
		what = "FOREIGN DATA WRAPPER"
	case *pg_query.Node_CreateForeignServerStmt, *pg_query.Node_AlterForeignServerStmt:
		what = "SERVER"
	case *pg_query.Node_CreateUserMappingStmt, *pg_query.Node_AlterUserMappingStmt, *pg_query.Node_DropUserMappingStmt:
		what = "USER MAPPING"
	case *pg_query.Node_CreatePlangStmt:
		what = "CREATE LANGUAGE"
	case *pg_query.Node_CreateConversionStmt:
		what = "CREATE CONVERSION"
	case *pg_query.Node_CreateCastStmt:
		what = "CREATE CAST"
	case *pg_query.Node_CreateTransformStmt:
		what = "CREATE TRANSFORM"
	case *pg_query.Node_CreateAmStmt:
		what = "CREATE ACCESS METHOD"
	case *pg_query.Node_CreateOpClassStmt, *pg_query.Node_CreateOpFamilyStmt, *pg_query.Node_AlterOpFamilyStmt:
		what = "OPERATOR CLASS"
	case *pg_query.Node_AlterOperatorStmt:
		what = "ALTER OPERATOR"
	case *pg_query.Node_CreateEventTrigStmt, *pg_query.Node_AlterEventTrigStmt:
		what = "EVENT TRIGGER"
	case *pg_query.Node_AlterTsdictionaryStmt, *pg_query.Node_AlterTsconfigurationStmt:
		what = "ALTER TEXT SEARCH"
	case *pg_query.Node_AlterCollationStmt:
		what = "ALTER COLLATION"
	case *pg_query.Node_AlterExtensionStmt, *pg_query.Node_AlterExtensionContentsStmt:
		what = "ALTER EXTENSION"
	default:
		return false
	}
	o.other(Other, what, nil)
	return true
}

// role models CREATE and ALTER ROLE: what a role may do is said in Privileges; a
// password that stands in the text as such, not as a hash, in Value.
func (o *of) role(what, name string, options []*pg_query.Node) {
	e := Effect{Op: Role, Object: what, Span: o.span(), Detail: Detail{Name: name}}
	for _, n := range options {
		switch d := n.GetDefElem(); d.GetDefname() {
		case "superuser", "bypassrls", "createrole":
			if boolOf(d.Arg) {
				e.Detail.Privileges = append(e.Detail.Privileges, d.Defname)
			}
		case "password":
			if p := d.Arg.GetString_().GetSval(); p != "" && !hashed(p) {
				e.Detail.Value = "password"
			}
		}
	}
	o.add(e)
}

// hashed tells whether a password is given as what the server stores of it
// (get_password_type, crypt.c).
func hashed(p string) bool {
	return strings.HasPrefix(p, "md5") && len(p) == 35 || strings.HasPrefix(p, "SCRAM-SHA-256$")
}

// createSchema models CREATE SCHEMA and its elements, which are statements of
// their own in the new schema (transformCreateSchemaStmtElements, parse_utilcmd.c).
func (o *of) createSchema(n *pg_query.CreateSchemaStmt) {
	name := n.Schemaname
	if name == "" {
		name = n.GetAuthrole().GetRolename()
	}
	e := Effect{Op: CreateSchema, Target: catalog.Name{Name: name}, Object: name, Span: o.span(), Detail: Detail{IfExists: n.IfNotExists}}
	switch {
	case !o.c.Schema(name):
		e.Change = func(c *catalog.Catalog) { c.AddSchema(name) }
	case n.IfNotExists:
		e.NoOp = true
	default:
		e.Detail.Fails, e.Detail.SQLState = "schema "+catalog.Quote(name)+" already exists", "42P06"
	}
	o.add(e)
	for _, x := range n.SchemaElts {
		o.nested(inSchema(x, name), name)
	}
}

// inSchema gives a copy of a schema element whose own relation stands in the schema.
func inSchema(n *pg_query.Node, schema string) *pg_query.Node {
	n = proto.Clone(n).(*pg_query.Node)
	rv := n.GetCreateStmt().GetRelation()
	for _, v := range []*pg_query.RangeVar{n.GetViewStmt().GetView(), n.GetIndexStmt().GetRelation(),
		n.GetCreateSeqStmt().GetSequence(), n.GetCreateTrigStmt().GetRelation()} {
		if v != nil {
			rv = v
		}
	}
	if rv != nil && rv.Schemaname == "" {
		rv.Schemaname = schema
	}
	return n
}

// nested models a statement within the statement, with a schema first in
// search_path. Its changes are applied as they come and rolled back with the rest.
func (o *of) nested(n *pg_query.Node, schema string) {
	path, had := o.c.Setting("search_path")
	if !had {
		path = "public"
	}
	o.c.Set("search_path", catalog.Quote(schema)+", "+path, true)
	stmt := *o.s
	stmt.Node = n
	in := &of{s: &stmt, c: o.c, pg: o.pg}
	in.statement(n)
	o.out = append(o.out, in.out...)
	o.c.Set("search_path", path, true)
}

// createForeignTable models CREATE FOREIGN TABLE, which is CREATE TABLE in all
// that it locks.
func (o *of) createForeignTable(n *pg_query.CreateForeignTableStmt) {
	before := len(o.out)
	o.createTable(n.BaseStmt)
	for i := before; i < len(o.out); i++ {
		e := &o.out[i]
		if e.Op != CreateTable || e.NoOp || e.Kind == "" {
			continue
		}
		e.Kind = catalog.ForeignTable
		name, change := e.Target, e.Change
		foreign := func(c *catalog.Catalog) {
			if r := c.Lookup(name); r != nil {
				c.Edit(r.OID).Kind = catalog.ForeignTable
			}
		}
		foreign(o.c)
		e.Change = func(c *catalog.Catalog) {
			c.Apply(change)
			foreign(c)
		}
	}
}

package effect

import (
	"slices"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// functions models what makes and changes functions and the other objects that
// hang on no table. It tells whether the statement is one of them.
func (o *of) functions(n *pg_query.Node) bool {
	switch n := n.GetNode().(type) {
	case *pg_query.Node_CreateFunctionStmt:
		o.createFunction(n.CreateFunctionStmt)
	case *pg_query.Node_AlterFunctionStmt:
		o.alterFunction(n.AlterFunctionStmt)
	case *pg_query.Node_CreateExtensionStmt:
		o.createExtension(n.CreateExtensionStmt)
	case *pg_query.Node_AlterExtensionStmt:
		o.updateExtension(n.AlterExtensionStmt)
	case *pg_query.Node_AlterExtensionContentsStmt:
		o.extensionMember(n.AlterExtensionContentsStmt)
	case *pg_query.Node_GrantRoleStmt:
		o.grantRole(n.GrantRoleStmt)
	case *pg_query.Node_AlterDefaultPrivilegesStmt:
		o.defaultPrivileges(n.AlterDefaultPrivilegesStmt)
	default:
		what := catalogOnly(n)
		if what == "" {
			return false
		}
		var change catalog.Change
		if _, cast := n.(*pg_query.Node_CreateCastStmt); cast {
			change = strangeCasts
		}
		o.other(Other, what, change)
	}
	return true
}

// strangeCasts notes that there are casts or operators besides the server's own: of no
// two types it is certain any more that they do not go together.
func strangeCasts(c *catalog.Catalog) { c.AddObject(catalog.Object{Kind: "cast"}) }

// catalogOnly names the statements that write rows of the server's catalogs and
// lock no relation of the user, "" for all others.
func catalogOnly(n any) string {
	switch n.(type) {
	case *pg_query.Node_CreateEventTrigStmt:
		return "CREATE EVENT TRIGGER"
	case *pg_query.Node_AlterEventTrigStmt:
		return "ALTER EVENT TRIGGER"
	case *pg_query.Node_CreateCastStmt:
		return "CREATE CAST"
	case *pg_query.Node_CreateOpClassStmt:
		return "CREATE OPERATOR CLASS"
	case *pg_query.Node_CreateOpFamilyStmt:
		return "CREATE OPERATOR FAMILY"
	case *pg_query.Node_AlterOpFamilyStmt:
		return "ALTER OPERATOR FAMILY"
	case *pg_query.Node_AlterOperatorStmt:
		return "ALTER OPERATOR"
	case *pg_query.Node_CreateConversionStmt:
		return "CREATE CONVERSION"
	case *pg_query.Node_CreateTransformStmt:
		return "CREATE TRANSFORM"
	case *pg_query.Node_CreatePlangStmt:
		return "CREATE LANGUAGE"
	case *pg_query.Node_AlterTsdictionaryStmt:
		return "ALTER TEXT SEARCH DICTIONARY"
	case *pg_query.Node_AlterTsconfigurationStmt:
		return "ALTER TEXT SEARCH CONFIGURATION"
	case *pg_query.Node_CreateAmStmt:
		return "CREATE ACCESS METHOD"
	case *pg_query.Node_AlterCollationStmt:
		return "ALTER COLLATION REFRESH VERSION"
	}
	return ""
}

// createFunction models CREATE FUNCTION and PROCEDURE. A body is not run; one
// in LANGUAGE sql is parsed, which locks the tables that it names
// (fmgr_sql_validator, pg_proc.c), bodies of other languages lock nothing.
func (o *of) createFunction(n *pg_query.CreateFunctionStmt) {
	schema, name := qualified(n.Funcname)
	f := catalog.Function{Name: o.c.Create(schema, name), Args: o.argTypes(n.Parameters), Volatility: 'v', Procedure: n.IsProcedure}
	e := Effect{Op: CreateFunction, Target: f.Name, Span: o.span(), Detail: Detail{Replace: n.Replace}}
	e.Object = "CREATE FUNCTION"
	if n.IsProcedure {
		e.Object = "CREATE PROCEDURE"
	}
	functionOptions(&f, &e.Detail, n.Options)
	o.signature(&f, n)
	o.replaces(&f, n.Replace)
	var body []*pg_query.Node
	o.c.Loose = true // a body may be checked or not: check_function_bodies
	switch {
	case n.SqlBody != nil:
		f.Language, body = "sql", atomicBody(n.SqlBody)
		for _, r := range o.relationsIn(body) {
			f.Uses = append(f.Uses, r.OID)
		}
	case f.Language == "sql" && o.checksBodies() && !polymorphic(n.Parameters):
		body = o.sqlBody(f.Body)
	}
	e.Detail.Value, e.Detail.Volatility = f.Language, f.Volatility
	for _, old := range o.c.Functions(f.Name.Schema, f.Name.Name) {
		if slices.Equal(old.Args, f.Args) {
			e.Detail.OldVolatility = old.Volatility
			e.OID, e.NoOp = old.OID, old.Body == f.Body && old.Body != "" && old.Volatility == f.Volatility
		}
	}
	e.Change = func(c *catalog.Catalog) { c.AddFunction(f) }
	o.add(e)
	o.body = true
	for _, stmt := range body {
		o.storedQuery(stmt)
	}
	o.body = false
}

// functionOptions reads AS, LANGUAGE, volatility, SECURITY and SET.
func functionOptions(f *catalog.Function, d *Detail, opts []*pg_query.Node) {
	for _, n := range opts {
		e := n.GetDefElem()
		switch e.GetDefname() {
		case "as":
			if l := listOf(e.Arg); len(l) > 0 {
				f.Body = text(l[0])
			}
		case "language":
			f.Language = strings.ToLower(optionText(e.Arg))
		case "volatility":
			if v := optionText(e.Arg); v != "" {
				f.Volatility = v[0]
			}
		case "security":
			d.SecurityDefiner = boolOf(e.Arg)
		case "set":
			if s := e.Arg.GetVariableSetStmt(); s.GetName() == "search_path" {
				d.SearchPathSet = s.Kind != pg_query.VariableSetKind_VAR_RESET && s.Kind != pg_query.VariableSetKind_VAR_SET_DEFAULT
			}
		}
	}
}

// argTypes gives the types of the arguments that a call passes.
func (o *of) argTypes(params []*pg_query.Node) []string {
	var out []string
	for _, n := range params {
		p := n.GetFunctionParameter()
		switch p.GetMode() {
		case pg_query.FunctionParameterMode_FUNC_PARAM_OUT, pg_query.FunctionParameterMode_FUNC_PARAM_TABLE:
			continue
		}
		if p != nil {
			out = append(out, o.argType(p.ArgType))
		}
	}
	return out
}

// argType writes the type of an argument: lengths and precisions are left out, as the
// server does (compute_return_type, functioncmds.c).
func (o *of) argType(t *pg_query.TypeName) string {
	typ := o.typeOf(t)
	typ.Mods = nil
	return typeSQL(typ)
}

// findFunction finds the function that a name with arguments means; nil where
// it is not known or not one.
func (o *of) findFunction(f *pg_query.ObjectWithArgs) *catalog.Function {
	fs := o.c.Functions(qualified(f.GetObjname()))
	if f.GetArgsUnspecified() {
		if len(fs) == 1 {
			return fs[0]
		}
		return nil
	}
	var args []string
	for _, a := range f.GetObjargs() {
		if t := a.GetTypeName(); t != nil {
			args = append(args, o.argType(t))
		}
	}
	for _, fn := range fs {
		if strings.Join(fn.Args, "\x00") == strings.Join(args, "\x00") {
			return fn
		}
	}
	return nil
}

// alterFunction models ALTER FUNCTION, PROCEDURE and ROUTINE with actions.
func (o *of) alterFunction(n *pg_query.AlterFunctionStmt) {
	schema, name := qualified(n.Func.GetObjname())
	e := Effect{Op: AlterFunction, Target: o.c.Create(schema, name), Object: "ALTER " + objectWord(n.Objtype), Span: o.span()}
	if f := o.findFunction(n.Func); f != nil {
		e.Target, e.OID = f.Name, f.OID
		next := *f
		functionOptions(&next, &e.Detail, n.Actions)
		e.Detail.Volatility, e.Detail.OldVolatility = next.Volatility, f.Volatility
		e.Change = func(c *catalog.Catalog) { c.AddFunction(next) }
	} else {
		o.notTheFunction(n.Func, e.Target, false)
		functionOptions(&catalog.Function{}, &e.Detail, n.Actions)
	}
	o.add(e)
}

package effect

import (
	"slices"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// signature reads what a function gives, the names of its arguments, and how many of
// them have a default.
func (o *of) signature(f *catalog.Function, n *pg_query.CreateFunctionStmt) {
	var out []string
	copied := n.ReturnType.GetPctType() // t.c%TYPE: whatever that is
	last := ""
	for _, x := range n.Parameters {
		p := x.GetFunctionParameter()
		typ := o.resultType(p.GetArgType())
		if copied = copied || p.GetArgType().GetPctType(); p.GetMode() != pg_query.FunctionParameterMode_FUNC_PARAM_IN {
			last = typ
		}
		switch p.GetMode() {
		case pg_query.FunctionParameterMode_FUNC_PARAM_OUT, pg_query.FunctionParameterMode_FUNC_PARAM_TABLE:
			out = append(out, p.GetName()+" "+typ)
			continue
		case pg_query.FunctionParameterMode_FUNC_PARAM_INOUT:
			out = append(out, p.GetName()+" "+typ)
		}
		f.ArgNames = append(f.ArgNames, p.GetName())
		if p.GetDefexpr() != nil {
			f.Defaults++
		}
	}
	switch {
	case copied:
	case len(out) == 1: // then it gives that type, whatever the column is called
		f.Result = last
		if n.ReturnType.GetSetof() {
			f.Result = "SETOF " + f.Result
		}
	case len(out) > 0:
		f.Result = "(" + strings.Join(out, ", ") + ")"
		if n.ReturnType.GetSetof() {
			f.Result = "SETOF " + f.Result
		}
	case n.ReturnType != nil:
		f.Result = o.resultType(n.ReturnType)
		if n.ReturnType.Setof {
			f.Result = "SETOF " + f.Result
		}
	}
}

// resultType writes a type without its schema: one may be found by search_path here,
// and named there.
func (o *of) resultType(t *pg_query.TypeName) string {
	typ := o.typeOf(t)
	typ.Schema, typ.Mods = "", nil
	if name, array := strings.CutPrefix(typ.Name, "_"); array && knownType(name) {
		typ.Name, typ.Array = name, true
	}
	return typeSQL(typ)
}

// replaces notes what the server refuses of CREATE [OR REPLACE] FUNCTION where there
// is one of the same name and arguments (ProcedureCreate, pg_proc.c).
func (o *of) replaces(f *catalog.Function, replace bool) {
	for i, name := range f.ArgNames {
		if name != "" && slices.Contains(f.ArgNames[:i], name) {
			o.refuse("42P13", "two parameters are called %s", catalog.Quote(name))
		}
	}
	if !o.c.Knows() {
		return
	}
	for _, old := range o.c.Functions(f.Name.Schema, f.Name.Name) {
		if !slices.Equal(old.Args, f.Args) || old.Language == "internal" {
			continue
		}
		switch {
		case !replace:
			o.refuse("42723", "the function %s(%s) exists already", f.Name, strings.Join(f.Args, ", "))
		case old.Procedure != f.Procedure:
			o.refuse("42809", "%s is a %s", f.Name, map[bool]string{true: "procedure", false: "function"}[old.Procedure])
		case f.Procedure:
		case old.Result == "" || f.Result == "":
		case old.Result != f.Result:
			o.refuse("42P13", "%s gives %s, which OR REPLACE cannot change to %s", f.Name, old.Result, f.Result)
		}
		for i, name := range old.ArgNames {
			if name != "" && i < len(f.ArgNames) && f.ArgNames[i] != name {
				o.refuse("42P13", "the parameter %s of %s cannot be renamed", catalog.Quote(name), f.Name)
			}
		}
		if f.Defaults < old.Defaults {
			o.refuse("42P13", "OR REPLACE cannot take defaults of parameters away")
		}
	}
}

// notTheFunction notes that none of the functions of a name has these arguments, or
// that there are several where none are given (LookupFuncWithArgs, parse_func.c).
func (o *of) notTheFunction(f *pg_query.ObjectWithArgs, name catalog.Name, missingOk bool) {
	all := o.c.Functions(qualified(f.GetObjname()))
	if !o.c.Knows() || len(all) == 0 || o.findFunction(f) != nil ||
		slices.ContainsFunc(all, func(f *catalog.Function) bool { return f.Language == "internal" }) { // an aggregate
		return
	}
	if f.GetArgsUnspecified() {
		if len(all) > 1 {
			o.refuse("42725", "there are %d functions %s: say which by its arguments", len(all), name)
		}
		return
	}
	for _, a := range f.GetObjargs() {
		if t := a.GetTypeName(); t == nil || !o.familiar(o.typeOf(t)) {
			return
		}
	}
	if !missingOk {
		o.refuse("42883", "%s has other arguments: (%s)", name, strings.Join(all[0].Args, ", "))
	}
}

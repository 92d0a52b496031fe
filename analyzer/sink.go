package analyzer

import (
	"fmt"
	"go/ast"
	"go/types"
	"strconv"
	"strings"

	"golang.org/x/tools/go/types/typeutil"
)

// class is what a sink sends on.
type class int

const (
	unknown class = iota
	pool          // any of several connections
	conn          // one connection
	tx            // one transaction
	batch         // one pipeline
)

// classes are the names that users give them.
var classes = map[string]class{"": unknown, "pool": pool, "conn": conn, "tx": tx}

// sink is a function that takes SQL.
type sink struct {
	arg  int
	on   class
	recv int // for functions: the argument that stands for the connection; -1 none
}

// Sinks are listed by type and then by the names of their methods. The number is
// the place of the SQL among the arguments.
type methods map[string]int

var (
	sqlMethods = methods{"Exec": 0, "Query": 0, "QueryRow": 0, "Prepare": 0,
		"ExecContext": 1, "QueryContext": 1, "QueryRowContext": 1, "PrepareContext": 1}
	sqlxMethods = methods{"MustExec": 0, "MustExecContext": 1, "Get": 1, "GetContext": 2, "Select": 1, "SelectContext": 2,
		"Queryx": 0, "QueryxContext": 1, "QueryRowx": 0, "QueryRowxContext": 1, "NamedExec": 0, "NamedExecContext": 1,
		"NamedQuery": 0, "NamedQueryContext": 1, "Preparex": 0, "PreparexContext": 1, "PrepareNamed": 0, "PrepareNamedContext": 1}
	pgxMethods = methods{"Exec": 1, "Query": 1, "QueryRow": 1, "Prepare": 2}
	bunMethods = methods{"Exec": 0, "Query": 0, "QueryRow": 0, "Prepare": 0,
		"ExecContext": 1, "QueryContext": 1, "QueryRowContext": 1, "PrepareContext": 1, "NewRaw": 0}
)

var sinkTypes = map[string]struct {
	on class
	m  methods
}{
	"database/sql.DB":   {pool, sqlMethods},
	"database/sql.Conn": {conn, sqlMethods},
	"database/sql.Tx":   {tx, sqlMethods},

	"github.com/jmoiron/sqlx.DB":   {pool, sqlxMethods},
	"github.com/jmoiron/sqlx.Conn": {conn, sqlxMethods},
	"github.com/jmoiron/sqlx.Tx":   {tx, sqlxMethods},

	"github.com/jackc/pgx.Conn":          {conn, pgxMethods},
	"github.com/jackc/pgx.Tx":            {tx, pgxMethods},
	"github.com/jackc/pgx.Batch":         {batch, methods{"Queue": 0}},
	"github.com/jackc/pgx/pgxpool.Pool":  {pool, pgxMethods},
	"github.com/jackc/pgx/pgxpool.Conn":  {conn, pgxMethods},
	"github.com/jackc/pgx/pgxpool.Tx":    {tx, pgxMethods},
	"github.com/jackc/pgx/pgconn.PgConn": {conn, methods{"Exec": 1, "ExecParams": 1, "Prepare": 2}},
	"github.com/jackc/pgconn.PgConn":     {conn, methods{"Exec": 1, "ExecParams": 1, "Prepare": 2}},

	"gorm.io/gorm.DB": {unknown, methods{"Exec": 0, "Raw": 0}}, // a transaction has the same type

	"github.com/uptrace/bun.DB":   {pool, bunMethods},
	"github.com/uptrace/bun.Conn": {conn, bunMethods},
	"github.com/uptrace/bun.Tx":   {tx, bunMethods},
	"github.com/uptrace/bun.IDB":  {unknown, bunMethods},
}

// sinkFuncs are functions; the connection is the argument before the SQL, or
// that before the destination.
var sinkFuncs = map[string]sink{
	"github.com/jmoiron/sqlx.MustExec":          {1, unknown, 0},
	"github.com/jmoiron/sqlx.MustExecContext":   {2, unknown, 1},
	"github.com/jmoiron/sqlx.Get":               {2, unknown, 0},
	"github.com/jmoiron/sqlx.GetContext":        {3, unknown, 1},
	"github.com/jmoiron/sqlx.Select":            {2, unknown, 0},
	"github.com/jmoiron/sqlx.SelectContext":     {3, unknown, 1},
	"github.com/jmoiron/sqlx.NamedExec":         {1, unknown, 0},
	"github.com/jmoiron/sqlx.NamedExecContext":  {2, unknown, 1},
	"github.com/jmoiron/sqlx.NamedQuery":        {1, unknown, 0},
	"github.com/jmoiron/sqlx.NamedQueryContext": {2, unknown, 1},
}

// anyInterface are the methods by which interfaces of users' own are known.
var anyInterface = map[string]bool{"Exec": true, "Query": true, "QueryRow": true, "ExecContext": true, "QueryContext": true, "QueryRowContext": true}

// sinkNames are all names, for a quick no.
var sinkNames = func() map[string]bool {
	names := map[string]bool{}
	for _, t := range sinkTypes {
		for n := range t.m {
			names[n] = true
		}
	}
	for n := range sinkFuncs {
		names[n[strings.LastIndexByte(n, '.')+1:]] = true
	}
	return names
}()

// parseSink reads FUNC,ARG[,CLASS].
func parseSink(s string) (Sink, error) {
	parts := strings.Split(s, ",")
	if len(parts) != 2 && len(parts) != 3 {
		return Sink{}, fmt.Errorf("%q: must be FUNC,ARG or FUNC,ARG,CLASS", s)
	}
	arg, err := strconv.Atoi(parts[1])
	if err != nil {
		return Sink{}, fmt.Errorf("%q: the argument's place must be a number", s)
	}
	out := Sink{Func: parts[0], Arg: arg}
	if len(parts) == 3 {
		out.Class = parts[2]
	}
	return out, nil
}

// plainName is a function's full name without what makes it a pointer's.
func plainFunc(full string) string {
	return strings.NewReplacer("(", "", ")", "", "*", "").Replace(full)
}

// sinkOf tells whether a call sends SQL.
func (p *pkg) sinkOf(call *ast.CallExpr) (sink, bool) {
	name := ""
	switch f := ast.Unparen(call.Fun).(type) {
	case *ast.SelectorExpr:
		name = f.Sel.Name
	case *ast.Ident:
		name = f.Name
	}
	if !sinkNames[name] && !p.userNames[name] {
		return sink{}, false
	}
	fn, ok := typeutil.Callee(p.pass.TypesInfo, call).(*types.Func)
	if !ok || fn.Pkg() == nil {
		return sink{}, false
	}
	if p.userNames[name] {
		for _, u := range p.opts.Sinks {
			if plainFunc(u.Func) == plainFunc(fn.FullName()) {
				return sink{u.Arg, classes[u.Class], -1}, u.Arg < len(call.Args)
			}
		}
	}
	s, ok := known(fn)
	return s, ok && s.arg < len(call.Args)
}

func known(fn *types.Func) (sink, bool) {
	recv := fn.Signature().Recv()
	if recv == nil {
		s, ok := sinkFuncs[unversioned(fn.Pkg().Path())+"."+fn.Name()]
		return s, ok
	}
	t := types.Unalias(recv.Type())
	if ptr, ok := t.(*types.Pointer); ok {
		t = types.Unalias(ptr.Elem())
	}
	if n, ok := t.(*types.Named); ok && n.Obj().Pkg() != nil {
		if st, ok := sinkTypes[unversioned(n.Obj().Pkg().Path())+"."+n.Obj().Name()]; ok {
			arg, ok := st.m[fn.Name()]
			return sink{arg, st.on, -1}, ok
		}
	}
	if types.IsInterface(t) && anyInterface[fn.Name()] {
		return viaInterface(fn)
	}
	return sink{}, false
}

// viaInterface knows methods of the shape ([context.Context,] string, ...any).
func viaInterface(fn *types.Func) (sink, bool) {
	sig := fn.Signature()
	n := sig.Params().Len()
	if !sig.Variadic() || n < 2 || n > 3 {
		return sink{}, false
	}
	last, _ := sig.Params().At(n - 1).Type().(*types.Slice)
	basic, _ := sig.Params().At(n - 2).Type().(*types.Basic)
	if last == nil || !types.IsInterface(last.Elem()) || basic == nil || basic.Kind() != types.String ||
		n == 3 && !isContext(sig.Params().At(0).Type()) {
		return sink{}, false
	}
	return sink{n - 2, unknown, -1}, true
}

func isContext(t types.Type) bool { return t.String() == "context.Context" }

// unversioned takes /v5 and its like out of an import path.
func unversioned(path string) string {
	parts := strings.Split(path, "/")
	out := parts[:0]
	for _, s := range parts {
		if len(s) > 1 && s[0] == 'v' && strings.Trim(s[1:], "0123456789") == "" {
			continue
		}
		out = append(out, s)
	}
	return strings.Join(out, "/")
}

package analyzer

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/types/typeutil"
)

// call is one call of a sink.
type call struct {
	expr  *ast.CallExpr
	name  string // of the function
	sink  sink
	on    class
	recv  ast.Expr // what it is sent on; nil where nobody knows
	sql   ast.Expr
	args  []ast.Expr // of the query
	texts []text
	unit  *unit
}

// unit is a function with all function literals in it, or a literal that is
// registered as a migration.
type unit struct {
	node   ast.Node // *ast.FuncDecl or *ast.FuncLit
	fn     *types.Func
	body   *ast.BlockStmt
	params *ast.FieldList
	calls  []*call // in the order of the text
	used   bool    // it is part of a registered migration
}

// findCalls finds the functions of the package and the sinks that they call.
func (p *pkg) findCalls() {
	p.byFunc = map[*types.Func]*unit{}
	for _, f := range p.files {
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Body == nil {
					continue
				}
				fn, _ := p.pass.TypesInfo.Defs[d.Name].(*types.Func)
				u := &unit{node: d, fn: fn, body: d.Body, params: d.Type.Params}
				if p.units = append(p.units, u); fn != nil {
					p.byFunc[fn] = u
				}
				p.callsIn(u, d.Body)
			case *ast.GenDecl: // literals in variables
				ast.Inspect(d, func(n ast.Node) bool {
					lit, ok := n.(*ast.FuncLit)
					if ok {
						u := &unit{node: lit, body: lit.Body, params: lit.Type.Params}
						p.units = append(p.units, u)
						p.callsIn(u, lit.Body)
					}
					return !ok
				})
			}
		}
	}
	for _, c := range p.calls {
		c.texts = p.texts(c.sql)
	}
}

func (p *pkg) callsIn(u *unit, body ast.Node) {
	ast.Inspect(body, func(n ast.Node) bool {
		e, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		s, ok := p.sinkOf(e)
		if !ok {
			return true
		}
		c := &call{expr: e, sink: s, on: s.on, sql: e.Args[s.arg], args: e.Args[s.arg+1:], unit: u}
		switch f := ast.Unparen(e.Fun).(type) {
		case *ast.SelectorExpr:
			c.name = f.Sel.Name
			if s.recv >= 0 {
				c.recv = e.Args[s.recv]
			} else if p.pass.TypesInfo.Selections[f] != nil {
				c.recv = f.X
			}
		case *ast.Ident:
			c.name = f.Name
		}
		if s.recv >= 0 {
			c.on = p.classOf(c.recv)
		}
		if c.on == unknown {
			c.on = p.closureClass(u, c.recv)
		}
		p.calls = append(p.calls, c)
		u.calls = append(u.calls, c)
		return true
	})
}

// classOf tells what an argument of a sink is.
func (p *pkg) classOf(e ast.Expr) class {
	t := p.pass.TypesInfo.TypeOf(e)
	if ptr, ok := t.(*types.Pointer); ok {
		t = ptr.Elem()
	}
	if n, ok := types.Unalias(t).(*types.Named); ok && n.Obj().Pkg() != nil {
		return sinkTypes[unversioned(n.Obj().Pkg().Path())+"."+n.Obj().Name()].on
	}
	return unknown
}

// closureClass tells what gorm hands to a function literal: the parameter of one
// that is given to Transaction is a transaction, of one given to Connection a
// connection.
func (p *pkg) closureClass(u *unit, recv ast.Expr) class {
	v := p.varOf(recv)
	if v == nil {
		return unknown
	}
	on := unknown
	ast.Inspect(u.body, func(n ast.Node) bool {
		e, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		fn, _ := typeutil.Callee(p.pass.TypesInfo, e).(*types.Func)
		if fn == nil || fn.Pkg() == nil || unversioned(fn.Pkg().Path()) != "gorm.io/gorm" {
			return true
		}
		for _, a := range e.Args {
			lit, ok := a.(*ast.FuncLit)
			if !ok || lit.Type.Params.NumFields() != 1 || len(lit.Type.Params.List[0].Names) != 1 ||
				p.pass.TypesInfo.Defs[lit.Type.Params.List[0].Names[0]] != v {
				continue
			}
			switch fn.Name() {
			case "Transaction":
				on = tx
			case "Connection":
				on = conn
			}
		}
		return true
	})
	return on
}

// varOf is the variable or field that an expression names; nil for others.
func (p *pkg) varOf(e ast.Expr) *types.Var {
	var id *ast.Ident
	switch x := unwrapped(e).(type) {
	case *ast.Ident:
		id = x
	case *ast.SelectorExpr:
		id = x.Sel
	default:
		return nil
	}
	v, _ := p.pass.TypesInfo.Uses[id].(*types.Var)
	if v == nil {
		v, _ = p.pass.TypesInfo.Defs[id].(*types.Var)
	}
	return v
}

// unwrapped takes off what gives the same connection: parentheses, &, *, and
// gorm's and pgxpool's WithContext(…) and Conn().
func unwrapped(e ast.Expr) ast.Expr {
	for {
		switch x := e.(type) {
		case *ast.ParenExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.UnaryExpr:
			if x.Op != token.AND {
				return e
			}
			e = x.X
		case *ast.CallExpr:
			sel, ok := x.Fun.(*ast.SelectorExpr)
			if !ok || sel.Sel.Name != "WithContext" && sel.Sel.Name != "Conn" && sel.Sel.Name != "PgConn" && sel.Sel.Name != "Session" || len(x.Args) > 1 {
				return e
			}
			e = sel.X
		default:
			return e
		}
	}
}

// callee is the unit of this package that a call goes to; nil for others.
func (p *pkg) callee(e *ast.CallExpr) *unit {
	if fn := typeutil.StaticCallee(p.pass.TypesInfo, e); fn != nil {
		return p.byFunc[fn.Origin()]
	}
	return nil
}

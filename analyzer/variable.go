package analyzer

import (
	"go/ast"
	"go/token"
	"go/types"
)

// binding is what is known of a variable's value.
type binding struct {
	value   ast.Expr // what it was set to, once
	over    ast.Expr // it is the value variable of a range over this
	call    ast.Expr // it is the first of what this gives
	unclear bool     // set more than once, or its address is taken
}

// bind goes through the package for what sets its variables.
func (p *pkg) bind() {
	p.vars = map[*types.Var]*binding{}
	p.consts = map[types.Object]ast.Expr{}
	info := p.pass.TypesInfo
	set := func(e ast.Expr, b binding) {
		id, ok := ast.Unparen(e).(*ast.Ident)
		if !ok {
			return
		}
		obj := info.Defs[id]
		if obj == nil { // set later: a parameter, or a second time
			obj, b.unclear = info.Uses[id], true
		}
		v, ok := obj.(*types.Var)
		if !ok {
			return
		}
		p.vars[v] = &b
	}
	for _, f := range p.files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for i, l := range n.Lhs {
					if n.Tok == token.ADD_ASSIGN || len(n.Lhs) != len(n.Rhs) {
						b := binding{unclear: true}
						if i == 0 && len(n.Rhs) == 1 {
							b.call = n.Rhs[0]
						}
						set(l, b)
					} else {
						set(l, binding{value: n.Rhs[i]})
					}
				}
			case *ast.RangeStmt:
				if n.Value != nil {
					set(n.Value, binding{over: n.X})
				}
			case *ast.UnaryExpr:
				if n.Op == token.AND {
					set(n.X, binding{unclear: true})
				}
			case *ast.GenDecl:
				p.declared(n, set)
			}
			return true
		})
	}
}

// declared takes the values of var and const declarations.
func (p *pkg) declared(d *ast.GenDecl, set func(ast.Expr, binding)) {
	for _, s := range d.Specs {
		vs, ok := s.(*ast.ValueSpec)
		if !ok {
			continue
		}
		for i, name := range vs.Names {
			if i >= len(vs.Values) || len(vs.Names) != len(vs.Values) {
				continue
			}
			if d.Tok == token.CONST {
				p.consts[p.pass.TypesInfo.Defs[name]] = vs.Values[i]
			} else {
				set(name, binding{value: vs.Values[i]})
			}
		}
	}
}

// constExpr is the expression that a constant of this package was declared with.
func (p *pkg) constExpr(o types.Object) ast.Expr {
	if o == nil || o.Pkg() != p.pass.Pkg {
		return nil
	}
	if p.consts == nil {
		p.bind()
	}
	return p.consts[o]
}

// bound is what is known of a variable; nil where nothing is. Exported ones of a
// package may be set elsewhere.
func (p *pkg) bound(v *types.Var) *binding {
	if p.vars == nil {
		p.bind()
	}
	b := p.vars[v]
	if b == nil || b.unclear || v.Pkg() != nil && v.Parent() == v.Pkg().Scope() && v.Exported() {
		return nil
	}
	return b
}

// variable gives the texts of a variable, or of a field of it.
func (p *pkg) variable(v *types.Var, field *types.Var, depth int) []text {
	if e := p.embedOf(v); e != nil && field == nil {
		return e.text()
	}
	b := p.bound(v)
	switch {
	case b == nil:
		return nil
	case b.over != nil:
		if lit := p.literal(b.over, depth+1); lit != nil {
			return p.elements(lit, field, depth+1)
		}
	case field == nil:
		return p.resolve(b.value, depth+1)
	default:
		if lit := p.literal(b.value, depth+1); lit != nil {
			return p.fieldOf(lit, field, depth+1)
		}
	}
	return nil
}

// literal follows an expression to a composite literal; nil where there is none.
func (p *pkg) literal(e ast.Expr, depth int) *ast.CompositeLit {
	for ; depth < 20; depth++ {
		switch x := ast.Unparen(e).(type) {
		case *ast.CompositeLit:
			return x
		case *ast.UnaryExpr:
			e = x.X
		case *ast.Ident:
			v, ok := p.pass.TypesInfo.Uses[x].(*types.Var)
			if !ok {
				return nil
			}
			b := p.bound(v)
			if b == nil || b.value == nil {
				return nil
			}
			e = b.value
		default:
			return nil
		}
	}
	return nil
}

// elements gives the texts of a slice's or array's elements, or of a field of
// them. Of a map nobody knows the order.
func (p *pkg) elements(lit *ast.CompositeLit, field *types.Var, depth int) []text {
	t := p.pass.TypesInfo.TypeOf(lit)
	if t == nil {
		return nil
	}
	switch t.Underlying().(type) {
	case *types.Slice, *types.Array:
	default:
		return nil
	}
	var out []text
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			e = kv.Value
		}
		if field == nil {
			out = append(out, p.resolve(e, depth+1)...)
		} else if inner := p.literal(e, depth+1); inner != nil {
			out = append(out, p.fieldOf(inner, field, depth+1)...)
		}
		if len(out) > maxTexts {
			return nil
		}
	}
	return out
}

// field gives the texts of x.f, where x is a variable.
func (p *pkg) field(e *ast.SelectorExpr, depth int) []text {
	f, ok := p.pass.TypesInfo.Uses[e.Sel].(*types.Var)
	if !ok {
		return nil
	}
	if !f.IsField() {
		return nil // another package's variable
	}
	id, ok := ast.Unparen(e.X).(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := p.pass.TypesInfo.Uses[id].(*types.Var)
	if !ok {
		return nil
	}
	return p.variable(v, f, depth+1)
}

// fieldOf gives the texts of a field in a struct literal; a slice's are those of
// its elements.
func (p *pkg) fieldOf(lit *ast.CompositeLit, field *types.Var, depth int) []text {
	e := fieldExpr(p.pass.TypesInfo, lit, field.Name())
	if e == nil {
		return nil
	}
	if inner := p.literal(e, depth+1); inner != nil {
		return p.elements(inner, nil, depth+1)
	}
	return p.resolve(e, depth+1)
}

// fieldExpr is the expression of a field in a struct literal, nil if it is not set.
func fieldExpr(info *types.Info, lit *ast.CompositeLit, name string) ast.Expr {
	t := info.TypeOf(lit)
	if t == nil {
		return nil
	}
	if ptr, ok := t.Underlying().(*types.Pointer); ok {
		t = ptr.Elem()
	}
	st, ok := t.Underlying().(*types.Struct)
	if !ok {
		return nil
	}
	for i, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if id, ok := kv.Key.(*ast.Ident); ok && id.Name == name {
				return kv.Value
			}
		} else if i < st.NumFields() && st.Field(i).Name() == name {
			return e
		}
	}
	return nil
}

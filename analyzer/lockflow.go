package analyzer

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/cfg"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/safemig/safemig/rules"
)

// body is one function's own statements; literals in it have their own.
type body struct {
	block  *ast.BlockStmt
	params *ast.FieldList
	outer  *body
}

// unit judges the locks that a function takes, and those of its literals.
func (l *locks) unit(u *unit) {
	mine := slices.DeleteFunc(slices.Clone(l.all), func(k *locking) bool { return k.expr.Pos() < u.body.Pos() || k.expr.End() > u.body.End() })
	if !slices.ContainsFunc(mine, func(k *locking) bool { return k.lock }) {
		return
	}
	top := &body{block: u.body, params: u.params}
	bodies := []*body{top}
	ast.Inspect(u.body, func(n ast.Node) bool {
		if lit, ok := n.(*ast.FuncLit); ok {
			b := &body{block: lit.Body, params: lit.Type.Params, outer: top}
			for _, o := range bodies {
				if o.block.Pos() <= lit.Pos() && lit.End() <= o.block.End() {
					b.outer = o
				}
			}
			bodies = append(bodies, b)
		}
		return true
	})
	for _, k := range mine {
		if k.lock && k.on != pool && k.on != tx {
			b := innermost(bodies, k.expr)
			l.paths(u, b, k)
			l.concurrent(u, mine, k)
			l.recorded(u, b, mine, k)
		}
	}
	for _, k := range mine {
		if k.unlock {
			l.cancellable(u, bodies, k)
		}
	}
}

func innermost(bodies []*body, n ast.Node) *body {
	best := bodies[0]
	for _, b := range bodies {
		if b.block.Pos() <= n.Pos() && n.End() <= b.block.End() && b.block.Pos() >= best.block.Pos() {
			best = b
		}
	}
	return best
}

// mayReturn is false for calls that end the process or the goroutine.
func (l *locks) mayReturn(e *ast.CallExpr) bool {
	if id, ok := e.Fun.(*ast.Ident); ok && id.Name == "panic" {
		return false
	}
	fn, _ := typeutil.Callee(l.pass.TypesInfo, e).(*types.Func)
	if fn == nil {
		return true
	}
	switch fn.FullName() {
	case "os.Exit", "log.Fatal", "log.Fatalf", "log.Fatalln", "log.Panic", "log.Panicf", "log.Panicln", "runtime.Goexit",
		"(*testing.common).Fatal", "(*testing.common).Fatalf", "(*testing.common).FailNow", "(*log.Logger).Fatal", "(*log.Logger).Fatalf":
		return false
	}
	return true
}

// releases tells whether a node ends the lock, or hands the duty to do so to
// somebody else: an unlock, now or deferred, a function of this package that
// unlocks, a literal that does, closing the connection.
func (l *locks) releases(n ast.Node, k *locking) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		e, ok := n.(*ast.CallExpr)
		if !ok {
			return !found
		}
		if o := l.of[e]; o != nil && o.unlock && o != k {
			found = true
		}
		if u := l.callee(e); u != nil && u.body != nil && l.unlocks(u, map[*unit]bool{}) {
			found = true
		}
		if sel, ok := e.Fun.(*ast.SelectorExpr); ok && (sel.Sel.Name == "Close" || sel.Sel.Name == "Hijack") && l.closes(sel) {
			found = true
		}
		return !found
	})
	return found
}

// unlocks tells whether a function of this package releases a lock, itself or by
// another.
func (l *locks) unlocks(u *unit, seen map[*unit]bool) bool {
	if seen[u] {
		return false
	}
	seen[u] = true
	found := false
	ast.Inspect(u.body, func(n ast.Node) bool {
		if e, ok := n.(*ast.CallExpr); ok {
			if o := l.of[e]; o != nil && o.unlock {
				found = true
			} else if c := l.callee(e); c != nil && l.unlocks(c, seen) {
				found = true
			}
		}
		return !found
	})
	return found
}

// closes tells whether x.Close ends sessions. That of *sql.Conn and of
// *pgxpool.Conn gives the connection back as it is.
func (l *locks) closes(sel *ast.SelectorExpr) bool {
	t := l.pass.TypesInfo.TypeOf(sel.X)
	if t == nil {
		return false
	}
	switch plainFunc(t.String()) {
	case "database/sql.DB", "github.com/jackc/pgx/v5.Conn", "github.com/jackc/pgx/v4.Conn", "github.com/jackc/pgx/v5/pgxpool.Pool",
		"github.com/jackc/pgx/v4/pgxpool.Pool", "github.com/jackc/pgx/v5/pgconn.PgConn", "github.com/jmoiron/sqlx.DB", "github.com/uptrace/bun.DB":
		return true
	}
	return sel.Sel.Name == "Hijack"
}

// state is what is known on a path after the lock.
type state struct {
	block *cfg.Block
	at    int
	errOf bool // the error variable is still that of the lock
	gotOf bool // the answer is still that of the lock
}

// paths reports a lock that some path leaves held.
func (l *locks) paths(u *unit, b *body, k *locking) {
	g := cfg.New(b.block, l.mayReturn)
	start, at := find(g, k.expr)
	if start == nil {
		return
	}
	stmt := start.Nodes[at]
	errV, gotV := l.outcome(stmt, k)
	if l.releases(stmt, k) || l.escapes(b, k) {
		return
	}
	any := false
	for _, n := range allNodes(g) {
		r := n != stmt && l.releases(n, k)
		if _, deferred := n.(*ast.DeferStmt); r && deferred && n.Pos() < stmt.Pos() {
			return // whatever comes
		}
		any = any || r
	}
	if !any {
		if l.local(b, k) && !l.packageUnlocks() {
			l.say(rules.MissingUnlock, k.call, k.function+" is never released: the connection goes back to the pool with the lock",
				"every later migrator waits until the connection is closed", "defer the unlock right after the lock, on the same connection")
		}
		return
	}
	held := l.walk(g, start, at, k, errV, gotV)
	if !l.local(b, k) && slices.ContainsFunc(held, func(n ast.Node) bool { return !l.failing(n) }) {
		return // it returns with the lock on purpose: somebody else's duty
	}
	if len(held) == 0 {
		return
	}
	first := slices.MinFunc(held, func(a, b ast.Node) int { return cmp.Compare(a.Pos(), b.Pos()) })
	l.sayAt(rules.MissingUnlock, first, fmt.Sprintf("this path leaves the lock of line %d held", l.pass.Fset.Position(k.expr.Pos()).Line),
		"the connection goes back to the pool with it, and every later migrator waits until it is closed", "defer the unlock right after the lock, on the same connection")
}

func (l *locks) packageUnlocks() bool {
	return slices.ContainsFunc(l.all, func(k *locking) bool { return k.unlock })
}

func allNodes(g *cfg.CFG) []ast.Node {
	var out []ast.Node
	for _, b := range g.Blocks {
		if b.Live {
			out = append(out, b.Nodes...)
		}
	}
	return out
}

// find gives the block and the place of the node that holds a call.
func find(g *cfg.CFG, e ast.Expr) (*cfg.Block, int) {
	for _, b := range g.Blocks {
		for i, n := range b.Nodes {
			if b.Live && n.Pos() <= e.Pos() && e.End() <= n.End() {
				return b, i
			}
		}
	}
	return nil, 0
}

// walk follows every path from the lock and gives the statements by which the
// function is left with it. That of its end has no results.
func (l *locks) walk(g *cfg.CFG, start *cfg.Block, at int, k *locking, errV, gotV *types.Var) []ast.Node {
	type key struct {
		b        *cfg.Block
		err, got bool
	}
	var held []ast.Node
	seen := map[key]bool{}
	todo := []state{{block: start, at: at + 1, errOf: errV != nil, gotOf: gotV != nil}}
	for len(todo) > 0 {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		released := false
		var last ast.Node
		for _, n := range s.block.Nodes[s.at:] {
			if l.releases(n, k) {
				released = true
				break
			}
			if s.errOf && l.assigns(n, errV) {
				s.errOf = false
			}
			if s.gotOf && l.assigns(n, gotV) {
				s.gotOf = false
			}
			last = n
		}
		switch {
		case released:
		case len(s.block.Succs) == 0:
			if ret := s.block.Return(); ret != nil { // else the process ends here
				held = append(held, ret)
			}
		default:
			for i, next := range s.block.Succs {
				if len(s.block.Succs) == 2 && last != nil && l.failed(last, i == 0, s, errV, gotV) {
					continue // here the lock was not taken
				}
				if key := (key{next, s.errOf, s.gotOf}); !seen[key] {
					seen[key] = true
					todo = append(todo, state{block: next, errOf: s.errOf, gotOf: s.gotOf})
				}
			}
		}
	}
	return held
}

// outcome gives the variables that say whether the lock was taken.
func (l *locks) outcome(stmt ast.Node, k *locking) (errV, gotV *types.Var) {
	if a, ok := stmt.(*ast.AssignStmt); ok {
		if v := l.lhs(a.Lhs[len(a.Lhs)-1]); v != nil && v.Type().String() == "error" {
			errV = v
		}
	}
	if k.try {
		gotV, _ = l.scanned(k)
	}
	return errV, gotV
}

func (l *locks) lhs(e ast.Expr) *types.Var {
	id, ok := e.(*ast.Ident)
	if !ok {
		return nil
	}
	if v, ok := l.pass.TypesInfo.Defs[id].(*types.Var); ok {
		return v
	}
	v, _ := l.pass.TypesInfo.Uses[id].(*types.Var)
	return v
}

func (l *locks) assigns(n ast.Node, v *types.Var) bool {
	a, ok := n.(*ast.AssignStmt)
	return ok && slices.ContainsFunc(a.Lhs, func(e ast.Expr) bool { return l.lhs(e) == v })
}

// failed tells whether a branch is the one on which the lock was not taken.
func (l *locks) failed(cond ast.Node, yes bool, s state, errV, gotV *types.Var) bool {
	switch c := cond.(type) {
	case *ast.ParenExpr:
		return l.failed(c.X, yes, s, errV, gotV)
	case *ast.UnaryExpr:
		return c.Op == token.NOT && l.failed(c.X, !yes, s, errV, gotV)
	case *ast.Ident:
		return s.gotOf && !yes && l.pass.TypesInfo.Uses[c] == gotV
	case *ast.BinaryExpr:
		if c.Op == token.LOR || c.Op == token.LAND {
			x, y := l.failed(c.X, yes, s, errV, gotV), l.failed(c.Y, yes, s, errV, gotV)
			if yes == (c.Op == token.LAND) { // both hold
				return x || y
			}
			return x && y
		}
		if c.Op != token.EQL && c.Op != token.NEQ {
			return false
		}
		x, ok := c.X.(*ast.Ident)
		y, ok2 := c.Y.(*ast.Ident)
		if !ok || !ok2 {
			return false
		}
		v := l.pass.TypesInfo.Uses[x]
		switch y.Name {
		case "nil":
			return s.errOf && v == errV && yes == (c.Op == token.NEQ)
		case "true", "false":
			return s.gotOf && v == gotV && yes == ((c.Op == token.EQL) == (y.Name == "false"))
		}
	case *ast.CallExpr: // errors.Is(err, …)
		return yes && s.errOf && slices.ContainsFunc(c.Args, func(a ast.Expr) bool { id, ok := a.(*ast.Ident); return ok && l.pass.TypesInfo.Uses[id] == errV })
	}
	return false
}

// failing tells whether a return gives an error, as far as it says so: a value
// that is not nil, in the last place.
func (l *locks) failing(n ast.Node) bool {
	ret, ok := n.(*ast.ReturnStmt)
	if !ok || len(ret.Results) == 0 {
		return false
	}
	last := ret.Results[len(ret.Results)-1]
	id, isIdent := last.(*ast.Ident)
	t := l.pass.TypesInfo.TypeOf(last)
	return t != nil && !(isIdent && id.Name == "nil") && types.Implements(t, errorType)
}

var errorType = types.Universe.Lookup("error").Type().Underlying().(*types.Interface)

// local tells whether the connection is the function's own: a variable that it
// declares.
func (l *locks) local(b *body, k *locking) bool {
	id, ok := unwrapped(k.recv).(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := l.pass.TypesInfo.Uses[id].(*types.Var)
	return ok && b.block.Pos() <= v.Pos() && v.Pos() < b.block.End()
}

// escapes tells whether the function hands its connection to somebody who may
// release the lock: returns it, keeps it in a struct, sends it.
func (l *locks) escapes(b *body, k *locking) bool {
	v := l.varOf(k.recv)
	if v == nil || !l.local(b, k) {
		return false
	}
	names := func(n ast.Node) bool {
		found := false
		ast.Inspect(n, func(n ast.Node) bool {
			if _, call := n.(*ast.CallExpr); call && n != k.expr {
				return false // what it gives is not the connection
			}
			id, ok := n.(*ast.Ident)
			found = found || ok && l.pass.TypesInfo.Uses[id] == v
			return !found
		})
		return found
	}
	out := false
	ast.Inspect(b.block, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ReturnStmt:
			out = out || slices.ContainsFunc(n.Results, func(e ast.Expr) bool { return names(e) })
		case *ast.CompositeLit:
			out = out || names(n)
		case *ast.AssignStmt:
			for i, e := range n.Lhs {
				if _, ok := e.(*ast.SelectorExpr); ok && i < len(n.Rhs) {
					out = out || names(n.Rhs[i])
				}
			}
		case *ast.SendStmt:
			out = out || names(n.Value)
		}
		return !out
	})
	return out
}

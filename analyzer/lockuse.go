package analyzer

import (
	"fmt"
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/cfg"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/safemig/safemig/rules"
)

// concurrent reports a lock that others wait for while an index is built
// CONCURRENTLY: the build waits for their snapshots.
func (l *locks) concurrent(u *unit, mine []*locking, k *locking) {
	if k.try {
		return
	}
	held := true
	report := func(line int) {
		l.say(rules.BlockingLockWithConcurrently, k.call, fmt.Sprintf("%s is held during CONCURRENTLY (line %d)", k.function, line),
			"a second runner waiting for it has a snapshot that the build waits for: one of the two fails with 40P01, and an invalid index may be left",
			"poll with pg_try_advisory_lock in place of waiting")
		held = false
	}
	ast.Inspect(u.body, func(n ast.Node) bool {
		e, ok := n.(*ast.CallExpr)
		if _, deferred := n.(*ast.DeferStmt); deferred || !held {
			return false
		}
		if !ok || e.Pos() <= k.expr.Pos() {
			return true
		}
		line := l.pass.Fset.Position(e.Pos()).Line
		switch o := l.of[e]; {
		case o != nil && o.unlock:
			held = false
		case o != nil && o.concurrently:
			report(line)
		case o == nil:
			if c := l.callee(e); c != nil && l.builds(c, map[*unit]bool{}) {
				report(line)
			}
		}
		return held
	})
}

// builds tells whether a function of this package runs something CONCURRENTLY.
func (l *locks) builds(u *unit, seen map[*unit]bool) bool {
	return l.does(u, seen, func(k *locking) bool { return k.concurrently })
}

func (l *locks) does(u *unit, seen map[*unit]bool, is func(*locking) bool) bool {
	if seen[u] {
		return false
	}
	seen[u] = true
	found := false
	ast.Inspect(u.body, func(n ast.Node) bool {
		if e, ok := n.(*ast.CallExpr); ok {
			if o := l.of[e]; o != nil && is(o) {
				found = true
			} else if c := l.callee(e); c != nil && l.does(c, seen, is) {
				found = true
			}
		}
		return !found
	})
	return found
}

// recorded reports a lock that is released before the migration is recorded: on
// some path the record is written after the unlock, without the lock again.
func (l *locks) recorded(u *unit, b *body, mine []*locking, k *locking) {
	g := cfg.New(b.block, l.mayReturn)
	for _, o := range mine {
		if !o.unlock {
			continue
		}
		start, at := find(g, o.expr)
		if start == nil {
			continue
		}
		if _, deferred := start.Nodes[at].(*ast.DeferStmt); deferred || insideLiteral(start.Nodes[at], o.expr) {
			continue
		}
		if rec := l.recordAfter(g, start, at+1); rec != nil {
			l.say(rules.LockReleasedBeforeRecord, o.call, fmt.Sprintf("the lock is released here, before the migration is recorded (line %d)", l.pass.Fset.Position(rec.Pos()).Line),
				"another runner that waits for it finds the version missing and runs the migration again", "write the record first, on the same connection, then unlock")
			return
		}
	}
}

func insideLiteral(n ast.Node, e ast.Expr) bool {
	inside := false
	ast.Inspect(n, func(n ast.Node) bool {
		if lit, ok := n.(*ast.FuncLit); ok && lit.Pos() <= e.Pos() && e.End() <= lit.End() {
			inside = true
		}
		return true
	})
	return inside
}

// recordAfter finds a write to the table of migrations on a path, before a lock
// is taken again.
func (l *locks) recordAfter(g *cfg.CFG, b *cfg.Block, at int) ast.Node {
	seen := map[*cfg.Block]bool{}
	var walk func(b *cfg.Block, at int) ast.Node
	walk = func(b *cfg.Block, at int) ast.Node {
		for _, n := range b.Nodes[at:] {
			if l.nodeDoes(n, func(k *locking) bool { return k.lock || k.xact }) {
				return nil
			}
			if _, deferred := n.(*ast.DeferStmt); !deferred && l.nodeDoes(n, func(k *locking) bool { return k.records }) {
				return n
			}
		}
		for _, next := range b.Succs {
			if !seen[next] {
				seen[next] = true
				if n := walk(next, 0); n != nil {
					return n
				}
			}
		}
		return nil
	}
	return walk(b, at)
}

func (l *locks) nodeDoes(n ast.Node, is func(*locking) bool) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		if e, ok := n.(*ast.CallExpr); ok {
			if o := l.of[e]; o != nil {
				found = found || is(o)
			} else if c := l.callee(e); c != nil {
				found = found || l.does(c, map[*unit]bool{}, is)
			}
		}
		return !found
	})
	return found
}

// cancellable reports an unlock under a context that may be cancelled: then it is
// not sent, and the connection keeps the lock.
func (l *locks) cancellable(u *unit, bodies []*body, k *locking) {
	if len(k.expr.Args) == 0 || k.on == pool { // of the latter advisory-lock-on-pool speaks
		return
	}
	ctx := k.expr.Args[0]
	if t := l.pass.TypesInfo.TypeOf(ctx); t == nil || !isContext(t) {
		return
	}
	b := innermost(bodies, k.expr)
	why := l.cancelledBy(ctx, b, 0)
	if why == "" {
		return
	}
	l.say(rules.AdvisoryUnlockCancellable, k.call, "the unlock is not sent once its context is cancelled: "+why,
		"the connection goes back to the pool with the lock, and every later migrator waits until it is closed",
		"ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second) for the unlock")
}

// cancelledBy says what may cancel a context; "" where nothing is known to, or only
// a time limit that is set for the unlock.
func (l *locks) cancelledBy(e ast.Expr, b *body, depth int) string {
	if depth > 10 {
		return ""
	}
	switch x := ast.Unparen(e).(type) {
	case *ast.Ident:
		v, ok := l.pass.TypesInfo.Uses[x].(*types.Var)
		if !ok {
			return ""
		}
		for o := b; o != nil; o = o.outer {
			if isParam(l.pass.TypesInfo, o.params, v) {
				return v.Name() + " is the caller's"
			}
		}
		if l.vars == nil {
			l.bind()
		}
		set := l.vars[v]
		if set == nil {
			return ""
		}
		value := set.value
		if value == nil {
			value = set.call
		}
		call, ok := value.(*ast.CallExpr)
		if !ok {
			return ""
		}
		// A context of the unlock's own function is its own.
		inner := b.outer != nil && b.block.Pos() <= v.Pos() && v.Pos() < b.block.End()
		return l.madeBy(call, v, inner, b, depth)
	case *ast.CallExpr:
		return l.madeBy(x, nil, true, b, depth)
	}
	return ""
}

// madeBy judges a context by the call that made it.
func (l *locks) madeBy(call *ast.CallExpr, v *types.Var, inner bool, b *body, depth int) string {
	fn, _ := typeutil.Callee(l.pass.TypesInfo, call).(*types.Func)
	if fn == nil {
		return ""
	}
	name := "it"
	if v != nil {
		name = v.Name()
	}
	switch fn.FullName() {
	case "context.WithTimeout", "context.WithDeadline":
		if inner || l.parentSafe(call, b, depth) && !l.usedByLock(v, b) {
			return l.cancelledBy(call.Args[0], b, depth+1)
		}
		return name + " has a time limit that the work before uses up"
	case "context.WithCancel", "context.WithCancelCause":
		return name + " is cancelled by others"
	case "os/signal.NotifyContext":
		return name + " is cancelled by a signal"
	case "golang.org/x/sync/errgroup.WithContext":
		return name + " is cancelled by the group's first error"
	case "(*net/http.Request).Context":
		return "it is cancelled when the request's client goes away"
	case "context.WithValue":
		return l.cancelledBy(call.Args[0], b, depth+1)
	}
	return ""
}

func (l *locks) parentSafe(call *ast.CallExpr, b *body, depth int) bool {
	return l.cancelledBy(call.Args[0], b, depth+1) == ""
}

// usedByLock tells whether the context is used by the lock too, and so by the
// work that follows.
func (l *locks) usedByLock(v *types.Var, b *body) bool {
	for _, k := range l.all {
		if (k.lock || k.records) && len(k.expr.Args) > 0 && v != nil && l.varOf(k.expr.Args[0]) == v {
			return true
		}
	}
	return false
}

func isParam(info *types.Info, params *ast.FieldList, v *types.Var) bool {
	for _, f := range params.List {
		for _, n := range f.Names {
			if info.Defs[n] == v {
				return true
			}
		}
	}
	return false
}

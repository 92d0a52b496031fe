package analyzer

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
	"github.com/safemig/safemig/rules"
)

// locking is what the SQL of one call does to advisory locks, and what matters
// beside them.
type locking struct {
	*call
	lock, unlock bool // of the session
	xact         bool // takes a lock that ends with its transaction
	try          bool // gives false in place of waiting
	alone        bool // one statement
	looked       bool // the SQL itself looks at the result
	key          string
	function     string // "pg_advisory_lock"
	concurrently bool   // builds or drops an index CONCURRENTLY
	records      bool   // writes to a table of applied migrations
}

// lintLocks judges how the package uses advisory locks.
func (p *pkg) lintLocks() error {
	if !slices.ContainsFunc(p.calls, func(c *call) bool {
		return slices.ContainsFunc(c.texts, func(t text) bool {
			return containsFold(t.value, "PG_ADVISORY") || containsFold(t.value, "PG_TRY_ADVISORY")
		})
	}) {
		return nil
	}
	l := &locks{pkg: p, of: map[*ast.CallExpr]*locking{}}
	for _, c := range p.calls {
		if k := p.locking(c); k != nil {
			l.all = append(l.all, k)
			l.of[c.expr] = k
		}
	}
	for _, k := range l.all {
		l.onPool(k)
		l.inTransaction(k)
		l.ignored(k)
	}
	for _, u := range p.units {
		l.unit(u)
	}
	o, err := p.lintOptions()
	if err != nil {
		return err
	}
	// The configuration says which rules speak.
	o.Found = l.found
	o.Given = []lint.Given{{Name: p.show(p.dir), Tool: "go", Migrations: []migration.Migration{}}}
	r, err := lintRun(o)
	if err != nil {
		return err
	}
	for _, f := range r.Findings {
		p.add(f)
	}
	return nil
}

type locks struct {
	*pkg
	all   []*locking
	of    map[*ast.CallExpr]*locking
	found []rules.Finding
}

// locking reads the SQL of a call; nil where none of it matters.
func (p *pkg) locking(c *call) *locking {
	k := &locking{call: c}
	for _, t := range c.texts {
		stmts := pgsql.Parse(&migration.Section{File: &migration.File{}, Text: []byte(t.value)})
		k.alone = len(stmts) == 1
		for _, s := range stmts {
			for _, e := range effect.Of(&s, catalog.New(), lint.DefaultPG) {
				k.take(e)
			}
		}
	}
	if !k.lock && !k.unlock && !k.xact && !k.concurrently && !k.records {
		return nil
	}
	if k.lock && k.unlock { // all in one message
		k.lock, k.unlock = false, false
	}
	return k
}

func (k *locking) take(e effect.Effect) {
	switch e.Op {
	case effect.AdvisoryLock:
		if e.Detail.Local {
			k.xact = true
		} else {
			k.lock = true
		}
		k.try, k.looked = e.Detail.NoWait, e.Detail.Unknown != catalog.No || e.In != nil
		k.key, k.function = e.Detail.Name, e.Object
	case effect.AdvisoryUnlock:
		k.unlock, k.key, k.function = true, e.Detail.Name, e.Object
	case effect.Insert, effect.Update, effect.Delete:
		k.records = k.records || isHistory(e.Target.Name)
	}
	k.concurrently = k.concurrently || e.Detail.Concurrent && e.Op != effect.RefreshMatView
}

// isHistory tells whether a table is one in which applied migrations are kept, of
// a library or by its name.
func isHistory(name string) bool {
	name = strings.ToLower(name)
	return migration.IsHistoryTable(name) || strings.Contains(name, "migration") || name == "schema_versions" || name == "db_version"
}

// say records a finding at a call.
func (l *locks) say(rule *rules.Rule, at *call, message, consequence, hint string) {
	l.sayAt(rule, at.expr, message, consequence, hint)
}

func (l *locks) sayAt(rule *rules.Rule, n ast.Node, message, consequence, hint string) {
	f, start, ok := l.source(n.Pos())
	if !ok {
		return
	}
	end := start + int(n.End()-n.Pos())
	l.found = append(l.found, rules.Finding{Rule: rule, Severity: rule.Severity, File: f, Span: migration.Span{Start: start, End: min(end, len(f.Src))},
		Direction: "up", Message: message, Consequence: consequence, Hint: hint})
}

const oneConnection = "conn, err := pool.Acquire(ctx) (db.Conn(ctx) of database/sql), then lock, work and unlock on conn"

// onPool reports a session's lock or its release on a pool: which connection
// gets the call, nobody knows.
func (l *locks) onPool(k *locking) {
	if k.on != pool || l.single(k) {
		return
	}
	switch {
	case k.lock:
		l.say(rules.AdvisoryLockOnPool, k.call, fmt.Sprintf("%s on a pool locks whichever connection is free", k.function),
			"the unlock may get another connection: then it does nothing, and the lock stays until the first one is closed", oneConnection)
	case k.unlock:
		l.say(rules.AdvisoryLockOnPool, k.call, fmt.Sprintf("%s on a pool may get a connection that does not hold the lock", k.function),
			"then it gives false with a warning, and the lock stays", oneConnection)
	case k.xact && k.alone && !strings.HasPrefix(k.name, "Prepare"):
		l.say(rules.XactLockOutsideTransaction, k.call, fmt.Sprintf("%s on a pool is released when its own statement ends", k.function),
			"what follows runs without the lock", "begin a transaction and lock, work and commit on it")
	}
}

// single tells whether the program holds the pool to one connection.
func (l *locks) single(k *locking) bool {
	v := l.varOf(k.recv)
	found := false
	for _, f := range l.files {
		ast.Inspect(f, func(n ast.Node) bool {
			e, ok := n.(*ast.CallExpr)
			if !ok || len(e.Args) != 1 {
				return !found
			}
			sel, ok := e.Fun.(*ast.SelectorExpr)
			if !ok || sel.Sel.Name != "SetMaxOpenConns" {
				return !found
			}
			one := l.pass.TypesInfo.Types[e.Args[0]].Value
			found = found || one != nil && one.ExactString() == "1" && (v == nil || l.varOf(sel.X) == v)
			return !found
		})
	}
	return found
}

// inTransaction reports a session's lock that is taken in a transaction.
func (l *locks) inTransaction(k *locking) {
	if k.on == tx && k.lock {
		hint := "SELECT pg_advisory_xact_lock(…): it is released when the transaction ends, however it ends"
		if k.try {
			hint = "SELECT pg_try_advisory_xact_lock(…): it is released when the transaction ends, however it ends"
		}
		l.say(rules.AdvisorySessionLockInTransaction, k.call, fmt.Sprintf("%s in a transaction outlives it: neither COMMIT nor ROLLBACK releases the lock", k.function),
			"after an error the transaction takes no unlock (25P02), and the connection goes back to the pool with the lock", hint)
	}
}

// ignored reports a lock that was asked for without waiting, and an answer that
// nobody looks at.
func (l *locks) ignored(k *locking) {
	if !k.try || k.looked || !k.lock && !k.xact || strings.HasPrefix(k.name, "Prepare") {
		return
	}
	why := ""
	switch {
	case strings.Contains(k.name, "Exec"):
		why = k.name + " cannot give it"
	case strings.HasPrefix(k.name, "QueryRow"):
		if v, read := l.scanned(k); v == nil && !read {
			why = "the row is never scanned"
		} else if v != nil && !l.isRead(v, k.unit) {
			why = v.Name() + " is never read"
		}
	}
	if why == "" {
		return
	}
	l.say(rules.TryLockResultIgnored, k.call, fmt.Sprintf("nobody looks at the result of %s: %s", k.function, why),
		"where another session has the lock it is false, and what follows runs without it",
		"var got bool; err := conn.QueryRow(…).Scan(&got), and go on only if got")
}

// scanned gives the variable that takes the answer; without one, whether the row
// may be read in some other way.
func (l *locks) scanned(k *locking) (v *types.Var, elsewhere bool) {
	elsewhere = true
	ast.Inspect(k.unit.body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ExprStmt:
			if n.X == k.expr {
				elsewhere = false
			}
		case *ast.CallExpr:
			sel, ok := n.Fun.(*ast.SelectorExpr)
			if !ok || sel.Sel.Name != "Scan" || ast.Unparen(sel.X) != k.expr || len(n.Args) != 1 {
				return true
			}
			if ref, ok := n.Args[0].(*ast.UnaryExpr); ok && ref.Op == token.AND {
				if id, ok := ref.X.(*ast.Ident); ok {
					v, _ = l.pass.TypesInfo.Uses[id].(*types.Var)
				}
			}
		}
		return true
	})
	return v, elsewhere
}

// isRead tells whether a variable is used but to take a result or to be thrown
// away.
func (l *locks) isRead(v *types.Var, u *unit) bool {
	if v.IsField() || v.Parent() == nil || v.Parent() == v.Pkg().Scope() {
		return true
	}
	taken := map[*ast.Ident]bool{}
	take := func(e ast.Expr) {
		if ref, ok := e.(*ast.UnaryExpr); ok {
			e = ref.X
		}
		if id, ok := e.(*ast.Ident); ok {
			taken[id] = true
		}
	}
	read := false
	ast.Inspect(u.body, func(n ast.Node) bool { // parents come before what is in them
		switch n := n.(type) {
		case *ast.CallExpr:
			if sel, ok := n.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Scan" {
				for _, a := range n.Args {
					take(a)
				}
			}
		case *ast.AssignStmt:
			for i, e := range n.Lhs {
				if take(e); isBlank(e) && len(n.Lhs) == len(n.Rhs) {
					take(n.Rhs[i])
				}
			}
		case *ast.Ident:
			read = read || l.pass.TypesInfo.Uses[n] == v && !taken[n]
		}
		return true
	})
	return read
}

func isBlank(e ast.Expr) bool { id, ok := e.(*ast.Ident); return ok && id.Name == "_" }

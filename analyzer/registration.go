package analyzer

import (
	"cmp"
	"go/ast"
	"go/constant"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/safemig/safemig/internal/migration"
)

// registered is a migration that the program hands to a migration library.
type registered struct {
	tool     string
	version  string
	at       ast.Node
	up, down part
}

// part is one direction of it: a function, or texts that the library sends.
type part struct {
	unit   *unit
	texts  []text
	wrap   migration.Wrap
	unsure bool   // what the library does depends on options that are set elsewhere
	optOut string // what to write so that there is no transaction
}

const (
	gooseOptOut   = "goose.AddMigrationNoTxContext"
	gormOptOut    = "UseTransaction: false"
	sqlMigrateOut = "DisableTransactionUp: true"
)

// registrations finds the migrations that the package registers.
func (p *pkg) registrations() []registered {
	var out []registered
	for _, f := range p.files {
		if !importsAny(f, "pressly/goose", "uptrace/bun/migrate", "gormigrate", "sql-migrate") {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if r, ok := p.registeringCall(n); ok {
					out = append(out, r)
				}
			case *ast.CompositeLit:
				if r, ok := p.registeringLiteral(n); ok {
					out = append(out, r)
				}
			}
			return true
		})
	}
	slices.SortStableFunc(out, func(a, b registered) int {
		return cmp.Or(cmp.Compare(len(a.version), len(b.version)), cmp.Compare(a.version, b.version))
	})
	return out
}

func importsAny(f *ast.File, parts ...string) bool {
	for _, i := range f.Imports {
		for _, s := range parts {
			if strings.Contains(i.Path.Value, s) {
				return true
			}
		}
	}
	return false
}

// registeringCall knows goose's and bun's functions.
func (p *pkg) registeringCall(e *ast.CallExpr) (registered, bool) {
	fn, _ := typeutil.Callee(p.pass.TypesInfo, e).(*types.Func)
	if fn == nil || fn.Pkg() == nil {
		return registered{}, false
	}
	file := filepath.Base(p.pass.Fset.Position(e.Pos()).Filename)
	r := registered{version: digits(file), at: e}
	args := e.Args
	switch path := unversioned(fn.Pkg().Path()); {
	case path == "github.com/pressly/goose":
		r.tool = "goose"
		name, ok := strings.CutPrefix(fn.Name(), "AddNamedMigration")
		if ok && len(args) == 3 {
			r.version = cmp.Or(digits(filepath.Base(p.text(args[0]))), r.version)
			args = args[1:]
		} else if name, ok = strings.CutPrefix(fn.Name(), "AddMigration"); !ok || len(args) != 2 {
			return p.gooseMigration(fn, e, r)
		}
		wrap, out := migration.WrapFile, gooseOptOut
		if strings.HasPrefix(name, "NoTx") {
			wrap, out = migration.WrapNone, ""
		}
		r.up = part{unit: p.function(args[0]), wrap: wrap, optOut: out}
		r.down = part{unit: p.function(args[1]), wrap: wrap, optOut: out}
	case path == "github.com/uptrace/bun/migrate" && (fn.Name() == "Register" || fn.Name() == "MustRegister") && len(args) == 2:
		r.tool = "bun"
		r.up, r.down = part{unit: p.function(args[0])}, part{unit: p.function(args[1])}
	default:
		return registered{}, false
	}
	return r, r.up.unit != nil || r.down.unit != nil
}

// gooseMigration knows NewGoMigration(version, &GoFunc{RunTx, RunDB}, …).
func (p *pkg) gooseMigration(fn *types.Func, e *ast.CallExpr, r registered) (registered, bool) {
	if fn.Name() != "NewGoMigration" || len(e.Args) != 3 {
		return r, false
	}
	if tv := p.pass.TypesInfo.Types[e.Args[0]]; tv.Value != nil && tv.Value.Kind() == constant.Int {
		r.version = tv.Value.ExactString()
	}
	for i, to := range []*part{&r.up, &r.down} {
		lit := p.literal(e.Args[1+i], 0)
		if lit == nil {
			continue
		}
		if f := fieldExpr(p.pass.TypesInfo, lit, "RunTx"); f != nil {
			*to = part{unit: p.function(f), wrap: migration.WrapFile, optOut: "RunDB in place of RunTx"}
		} else if f := fieldExpr(p.pass.TypesInfo, lit, "RunDB"); f != nil {
			*to = part{unit: p.function(f), wrap: migration.WrapNone}
		}
	}
	return r, r.up.unit != nil || r.down.unit != nil
}

// registeringLiteral knows gormigrate.Migration and sql-migrate's migrate.Migration.
func (p *pkg) registeringLiteral(lit *ast.CompositeLit) (registered, bool) {
	t := p.pass.TypesInfo.TypeOf(lit)
	if ptr, ok := t.(*types.Pointer); ok { // an element of []*T
		t = ptr.Elem()
	}
	n, ok := types.Unalias(t).(*types.Named)
	if !ok || n.Obj().Pkg() == nil || n.Obj().Name() != "Migration" {
		return registered{}, false
	}
	r := registered{at: lit}
	get := func(name string) ast.Expr { return fieldExpr(p.pass.TypesInfo, lit, name) }
	switch unversioned(n.Obj().Pkg().Path()) {
	case "github.com/go-gormigrate/gormigrate":
		r.tool, r.version = "gormigrate", p.text(get("ID"))
		wrap, sure := p.gormTransaction()
		p1 := part{wrap: wrap, unsure: !sure, optOut: gormOptOut}
		r.up, r.down = p1, p1
		r.up.unit, r.down.unit = p.function(get("Migrate")), p.function(get("Rollback"))
		return r, r.up.unit != nil || r.down.unit != nil
	case "github.com/rubenv/sql-migrate":
		r.tool, r.version = "sql-migrate", p.text(get("Id"))
		for i, to := range []*part{&r.up, &r.down} {
			name := []string{"Up", "Down"}[i]
			if e := get(name); e != nil {
				if inner := p.literal(e, 0); inner != nil {
					to.texts = p.elements(inner, nil, 0)
				}
			}
			if to.wrap, to.optOut = migration.WrapFile, sqlMigrateOut; p.isTrue(get("DisableTransaction" + name)) {
				to.wrap = migration.WrapNone
			}
		}
		return r, len(r.up.texts)+len(r.down.texts) > 0
	case "github.com/uptrace/bun/migrate":
		r.tool, r.version = "bun", p.text(get("Name"))
		r.up.unit, r.down.unit = p.function(get("Up")), p.function(get("Down"))
		return r, r.up.unit != nil || r.down.unit != nil
	}
	return registered{}, false
}

// gormTransaction finds gormigrate's options in this package. Without any the
// default holds, unless the program sets them elsewhere.
func (p *pkg) gormTransaction() (wrap migration.Wrap, sure bool) {
	for _, f := range p.files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				named, ok := types.Unalias(p.pass.TypesInfo.TypeOf(n)).(*types.Named)
				if !ok || named.Obj().Pkg() == nil || named.Obj().Name() != "Options" || !strings.Contains(named.Obj().Pkg().Path(), "gormigrate") {
					return true
				}
				sure = true
				if p.isTrue(fieldExpr(p.pass.TypesInfo, n, "UseTransaction")) {
					wrap = migration.WrapFile
				}
			case *ast.SelectorExpr:
				v, _ := p.pass.TypesInfo.Uses[n.Sel].(*types.Var)
				if v != nil && v.Name() == "DefaultOptions" && v.Pkg() != nil && strings.Contains(v.Pkg().Path(), "gormigrate") {
					sure = true
				}
			}
			return true
		})
	}
	return wrap, sure
}

// function is the unit that an expression stands for. A literal becomes one of
// its own.
func (p *pkg) function(e ast.Expr) *unit {
	switch x := e.(type) {
	case nil:
		return nil
	case *ast.ParenExpr:
		return p.function(x.X)
	case *ast.FuncLit:
		u := &unit{node: x, body: x.Body, params: x.Type.Params}
		for _, c := range p.calls {
			if x.Pos() <= c.expr.Pos() && c.expr.End() <= x.End() {
				u.calls = append(u.calls, c)
				if i := slices.Index(c.unit.calls, c); i >= 0 && !c.unit.used {
					c.unit.calls = slices.Delete(c.unit.calls, i, i+1)
				}
				c.unit = u
			}
		}
		return u
	case *ast.Ident:
		switch o := p.pass.TypesInfo.Uses[x].(type) {
		case *types.Func:
			return p.byFunc[o]
		case *types.Var:
			if b := p.bound(o); b != nil && b.value != nil {
				return p.function(b.value)
			}
		}
	case *ast.SelectorExpr:
		if fn, ok := p.pass.TypesInfo.Uses[x.Sel].(*types.Func); ok {
			return p.byFunc[fn]
		}
	}
	return nil
}

// text is an expression's one value; "" where it is not known.
func (p *pkg) text(e ast.Expr) string {
	if e == nil {
		return ""
	}
	if ts := p.texts(e); len(ts) == 1 && !ts[0].partial {
		return ts[0].value
	}
	return ""
}

func (p *pkg) isTrue(e ast.Expr) bool {
	if e == nil {
		return false
	}
	v := p.pass.TypesInfo.Types[e].Value
	return v != nil && v.Kind() == constant.Bool && constant.BoolVal(v)
}

// digits are those that a name begins with.
func digits(name string) string {
	return name[:len(name)-len(strings.TrimLeft(name, "0123456789"))]
}

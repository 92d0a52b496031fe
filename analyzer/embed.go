package analyzer

import (
	"go/ast"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/safemig/safemig/internal/migration"
)

// embedded is a variable with a //go:embed.
type embedded struct {
	v         *types.Var
	directive *ast.Comment
	files     []string // absolute, in the order of their names
	tool      string   // of the library that gets it; "" where that is not seen
	one       *migration.File
}

// findEmbeds reads the directives of the package.
func (p *pkg) findEmbeds() {
	if p.embeds != nil {
		return
	}
	p.embeds = []*embedded{}
	for _, f := range p.files {
		if !importsAny(f, `"embed"`) {
			continue
		}
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, s := range g.Specs {
				vs, ok := s.(*ast.ValueSpec)
				if !ok || len(vs.Names) != 1 {
					continue
				}
				doc := vs.Doc
				if doc == nil {
					doc = g.Doc
				}
				p.directive(vs, doc)
			}
		}
	}
}

// directive takes the directives above a variable; a second one adds to the first.
func (p *pkg) directive(vs *ast.ValueSpec, doc *ast.CommentGroup) {
	v, ok := p.pass.TypesInfo.Defs[vs.Names[0]].(*types.Var)
	if doc == nil || !ok {
		return
	}
	for _, c := range doc.List {
		args, ok := strings.CutPrefix(c.Text, "//go:embed")
		if !ok || args == "" || args[0] != ' ' && args[0] != '\t' {
			continue
		}
		e := &embedded{v: v, directive: c}
		for _, pattern := range embedPatterns(args) {
			for _, f := range embedFiles(p.dir, pattern) {
				if !slices.Contains(e.files, f) {
					e.files = append(e.files, f)
				}
			}
		}
		slices.Sort(e.files)
		p.embeds = append(p.embeds, e)
	}
}

// embedPatterns reads a directive's arguments: words, or Go strings.
func embedPatterns(args string) []string {
	var out []string
	for args = strings.TrimSpace(args); args != ""; args = strings.TrimSpace(args) {
		if args[0] == '"' || args[0] == '`' {
			quoted, err := strconv.QuotedPrefix(args)
			if err != nil {
				return out
			}
			s, _ := strconv.Unquote(quoted)
			out, args = append(out, s), args[len(quoted):]
			continue
		}
		word := args
		if i := strings.IndexAny(args, " \t"); i >= 0 {
			word = args[:i]
		}
		out, args = append(out, word), args[len(word):]
	}
	return out
}

// embedFiles gives the .sql files of a pattern, as package embed reads it: a
// directory is taken with what is below, without names that begin with . or _
// unless the pattern begins with all:.
func embedFiles(dir, pattern string) []string {
	pattern, all := strings.CutPrefix(pattern, "all:")
	if !fs.ValidPath(pattern) {
		return nil
	}
	names, err := fs.Glob(os.DirFS(dir), pattern)
	if err != nil {
		return nil
	}
	var out []string
	for _, name := range names {
		_ = fs.WalkDir(os.DirFS(dir), name, func(file string, d fs.DirEntry, err error) error {
			if err != nil {
				return nil // the compiler speaks of it
			}
			if hidden := d.Name()[0] == '.' || d.Name()[0] == '_'; file != name && file != "." && hidden && !all {
				if d.IsDir() {
					return fs.SkipDir
				}
				return nil
			}
			if d.Type().IsRegular() && strings.HasSuffix(file, ".sql") {
				out = append(out, filepath.Join(dir, filepath.FromSlash(file)))
			}
			return nil
		})
	}
	return out
}

// embedOf gives the directive of a variable that holds one file as text.
func (p *pkg) embedOf(v *types.Var) *embedded {
	if v.Pkg() != p.pass.Pkg || v.IsField() || v.Parent() != v.Pkg().Scope() {
		return nil
	}
	p.findEmbeds()
	i := slices.IndexFunc(p.embeds, func(e *embedded) bool { return e.v == v })
	if i < 0 || len(p.embeds[i].files) != 1 {
		return nil
	}
	e := p.embeds[i]
	if e.one == nil {
		src, err := os.ReadFile(e.files[0])
		if err != nil {
			return nil
		}
		e.one = &migration.File{Path: p.show(e.files[0]), Src: src}
	}
	return e
}

func (e *embedded) text() []text {
	return []text{{value: string(e.one.Src), pieces: []piece{{0, len(e.one.Src), e.one, 0}}}}
}

// embedTools are the libraries that take file systems, by import path.
var embedTools = map[string]string{
	"github.com/golang-migrate/migrate/source/iofs": "golang-migrate",
	"github.com/pressly/goose":                      "goose",
	"github.com/rubenv/sql-migrate":                 "sql-migrate",
	"github.com/uptrace/bun/migrate":                "bun",
	"github.com/jackc/tern/migrate":                 "tern",
	"github.com/amacneil/dbmate/pkg/dbmate":         "dbmate",
}

// findTools sees which library gets each embedded variable.
func (p *pkg) findTools() {
	for _, f := range p.files {
		ast.Inspect(f, func(n ast.Node) bool {
			var path string
			var args []ast.Expr
			switch n := n.(type) {
			case *ast.CallExpr:
				if fn, ok := typeutil.Callee(p.pass.TypesInfo, n).(*types.Func); ok && fn.Pkg() != nil {
					path, args = fn.Pkg().Path(), n.Args
				}
			case *ast.CompositeLit:
				if named, ok := types.Unalias(p.pass.TypesInfo.TypeOf(n)).(*types.Named); ok && named.Obj().Pkg() != nil {
					path, args = named.Obj().Pkg().Path(), n.Elts
				}
			}
			if tool := embedTools[unversioned(path)]; tool != "" {
				for _, a := range args {
					p.given(a, tool)
				}
			}
			return true
		})
	}
}

// given notes that a library gets the embedded variables that an expression
// names, by themselves or through a variable: sub, err := fs.Sub(files, "dir").
func (p *pkg) given(e ast.Expr, tool string) {
	ast.Inspect(e, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		v, ok := p.pass.TypesInfo.Uses[id].(*types.Var)
		if !ok {
			return true
		}
		for _, e := range p.embeds {
			if e.v == v || p.subOf(v, e.v) {
				e.tool = tool
			}
		}
		return true
	})
}

// subOf tells whether a variable was set by fs.Sub of another.
func (p *pkg) subOf(v, of *types.Var) bool {
	if p.vars == nil {
		p.bind()
	}
	b := p.vars[v]
	if b == nil {
		return false
	}
	e, ok := b.call.(*ast.CallExpr)
	return ok && len(e.Args) == 2 && p.varOf(e.Args[0]) == of
}

// lintEmbeds judges the migrations that the package embeds.
func (p *pkg) lintEmbeds() error {
	p.findEmbeds()
	if len(p.embeds) == 0 {
		return nil
	}
	p.findTools()
	byTool := map[string]map[string]bool{}
	by := map[string]*embedded{} // by the path that is shown
	for _, e := range p.embeds {
		for _, f := range e.files {
			dir := filepath.Dir(f)
			if e.one != nil || foreignPath(p.show(dir)) || e.tool == "" && !p.isMigrations(dir) {
				continue
			}
			if byTool[e.tool] == nil {
				byTool[e.tool] = map[string]bool{}
			}
			byTool[e.tool][p.show(dir)] = true
			by[p.show(f)] = e
		}
	}
	for tool, dirs := range byTool {
		o, err := p.lintOptions()
		if err != nil {
			return err
		}
		for dir := range dirs {
			o.Paths = append(o.Paths, dir)
		}
		slices.Sort(o.Paths)
		o.Tool = tool
		o.Only = func(file string) bool { return by[path.Clean(file)] != nil }
		r, err := lintRun(o)
		if err != nil {
			continue // they are not the tool's: whoever runs it is told
		}
		for _, f := range r.Findings {
			p.found = append(p.found, found{f, by[path.Clean(f.File.Path)]})
		}
	}
	return nil
}

// isMigrations tells whether a directory holds migrations as far as its files say.
func (p *pkg) isMigrations(dir string) bool {
	const numbered = 20 // what migration.Plain gives for it
	c := migration.Detect(os.DirFS(dir))
	return c.Score >= numbered && !c.Format.Output
}

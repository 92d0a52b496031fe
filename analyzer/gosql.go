package analyzer

import (
	"bytes"
	"context"
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
	"github.com/safemig/safemig/rules"
)

// setting is what a piece of SQL is for, which decides what is said about it.
type setting int

const (
	isMigration   setting = iota // a migration library runs it
	likeMigration                // its function, file or package is called for migrations
	application                  // anything else: only DDL, and only who waits for it
)

// lintCalls judges the SQL of the package's migrations and calls.
func (p *pkg) lintCalls() error {
	if len(p.calls) == 0 && !p.registers() {
		return nil
	}
	regs := p.registrations()
	skip := map[ast.Node]bool{}
	for _, r := range regs {
		for _, by := range []part{r.up, r.down} {
			if by.unit != nil {
				skip[by.unit.node] = true
			}
		}
	}
	byTool := map[string]*lint.Given{}
	var order []string
	for _, r := range regs {
		m := migration.Migration{Version: r.version, Up: sections(p.partMessages(r.up, skip)), Down: sections(p.partMessages(r.down, skip))}
		name := r.tool
		if r.up.unsure {
			name += "?"
		}
		if m.File = fileOf(m); m.File == nil {
			continue
		}
		if byTool[name] == nil {
			byTool[name] = &lint.Given{Name: p.show(p.dir), Tool: r.tool}
			order = append(order, name)
		}
		byTool[name].Migrations = append(byTool[name].Migrations, m)
	}
	for _, name := range order {
		if err := p.lintGiven(*byTool[name], isMigration, strings.HasSuffix(name, "?")); err != nil {
			return err
		}
	}
	for _, u := range p.units {
		if u.used || skip[u.node] || len(u.calls) == 0 {
			continue
		}
		if err := p.lintUnit(u, skip); err != nil {
			return err
		}
	}
	return nil
}

// registers is a quick no for packages that register nothing.
func (p *pkg) registers() bool {
	return slices.ContainsFunc(p.files, func(f *ast.File) bool { return importsAny(f, "sql-migrate", "gormigrate") })
}

func (p *pkg) partMessages(by part, skip map[ast.Node]bool) []message {
	if by.unit == nil {
		return by.messages()
	}
	by.unit.used = true
	return p.messages(by.unit, by, skip)
}

func fileOf(m migration.Migration) *migration.File {
	for _, ss := range [][]migration.Section{m.Up, m.Down} {
		if len(ss) > 0 {
			return ss[0].File
		}
	}
	return nil
}

// lintUnit judges a function that no library runs as a migration.
func (p *pkg) lintUnit(u *unit, skip map[ast.Node]bool) error {
	if !slices.ContainsFunc(u.calls, func(c *call) bool { return slices.ContainsFunc(c.texts, mayBeDDL) }) {
		return nil
	}
	ms := p.messages(u, part{unsure: true}, skip)
	how := application
	if p.likeMigration(u) {
		how = likeMigration
	}
	// What does not parse is another database's, or is put together at run time.
	if foreignPath(p.fileOfNode(u.node)) || slices.ContainsFunc(ms, func(m message) bool { return mayBeDDL(m.text) && !parses(m.value) }) {
		return nil
	}
	for _, sure := range []bool{true, false} {
		mine := slices.DeleteFunc(slices.Clone(ms), func(m message) bool { return m.unsure == sure })
		m := migration.Migration{Up: sections(mine)}
		if m.File = fileOf(m); m.File == nil {
			continue
		}
		g := lint.Given{Name: p.show(p.dir), Tool: "go", Migrations: []migration.Migration{m}}
		if err := p.lintGiven(g, how, !sure); err != nil {
			return err
		}
	}
	return nil
}

func (p *pkg) fileOfNode(n ast.Node) string {
	return filepath.Base(p.pass.Fset.Position(n.Pos()).Filename)
}

// likeMigration tells whether the function, its file or package is called for
// migrations.
func (p *pkg) likeMigration(u *unit) bool {
	names := []string{p.fileOfNode(u.node), p.pass.Pkg.Name()}
	if d, ok := u.node.(*ast.FuncDecl); ok {
		names = append(names, d.Name.Name)
	}
	return slices.ContainsFunc(names, func(s string) bool { return strings.Contains(strings.ToLower(s), "migrat") })
}

// ddl are the words with which statements begin that change a schema.
var ddl = []string{"CREATE", "ALTER", "DROP", "REINDEX", "REFRESH", "CLUSTER"}

// mayBeDDL is a quick no for nearly every query.
func mayBeDDL(t text) bool {
	for _, w := range ddl {
		if containsFold(t.value, w) {
			return true
		}
	}
	return false
}

func containsFold(s, upper string) bool {
	for i := 0; i+len(upper) <= len(s); i++ {
		if s[i]&^0x20 == upper[0] && strings.EqualFold(s[i:i+len(upper)], upper) {
			return true
		}
	}
	return false
}

// isDDL tells whether a statement changes a schema.
func isDDL(statement []byte) bool {
	n := bytes.IndexFunc(statement, func(r rune) bool { return !unicode.IsLetter(r) })
	return n > 0 && slices.Contains(ddl, strings.ToUpper(string(statement[:n])))
}

func parses(sql string) bool {
	stmts := pgsql.Parse(&migration.Section{File: &migration.File{}, Text: []byte(sql)})
	return len(stmts) > 0 && !slices.ContainsFunc(stmts, func(s pgsql.Statement) bool { return s.Err != nil })
}

// inGoOnly are rules that the analysis of the program itself speaks for, or that
// would take both branches of an if for one sequence, or a loop for one round.
var inGoOnly = []string{"missing-unlock", "try-lock-result-ignored", "lock-released-before-record",
	"blocking-lock-with-concurrently", "xact-lock-outside-transaction", "certain-failure", "backfill-unbounded"}

// off gives the rules that do not speak.
func off(how setting, unsure bool) map[string]rules.Severity {
	out := map[string]rules.Severity{}
	for _, id := range inGoOnly {
		out[id] = rules.Off
	}
	if unsure {
		out["set-local-outside-transaction"] = rules.Off
	}
	for _, r := range rules.All() {
		switch {
		case how == isMigration && (!unsure || r.ID != "syntax-error"):
		case how == likeMigration && r.Category != rules.Hygiene && r.ID != "syntax-error":
		case how == application && (r.Category == rules.Lock || strings.HasPrefix(r.ID, "concurrently-")):
		default:
			out[r.ID] = rules.Off
		}
	}
	return out
}

// lintGiven runs the engine over a history and keeps what may be said.
func (p *pkg) lintGiven(g lint.Given, how setting, unsure bool) error {
	o, err := p.lintOptions()
	if err != nil {
		return err
	}
	o.Given, o.Severity = []lint.Given{g}, off(how, unsure)
	r, err := lintRun(o)
	if err != nil {
		return err
	}
	for _, f := range r.Findings {
		src := f.File.Src
		if how == application && f.Statement.Len() > 0 && f.Statement.End <= len(src) && !isDDL(src[f.Statement.Start:f.Statement.End]) {
			continue
		}
		if unsure {
			f.Fix = nil
		}
		p.add(f)
	}
	return nil
}

// lintRun is lint.Run; a file that cannot be read costs itself alone, and whoever
// runs the migrations speaks of it.
func lintRun(o lint.Options) (*lint.Result, error) {
	r, err := lint.Run(context.Background(), o)
	if r != nil {
		return r, nil
	}
	return nil, err
}

// lintOptions are those that all runs of a package share.
func (p *pkg) lintOptions() (lint.Options, error) {
	o := lint.Options{Dir: p.base, PG: p.opts.PG}
	file := p.opts.Config
	if file == "" {
		var err error
		if file, err = lint.FindConfig(p.dir); err != nil || file == "" {
			return o, err
		}
	}
	if !filepath.IsAbs(file) {
		wd, err := os.Getwd()
		if err != nil {
			return o, err
		}
		file = filepath.Join(wd, file)
	}
	var err error
	o.Config, err = lint.ReadConfig(file, p.base)
	return o, err
}

// goComment finds what takes a finding out: //safemig:ignore ID reason, on its
// line or on the line above.
func (p *pkg) goComment(f *rules.Finding) bool {
	if p.tokens[f.File] == nil {
		return false
	}
	src := f.File.Src
	lineStart := func(at int) int { return bytes.LastIndexByte(src[:at], '\n') + 1 }
	start := lineStart(min(f.Span.Start, len(src)))
	end := start + len(src[start:])
	if i := bytes.IndexByte(src[start:], '\n'); i >= 0 {
		end = start + i
	}
	lines := []string{string(src[start:end])}
	if start > 0 {
		if above := strings.TrimSpace(string(src[lineStart(start-1) : start-1])); strings.HasPrefix(above, "//") {
			lines = append(lines, above)
		}
	}
	for _, l := range lines {
		if i := strings.Index(l, "//"); i >= 0 {
			if ids, reason, ok := lint.ParseIgnore(strings.TrimSpace(l[i+2:])); ok && reason != "" && slices.Contains(ids, f.Rule.ID) {
				return true
			}
		}
	}
	return false
}

// span gives the positions of a finding in a Go file.
func (p *pkg) span(f *rules.Finding) (pos, end token.Pos) {
	pos, end = p.pos(f.File, f.Span.Start), p.pos(f.File, f.Span.End)
	return pos, max(pos, end)
}

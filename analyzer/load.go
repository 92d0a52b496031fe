package analyzer

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/rules"
)

// Program is what safemig asks of Go packages beside their migrations.
type Program struct {
	Packages int
	Findings []rules.Finding // at places in Go files
	Code     []lint.Code     // queries, sqlc's too, to hold against migrations
}

// Load analyzes the packages that the patterns name, as go list understands them
// in dir, with the options. Paths of findings are relative to dir. Migrations that
// the packages embed are left to lint.Run. A package that does not compile is an
// error.
func Load(ctx context.Context, dir string, patterns []string, o Options) (*Program, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", dir, err)
	}
	cfg := &packages.Config{Context: ctx, Dir: abs, Mode: packages.LoadSyntax | packages.NeedModule}
	pkgs, err := packages.Load(cfg, patterns...)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", strings.Join(patterns, " "), err)
	}
	if len(pkgs) == 0 {
		return nil, fmt.Errorf("load %s: no packages", strings.Join(patterns, " "))
	}
	if err := loadErrors(pkgs); err != nil {
		return nil, err
	}
	o.base, o.all = abs, true
	a := New(o)
	graph, err := checker.Analyze([]*analysis.Analyzer{a}, pkgs, nil)
	if err != nil {
		return nil, fmt.Errorf("analyze Go packages: %w", err)
	}
	out := &Program{Packages: len(pkgs)}
	for _, act := range graph.Roots {
		if act.Err != nil {
			return nil, fmt.Errorf("analyze %s: %w", act.Package.PkgPath, act.Err)
		}
		r := act.Result.(*Result)
		for _, f := range r.Findings {
			f.Fix = nil // for go vet -fix and golangci-lint --fix: what is made here is not analyzed again
			out.Findings = append(out.Findings, f)
		}
		out.Code = append(out.Code, r.Code...)
	}
	for _, root := range moduleRoots(pkgs) {
		out.Code = append(out.Code, sqlcQueries(root, abs)...)
	}
	return out, nil
}

// loadErrors are those of the packages, one line each.
func loadErrors(pkgs []*packages.Package) error {
	var errs []error
	for _, p := range pkgs {
		for _, e := range p.Errors {
			errs = append(errs, errors.New(strings.TrimPrefix(e.Error(), "-: ")))
		}
	}
	const most = 5
	if n := len(errs); n > most {
		errs = append(errs[:most], fmt.Errorf("and %d more errors: go build shows them", n-most))
	}
	return errors.Join(errs...)
}

func moduleRoots(pkgs []*packages.Package) []string {
	var roots []string
	for _, p := range pkgs {
		if p.Module != nil && p.Module.Dir != "" && !slices.Contains(roots, p.Module.Dir) {
			roots = append(roots, p.Module.Dir)
		}
	}
	return roots
}

package analyzer_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/analysis/suite/vet"
	"golang.org/x/tools/go/packages"

	"github.com/safemig/safemig/analyzer"
)

// alone tells whether an analyzer looks at one package only: one with facts needs
// the syntax of all dependencies.
func alone(a *analysis.Analyzer) bool {
	return len(a.FactTypes) == 0 && !slices.ContainsFunc(a.Requires, func(r *analysis.Analyzer) bool { return !alone(r) })
}

// BenchmarkBesideVet gives the time that the analyzer takes as a part of what go
// vet's own take on the same packages: those without facts, loading left out.
func BenchmarkBesideVet(b *testing.B) {
	dir, err := filepath.Abs("testdata/sinks")
	if err != nil {
		b.Fatal(err)
	}
	pkgs, err := packages.Load(&packages.Config{Dir: dir, Mode: packages.LoadSyntax | packages.NeedModule},
		"github.com/jackc/pgx/v5/...", "github.com/pressly/goose/v3", "./...")
	if err != nil {
		b.Fatal(err)
	}
	run := func(as ...*analysis.Analyzer) time.Duration {
		start := time.Now()
		if _, err := checker.Analyze(as, pkgs, nil); err != nil {
			b.Fatal(err)
		}
		return time.Since(start)
	}
	var suite []*analysis.Analyzer
	for _, a := range vet.Suite {
		if alone(a) {
			suite = append(suite, a)
		}
	}
	var own, others time.Duration
	for b.Loop() {
		own += run(analyzer.New(analyzer.Options{}))
		others += run(suite...)
	}
	b.ReportMetric(float64(len(suite)), "vet-analyzers")
	b.ReportMetric(float64(own)/float64(others), "of-vet")
	b.ReportMetric(float64(own.Microseconds())/float64(b.N*len(pkgs)), "µs/package")
}

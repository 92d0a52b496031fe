// Package analyzer finds unsafe PostgreSQL in Go programs: migrations that they
// embed, SQL that reaches a driver or a migration library, advisory locks that
// are taken on one connection and released on another, and queries that name
// what a migration drops. It judges with the engine of `safemig check`.
//
// Findings in embedded files stand in the .sql file under `go vet -vettool` and
// singlechecker; golangci-lint shows none outside of .go files, so that there
// [Options.EmbedAt] puts them on the //go:embed line. Neither replaces `safemig
// check`, which alone sees migrations that no program embeds.
//
// Not seen: SQL that is put together at run time, and what query builders and
// ORMs generate.
package analyzer

import (
	"fmt"
	"reflect"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/rules"
)

// Where findings in embedded files are reported.
const (
	EmbedAtFile      = "file"      // in the .sql file
	EmbedAtDirective = "directive" // one for each //go:embed, on its line
)

// Options says how to analyze. The zero value is the default.
type Options struct {
	EmbedAt string // EmbedAtFile, the default, or EmbedAtDirective
	Config  string // path of a .safemig.yml; "": the nearest one upwards of each package
	PG      int    // oldest server major to be safe on; 0: the configuration's, else 15
	Tests   bool   // look at _test.go files too
	Sinks   []Sink // further functions that take SQL

	base string // paths are shown relative to it; "": to the module's root
	all  bool   // embedded migrations are somebody else's: report what Go files hold
}

// Sink is a function of the user's own that sends SQL to a server.
type Sink struct {
	Func  string `json:"func"`  // as go doc writes it with the import path: "example.org/db.Exec", "(*example.org/db.Store).Exec"
	Arg   int    `json:"arg"`   // which argument is the SQL, from 0
	Class string `json:"class"` // what it is sent on: "pool", "conn", "tx", or "" where that is not known
}

// Result is what Run of an Analyzer gives: the findings that it also reported as
// diagnostics, those of embedded files left out.
type Result struct {
	Findings []rules.Finding
	Code     []lint.Code // queries, to hold against migrations
}

// Analyzer has the default options, and flags for them.
var Analyzer = New(Options{})

const doc = `report unsafe PostgreSQL: embedded migrations, SQL that reaches a driver, advisory locks

Findings have the rule's id in brackets; 'safemig explain ID' prints its page. A comment
//safemig:ignore ID reason on the line, or above it, takes a finding out; in SQL the
comment is -- safemig:ignore ID reason.`

// New gives an analyzer. Several may exist at once: it has no global state.
func New(o Options) *analysis.Analyzer {
	a := &analysis.Analyzer{
		Name:       "safemig",
		Doc:        doc,
		URL:        "https://github.com/safemig/safemig/blob/main/docs/go.md",
		ResultType: reflect.TypeFor[*Result](),
	}
	opts := o
	a.Flags.StringVar(&opts.EmbedAt, "embed-at", o.EmbedAt, "where findings in embedded files are reported: file or directive (default file)")
	a.Flags.StringVar(&opts.Config, "config", o.Config, "configuration `file` (default: the nearest "+lint.ConfigName+" upwards of the package)")
	a.Flags.IntVar(&opts.PG, "pg", o.PG, "oldest server major to be safe on")
	a.Flags.BoolVar(&opts.Tests, "tests", o.Tests, "look at _test.go files too")
	a.Flags.Func("sink", "a further function that takes SQL, as `FUNC,ARG[,pool|conn|tx]`; repeatable", func(s string) error {
		sink, err := parseSink(s)
		opts.Sinks = append(opts.Sinks, sink)
		return err
	})
	a.Run = func(pass *analysis.Pass) (any, error) {
		return run(pass, &opts)
	}
	return a
}

// Check tells what is wrong with options that were given in text.
func (o *Options) Check() error {
	if o.EmbedAt != "" && o.EmbedAt != EmbedAtFile && o.EmbedAt != EmbedAtDirective {
		return fmt.Errorf("embed-at %q: must be %s or %s", o.EmbedAt, EmbedAtFile, EmbedAtDirective)
	}
	if o.PG != 0 && (o.PG < lint.MinPG || o.PG > lint.MaxPG) {
		return fmt.Errorf("pg %d: safemig knows the majors %d to %d", o.PG, lint.MinPG, lint.MaxPG)
	}
	for _, s := range o.Sinks {
		if _, ok := classes[s.Class]; !ok {
			return fmt.Errorf("sink %s: class %q: must be pool, conn, tx, or none", s.Func, s.Class)
		}
		if s.Func == "" || !strings.Contains(s.Func, ".") || s.Arg < 0 {
			return fmt.Errorf("sink %q: func must be an import path and a name, as in (*example.org/db.Store).Exec, and arg at least 0", s.Func)
		}
	}
	return nil
}

func run(pass *analysis.Pass, o *Options) (*Result, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	p := newPkg(pass, o)
	if p.foreign() {
		return &p.result, nil
	}
	p.findCalls()
	if err := p.lintCalls(); err != nil {
		return nil, err
	}
	if err := p.lintLocks(); err != nil {
		return nil, err
	}
	if !o.all {
		if err := p.lintEmbeds(); err != nil {
			return nil, err
		}
	}
	if err := p.lintUses(); err != nil {
		return nil, err
	}
	p.report()
	return &p.result, nil
}

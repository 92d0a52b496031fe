// Package lint is the pipeline: it finds the migrations, replays them statement
// by statement through the catalog, lets the rules judge, and takes out what the
// authors have answered for. It writes nothing but with Fix and WriteBaseline.
package lint

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
	"github.com/safemig/safemig/internal/window"
	"github.com/safemig/safemig/rules"
)

// The majors that --pg takes, and the one it stands at.
const (
	MinPG     = 12
	MaxPG     = 19
	DefaultPG = 15
)

// Options says what to look at and how. The zero value looks at every migration
// directory below the working directory.
type Options struct {
	// FS holds the files; paths are then relative to its root. Nil: the operating
	// system's files, paths being relative to Dir ("" is the working directory).
	FS  fs.FS
	Dir string

	// Overlay gives files contents other than FS does: standard input, an editor's
	// buffers, git's index. Keys are slash-separated paths relative to FS or Dir.
	Overlay map[string][]byte

	// Paths are files, directories and globs; none: all migration directories.
	Paths []string

	Tool        string // name of a migration.Format; "" is detected
	PG          int    // 0: the configuration's, else DefaultPG
	Transaction migration.Wrap
	HasWrap     bool   // Transaction was given
	Zone        string // the time zone in which the server's sessions begin; "" is unknown
	Schema      string // path of the SQL that migrations start from; "" for none
	SchemaText  []byte // instead of Schema

	Config   *Config                   // nil: none
	Severity map[string]rules.Severity // by rule ID, over the configuration's
	NoRules  bool                      // for Visit alone

	After    string // a version: only what comes after it is reported; "": the configuration's
	Only     func(path string) bool
	Added    func(path string) bool // files that were not there before; nil: it is not known
	Baseline *Baseline
	Now      time.Time // for ignores that hold up to a day; zero: now
	Every    bool      // rules that report the first place of a history report all of them

	// Given are migrations that no file of SQL holds: a program has them in its own
	// code. With some, and without Paths, nothing else is looked at.
	Given []Given

	// Code is the SQL of the application. What names a table or column that a
	// reported migration drops or renames is a finding there, and is named in the
	// migration's own.
	Code []Code

	// Found are findings that were made elsewhere. Severities, the baseline and the
	// order hold for them as for others.
	Found []rules.Finding

	// MayBeNone: that no migrations are found is no error.
	MayBeNone bool

	// Visit is called for every statement that is reported, in order, after its
	// effects are known and before they are applied. Nothing of it may be kept but
	// copies: trees are dropped with their migration.
	Visit func(Visit)

	// VisitAll calls Visit also for what is read as history only, and for the
	// schema that a history starts from: see Visit.Before.
	VisitAll bool
}

// Given is a history that was read elsewhere. Its files have the paths that are
// shown, and are read by nobody else.
type Given struct {
	Name       string // for messages
	Tool       string
	Migrations []migration.Migration // in the order in which they run
}

// Visit is one statement as the pipeline sees it.
type Visit struct {
	History   *History
	Migration *migration.Migration
	Down      bool
	Stmt      *pgsql.Statement // Tx.ID is unique in the whole run
	Effects   []effect.Effect
	Window    *window.Window   // before the statement
	Before    bool             // only with VisitAll: history or, without a Migration, the schema
	Catalog   *catalog.Catalog // before the statement; what is changed must be rolled back
}

// History is one directory's migrations, or one file read alone.
type History struct {
	Dir    string // as it is shown; "" for a file read alone
	File   string // the file read alone
	Tool   string
	Why    string // what the tool was detected by; "" where it was given
	PG     int
	Wanted int // migrations reported

	format  migration.Format
	schema  string
	after   string // a version: only what comes after it is reported
	wanted  func(path string) bool
	last    int                   // index of the last migration to read; -1: all
	given   []migration.Migration // read already; see Source
	src     []byte                // of File
	unread  []Unread
	sure    bool                            // see isSure
	pending func(*migration.Migration) bool // nil: see wanted
	path    []string                        // search_path to begin with; nil: public
}

// Name is the directory, or the file, for messages.
func (h *History) Name() string {
	if h.File != "" {
		return h.File
	}
	return h.Dir
}

// Stats counts what was reported on; what was read as history only is left out.
type Stats struct {
	Files        int `json:"files"`
	Migrations   int `json:"migrations"`
	Statements   int `json:"statements"`
	SyntaxErrors int `json:"syntax_errors"`
	Unknown      int `json:"unknown"`
	Suppressed   int `json:"suppressed"`
}

func (s *Stats) add(o Stats) {
	s.Files += o.Files
	s.Migrations += o.Migrations
	s.Statements += o.Statements
	s.SyntaxErrors += o.SyntaxErrors
	s.Unknown += o.Unknown
	s.Suppressed += o.Suppressed
}

// Unmodelled is one statement that safemig does not model.
type Unmodelled struct {
	File *migration.File
	Span migration.Span
	What string
}

// Result is what a run found. Findings are ordered by path, offset and rule.
type Result struct {
	PG         int
	Findings   []rules.Finding
	Stats      Stats
	Histories  []*History
	PassedOver []PassedOver // what was come across and not read
	Unmodelled []Unmodelled
	Opaque     []migration.Opaque // of the Unmodelled, what is no SQL
	Baselined  int                // findings that the baseline knows
	Answered   []Answered
}

// Run checks migrations. Bad SQL is a finding; the error is for what could not
// be read. With an *UnreadError there is a Result of everything else.
func Run(ctx context.Context, o Options) (*Result, error) {
	if o.PG != 0 && (o.PG < MinPG || o.PG > MaxPG) {
		return nil, fmt.Errorf("PostgreSQL %d: safemig knows the majors %d to %d", o.PG, MinPG, MaxPG)
	}
	t, err := newTree(&o)
	if err != nil {
		return nil, err
	}
	f := &finder{tree: t, opts: &o}
	histories, err := f.find()
	if err != nil {
		return nil, err
	}
	// Histories know nothing of each other; a visitor sees them in order.
	shards := 1
	if o.Visit == nil {
		shards = max(1, min(runtime.GOMAXPROCS(0), len(histories)))
	}
	code := readCode(o.Code)
	runs, err := replay(ctx, t, &o, histories, shards, code)
	if err != nil {
		return nil, err
	}
	for _, f := range o.Found {
		runs[0].report(f)
	}
	code.report(runs[0], runs)
	r := runs[0].result(histories, runs[1:])
	r.PassedOver = f.passed
	return r, unread(histories, f.unread)
}

// replay runs the histories, each on one of some goroutines. A panic there is
// one here.
func replay(ctx context.Context, t *tree, o *Options, histories []*History, shards int, code *code) ([]*run, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var next atomic.Int32
	var wg sync.WaitGroup
	runs, errs, bugs := make([]*run, shards), make([]error, shards), make([]*Bug, shards)
	for i := range runs {
		runs[i] = newRun(t, o)
		runs[i].uses = code.reader()
		wg.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					bugs[i] = caught(p, "")
					cancel()
				}
			}()
			for {
				n := int(next.Add(1)) - 1
				if n >= len(histories) {
					return
				}
				if errs[i] = runs[i].history(ctx, histories[n], shards); errs[i] != nil {
					cancel()
					return
				}
			}
		})
	}
	wg.Wait()
	for _, b := range bugs {
		if b != nil {
			panic(b)
		}
	}
	for _, err := range errs {
		if err != nil && !errors.Is(err, context.Canceled) {
			return nil, err
		}
	}
	return runs, errors.Join(errs...)
}

// Bug is what Run panics with: a panic of safemig's own, and what was being
// read when it happened.
type Bug struct {
	Value any
	Stack []byte
	Path  string
}

func (b *Bug) Error() string { return fmt.Sprint(b.Value) }

// caught makes a Bug of a recovered panic.
func caught(p any, path string) *Bug {
	if b, ok := p.(*Bug); ok {
		return b
	}
	return &Bug{Value: p, Stack: debug.Stack(), Path: path}
}

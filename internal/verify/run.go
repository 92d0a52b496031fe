package verify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/pgserver"
)

// Options says what to run and where.
type Options struct {
	Lint        lint.Options // what is read; PG and Visit are set by Run
	Major       int          // 12 to 18; 0: of the server that is found
	Server      string       // DSN of a throw-away server; "": one is started
	AllowTables bool         // take a Server whose database has tables
	Download    bool         // fetch a server when none is installed
	KeepGoing   bool         // after a failure that nothing predicted, too
	Down        bool         // the down part of each migration too
	Log         io.Writer    // one line for each slow step of getting a server

	// Progress is called before each statement, with how many came before it.
	Progress func(done, total int, s *Statement)
	// Predict replaces a prediction: a test proves that a wrong one shows.
	Predict func(*Statement) []effect.Effect
}

// Run runs the migrations on a server, as their tool would, and holds every
// statement against its prediction. A migration that fails is in the Result;
// the error is for what could not be read, started, or ended. It leaves nothing
// behind: of a given server it touches databases only that it creates.
func Run(ctx context.Context, o Options) (*Result, error) {
	// read once before a server is started for nothing; its major decides what is predicted
	guess, err := plan(ctx, o.Lint, cmp.Or(o.Major, lint.DefaultPG))
	if err != nil {
		return nil, err
	}
	if o.Server != "" {
		if err := withinDatabase(guess); err != nil {
			return nil, err
		}
	}
	server, err := pgserver.Start(ctx, pgserver.Options{
		Major: o.Major, DSN: o.Server, AllowNonEmpty: o.AllowTables, Download: o.Download, Log: o.Log})
	if err != nil {
		return nil, err
	}
	result, err := onServer(ctx, server, guess, o)
	return result, errors.Join(err, server.Stop())
}

// onServer runs the histories, each in a database of its own.
func onServer(ctx context.Context, server *pgserver.Server, guess []*history, o Options) (*Result, error) {
	hs := guess
	if o.Lint.Zone = server.Zone; server.Zone != "" || server.Major != cmp.Or(o.Major, lint.DefaultPG) {
		var err error
		if hs, err = plan(ctx, o.Lint, server.Major); err != nil {
			return nil, err
		}
	}
	if server.Given() {
		if err := withinDatabase(hs); err != nil {
			return nil, err
		}
	}
	r := &runner{o: o, server: server, out: &Result{Major: server.Major, Version: server.Version}}
	for _, h := range hs {
		r.out.Opaque = append(r.out.Opaque, h.opaque...)
		for _, m := range h.migrations {
			r.total += len(m.up)
			if o.Down {
				r.total += len(m.down)
			}
		}
	}
	for _, h := range hs {
		dsn, drop, err := server.NewDatabase(ctx)
		if err != nil {
			return nil, r.lost(ctx, err)
		}
		r.dsn, r.named, r.dark = dsn, nil, false
		err = r.history(ctx, h)
		drop()
		if err != nil {
			return nil, r.lost(ctx, err)
		}
	}
	return r.out, nil
}

// runner runs histories one after the other.
type runner struct {
	o      Options
	server *pgserver.Server
	dsn    string // of the history's database
	out    *Result
	done   int
	total  int
	now    *Statement // under way

	named map[string]bool // relations that the history's statements spoke of
	dark  bool            // something ran that nobody looks into
}

// lost says where the run broke off.
func (r *runner) lost(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted: %w", ctx.Err())
	}
	if r.now == nil {
		return err
	}
	return fmt.Errorf("lost the server at %s:%d (%s): %w", r.now.Path, r.now.Line, Shorten(r.now.OneLine(), 60), err)
}

// history runs the migrations of one history.
func (r *runner) history(ctx context.Context, h *history) error {
	if !r.server.Given() {
		if err := r.createRoles(ctx, h); err != nil {
			return err
		}
	}
	if err := r.schema(ctx, h.schema); err != nil {
		return err
	}
	stopped := false
	for _, m := range h.migrations {
		if stopped {
			r.skip(m.up)
			if r.o.Down {
				r.skip(m.down)
			}
			continue
		}
		ok, err := r.migration(ctx, m, m.up, false)
		if err != nil {
			return err
		}
		stopped = !ok && !r.o.KeepGoing
		if !r.o.Down {
			continue
		}
		if !ok {
			r.skip(m.down)
		} else if err := r.down(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// down runs a migration's down part right after its up part, which is what it is
// written for, on a copy of the database: the next migration finds the original.
func (r *runner) down(ctx context.Context, m *migrationPlan) error {
	if m.before || len(m.down) == 0 {
		return nil
	}
	copied, drop, err := r.server.CopyDatabase(ctx, r.dsn)
	if err != nil {
		return err
	}
	defer drop()
	original := r.dsn
	r.dsn = copied
	_, err = r.migration(ctx, m, m.down, true)
	r.dsn = original
	return err
}

// skip records statements that are not run.
func (r *runner) skip(ss []*Statement) {
	for _, s := range ss {
		r.done++
		if !s.Before {
			r.out.Outcomes = append(r.out.Outcomes, &Outcome{Statement: s, Status: NotRun})
		}
	}
}

// migration runs one direction of a migration and tells whether the next one can
// follow. One that fails as predicted is applied without its transaction, so
// that what follows finds what it expects.
func (r *runner) migration(ctx context.Context, m *migrationPlan, ss []*Statement, down bool) (bool, error) {
	if len(ss) == 0 {
		return true, nil
	}
	if !m.before && !down {
		r.out.Migrations++
	}
	broken := Broken{Path: m.path, Migration: m.version, Down: down}
	if m.refused != "" && !down {
		broken.Why, broken.Predicted = "its tool refuses it: "+m.refused, true
		r.out.Broken = append(r.out.Broken, broken)
		r.skip(ss)
		return true, r.loose(ctx, ss)
	}
	e, err := r.open(ctx)
	if err != nil {
		return false, err
	}
	defer e.close()
	for i, s := range ss {
		r.step(s)
		o, err := e.statement(ctx, s, i+1 < len(ss) && ss[i+1].Tx.ID == s.Tx.ID)
		if err != nil {
			return false, err
		}
		last := i+1 == len(ss) || ss[i+1].Tx.ID != s.Tx.ID
		if o.Status != Failed && o.Status != Refused && last {
			if err := e.commit(ctx, o); err != nil {
				return false, err
			}
		}
		r.record(o)
		if o.Status != Failed && o.Status != Refused {
			continue
		}
		broken.Path, broken.Predicted = s.Path, o.Status == Refused
		broken.Why = fmt.Sprintf("line %d: %s (SQLSTATE %s)", s.Line, o.Error, o.SQLState)
		r.out.Broken = append(r.out.Broken, broken)
		r.skip(ss[i+1:])
		e.close()
		if o.Status == Refused || r.o.KeepGoing {
			return o.Status == Refused, r.loose(ctx, undone(ss, i))
		}
		return false, nil
	}
	return true, nil
}

// undone are the statements that did not take effect when the one at i failed:
// those of its transaction, and those after it.
func undone(ss []*Statement, i int) []*Statement {
	for i > 0 && ss[i-1].Tx.ID == ss[i].Tx.ID {
		i--
	}
	return ss[i:]
}

func (r *runner) step(s *Statement) {
	r.now = s
	if r.o.Progress != nil {
		r.o.Progress(r.done, r.total, s)
	}
	r.done++
}

func (r *runner) record(o *Outcome) {
	if o.Before && (o.Status == Failed || o.Status == Refused) {
		o.Before = false // an earlier migration that fails is news
	}
	if !o.Before {
		r.out.Outcomes = append(r.out.Outcomes, o)
	}
}

// closing bounds how long the end of a session may take.
const closing = 3 * time.Second

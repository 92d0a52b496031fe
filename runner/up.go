package runner

import (
	"context"
	"errors"
	"slices"
)

// Result is what a run did.
type Result struct {
	Run      string    // its ID, a UUID
	Versions []string  // applied, or reverted, in this order
	Findings []Finding // of the checks, answered ones too
}

// Up applies what is pending, up to Options.To. It is refused as a whole
// (*RefusedError) before anything is run; what was applied before an error stays
// applied (*MigrationError).
func (r *Runner) Up(ctx context.Context) (*Result, error) {
	run := r.newRun()
	res := &Result{Run: run.id}
	err := run.sessions(ctx, func(ctx context.Context, s *session) error {
		var items []*item
		var p *checked
		x, err := s.state(ctx)
		if underWay := (*StateError)(nil); !errors.As(err, &underWay) { // else a tool may be at work: looked at again under its lock
			if err != nil {
				return err
			}
			if items, err = s.pending(ctx, x); err != nil {
				return err
			}
			if len(items) == 0 {
				return errIdle
			}
			if p, err = s.check(ctx, items, x, false); err != nil {
				res.Findings = p.findings
				return err
			}
		}
		if x, err = s.enter(ctx, nil, s.nothingPending); err != nil {
			return err
		}
		if err := s.r.agree(x); err != nil {
			return err
		}
		again, err := s.pending(ctx, x)
		if err != nil {
			return err
		}
		if len(again) == 0 {
			return errIdle
		}
		if !slices.Equal(items, again) { // somebody was faster
			if p, err = s.check(ctx, again, x, false); err != nil {
				res.Findings = p.findings
				return err
			}
		}
		res.Findings = p.findings
		return s.apply(ctx, p.jobs, x)
	})
	res.Versions = run.did
	return res, run.finish(err)
}

// enter takes the locks and makes what is missing of the tables, then reads anew.
// idle tells, while it waits, that nothing is left to do.
func (s *session) enter(ctx context.Context, others []AdvisoryLock, idle func(context.Context) (bool, error)) (*recorded, error) {
	if h := s.r.o.History; h != nil {
		var err error
		if others, err = h.Locks(ctx, s.conn); err != nil {
			return nil, err
		}
	}
	if err := s.lock(ctx, others, idle); err != nil {
		return nil, err
	}
	x, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	if !x.exists {
		if err := s.bootstrap(ctx); err != nil {
			return nil, err
		}
	}
	if h := s.r.o.History; h != nil && !x.fexists {
		if err := s.createForeign(ctx, h); err != nil {
			return nil, err
		}
	}
	if x.exists && (s.r.o.History == nil || x.fexists) {
		return x, nil
	}
	return s.state(ctx)
}

// nothingPending is asked while somebody else has the lock.
func (s *session) nothingPending(ctx context.Context) (bool, error) {
	x, err := s.state(ctx)
	if underWay := (*StateError)(nil); errors.As(err, &underWay) {
		return false, nil // it is looked at again under the lock
	}
	if err != nil {
		return false, err
	}
	items, err := s.pending(ctx, x)
	if err != nil {
		return false, nil // the same
	}
	return len(items) == 0, nil
}

func (s *session) createForeign(ctx context.Context, h History) error {
	if err := s.simple(ctx, "/* safemig:bootstrap */ BEGIN; SET LOCAL lock_timeout = '5s'"); err != nil {
		return err
	}
	err := h.Create(ctx, s.conn)
	if err == nil {
		return s.simple(ctx, "/* safemig:bootstrap */ COMMIT")
	}
	if !s.conn.IsClosed() {
		_ = s.simple(ctx, "/* safemig:rollback */ ROLLBACK") // the error is the one that counts
	}
	if sqlState(err) == "42501" {
		return &StartError{Why: "no privilege to make " + h.Name() + "'s version table", Err: err}
	}
	return err
}

// finish says how a run ended.
func (r *run) finish(err error) error {
	var m *MigrationError
	if errors.As(err, &m) {
		m.Applied = r.did
	}
	switch {
	case errors.Is(err, errIdle) && len(r.did) == 0:
		r.emit(Event{Kind: KindNothing})
		return nil
	case err == nil || errors.Is(err, errIdle):
		r.emit(Event{Kind: KindDone, Count: len(r.did)})
		return nil
	}
	kind := KindFailed
	var u *UnresolvedError
	if errors.As(err, &u) {
		kind = KindUnresolved
	}
	r.emit(Event{Kind: kind, Message: err.Error(), SQLState: sqlState(err), Count: len(r.did)})
	return err
}

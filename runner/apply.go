package runner

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"time"
)

// work is what one transaction does of one job: a whole migration, or one step.
type work struct {
	j      *job
	g      *group   // nil for what has no statements
	steps  bool     // the job has several steps: this one is written down
	last   bool     // with it the migration is done and recorded
	row    *stepRow // what is written of the step already
	known  bool     // the ledger has a row of the migration
	began  time.Time
	number int // of the statement before the first of g
}

// state is what the work makes of its migration.
func (w *work) state() State {
	if w.j.down {
		return Reverted
	}
	return Applied
}

// apply runs jobs in order. What one transaction is to hold goes in one.
func (s *session) apply(ctx context.Context, jobs []*job, x *recorded) error {
	for i := 0; i < len(jobs); {
		if err := ctx.Err(); err != nil {
			return interrupted(err)
		}
		n := 1
		for jobs[i].all && i+n < len(jobs) && jobs[i+n].all {
			n++
		}
		unit := jobs[i : i+n]
		for k, j := range unit {
			s.r.emit(Event{Kind: KindStart, Version: j.version, Name: j.name, Path: j.path, Down: j.down, N: i + k + 1, Of: len(jobs), Count: j.count})
		}
		if err := s.unit(ctx, unit, x); err != nil {
			return err
		}
		i += n
	}
	return nil
}

func (s *session) unit(ctx context.Context, unit []*job, x *recorded) error {
	if err := s.reset(ctx, unit[0].version); err != nil {
		return err
	}
	j := unit[0]
	if !j.single() || len(x.steps[j.version]) > 0 {
		return s.stepwise(ctx, j, x)
	}
	var ws []*work
	for _, j := range unit {
		w := &work{j: j, last: true, known: x.by[j.version] != nil, began: time.Now()}
		if len(j.groups) > 0 {
			w.g = j.groups[0]
		}
		ws = append(ws, w)
	}
	return s.transact(ctx, ws)
}

// transact runs a transaction until it commits, or fails for good. Between two
// attempts nothing is held but the lock that nobody else needs.
func (s *session) transact(ctx context.Context, ws []*work) error {
	start := time.Now()
	pause := time.Second
	for n := 1; ; n++ {
		err := s.attempt(ctx, ws, s.rung(n))
		if err == nil || s.conn.IsClosed() {
			return err
		}
		if s.status() != 'I' {
			if back := s.simple(context.Background(), "/* safemig:rollback */ ROLLBACK"); back != nil {
				return back
			}
		}
		var m *MigrationError
		if errors.As(err, &m) {
			m.RolledBack = m.RolledBack || !ws[0].steps
		}
		if ctx.Err() != nil {
			return interrupted(err)
		}
		if !again(err, n) || n >= s.r.o.Tries || time.Since(start) > mostRetrying {
			return err
		}
		e := Event{Kind: KindRetry, Attempt: n, Wait: pause, Message: err.Error(), SQLState: sqlState(err), Version: ws[0].j.version}
		if m != nil {
			e.Path, e.Line, e.Statement = m.Path, m.Line, m.Statement
		}
		s.r.emit(e)
		if err := sleep(ctx, jittered(pause)); err != nil {
			return interrupted(err)
		}
		pause = min(2*pause, time.Minute)
		if err := s.reset(ctx, s.version); err != nil {
			return err
		}
	}
}

const mostRetrying = 30 * time.Minute

// rung is the lock_timeout of an attempt: it grows up to Options.LockTimeout, so
// that the first ones hold up little of what queues behind them.
func (s *session) rung(n int) time.Duration {
	d := 500 * time.Millisecond
	for ; n > 1 && d < s.r.o.LockTimeout; n-- {
		d *= 2
	}
	return min(d, s.r.o.LockTimeout)
}

// again tells whether the same may work a moment later.
func again(err error, n int) bool {
	switch sqlState(err) {
	case "55P03", "40P01", "40001":
		return true
	case "55006":
		return n == 1
	case "XX000":
		return n == 1 && strings.Contains(err.Error(), "tuple concurrently updated")
	}
	return false
}

// interruptible runs fn, and cancels what the server does for it when the context
// ends. fn itself must not look at that context: pgx would close the connection.
func (s *session) interruptible(ctx context.Context, fn func() error) error {
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		s.r.emit(Event{Kind: KindInterrupt, Message: "the statement is cancelled and rolled back"})
		s.cancel()
	})
	err := fn()
	if !stop() {
		<-done // the request must not hit what comes next
	}
	return err
}

// cancel asks the server to cancel what the session does now.
func (s *session) cancel() {
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
	defer stop()
	_ = s.conn.PgConn().CancelRequest(ctx) // where it does not arrive, the statement goes on
}

// InterruptedError says that the context ended; Err is what that did to the work.
type InterruptedError struct{ Err error }

func (e *InterruptedError) Error() string { return "interrupted: " + e.Err.Error() }
func (e *InterruptedError) Unwrap() error { return e.Err }

func interrupted(err error) error {
	var i *InterruptedError
	if errors.As(err, &i) {
		return err
	}
	return &InterruptedError{err}
}

func jittered(d time.Duration) time.Duration {
	return d/2 + time.Duration(float64(d)*rand.Float64())
}

package runner

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
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

// attempt runs the transaction once.
func (s *session) attempt(ctx context.Context, ws []*work, lockTimeout time.Duration) error {
	s.timeout = lockTimeout
	begin := "BEGIN"
	if g := ws[0].g; g != nil && g.begin != "" {
		begin = g.begin
	}
	xid, err := s.begin(begin, lockTimeout)
	if err != nil {
		return err
	}
	fence := s.fence(xid)
	for _, w := range ws {
		if err := s.body(ctx, w); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.between(ws, func() error { return s.write(w, fence, lockTimeout) }); err != nil {
			return &MigrationError{Version: w.j.version, Path: w.j.path, Down: w.j.down, Err: err}
		}
	}
	return s.commit(ws)
}

// between runs fn, and where more migrations follow in the transaction, gives them
// back the search_path that fn changes.
func (s *session) between(ws []*work, fn func() error) error {
	if len(ws) == 1 {
		return fn()
	}
	var path string
	ctx := context.Background()
	if err := s.conn.QueryRow(ctx, "/* safemig:record */ SELECT pg_catalog.current_setting('search_path')").Scan(&path); err != nil {
		return err
	}
	if err := fn(); err != nil {
		return err
	}
	return s.simple(ctx, "/* safemig:record */ SELECT pg_catalog.set_config('search_path', "+literal(path)+", true)")
}

// begin opens the transaction and gives its ID, which is the same as long as it
// is the same transaction.
func (s *session) begin(begin string, lockTimeout time.Duration) (xid string, err error) {
	limit := fmt.Sprintf("SET LOCAL lock_timeout = %d; ", max(1, lockTimeout.Milliseconds()))
	if s.ownLimit {
		limit = ""
	}
	sql := "/* safemig:begin */ " + begin + "; " + limit + "SELECT pg_catalog.txid_current()"
	results, err := s.conn.PgConn().Exec(context.Background(), sql).ReadAll()
	if err != nil {
		return "", fmt.Errorf("begin a transaction: %w", err)
	}
	xid = string(results[len(results)-1].Rows[0][0])
	if _, err := strconv.ParseInt(xid, 10, 64); err != nil {
		return "", fmt.Errorf("begin a transaction: its ID is %q", xid)
	}
	return xid, nil
}

// body runs the statements of a work, each in a message of its own.
func (s *session) body(ctx context.Context, w *work) error {
	if w.j.code != nil {
		return s.code(ctx, w.j)
	}
	if w.g == nil {
		return nil
	}
	for i, st := range w.g.stmts {
		if err := ctx.Err(); err != nil {
			return err
		}
		s.r.emit(Event{Kind: KindStatement, Version: w.j.version, Path: st.path, Line: st.line, Statement: st.String(), N: w.number + i + 1, Of: w.j.count, Down: w.j.down})
		err := s.watched(st, w.j, func() error {
			return s.interruptible(ctx, func() error { return s.simple(context.Background(), st.sql) })
		})
		if err == nil && s.status() != 'T' {
			err = errors.New("the statement ended the transaction that it ran in: what came before it is committed and not recorded")
		}
		if err != nil {
			return &MigrationError{Version: w.j.version, Path: st.path, Line: st.line, Statement: st.String(), Down: w.j.down, Err: err}
		}
		s.noticed(st)
	}
	return nil
}

// noticed keeps in mind that the migration sets lock_timeout for what follows.
func (s *session) noticed(st *stmt) {
	s.ownLimit = s.ownLimit || st.setting && strings.Contains(strings.ToLower(st.sql), "lock_timeout")
}

// code runs a migration in Go.
func (s *session) code(ctx context.Context, j *job) error {
	fn := j.code.Up
	if j.down {
		fn = j.code.Down
	}
	want := s.status()
	err := s.interruptible(ctx, func() error { return fn(context.WithoutCancel(ctx), s.conn) })
	switch {
	case err == nil && s.conn.IsClosed():
		err = errors.New("it closed the connection")
	case err == nil && s.status() == 'E':
		err = errors.New("it went on after an error: the transaction is aborted")
	case err == nil && s.status() != want:
		err = errors.New("it ended the transaction that it ran in, or left one open: what it committed is not recorded")
	}
	if err != nil {
		return &MigrationError{Version: j.version, Path: j.path, Down: j.down, Err: err}
	}
	return nil
}

// write writes what the transaction has done, fenced.
func (s *session) write(w *work, fence Fence, lockTimeout time.Duration) error {
	ctx := context.Background() // short, and not to be torn in two
	prepare := fmt.Sprintf("/* safemig:record */ RESET SESSION AUTHORIZATION; RESET ROLE; SET LOCAL search_path = pg_catalog; SET LOCAL lock_timeout = %d; SET LOCAL statement_timeout = 0",
		max(1, lockTimeout.Milliseconds()))
	if err := s.simple(ctx, prepare); err != nil {
		return err
	}
	if w.steps {
		if err := s.writeStep(ctx, w, stepDone, nil, nil, fence); err != nil {
			return err
		}
	}
	if !w.last {
		return nil
	}
	if err := s.writeRecord(ctx, w, w.state(), fence); err != nil {
		return err
	}
	if w.steps || w.row != nil {
		if err := s.tidySteps(ctx, w.j); err != nil {
			return err
		}
	}
	if h := s.r.o.History; h != nil {
		if w.j.down {
			return h.Revert(ctx, s.conn, w.j.known(), fence)
		}
		return h.Apply(ctx, s.conn, w.j.known(), fence)
	}
	return nil
}

// commit ends the transaction. An error of the network leaves open whether it was
// committed: the next session reads the answer.
func (s *session) commit(ws []*work) error {
	for _, w := range ws {
		if w.last {
			s.r.doubt[w.j.version] = w.state()
		}
	}
	results, err := s.conn.PgConn().Exec(context.Background(), "/* safemig:commit */ COMMIT").ReadAll()
	if err != nil && s.conn.IsClosed() {
		return err
	}
	clear(s.r.doubt)
	if err == nil && (len(results) != 1 || results[0].CommandTag.String() != "COMMIT") {
		err = errors.New("the server rolled the transaction back at COMMIT")
	}
	last := ws[len(ws)-1]
	if err != nil {
		return &MigrationError{Version: last.j.version, Path: last.j.path, Down: last.j.down, Err: fmt.Errorf("at COMMIT: %w", err)}
	}
	for _, w := range ws {
		if w.last {
			s.applied(w)
		}
	}
	return nil
}

func (s *session) applied(w *work) {
	s.r.did = append(s.r.did, w.j.version)
	kind := KindApplied
	if w.j.down {
		kind = KindReverted
	}
	s.r.emit(Event{Kind: kind, Version: w.j.version, Name: w.j.name, Path: w.j.path, Elapsed: time.Since(w.began), Count: w.j.count, Down: w.j.down})
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

package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/safemig/safemig/internal/pgsql"
)

// kind is what the ledger calls a step that runs alone.
func (w *work) kind() string {
	switch {
	case w.j.code != nil:
		return "go"
	case w.g.stmts[0].conc != nil:
		return string(w.g.stmts[0].conc.Do) + " concurrently"
	case w.g.stmts[0].forbidden != "":
		return w.g.stmts[0].forbidden
	}
	return "alone"
}

// repeats are the statements that may be run again whatever became of them
// (PreventInTransactionBlock's names for them).
var repeats = []string{"VACUUM", "CLUSTER", "ALTER SYSTEM", "REINDEX", "REINDEX CONCURRENTLY", "REINDEX SCHEMA", "REINDEX DATABASE", "REINDEX SYSTEM", "REINDEX TABLE", "REINDEX INDEX"}

// alone runs a statement that the server refuses in a transaction: written down as
// started, sent alone, looked for in the catalog, written down as done.
func (s *session) alone(ctx context.Context, w *work) error {
	st := w.g.stmts[0]
	w.g.alone = true
	if w.row != nil && w.row.State != stepDone {
		done, err := s.reconcile(ctx, w)
		if err != nil || done {
			return err
		}
	}
	pause := time.Second
	for n := 1; ; n++ {
		pre, err := s.inspect(ctx, st)
		if err != nil {
			return err
		}
		if err := s.ready(ctx, w, pre); err != nil {
			return err
		}
		if st.conc != nil {
			if y := s.yield(ctx); y != nil {
				if w.row != nil { // nothing is left of the attempt before
					err = s.writeStepError(context.Background(), w, stepFailed, nil, nil, holds(s.r.o.Key), y)
				}
				return errors.Join(y, err)
			}
		}
		if err := s.writeStep(context.Background(), w, stepStarted, pre, nil, holds(s.r.o.Key)); err != nil {
			return err
		}
		attempt := 1
		if w.row != nil {
			attempt = w.row.Attempt + 1
		}
		w.row = &stepRow{Version: w.j.version, Ordinal: w.g.ordinal, Hash: w.g.hash, State: stepStarted, Attempt: attempt, Pre: pre}
		err = s.send(ctx, w)
		if s.conn.IsClosed() {
			return err // the next session finds out
		}
		var post *indexState
		if err == nil {
			if post, err = s.verified(st, pre); err == nil {
				return s.closeStep(w, post)
			}
		}
		if s.conn.IsClosed() {
			return err
		}
		if post, finished := s.cleared(ctx, w, pre, &err); finished {
			return s.closeStep(w, post)
		}
		m := &MigrationError{Version: w.j.version, Path: st.path, Line: st.line, Statement: st.String(), Down: w.j.down, Err: err}
		if ctx.Err() == nil && again(err, n) && n < s.r.o.Tries {
			s.r.emit(Event{Kind: KindRetry, Attempt: n, Wait: pause, Message: err.Error(), SQLState: sqlState(err), Version: w.j.version, Path: st.path, Line: st.line, Statement: st.String()})
			if sleep(ctx, jittered(pause)) == nil {
				pause = min(2*pause, time.Minute)
				continue
			}
		}
		if failed := s.writeStepError(context.Background(), w, stepFailed, nil, nil, holds(s.r.o.Key), err); failed != nil {
			return errors.Join(m, failed)
		}
		if ctx.Err() != nil {
			return interrupted(m)
		}
		return m
	}
}

// cleared takes away what a failed statement left, or ends what it began: then it
// is finished.
func (s *session) cleared(ctx context.Context, w *work, pre *indexState, err *error) (post *indexState, finished bool) {
	if repaired := s.repair(ctx, w, pre); repaired != nil {
		*err = errors.Join(*err, repaired)
		return nil, false
	}
	return s.detached(w, pre)
}

// detached tells whether a partition that was one is none any more: after FINALIZE
// there is nothing left to run.
func (s *session) detached(w *work, pre *indexState) (post *indexState, yes bool) {
	st := w.g.stmts[0]
	if st.conc == nil || st.conc.Do != pgsql.DetachPartitionConcurrently || pre == nil || !pre.Part || s.conn.IsClosed() {
		return nil, false
	}
	post, err := s.verified(st, pre)
	return post, err == nil
}

// send sends the statement, with nothing around it, and waits for as long as the
// policy says.
func (s *session) send(ctx context.Context, w *work) error {
	st := w.g.stmts[0]
	s.r.emit(Event{Kind: KindStatement, Version: w.j.version, Path: st.path, Line: st.line, Statement: st.String(), N: w.number + 1, Of: w.j.count, Down: w.j.down, Attempt: w.row.Attempt})
	restore, err := s.patient(st)
	if err != nil {
		return err
	}
	s.timeout = 0
	s.watchdog.Store(&watchdog{limit: s.r.o.LockWait, on: st.conc != nil})
	defer s.watchdog.Store(nil)
	err = s.watched(st, w.j, func() error {
		return s.lingering(ctx, func() error { return s.simple(context.Background(), st.sql) })
	})
	s.hurry = ctx.Err() != nil
	if d := s.watchdog.Load(); d != nil && d.barked.Load() && sqlState(err) == "57014" {
		s.hurry = true
		err = fmt.Errorf("it waited for other sessions for longer than %s and was cancelled: %w", d.limit, err)
	}
	if s.conn.IsClosed() || restore == "" {
		return err
	}
	return errors.Join(err, s.simple(context.Background(), restore))
}

// closeStep writes that a step is done; with the last one the migration is
// recorded, in the same transaction.
func (s *session) closeStep(w *work, post *indexState) error {
	xid, err := s.begin("BEGIN", s.r.o.LockTimeout)
	if err != nil {
		return err
	}
	fence := s.fence(xid)
	ctx := context.Background()
	err = s.writeStep(ctx, w, stepDone, nil, post, fence)
	if err == nil && w.last {
		rest := *w
		rest.steps = false
		err = s.write(&rest, fence, s.r.o.LockTimeout)
	}
	if err == nil {
		err = s.commit([]*work{w})
	}
	if err != nil && !s.conn.IsClosed() && s.status() != 'I' {
		_ = s.simple(ctx, "/* safemig:rollback */ ROLLBACK") // the error is the one that counts
	}
	if err != nil && !s.conn.IsClosed() {
		var m *MigrationError
		if !errors.As(err, &m) {
			err = &MigrationError{Version: w.j.version, Path: w.j.path, Down: w.j.down, Err: err}
		}
	}
	return err
}

// codeAlone runs a migration in Go outside a transaction. Of one that did not end
// nobody knows what it did.
func (s *session) codeAlone(ctx context.Context, j *job, rows map[int]*stepRow, x *recorded) error {
	g := &group{ordinal: 1, alone: true, hash: []byte(j.version)}
	if j.down {
		g.ordinal = -1
	}
	w := &work{j: j, g: g, steps: true, last: true, row: rows[g.ordinal], known: x.by[j.version] != nil, began: time.Now()}
	if w.row != nil {
		switch w.row.State {
		case stepDone:
			return s.closeStep(w, nil)
		case stepStarted:
			return s.unknown(w, "the run that started it did not see its end")
		}
	}
	if err := s.writeStep(context.Background(), w, stepStarted, nil, nil, holds(s.r.o.Key)); err != nil {
		return err
	}
	w.row = &stepRow{Attempt: 1}
	err := s.code(ctx, j)
	if s.conn.IsClosed() {
		return err
	}
	if err == nil {
		return s.closeStep(w, nil)
	}
	if s.status() != 'I' {
		if back := s.simple(context.Background(), "/* safemig:rollback */ ROLLBACK"); back != nil {
			return back
		}
	}
	return errors.Join(err, s.writeStepError(context.Background(), w, stepFailed, nil, nil, holds(s.r.o.Key), err))
}

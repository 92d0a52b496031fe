package runner

import (
	"context"
	"errors"
	"slices"

	"github.com/safemig/safemig/internal/pgsql"
)

// reconcile finds out what became of a step that was started and not finished. It
// is done, and then written down, or may be run again.
func (s *session) reconcile(ctx context.Context, w *work) (done bool, err error) {
	st := w.g.stmts[0]
	s.hurry = false
	if w.row.State == stepFailed {
		return false, s.repair(ctx, w, w.row.Pre)
	}
	if st.conc == nil {
		if slices.Contains(repeats, st.forbidden) {
			return false, nil
		}
		return false, s.unknown(w, "the run that started it did not see its end")
	}
	s.reconciling = true
	post, err := s.verified(st, w.row.Pre)
	s.reconciling = false
	if st.conc.Do == pgsql.DropIndexConcurrently && w.row.Pre != nil && w.row.Pre.Index == 0 && !st.conc.Exists {
		return false, nil // it was not there before either: the server is to say so
	}
	if err == nil {
		s.r.emit(Event{Kind: KindRepair, Version: w.j.version, Path: st.path, Line: st.line, Statement: st.String(), Message: "an earlier run was lost, and its statement took effect: " + post.String()})
		return true, s.closeStep(w, post)
	}
	if s.conn.IsClosed() {
		return false, err
	}
	if err := s.repair(ctx, w, w.row.Pre); err != nil {
		return false, err
	}
	if post, yes := s.detached(w, w.row.Pre); yes {
		return true, s.closeStep(w, post)
	}
	return false, nil
}

// unknown writes that only a person can tell.
func (s *session) unknown(w *work, why string) error {
	st := "the Go function"
	if w.g != nil && len(w.g.stmts) > 0 {
		st = w.g.stmts[0].String()
	}
	if err := s.writeStepError(context.Background(), w, stepUnknown, nil, nil, holds(s.r.o.Key), errors.New(why)); err != nil {
		return err
	}
	return &UnresolvedError{Version: w.j.version, Step: w.g.ordinal, Statement: st, Why: why}
}

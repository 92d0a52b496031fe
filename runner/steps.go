package runner

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// stepwise runs a migration whose statements do not all commit together, from
// where an earlier run left it.
func (s *session) stepwise(ctx context.Context, j *job, x *recorded) error {
	rows := map[int]*stepRow{}
	for _, row := range x.steps[j.version] {
		if (row.Ordinal < 0) == j.down {
			rows[row.Ordinal] = row
		}
	}
	if j.code != nil {
		return s.codeAlone(ctx, j, rows, x)
	}
	for _, g := range j.groups {
		if row := rows[g.ordinal]; row != nil && !bytes.Equal(row.Hash, g.hash) {
			return &StateError{Problems: []string{fmt.Sprintf("%s was changed after its statement %d was run (%s): restore it, apply it, and put the change into a new migration",
				j.path, g.ordinal, g.stmts[0])}}
		}
	}
	if len(rows) > len(j.groups) {
		return &StateError{Problems: []string{fmt.Sprintf("%s was changed after %d of its statements were run: restore it, apply it, and put the change into a new migration", j.path, len(rows))}}
	}
	began := time.Now()
	number := 0
	for i, g := range j.groups {
		w := &work{j: j, g: g, steps: true, last: i == len(j.groups)-1, row: rows[g.ordinal], known: x.by[j.version] != nil, began: began, number: number}
		number += len(g.stmts)
		if err := s.step(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

// step runs one step, unless it is done.
func (s *session) step(ctx context.Context, w *work) error {
	if w.row != nil && w.row.State == stepDone {
		for _, st := range w.g.stmts {
			if st.setting { // of the session, which is a new one
				if err := s.simple(context.Background(), st.sql); err != nil {
					return &MigrationError{Version: w.j.version, Path: st.path, Line: st.line, Statement: st.String(), Err: err}
				}
				s.noticed(st)
			}
		}
		if w.last { // somebody said so with resolve
			w.steps, w.g = false, nil
			return s.transact(ctx, []*work{w})
		}
		return nil
	}
	if w.g.alone {
		return s.alone(ctx, w)
	}
	err := s.transact(ctx, []*work{w})
	if state := sqlState(err); len(w.g.stmts) == 1 && (state == "25001" || state == "2D000") {
		return s.alone(ctx, w) // a procedure that commits, or what safemig does not know
	}
	return err
}

// writeStep writes what is to be known of a step.
func (s *session) writeStep(ctx context.Context, w *work, state string, pre, post *indexState, fence Fence) error {
	return s.writeStepError(ctx, w, state, pre, post, fence, nil)
}

func (s *session) writeStepError(ctx context.Context, w *work, state string, pre, post *indexState, fence Fence, failed error) error {
	kind := "transaction"
	if w.g.alone || w.j.code != nil {
		kind = w.kind()
	}
	attempt := 1
	if w.row != nil {
		attempt = w.row.Attempt
		if state == stepStarted {
			attempt++
		}
	}
	var code, message *string
	if failed != nil {
		c, m := sqlState(failed), oneLine(failed.Error(), 500)
		code, message = &c, &m
	}
	args := []any{w.j.version, w.g.ordinal, w.g.hash, kind, state, attempt, jsonOf(pre), jsonOf(post), code, message}
	sql := `/* safemig:step */ INSERT INTO safemig.step (version, ordinal, sql_hash, kind, state, attempt, pre, post, sqlstate, error, backend_pid, backend_start, started_at, finished_at)
SELECT $1::pg_catalog.text, $2::pg_catalog.int4, $3::pg_catalog.bytea, $4::pg_catalog.text, $5::pg_catalog.text, $6::pg_catalog.int4, $7::pg_catalog.jsonb, $8::pg_catalog.jsonb, $9::pg_catalog.text, $10::pg_catalog.text, pg_catalog.pg_backend_pid(),
	(SELECT a.backend_start FROM pg_catalog.pg_stat_activity a WHERE a.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()), pg_catalog.clock_timestamp(),
	CASE WHEN $5::pg_catalog.text OPERATOR(pg_catalog.=) 'started' THEN NULL ELSE pg_catalog.clock_timestamp() END WHERE ` + string(fence)
	if w.row != nil {
		sql = `/* safemig:step */ UPDATE safemig.step SET sql_hash = $3::pg_catalog.bytea, kind = $4::pg_catalog.text, state = $5::pg_catalog.text, attempt = $6::pg_catalog.int4, pre = coalesce($7::pg_catalog.jsonb, pre), post = $8::pg_catalog.jsonb,
	sqlstate = $9::pg_catalog.text, error = $10::pg_catalog.text, backend_pid = pg_catalog.pg_backend_pid(),
	backend_start = (SELECT a.backend_start FROM pg_catalog.pg_stat_activity a WHERE a.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()),
	started_at = CASE WHEN $5::pg_catalog.text OPERATOR(pg_catalog.=) 'started' THEN pg_catalog.clock_timestamp() ELSE started_at END,
	finished_at = CASE WHEN $5::pg_catalog.text OPERATOR(pg_catalog.=) 'started' THEN NULL ELSE pg_catalog.clock_timestamp() END
WHERE version OPERATOR(pg_catalog.=) $1::pg_catalog.text AND ordinal OPERATOR(pg_catalog.=) $2::pg_catalog.int4 AND ` + string(fence)
	}
	tag, err := s.conn.Exec(ctx, sql, args...)
	if err != nil {
		return fmt.Errorf("write step %d of %s: %w", w.g.ordinal, w.j.version, err)
	}
	if tag.RowsAffected() != 1 {
		return fmt.Errorf("write step %d of %s: %w", w.g.ordinal, w.j.version, ErrLockLost)
	}
	return nil
}

// tidySteps takes away the steps of the other direction; a migration that is
// reverted has none.
func (s *session) tidySteps(ctx context.Context, j *job) error {
	sql := "/* safemig:step */ DELETE FROM safemig.step WHERE version OPERATOR(pg_catalog.=) $1::pg_catalog.text"
	if !j.down {
		sql += " AND ordinal OPERATOR(pg_catalog.<) 0"
	}
	if _, err := s.conn.Exec(ctx, sql, j.version); err != nil {
		return fmt.Errorf("tidy the steps of %s: %w", j.version, err)
	}
	return nil
}

func jsonOf(x *indexState) *string {
	if x == nil {
		return nil
	}
	b, err := json.Marshal(x)
	if err != nil {
		panic(err) // strings and numbers marshal
	}
	text := string(b)
	return &text
}

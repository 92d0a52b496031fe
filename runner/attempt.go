package runner

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

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
		if w.j.code != nil { // it may think for longer between two statements than safemig does
			if err := s.simple(context.Background(), "/* safemig:begin */ SET LOCAL idle_in_transaction_session_timeout = 0"); err != nil {
				return err
			}
		}
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

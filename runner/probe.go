package runner

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// probe finds out whether a pooler stands in between that gives each transaction
// another backend. There a session lock protects nothing. A direct connection is
// told by its process ID; what is left is tried with a lock of its own.
func (s *session) probe(ctx context.Context) error {
	if s.conn.PgConn().PID() == s.server.PID {
		return nil
	}
	s.pooled = true
	const remedy = "give the DSN of the server itself, or of a pool in session mode (pgbouncer: pool_mode = session; Supabase: port 5432; Neon: the host without -pooler)"
	const what = "a connection pooler gives each transaction another server session ("
	for range 2 { // without a lock first: one that is taken in such a pool is hard to give back
		why, err := s.shared(ctx, 0)
		if why != "" {
			return &StartError{Why: what + why + "), so that no lock can be held", Remedy: remedy}
		}
		if err != nil {
			return err
		}
	}
	key := 1 + rand.Int64N(1<<62)
	var got bool
	lock := fmt.Sprintf("/* safemig:probe */ SELECT pg_catalog.pg_try_advisory_lock(%d)", key)
	if err := s.conn.QueryRow(ctx, lock).Scan(&got); err != nil {
		return startError(err)
	}
	why, err := s.shared(ctx, key)
	if why != "" {
		return &StartError{Why: what + why + "), so that no lock can be held", Remedy: remedy}
	}
	if err != nil {
		return err
	}
	unlock := fmt.Sprintf("/* safemig:probe */ SELECT pg_catalog.pg_advisory_unlock(%d)", key)
	if err := s.conn.QueryRow(ctx, unlock).Scan(&got); err != nil || !got {
		return &StartError{Why: "a connection pooler has lost a lock", Err: err, Remedy: "give the DSN of the server itself"}
	}
	s.r.emit(Event{Kind: KindWarning, Message: "a connection pooler stands in between, in session mode: every record proves that the lock is held, all the same"})
	return nil
}

// shared tells why the session has no backend of its own; "" where it has. A second
// client that keeps a transaction open must get another backend, which does not
// hold the lock, and leave ours alone. With key 0 no lock is looked for.
func (s *session) shared(ctx context.Context, key int64) (why string, err error) {
	bounded, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	other, err := s.r.dial(bounded, s.r.o.Product+" probe run="+s.r.id[:8])
	if err != nil {
		if bounded.Err() != nil && ctx.Err() == nil {
			return "a second connection gets no session while ours is idle", nil
		}
		return "", err
	}
	defer other.Close(context.WithoutCancel(ctx))
	tx, err := other.Begin(bounded)
	if err != nil {
		return "", startError(err)
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	var theirs, ours uint32
	var got, held bool
	ask := "/* safemig:probe */ SELECT pg_catalog.pg_backend_pid(), false"
	if key != 0 {
		ask = fmt.Sprintf("/* safemig:probe */ SELECT pg_catalog.pg_backend_pid(), pg_catalog.pg_try_advisory_xact_lock(%d)", key)
	}
	if err := tx.QueryRow(bounded, ask).Scan(&theirs, &got); err != nil {
		return "", startError(err)
	}
	again, stop := context.WithTimeout(ctx, 10*time.Second)
	defer stop()
	err = s.conn.QueryRow(again, "/* safemig:probe */ SELECT pg_catalog.pg_backend_pid(), "+string(holds(key))).Scan(&ours, &held)
	switch {
	case err != nil && again.Err() != nil && ctx.Err() == nil:
		return "ours gets no session while a second one is in a transaction", nil
	case err != nil:
		return "", startError(err)
	case key == 0 && theirs == s.server.PID:
		return fmt.Sprintf("a second client got our session %d", theirs), nil
	case key == 0 && ours != s.server.PID:
		return fmt.Sprintf("ours was %d and is %d", s.server.PID, ours), nil
	case theirs == s.server.PID || got:
		return fmt.Sprintf("a second client got our session %d", s.server.PID), s.strand(ctx, key)
	case ours != s.server.PID:
		return fmt.Sprintf("ours was %d and is %d", s.server.PID, ours), s.strand(ctx, key)
	case !held && key != 0:
		return "our lock is held by another session", s.strand(ctx, key)
	}
	return "", nil
}

// strand gives the lock of the probe back, on whichever session the pooler has it, or
// says which is left with it. It harms nobody, but belongs to somebody else's
// connection now.
func (s *session) strand(ctx context.Context, key int64) error {
	var got bool
	var err error
	unlock := fmt.Sprintf("/* safemig:probe */ SELECT pg_catalog.pg_advisory_unlock(%d)", key)
	for n := 0; n < 40 && err == nil && !got; n++ {
		err = s.conn.QueryRow(ctx, unlock).Scan(&got)
		if sleep(ctx, time.Duration(n)*time.Millisecond) != nil {
			break
		}
	}
	if !got {
		s.r.emit(Event{Kind: KindWarning, Message: fmt.Sprintf("the pooler's session %d keeps a lock of the probe until it ends", s.server.PID),
			Unblock: fmt.Sprintf("SELECT pg_terminate_backend(%d)", s.server.PID)})
	}
	return nil
}

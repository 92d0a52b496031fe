package runner

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// Key is the advisory lock of a ledger: the first 8 bytes, big endian, of SHA-256
// of "safemig:v1", a NUL, and schema.table. Advisory locks are per database, so
// the database's name is not in it.
func Key(schema, table string) int64 {
	sum := sha256.Sum256([]byte("safemig:v1\x00" + schema + "." + table))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}

// holds is true only where this backend holds the session lock in this database
// (pg_locks, "objid column of advisory locks" in the manual).
func holds(key int64) Fence {
	return Fence(fmt.Sprintf(`EXISTS (SELECT 1 FROM pg_catalog.pg_locks l WHERE l.locktype OPERATOR(pg_catalog.=) 'advisory' AND l.objsubid OPERATOR(pg_catalog.=) 1`+
		` AND l.mode OPERATOR(pg_catalog.=) 'ExclusiveLock' AND l.granted AND l.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()`+
		` AND l.database OPERATOR(pg_catalog.=) (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())`+
		` AND l.classid OPERATOR(pg_catalog.=) '%d'::pg_catalog.oid AND l.objid OPERATOR(pg_catalog.=) '%d'::pg_catalog.oid)`,
		uint64(key)>>32, uint64(key)&0xffffffff))
}

// fence is holds, in the transaction of the ID.
func (s *session) fence(xid string) Fence {
	return holds(s.r.o.Key) + Fence(" AND pg_catalog.txid_current() OPERATOR(pg_catalog.=) "+xid+"::pg_catalog.int8")
}

// The pace of asking for the lock. A session that asks holds nothing between two
// questions: no snapshot that a concurrent build would wait for.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = 2 * time.Second
	tellEvery  = 5 * time.Second
)

// lock takes safemig's lock and then those of another tool's. idle is asked now
// and then whether there is nothing left to do; errIdle is given then.
func (s *session) lock(ctx context.Context, others []AdvisoryLock, idle func(context.Context) (bool, error)) error {
	start := time.Now()
	if idle == nil {
		idle = func(context.Context) (bool, error) { return false, nil }
	}
	for _, l := range append([]AdvisoryLock{{Key: s.r.o.Key}}, others...) {
		if err := s.lockOne(ctx, l, start, idle); err != nil && ctx.Err() != nil {
			return &InterruptedError{errors.New("it waited for the lock; nothing was run")}
		} else if err != nil {
			return err
		}
		s.locks = append(s.locks, l)
	}
	s.r.since = time.Now().UTC().Format("15:04:05Z")
	s.r.emit(Event{Kind: KindLocked, Elapsed: time.Since(start), Server: &s.server})
	return nil
}

// errIdle: while it waited for the lock, somebody else did all that was to be done.
var errIdle = errors.New("nothing left to do")

func (s *session) lockOne(ctx context.Context, l AdvisoryLock, start time.Time, idle func(context.Context) (bool, error)) error {
	pause, told := firstPause, time.Time{}
	ask := fmt.Sprintf("/* safemig:lock */ SELECT pg_catalog.pg_try_advisory_lock(%d)", l.Key)
	for {
		var got bool
		if err := s.conn.QueryRow(ctx, ask).Scan(&got); err != nil {
			return fmt.Errorf("ask for the lock: %w", err)
		}
		if got {
			return nil
		}
		waited := time.Since(start)
		if waited > 500*time.Millisecond && time.Since(told) > tellEvery || waited > s.r.o.LockWait {
			told = time.Now()
			h := s.holder(ctx, l.Key)
			if waited > s.r.o.LockWait {
				return &LockedError{Waited: waited, Holder: h, Tool: l.Tool}
			}
			e := Event{Kind: KindLockWait, Elapsed: waited, Holder: h, Message: l.Tool}
			if h != nil {
				e.Unblock = fmt.Sprintf("SELECT pg_terminate_backend(%d)", h.PID)
			}
			s.r.emit(e)
			if done, err := idle(ctx); err != nil {
				return err
			} else if done {
				return errIdle
			}
		}
		jitter := time.Duration((0.75 + rand.Float64()/2) * float64(pause))
		if err := sleep(ctx, min(jitter, max(s.r.o.LockWait-waited, 0)+time.Millisecond)); err != nil {
			return err
		}
		pause = min(2*pause, lastPause)
	}
}

// unlock gives every lock back and checks that the server says so. Where it does
// not, the session is closed, which frees them.
func (s *session) unlock() error {
	ctx := context.Background()
	if s.conn.IsClosed() || len(s.locks) == 0 {
		return nil
	}
	if s.status() != 'I' {
		if err := s.simple(ctx, "/* safemig:rollback */ ROLLBACK"); err != nil {
			return err
		}
	}
	// a body may have left a statement_timeout, and behind a pooler somebody else gets the session
	if err := s.reset(ctx, ""); err != nil && s.conn.IsClosed() {
		return err
	} else if err != nil {
		if err := s.reset(ctx, ""); err != nil {
			return err
		}
	}
	for i := len(s.locks) - 1; i >= 0; i-- {
		l := s.locks[i]
		var freed, still bool
		give := fmt.Sprintf("/* safemig:unlock */ SELECT pg_catalog.pg_advisory_unlock(%d)", l.Key)
		if err := s.conn.QueryRow(ctx, give).Scan(&freed); err != nil {
			return fmt.Errorf("give the lock back: %w", err)
		}
		for n := 0; freed && n < 100; n++ { // a body may have taken it again: it counts
			if err := s.conn.QueryRow(ctx, "/* safemig:unlock */ SELECT "+string(holds(l.Key))).Scan(&still); err != nil {
				return fmt.Errorf("look for the lock: %w", err)
			}
			if !still {
				break
			}
			if err := s.conn.QueryRow(ctx, give).Scan(&freed); err != nil {
				return fmt.Errorf("give the lock back: %w", err)
			}
		}
		if !freed {
			s.r.emit(Event{Kind: KindWarning, Message: "the lock was not ours any more when it was given back: the session is closed"})
			s.locks = nil
			return nil
		}
	}
	s.locks = nil
	s.r.emit(Event{Kind: KindUnlocked})
	return nil
}

// sleep waits, unless the context ends before.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

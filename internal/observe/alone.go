package observe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// alone observes a statement that the server refuses in a transaction block. Such a statement
// commits and lets go while it runs, so that nothing is left to read at its end. Traps hold
// conflicting locks on every table that it may want and on pg_class: it waits for each,
// pg_locks shows what it has and for what it waits, and the trap opens. Between the traps the
// locks are sampled.
func (s *Session) alone(ctx context.Context, sql string) (Observation, error) {
	o := Observation{TxForbidden: true}
	if err := s.flush(ctx); err != nil {
		return o, err
	}
	before, err := take(ctx, s.watch, ofEverybody)
	if err != nil {
		return o, err
	}
	traps, err := s.setTraps(ctx, before, sql)
	defer traps.close(ctx)
	if err != nil {
		return o, err
	}
	done := make(chan error, 1)
	go func() { done <- s.run(ctx, sql, &o) }()
	seen, waited, watchErr := s.watchUntil(ctx, traps, done)
	traps.close(ctx) // whatever it still waits for, it gets now
	if err := errors.Join(watchErr, <-done); err != nil {
		return o, err
	}
	o.Duration = max(0, o.Duration-waited)
	if err := s.flush(ctx); err != nil {
		return o, err
	}
	after, err := take(ctx, s.watch, ofEverybody)
	if err != nil {
		return o, err
	}
	o.compare(before, after, seen, nil)
	o.forgetUnlocked()
	if o.Failed() {
		o.Locks = nil // as in a transaction: what counts is what the statement does when it works
	}
	return o, nil
}

// forgetUnlocked takes out scans of tables that the statement never locked: they are an
// earlier session's, counted late.
func (o *Observation) forgetUnlocked() {
	foreign := func(name string) bool {
		return !slices.ContainsFunc(o.Locks, func(l Lock) bool { return l.Relation == name })
	}
	o.Scanned, o.Began = slices.DeleteFunc(o.Scanned, foreign), slices.DeleteFunc(o.Began, foreign)
}

// watchUntil collects the locks that the session holds and waits for, and opens the trap that
// it waits for, until the statement is done. It gives the time that traps cost.
func (s *Session) watchUntil(ctx context.Context, traps *traps, done chan error) (map[uint32]modeSet, time.Duration, error) {
	seen := map[uint32]modeSet{}
	var waited time.Duration
	begin := time.Now()
	for {
		select {
		case err := <-done:
			done <- err // for the caller
			return seen, waited, nil
		case <-time.After(min(time.Since(begin)/1000, 10*time.Millisecond)): // what runs for long is sampled less often
		}
		start := time.Now()
		trap, err := s.waitsFor(ctx, traps)
		if err != nil {
			return seen, waited, err
		}
		now, err := held(ctx, s.watch, s.conn.PID(), true) // after waitsFor: the wait must be among them
		if err != nil {
			return seen, waited, err
		}
		for oid, m := range now {
			seen[oid] |= m
		}
		if trap != nil {
			if err := trap.open(ctx); err != nil {
				return seen, waited, err
			}
			waited += time.Since(start)
		}
	}
}

// waitsFor returns the trap that the session waits for now, if any.
func (s *Session) waitsFor(ctx context.Context, traps *traps) (trap, error) {
	rows, err := query(ctx, s.watch, fmt.Sprintf("SELECT pg_catalog.unnest(pg_catalog.pg_blocking_pids(%d))", s.conn.PID()))
	if err != nil {
		return nil, fmt.Errorf("ask what the statement waits for: %w", err)
	}
	for _, row := range rows {
		if t := traps.byPID[uint32(number(row[0]))]; t != nil {
			return t, nil
		}
	}
	return nil, nil
}

// flush makes the server add up what the session has done so far. From 15 on it is asked to;
// before, a session reports at most every half second, and a scan of a catalog that nobody
// else reads tells when its report has arrived.
func (s *Session) flush(ctx context.Context) error {
	if s.major() >= 15 {
		_, err := query(ctx, s.conn, "SELECT pg_catalog.pg_stat_force_next_flush()")
		if err == nil {
			_, err = query(ctx, s.conn, "SELECT 1") // the flush comes at the end of a statement
		}
		return err
	}
	const marker = "SELECT pg_catalog.pg_stat_get_numscans('pg_catalog.pg_default_acl'::pg_catalog.regclass)"
	was, err := counter(ctx, s.watch, marker)
	if err != nil {
		return err
	}
	if _, err := query(ctx, s.conn, "SELECT pg_catalog.count(*) FROM pg_catalog.pg_default_acl"); err != nil {
		return err
	}
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if _, err := query(ctx, s.conn, "SELECT 1"); err != nil {
			return err
		}
		if now, err := counter(ctx, s.watch, marker); err != nil || now > was {
			return err
		}
	}
	return errors.New("the server does not count scans: track_counts is off, or its statistics collector is stuck")
}

func counter(ctx context.Context, c *pgconn.PgConn, sql string) (int64, error) {
	rows, err := query(ctx, c, sql)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	return number(rows[0][0]), nil
}

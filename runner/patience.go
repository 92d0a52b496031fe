package runner

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// patient takes the timeouts off a statement that runs alone, and gives what puts
// them back. Those that the migration set itself stay, but not where the statement
// would leave a carcass behind when they strike.
func (s *session) patient(st *stmt) (restore string, err error) {
	if st.conc == nil && s.ownLimit {
		return "", nil
	}
	var lock, statement string
	err = s.conn.QueryRow(context.Background(), "/* safemig:session */ SELECT pg_catalog.current_setting('lock_timeout'), pg_catalog.current_setting('statement_timeout')").Scan(&lock, &statement)
	if err != nil || lock == "0" && statement == "0" {
		return "", err
	}
	restore = "/* safemig:session */ SET lock_timeout = " + literal(lock) + "; SET statement_timeout = " + literal(statement)
	return restore, s.simple(context.Background(), "/* safemig:session */ SET lock_timeout = 0; SET statement_timeout = 0")
}

// watchdog bounds how long a statement may wait for other sessions.
type watchdog struct {
	limit  time.Duration
	on     bool
	since  time.Time
	barked atomic.Bool
}

// waiting is told what the statement under way waits for, again and again.
func (s *session) waiting(e Event) {
	d := s.watchdog.Load()
	if d == nil || !d.on {
		return
	}
	if len(e.Blockers) == 0 {
		d.since = time.Time{}
		return
	}
	if d.since.IsZero() {
		d.since = time.Now()
	}
	if time.Since(d.since) > d.limit && d.barked.CompareAndSwap(false, true) {
		s.cancel()
	}
}

// lingering is interruptible, after what Options.Interrupt allows.
func (s *session) lingering(ctx context.Context, fn func() error) error {
	done, told := make(chan struct{}), make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(told)
		if s.r.o.Interrupt == InterruptWait {
			s.r.emit(Event{Kind: KindInterrupt, Wait: s.r.o.Grace, Message: fmt.Sprintf("the statement may end, within %s; another signal leaves it to the server", s.r.o.Grace)})
			select {
			case <-done:
				return
			case <-time.After(s.r.o.Grace):
			}
		}
		s.r.emit(Event{Kind: KindInterrupt, Message: "the statement is cancelled, and what it left is taken away"})
		s.cancel()
	})
	err := fn()
	close(done)
	if !stop() {
		<-told
	}
	return err
}

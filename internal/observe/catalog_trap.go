package observe

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

// catalogTrap makes the statement wait each time that it is about to write to pg_class, as
// every statement does that changes storage or statistics: what it holds just then is what it
// does its work under. Two sessions take turns. Before the one gives up its lock, the other
// stands in the queue behind the statement, and the server hands it the lock the moment that
// the statement is done with pg_class: no second write slips through.
type catalogTrap struct {
	watch       *pgconn.PgConn
	front, back *catalogLock    // front has the lock, or stands in the queue
	turns       context.Context // of the requests, which outlive a call of open
	cancel      context.CancelFunc
	closed      bool
}

// catalogLock is a session that locks pg_class.
type catalogLock struct {
	conn    *pgconn.PgConn
	granted chan error // the answer to a request
	pending bool       // which is still to come
	holds   bool
}

// The timeout ends a trap that nobody opens, should a statement lock the catalogs in a way
// that keeps the watching session out.
const lockCatalog = `SET idle_in_transaction_session_timeout = '5s';
BEGIN; LOCK TABLE pg_catalog.pg_class IN SHARE MODE`

// setCatalogTrap adds the trap. Without a connection to spare, or the right to lock pg_class,
// there is none.
func (s *Session) setCatalogTrap(ctx context.Context, ts *traps) error {
	turns, cancel := context.WithCancel(ctx)
	t := &catalogTrap{watch: s.watch, turns: turns, cancel: cancel}
	for _, l := range []**catalogLock{&t.front, &t.back} {
		conn, err := connect(ctx, s.dsn, nil)
		if err != nil {
			t.close(ctx)
			return ctx.Err()
		}
		*l = &catalogLock{conn: conn, granted: make(chan error, 1)}
	}
	t.front.request(turns)
	if err := <-t.front.granted; err != nil {
		t.front.pending = false
		t.close(ctx)
		return ctx.Err()
	}
	t.front.pending, t.front.holds = false, true
	ts.byPID[t.front.conn.PID()], ts.byPID[t.back.conn.PID()] = t, t
	return nil
}

// request asks for the lock and does not wait for it.
func (l *catalogLock) request(ctx context.Context) {
	l.pending = true
	go func() {
		_, err := query(ctx, l.conn, lockCatalog)
		l.granted <- err
	}()
}

// ready tells whether the lock is held by now. A session that was ended never has it.
func (l *catalogLock) ready() bool {
	select {
	case err := <-l.granted:
		l.pending, l.holds = false, err == nil
	default:
	}
	return l.holds
}

func (t *catalogTrap) open(ctx context.Context) error {
	if t.closed || !t.front.ready() {
		return nil // it stands in the queue itself, and will have its turn
	}
	t.back.request(t.turns)
	waiting := fmt.Sprintf("SELECT FROM pg_catalog.pg_locks WHERE pid = %d AND NOT granted", t.back.conn.PID())
	for !t.back.ready() && t.back.pending {
		rows, err := query(ctx, t.watch, waiting)
		if err != nil {
			return err
		}
		if len(rows) > 0 {
			break
		}
	}
	t.front.holds = false
	if _, err := query(ctx, t.front.conn, "ROLLBACK"); err != nil {
		t.close(ctx) // it was ended by its timeout
		return ctx.Err()
	}
	t.front, t.back = t.back, t.front
	return nil
}

func (t *catalogTrap) close(ctx context.Context) {
	if t.closed {
		return
	}
	t.closed = true
	t.cancel()
	for _, l := range []*catalogLock{t.front, t.back} {
		if l == nil {
			continue
		}
		if l.pending {
			<-l.granted // cancelled
		}
		_ = l.conn.Close(ctx) // nothing is lost with it
	}
}

package runner

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// watcher is a second session that tells what the first one waits for. It is
// opened when there is something to look at, never holds a transaction, and
// nothing fails because of it.
type watcher struct {
	r    *run
	pid  func() uint32 // of the session that is watched
	mu   sync.Mutex
	conn *pgx.Conn
}

// on runs fn with the watching session. Its errors cost the session.
func (w *watcher) on(fn func(ctx context.Context, c *pgx.Conn) error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if w.conn == nil {
		c, err := w.r.dial(ctx, w.r.o.Product+" watch run="+w.r.id[:8])
		if err != nil {
			return
		}
		if err := c.PgConn().Exec(ctx, "SET statement_timeout = '2s'; SET default_transaction_read_only = on").Close(); err != nil {
			_ = c.Close(ctx)
			return
		}
		w.conn = c
	}
	if err := fn(ctx, w.conn); err != nil {
		_ = w.conn.Close(ctx)
		w.conn = nil
	}
}

func (w *watcher) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.conn != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = w.conn.Close(ctx)
		w.conn = nil
	}
}

const blockersSQL = `SELECT b.pid, coalesce(a.application_name, ''), coalesce(a.usename::pg_catalog.text, ''), coalesce(pg_catalog.host(a.client_addr), ''),
	coalesce(a.state, ''), pg_catalog.left(coalesce(a.query, ''), 400), coalesce(extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start), 0)::pg_catalog.float8
FROM (SELECT DISTINCT pg_catalog.unnest(pg_catalog.pg_blocking_pids($1)) AS pid) b LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = b.pid ORDER BY 7 DESC`

// blockers gives the sessions that the watched one waits for; a prepared
// transaction has process ID 0.
func (w *watcher) blockers() (out []Blocker) {
	w.on(func(ctx context.Context, c *pgx.Conn) error {
		rows, err := c.Query(ctx, blockersSQL, int32(w.pid()))
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (b Blocker, err error) {
			var age float64
			err = row.Scan(&b.PID, &b.Application, &b.User, &b.Client, &b.State, &b.Query, &age)
			b.Query, b.Age = oneLine(b.Query, 120), time.Duration(age*float64(time.Second))
			return b, err
		})
		return err
	})
	return out
}

// oneLine shortens a statement for people.
func oneLine(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// watched runs fn and tells, where it takes long, what it waits for.
func (s *session) watched(st *stmt, j *job, fn func() error) error {
	start, done, told := time.Now(), make(chan struct{}), make(chan struct{})
	timer := time.AfterFunc(s.patience(), func() {
		defer close(told)
		s.tell(st, j, start, done)
	})
	err := fn()
	close(done)
	if !timer.Stop() {
		<-told
	}
	return err
}

// patience is how long a statement may take before anybody asks why: not longer
// than it may wait for a lock.
func (s *session) patience() time.Duration {
	if s.timeout > 0 {
		return min(time.Second, s.timeout*4/5)
	}
	return time.Second
}

// tell reports on a statement until it is done: who holds it up when that changes
// and every ten seconds, progress whenever there is any.
func (s *session) tell(st *stmt, j *job, start time.Time, done chan struct{}) {
	last, told := "", time.Time{}
	for every := 2 * time.Second; ; {
		e := Event{Kind: KindProgress, Version: j.version, Path: st.path, Line: st.line, Statement: st.String(), Elapsed: time.Since(start)}
		e.Blockers, e.Progress = s.watch.blockers(), s.watch.progress()
		s.waiting(e)
		if ended(done) && len(e.Blockers) == 0 {
			return
		}
		if e.Progress != nil {
			every = 500 * time.Millisecond
		}
		who := pids(e.Blockers)
		news := who != last || time.Since(told) > 10*time.Second
		if news {
			last, told = who, time.Now()
		}
		switch {
		case news && who != "":
			e.Kind, e.Unblock = KindBlocked, unblock(e.Blockers)
			s.r.emit(e)
		case news || e.Progress != nil:
			s.r.emit(e)
		}
		select {
		case <-done:
			return
		case <-time.After(every):
		}
	}
}

func ended(done chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

func pids(bs []Blocker) string {
	out := ""
	for _, b := range bs {
		out += fmt.Sprint(b.PID, " ")
	}
	return out
}

// unblock is the SQL that ends the sessions that are waited for, the oldest first.
func unblock(bs []Blocker) string {
	for _, b := range bs {
		if b.PID == 0 {
			return "SELECT gid, prepared FROM pg_prepared_xacts ORDER BY prepared; then COMMIT PREPARED or ROLLBACK PREPARED"
		}
	}
	out := make([]string, len(bs))
	for i, b := range bs {
		out[i] = fmt.Sprintf("pg_terminate_backend(%d)", b.PID)
	}
	return "SELECT " + strings.Join(out, ", ")
}

// String is the session as a message names it.
func (b Blocker) String() string {
	if b.PID == 0 {
		return "a prepared transaction, which nobody's session holds"
	}
	var out strings.Builder
	fmt.Fprintf(&out, "session %d", b.PID)
	for _, s := range []string{b.Application, b.User, b.Client, b.State} {
		if s != "" {
			out.WriteString(", " + s)
		}
	}
	if b.Age > 0 {
		fmt.Fprintf(&out, ", in a transaction for %s", b.Age.Round(time.Second))
	}
	if b.Query != "" {
		fmt.Fprintf(&out, ": %s", b.Query)
	}
	return out.String()
}

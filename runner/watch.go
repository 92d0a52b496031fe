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

const progressSQL = `SELECT phase, blocks_done, blocks_total, tuples_done, tuples_total, lockers_done, lockers_total, coalesce(current_locker_pid, 0)
FROM pg_catalog.pg_stat_progress_create_index WHERE pid = $1`

// progress is how far an index build is; nil where there is none.
func progress(ctx context.Context, c *pgx.Conn, pid int) (*Progress, error) {
	rows, err := c.Query(ctx, progressSQL, pid)
	if err != nil {
		return nil, err
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p Progress, err error) {
		var n [6]int64
		var locker int
		err = row.Scan(&p.Phase, &n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &locker)
		return measure(p.Phase, n, locker), err
	})
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}

func (w *watcher) progress() (p *Progress) {
	w.on(func(ctx context.Context, c *pgx.Conn) (err error) {
		p, err = progress(ctx, c, int(w.pid()))
		return err
	})
	return p
}

// phases are those of CREATE INDEX and REINDEX with the share of the whole that
// is done when each begins ("CREATE INDEX Progress Reporting" in the manual). The
// shares are rough: what counts is that the number grows with the work.
var phases = []struct {
	prefix string
	from   float64
	count  int // 0 blocks, 2 tuples, 4 lockers
}{
	{"initializing", 0, -1},
	{"waiting for writers before build", 0, 4},
	{"building index: scanning table", 2, 0},
	{"building index: sorting live tuples", 45, -1},
	{"building index: loading tuples in tree", 50, 2},
	{"building index", 2, 0},
	{"waiting for writers before validation", 70, 4},
	{"index validation: scanning index", 72, 0},
	{"index validation: sorting tuples", 80, -1},
	{"index validation: scanning table", 82, 0},
	{"waiting for old snapshots", 97, 4},
	{"waiting for readers before marking dead", 98, 4},
	{"waiting for readers before dropping", 99, 4},
	{"", 100, -1},
}

func measure(phase string, n [6]int64, locker int) Progress {
	p := Progress{Phase: phase}
	if strings.HasPrefix(phase, "waiting") {
		p.Locker = locker
	}
	for i, ph := range phases[:len(phases)-1] {
		if !strings.HasPrefix(phase, ph.prefix) {
			continue
		}
		p.Percent = ph.from
		to := phases[i+1].from
		if to <= ph.from {
			to = ph.from + 1
		}
		if ph.prefix == "building index" {
			to = 70
		}
		if ph.count >= 0 {
			p.Done, p.Total = n[ph.count], n[ph.count+1]
		}
		if p.Total > 0 {
			p.Percent += (to - ph.from) * float64(min(p.Done, p.Total)) / float64(p.Total)
		}
		break
	}
	return p
}

const holderSQL = `SELECT l.pid, coalesce(a.application_name, ''), coalesce(pg_catalog.host(a.client_addr), 'local'), coalesce(a.state, ''),
	pg_catalog.left(coalesce(a.query, ''), 400), coalesce(a.backend_start, pg_catalog.now())
FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted AND l.classid = $1::pg_catalog.text::pg_catalog.oid AND l.objid = $2::pg_catalog.text::pg_catalog.oid
	AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())`

// holder tells who has a lock; nil where nobody has, or nobody may know.
func (s *session) holder(ctx context.Context, key int64) *Holder {
	var h Holder
	err := s.conn.QueryRow(ctx, holderSQL, fmt.Sprint(uint64(key)>>32), fmt.Sprint(uint64(key)&0xffffffff)).
		Scan(&h.PID, &h.Application, &h.Client, &h.State, &h.Query, &h.Since)
	if err != nil {
		return nil
	}
	h.Query = oneLine(h.Query, 120)
	for _, word := range strings.Fields(h.Application) {
		switch key, value, _ := strings.Cut(word, "="); key {
		case "run":
			h.Run = value
		case "v":
			h.Version = value
		case "host":
			h.Host = value
		}
	}
	h.Progress, _ = progress(ctx, s.conn, h.PID) // what is not told is not shown
	return &h
}

// String is the holder as a message names it.
func (h *Holder) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "session %d", h.PID)
	if h.Run != "" {
		fmt.Fprintf(&b, " (run %s", h.Run)
		if h.Version != "" {
			fmt.Fprintf(&b, ", migration %s", h.Version)
		}
		if h.Host != "" {
			fmt.Fprintf(&b, ", host %s", h.Host)
		}
		b.WriteString(")")
	} else if h.Application != "" {
		fmt.Fprintf(&b, " (%s)", h.Application)
	}
	fmt.Fprintf(&b, " from %s, since %s, %s", h.Client, h.Since.UTC().Format("2006-01-02 15:04:05 UTC"), h.State)
	if h.Progress != nil {
		fmt.Fprintf(&b, ", index %.0f %%: %s", h.Progress.Percent, h.Progress.Phase)
	}
	return b.String()
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

// tell reports on a statement until it is done.
func (s *session) tell(st *stmt, j *job, start time.Time, done chan struct{}) {
	last := ""
	for every := 2 * time.Second; ; {
		e := Event{Version: j.version, Path: st.path, Line: st.line, Statement: st.String(), Elapsed: time.Since(start)}
		e.Blockers = s.watch.blockers()
		e.Progress = s.watch.progress()
		select {
		case <-done:
			if len(e.Blockers) == 0 {
				return
			}
		default:
		}
		if len(e.Blockers) > 0 {
			e.Kind, e.Unblock = KindBlocked, unblock(e.Blockers)
		} else {
			e.Kind = KindProgress
		}
		if e.Progress != nil {
			every = 500 * time.Millisecond
		}
		// a blocked statement is told of once in a while, progress whenever there is any
		if now := fmt.Sprint(e.Blockers, e.Progress, int(e.Elapsed/(10*time.Second))); now != last {
			last = now
			s.r.emit(e)
		}
		s.waiting(e)
		select {
		case <-done:
			return
		case <-time.After(every):
		}
	}
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

package runner

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// yieldError says that the locks were given back for another tool to go first.
type yieldError struct {
	tool string
	by   Blocker
}

func (e *yieldError) Error() string {
	return fmt.Sprintf("%s waits inside pg_advisory_lock (session %d), and a concurrent build would wait for it: it goes first", e.tool, e.by.PID)
}

const waitersSQL = `/* safemig:verify */ SELECT l.pid, coalesce(a.application_name, ''), coalesce(a.usename::pg_catalog.text, ''), coalesce(pg_catalog.host(a.client_addr), ''),
	coalesce(a.state, ''), pg_catalog.left(coalesce(a.query, ''), 400), coalesce(extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start), 0)::pg_catalog.float8
FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND NOT l.granted AND l.classid = $1::pg_catalog.text::pg_catalog.oid AND l.objid = $2::pg_catalog.text::pg_catalog.oid
	AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())`

// yield looks, before a statement that waits for snapshots, for tools that wait inside
// pg_advisory_lock for a lock of theirs that we hold. Their statement has a snapshot: the
// build would wait for them, they wait for us, and the server ends whichever of the two
// began to wait last. So they go first: the locks are given back, and what they have done
// is read when they are through. nil where nobody waits.
func (s *session) yield(ctx context.Context) *yieldError {
	for _, l := range s.locks {
		if l.Tool == "" {
			continue // safemig polls
		}
		rows, err := s.conn.Query(ctx, waitersSQL, fmt.Sprint(uint64(l.Key)>>32), fmt.Sprint(uint64(l.Key)&0xffffffff))
		if err != nil {
			return nil // the statement will say what is wrong
		}
		waiters, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (b Blocker, err error) {
			var age float64
			err = row.Scan(&b.PID, &b.Application, &b.User, &b.Client, &b.State, &b.Query, &age)
			b.Query, b.Age = oneLine(b.Query, 120), time.Duration(age*float64(time.Second))
			return b, err
		})
		if err != nil || len(waiters) == 0 {
			continue
		}
		s.r.emit(Event{Kind: KindBlocked, Blockers: waiters, Message: l.Tool + " waits inside pg_advisory_lock: it goes first"})
		return &yieldError{tool: l.Tool, by: waiters[0]}
	}
	return nil
}

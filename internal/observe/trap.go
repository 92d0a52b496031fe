package observe

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// maxTraps bounds the tables that get a trap, which is a session each. The tables that the
// statement names come first.
const maxTraps = 40

// trap is a session whose locks make the statement wait.
type trap interface {
	open(context.Context) error // gives up the lock that the statement waits for now
	close(context.Context)      // ends the sessions; twice is as good as once
}

// traps is all of them, by the pid of their session.
type traps struct{ byPID map[uint32]trap }

// close ends the sessions and with them every lock.
func (ts *traps) close(ctx context.Context) {
	for pid, t := range ts.byPID {
		t.close(ctx)
		delete(ts.byPID, pid)
	}
}

// passesBy matches statements that do not wait for what is locked, but leave it out.
var passesBy = regexp.MustCompile(`(?i)SKIP_LOCKED|NOWAIT`)

// ofCatalogs matches statements that work on the catalogs themselves, under locks that would
// make the watching session wait as well.
var ofCatalogs = regexp.MustCompile(`(?is)\bSYSTEM\b|^(VACUUM|CLUSTER)\s*(\([^)]*\)|FULL|FREEZE|VERBOSE|ANALYZE|\s)*;?\s*$|\bpg_`)

// ofDatabase matches what works on the catalogs too, before 16.
var ofDatabase = regexp.MustCompile(`(?i)\bDATABASE\b`)

// setTraps locks what the statement may want. What cannot be locked is not: then there is only
// sampling.
func (s *Session) setTraps(ctx context.Context, now *snapshot, sql string) (*traps, error) {
	ts := &traps{map[uint32]trap{}}
	text := leadingComment.ReplaceAllString(sql, "")
	if passesBy.MatchString(text) {
		return ts, nil
	}
	for _, r := range targets(now, text) {
		conn, err := connect(ctx, s.dsn, nil)
		if err != nil {
			break // the server has no connection to spare, or ctx has ended, which others will see
		}
		t := &tableTrap{conn: conn}
		ts.byPID[conn.PID()] = t
		if err := t.hold(ctx, r); err != nil {
			return ts, err
		}
	}
	if ofCatalogs.MatchString(text) || ofDatabase.MatchString(text) && s.major() < 16 {
		return ts, nil
	}
	return ts, s.setCatalogTrap(ctx, ts)
}

// targets chooses the tables to lock: those that the statement names, or whose index it
// names, before the others.
func targets(now *snapshot, sql string) []*relation {
	sql = strings.ToLower(sql)
	rank := map[uint32]int{}
	var out []*relation
	for _, r := range now.byOID {
		if strings.Contains(sql, strings.ToLower(r.short)) {
			rank[r.oid], rank[r.table] = -1, -1
		}
		if r.kind == "r" || r.kind == "p" || r.kind == "m" {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *relation) int {
		return cmp.Or(cmp.Compare(rank[a.oid], rank[b.oid]), cmp.Compare(a.oid, b.oid))
	})
	return out[:min(len(out), maxTraps)]
}

// tableTrap makes every lock stronger than ACCESS SHARE wait, by EXCLUSIVE; opened once, it
// is still a reader: ACCESS EXCLUSIVE on the table or its indexes waits, and so does what
// waits for readers or for old snapshots. Opened twice, it is gone.
type tableTrap struct {
	conn   *pgconn.PgConn
	strong bool // EXCLUSIVE is held
}

func (t *tableTrap) hold(ctx context.Context, r *relation) error {
	err := t.exec(ctx, "SET lock_timeout = '2s'; BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM ONLY "+r.name+" LIMIT 0")
	if err != nil || t.conn.TxStatus() != 'T' {
		return err
	}
	// not in one string with the above, which would be undone with it: matviews are not for LOCK
	if err := t.exec(ctx, "SAVEPOINT strong; LOCK TABLE ONLY "+r.name+" IN EXCLUSIVE MODE"); err != nil {
		return err
	}
	t.strong = t.conn.TxStatus() == 'T'
	if !t.strong {
		return t.exec(ctx, "ROLLBACK TO strong")
	}
	return nil
}

func (t *tableTrap) open(ctx context.Context) error {
	if t.strong {
		t.strong = false
		return t.exec(ctx, "ROLLBACK TO strong")
	}
	return t.exec(ctx, "ROLLBACK")
}

// exec runs sql; what the server refuses is no error, the transaction's state tells.
func (t *tableTrap) exec(ctx context.Context, sql string) error {
	_, err := query(ctx, t.conn, sql)
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return nil
	}
	return err
}

func (t *tableTrap) close(ctx context.Context) { _ = t.conn.Close(ctx) } // nothing is lost with it

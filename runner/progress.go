package runner

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
)

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

package runner

import (
	"context"
	"fmt"
	"strings"
	"time"
)

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
		case "since": // the grant of the lock, on the day after which the session began
			if at, err := time.Parse("15:04:05Z", value); err == nil {
				day := h.Since.UTC().Truncate(24 * time.Hour)
				if at = day.Add(time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute + time.Duration(at.Second())*time.Second); at.Before(h.Since.Truncate(time.Second)) {
					at = at.Add(24 * time.Hour)
				}
				h.Since = at
			}
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

package observe

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// notices collects what the server says while a statement runs.
type notices struct {
	mu   sync.Mutex
	on   bool
	list []*pgconn.Notice
}

func (n *notices) add(_ *pgconn.PgConn, m *pgconn.Notice) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.on {
		n.list = append(n.list, m)
	}
}

func (n *notices) record(on bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.on = on
}

var copyIn = regexp.MustCompile(`(?is)^COPY\b.*\bFROM\s+STDIN\b`)

// run executes sql in the session and records messages, failure and duration.
func (s *Session) run(ctx context.Context, sql string, o *Observation) error {
	if s.conn.TxStatus() != 'E' {
		if err := s.Exec(ctx, "SET client_min_messages = debug1"); err != nil {
			return fmt.Errorf("ask for messages: %w", err)
		}
	}
	s.notices.list = nil
	s.notices.record(true)
	start := time.Now()
	var err error
	var tag pgconn.CommandTag
	if copyIn.MatchString(leadingComment.ReplaceAllString(sql, "")) {
		tag, err = s.conn.CopyFrom(ctx, strings.NewReader(""), sql) // Exec would wait for data for ever
	} else {
		var results []*pgconn.Result
		if results, err = s.conn.Exec(ctx, sql).ReadAll(); len(results) > 0 {
			tag = results[len(results)-1].CommandTag
		}
	}
	o.Duration = time.Since(start)
	s.notices.record(false)
	s.messages(o)
	o.Rows = tag.RowsAffected()
	var refused *pgconn.PgError
	if errors.As(err, &refused) && !s.conn.IsClosed() { // a FATAL error ends the session: that is no answer
		o.SQLState, o.Error = refused.Code, refused.Message
		return nil
	}
	if err != nil {
		return fmt.Errorf("run the statement: %w", err)
	}
	return nil
}

// messages sorts the notices. The growth of catalog caches is reported at DEBUG1 too and says
// nothing about the statement.
func (s *Session) messages(o *Observation) {
	for _, n := range s.notices.list {
		switch {
		case n.SeverityUnlocalized == "WARNING":
			o.Warnings = append(o.Warnings, n.Code+" "+n.Message)
		case !strings.HasPrefix(n.Message, "rehashing catalog cache"):
			o.Debug = append(o.Debug, n.Message)
		}
	}
}

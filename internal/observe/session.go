package observe

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
)

// End says what becomes of the transaction after a statement was observed.
type End int

const (
	Commit   End = iota // commit
	Rollback            // roll back; what ran alone stays done
	Leave               // leave it open for the next statement
)

// Session observes statements one after the other, as one session of the server runs them.
// It is not safe for concurrent use.
//
// Its client_min_messages is debug1 whatever the statements set, and its measuring queries
// take locks on catalogs only.
type Session struct {
	dsn     string
	conn    *pgconn.PgConn // runs the statements
	watch   *pgconn.PgConn // watches the statements that run alone
	notices notices
}

// Open connects to a database that may be spoiled.
func Open(ctx context.Context, dsn string) (*Session, error) {
	s := &Session{dsn: dsn}
	var err error
	if s.conn, err = connect(ctx, dsn, s.notices.add); err != nil {
		return nil, err
	}
	if s.watch, err = connect(ctx, dsn, nil); err != nil {
		return nil, errors.Join(err, s.conn.Close(ctx))
	}
	return s, nil
}

func connect(ctx context.Context, dsn string, notice pgconn.NoticeHandler) (*pgconn.PgConn, error) {
	cfg, err := pgconn.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("read the DSN: %w", err)
	}
	cfg.OnNotice = notice
	c, err := pgconn.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return c, nil
}

// Close ends the session; an open transaction is rolled back.
func (s *Session) Close(ctx context.Context) error {
	if s.major() >= 15 && !s.conn.IsClosed() && !s.InTransaction() {
		_ = s.flush(ctx) // now, not when the server finds the time: the next session counts scans
	}
	return errors.Join(s.conn.Close(ctx), s.watch.Close(ctx))
}

// Exec runs SQL in the session without looking: fixtures, COMMIT.
func (s *Session) Exec(ctx context.Context, sql string) error {
	_, err := query(ctx, s.conn, sql)
	return err
}

// major is the server's. A version that cannot be read is a newer one.
func (s *Session) major() int {
	digits := regexp.MustCompile(`^\d+`).FindString(s.conn.ParameterStatus("server_version"))
	n, err := strconv.Atoi(digits)
	if err != nil {
		return math.MaxInt
	}
	return n
}

// InTransaction tells whether a transaction is open, failed ones included.
func (s *Session) InTransaction() bool { return s.conn.TxStatus() != 'I' }

// control matches statements that steer the session or the transaction. They lock nothing,
// and some of them must not be preceded by a query: nothing is measured around them.
var control = regexp.MustCompile(`(?is)^(BEGIN|START|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE|PREPARE\s+TRANSACTION|SHOW|RESET|SET)\b`)

// notControl matches what looks like control, and is not.
var notControl = regexp.MustCompile(`(?is)^(SET\s+CONSTRAINTS|(COMMIT|ROLLBACK)\s+PREPARED)\b`)

var leadingComment = regexp.MustCompile(`(?s)^(\s+|--[^\n]*(\n|$)|/\*.*?\*/|;)+`)

var opening = regexp.MustCompile(`(?is)^(BEGIN|START)\b`)

// Statement runs one statement and says what it did. Where no transaction is open it opens
// one. A statement that the server refuses in a transaction block runs alone, unless the
// caller had opened the transaction. The statement's own failure is in the Observation; an
// error means that nothing could be observed, and the session is of no further use.
func (s *Session) Statement(ctx context.Context, sql string, end End) (Observation, error) {
	text := leadingComment.ReplaceAllString(sql, "")
	isControl := control.MatchString(text) && !notControl.MatchString(text)
	ours := !s.InTransaction() && !(end == Leave && opening.MatchString(text))
	if ours {
		if err := s.Exec(ctx, "BEGIN"); err != nil {
			return Observation{}, fmt.Errorf("open a transaction: %w", err)
		}
	}
	o, err := s.inTransaction(ctx, sql, isControl)
	if err != nil {
		return o, err
	}
	refused := !isControl && (o.SQLState == "25001" || o.SQLState == "2D000")
	if refused && ours {
		if err := s.Exec(ctx, "ROLLBACK"); err != nil {
			return o, fmt.Errorf("end the transaction: %w", err)
		}
		return s.alone(ctx, sql)
	}
	o.TxForbidden = refused
	return o, s.finish(ctx, &o, end)
}

// finish ends the transaction as asked. A COMMIT may fail too: deferred constraints.
func (s *Session) finish(ctx context.Context, o *Observation, end End) error {
	if end == Leave || !s.InTransaction() {
		return nil
	}
	sql := "ROLLBACK"
	if end == Commit {
		sql = "COMMIT"
	}
	var refused *pgconn.PgError
	err := s.Exec(ctx, sql)
	if errors.As(err, &refused) {
		o.SQLState, o.Error = refused.Code, refused.Message
		return nil
	}
	if err != nil {
		return fmt.Errorf("end the transaction: %w", err)
	}
	return nil
}

// inTransaction observes a statement in the open transaction.
func (s *Session) inTransaction(ctx context.Context, sql string, isControl bool) (Observation, error) {
	var o Observation
	failed := s.conn.TxStatus() == 'E'
	if isControl || failed {
		return o, s.run(ctx, sql, &o)
	}
	before, err := take(ctx, s.conn, ofTransaction)
	if err != nil {
		return o, err
	}
	heldBefore, err := held(ctx, s.conn, s.conn.PID(), false)
	if err != nil {
		return o, err
	}
	if err := s.run(ctx, sql, &o); err != nil || o.Failed() || !s.InTransaction() {
		return o, err
	}
	locks, err := held(ctx, s.conn, s.conn.PID(), false)
	if err != nil {
		return o, err
	}
	after, err := take(ctx, s.conn, ofTransaction)
	if err != nil {
		return o, err
	}
	o.compare(before, after, locks, heldBefore)
	return o, nil
}

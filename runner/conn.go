package runner

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/safemig/safemig/internal/lint"
)

// session is the one connection of a run: it holds the lock, runs the bodies and
// writes the record. It never comes back: what is lost with it is found out by
// the next session, from the beginning.
type session struct {
	r           *run
	conn        *pgx.Conn
	server      Server
	system      string // pg_control_system's identifier; "" where nobody may ask
	extra       string // settings that this server takes, besides those that all take
	pooled      bool   // behind a pooler in session mode
	locks       []AdvisoryLock
	version     string // of the migration under way
	watch       *watcher
	timeout     time.Duration // lock_timeout of the attempt under way
	watchdog    atomic.Pointer[watchdog]
	reconciling bool
	ownLimit    bool // the migration has set lock_timeout
	hurry       bool // a repair must not wait for long: whoever held up the statement holds it up, too
}

// connectTimeout bounds one attempt to connect where the DSN does not.
const connectTimeout = 15 * time.Second

// dial connects and asks nothing. name becomes application_name.
func (r *run) dial(ctx context.Context, name string) (*pgx.Conn, error) {
	cfg, err := r.config()
	if err != nil {
		return nil, err
	}
	cfg.RuntimeParams["application_name"] = name
	c, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, startError(err)
	}
	return c, nil
}

func (r *run) config() (*pgx.ConnConfig, error) {
	dsn := r.o.Database
	if dsn == "" {
		dsn = os.Getenv("DATABASE_URL")
	}
	if dsn == "" {
		return nil, &StartError{Why: "no database is given", Remedy: "use --database DSN or set DATABASE_URL"}
	}
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, &StartError{Why: "the DSN cannot be read", Err: err, Remedy: "write it as postgres://user@host:5432/database"}
	}
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = connectTimeout
	}
	for _, f := range cfg.Fallbacks {
		if f.Host != cfg.Host && cfg.ValidateConnect == nil {
			cfg.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
		}
	}
	d := &net.Dialer{Timeout: cfg.ConnectTimeout, Control: userTimeout,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}}
	cfg.DialFunc = d.DialContext
	return cfg, nil
}

// open gives a session that may work on its server: not a standby, not read-only,
// of a known major, with one backend to itself.
func (r *run) open(ctx context.Context) (*session, error) {
	c, err := r.dial(ctx, r.application("", ""))
	if err != nil {
		return nil, err
	}
	s := &session{r: r, conn: c}
	s.watch = &watcher{r: r, pid: func() uint32 { return s.server.PID }}
	for _, step := range []func(context.Context) error{s.look, s.probe, s.settings} {
		if err := step(ctx); err != nil {
			s.close()
			return nil, err
		}
	}
	return s, nil
}

// look asks the server who it is, and refuses the wrong one.
func (s *session) look(ctx context.Context) error {
	var num int
	var standby, readOnly bool
	err := s.conn.QueryRow(ctx, `/* safemig:probe */ SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4,
	pg_catalog.split_part(pg_catalog.current_setting('server_version'), ' ', 1), pg_catalog.current_database()::pg_catalog.text,
	current_user::pg_catalog.text, pg_catalog.pg_backend_pid(), pg_catalog.pg_is_in_recovery(),
	pg_catalog.current_setting('default_transaction_read_only') = 'on'`).
		Scan(&num, &s.server.Version, &s.server.Database, &s.server.User, &s.server.PID, &standby, &readOnly)
	if err != nil {
		return startError(err)
	}
	s.server.Major = num / 10000
	if err := checkMajor(s.server.Major, s.server.Version, s.r.o.Allow); err != nil {
		return err
	}
	switch {
	case standby:
		return &StartError{Why: "the server is a standby, which takes no changes", Remedy: "give the DSN of the primary"}
	case readOnly:
		return &StartError{Why: "default_transaction_read_only is on for " + s.server.User + " on this server",
			Remedy: "give the DSN of a role that may write, or turn the setting off"}
	}
	// execute is granted to PUBLIC; where it was taken back, a failover to another cluster goes unnoticed
	if err := s.conn.QueryRow(ctx, "/* safemig:probe */ SELECT system_identifier::pg_catalog.text FROM pg_catalog.pg_control_system()").Scan(&s.system); err != nil && s.conn.IsClosed() {
		return err
	}
	if s.r.system == "" {
		s.r.system = s.system
	} else if s.system != "" && s.system != s.r.system {
		return &StartError{Why: "the server is not the one that the run began on: its system identifier has changed",
			Remedy: "find out which server is the primary, then run safemig up again"}
	}
	return nil
}

// AllowNewer is the name under which Options.Allow lets safemig work on a server
// that is newer than it knows.
const AllowNewer = "newer-server"

func checkMajor(major int, version string, allow map[string]string) error {
	switch {
	case major < lint.MinPG:
		return &StartError{Why: fmt.Sprintf("the server is PostgreSQL %s: %d is the oldest supported", version, lint.MinPG)}
	case major > lint.MaxPG && allow[AllowNewer] == "":
		return &StartError{Why: fmt.Sprintf("the server is PostgreSQL %s, newer than this safemig knows (%d)", version, lint.MaxPG),
			Remedy: "update safemig, or take the risk with --allow " + AllowNewer + "=reason"}
	}
	return nil
}

// simple sends text as one message of the simple protocol and drops what it gives.
func (s *session) simple(ctx context.Context, sql string) error {
	return s.conn.PgConn().Exec(ctx, sql).Close()
}

// status is the server's view of the transaction: I none, T open, E failed.
func (s *session) status() byte { return s.conn.PgConn().TxStatus() }

// close ends the session, and with it every lock that it still holds.
func (s *session) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	s.watch.close()
	_ = s.conn.Close(ctx)
}

// literal writes a string as SQL does, with standard_conforming_strings on or off.
func literal(s string) string {
	s = strings.ReplaceAll(s, "'", "''")
	if strings.Contains(s, `\`) {
		return " E'" + strings.ReplaceAll(s, `\`, `\\`) + "'"
	}
	return "'" + s + "'"
}

// application is application_name: at most 63 bytes, the important first.
func (r *run) application(version, since string) string {
	name := r.o.Product + " run=" + r.id[:8]
	if since != "" {
		name += " since=" + since
	}
	if version != "" {
		name += " v=" + version
	}
	name += " host=" + hostName()
	return ascii(name)[:min(len(name), 63)]
}

// ascii is what the server keeps of a name: it writes ? for other bytes.
func ascii(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c < 0x20 || c > 0x7e {
			b[i] = '?'
		}
	}
	return string(b)
}

var hostName = sync.OnceValue(func() string {
	h, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return h
})

// sqlState is the server's code of an error; "" where the server said nothing.
func sqlState(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

// startError says what to do about an error of connecting.
func startError(err error) error {
	e := &StartError{Why: "no connection to the database", Err: err}
	switch sqlState(err) {
	case "28P01", "28000":
		e.Remedy = "give a user and a password that the server takes"
	case "3D000":
		e.Remedy = "create the database first: safemig does not"
	case "53300":
		e.Remedy = "the server has no connection left: one for the work and one to watch are needed"
	case "42501":
		e.Why, e.Remedy = "no privilege", "give the DSN of a role that may"
	case "":
		e.Remedy = "give the DSN of a running server that answers"
	}
	return e
}

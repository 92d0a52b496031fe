package pgserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// defaults suit a server that lives for minutes: nothing is safe from a power cut, everything
// that a migration can ask for is there, and nothing runs unasked while locks are observed.
var defaults = map[string]string{
	"fsync":                            "off",
	"full_page_writes":                 "off",
	"synchronous_commit":               "off",
	"autovacuum":                       "off",
	"shared_buffers":                   "32MB",
	"max_connections":                  "60",
	"max_prepared_transactions":        "5",
	"wal_level":                        "logical",
	"max_parallel_workers_per_gather":  "0", // workers count scans as their own
	"max_parallel_maintenance_workers": "0",
	"timezone":                         "UTC",
	"log_timezone":                     "UTC",
	"lc_messages":                      "C",
	"listen_addresses":                 "127.0.0.1",
	"logging_collector":                "off",
}

// configure chooses a free port and appends the settings; later lines of the file win.
func (c *cluster) configure(settings map[string]string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	c.port = l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil { // another process may take it now: launch tries again
		return err
	}
	all := map[string]string{"port": strconv.Itoa(c.port), "unix_socket_directories": c.socketDir()}
	for _, m := range []map[string]string{defaults, settings} {
		for k, v := range m {
			all[k] = v
		}
	}
	var b strings.Builder
	for k, v := range all {
		fmt.Fprintf(&b, "%s = '%s'\n", k, strings.NewReplacer(`'`, `''`, `\`, `\\`).Replace(v))
	}
	lines := strings.SplitAfter(b.String(), "\n")
	sort.Strings(lines)
	f, err := os.OpenFile(filepath.Join(c.dataDir(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if _, err := f.WriteString(strings.Join(lines, "")); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// start runs the postmaster as a child of this process and waits until it answers.
func (c *cluster) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	log, err := os.OpenFile(c.logFile(), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	defer log.Close()
	cmd := exec.Command(c.bin.path("postgres"), "-D", c.dataDir())
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = c.dir, serverEnv(), log, log
	c.user.apply(cmd)
	if c.proc, err = startProcess(cmd, c.dir); err != nil {
		return fmt.Errorf("start PostgreSQL %s: %w", c.bin.version, err)
	}
	for {
		conn, err := pgx.Connect(ctx, c.dsn(c.socketDir()))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-c.proc.done:
			return c.startError(errors.New("it ended"))
		case <-ctx.Done():
			return c.startError(fmt.Errorf("%w; last: %w", ctx.Err(), err))
		case <-time.After(15 * time.Millisecond):
		}
	}
}

func (c *cluster) startError(err error) error {
	return fmt.Errorf("start PostgreSQL %s: %w; its log ends:\n%s\nremedy: set %s to a running throw-away server",
		c.bin.version, err, c.logTail(), Env)
}

func (c *cluster) logTail() string {
	b, err := os.ReadFile(c.logFile())
	if err != nil {
		return err.Error()
	}
	return tail(string(b), 12)
}

// stop ends the postmaster with all its children and removes the directory.
func (c *cluster) stop() error {
	var err error
	if c.proc != nil {
		err = c.proc.stop(stopTimeout)
	}
	if c.dir == "" {
		return err
	}
	return errors.Join(err, os.RemoveAll(c.dir))
}

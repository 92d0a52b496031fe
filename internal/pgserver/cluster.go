package pgserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// cluster is a server that this process started: its directory and its processes.
type cluster struct {
	bin      binaries
	dir      string // all that there is: data/, s/ (sockets), log, pw
	port     int
	password string
	user     *account // who runs it; nil is ourselves
	proc     *process
}

const (
	startTimeout = 60 * time.Second
	stopTimeout  = 10 * time.Second
)

// launch makes a cluster with bin and starts it.
func launch(ctx context.Context, bin binaries, o Options) (*Server, error) {
	c := &cluster{bin: bin, password: randomHex(16)}
	s, err := c.launch(ctx, o)
	if err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return s, nil
}

func (c *cluster) launch(ctx context.Context, o Options) (*Server, error) {
	if err := c.makeDir(); err != nil {
		return nil, fmt.Errorf("prepare a directory for PostgreSQL: %w", err)
	}
	if err := c.initdb(ctx); err != nil {
		return nil, err
	}
	for try := 0; ; try++ {
		if err := c.configure(o.Settings); err != nil {
			return nil, fmt.Errorf("configure PostgreSQL: %w", err)
		}
		err := c.start(ctx)
		if err == nil {
			break
		}
		if try == 3 || !strings.Contains(c.logTail(), "Address already in use") {
			return nil, err
		}
	}
	s := &Server{cluster: c, dsn: c.dsn(c.socketDir()), tcp: c.dsn("")}
	s.admin = s.dsn
	conn, err := pgx.Connect(ctx, s.dsn)
	if err != nil {
		return nil, fmt.Errorf("connect to the started PostgreSQL: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return s, s.readVersion(ctx, conn)
}

// makeDir creates the directory, and moves the binaries to where the server's user reads them.
func (c *cluster) makeDir() error {
	var err error
	if c.dir, err = os.MkdirTemp("", "safemig-pg-"); err != nil {
		return err
	}
	if len(c.socketDir()) > 85 { // a socket's path has at most 103 bytes, on macOS
		if err := os.Remove(c.dir); err != nil {
			return err
		}
		if c.dir, err = os.MkdirTemp("/tmp", "safemig-pg-"); err != nil {
			return err
		}
	}
	if c.user, err = serverAccount(); err != nil {
		return err
	}
	for _, d := range []string{c.dir, c.dataDir(), filepath.Join(c.dir, "s")} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return err
		}
		if err := c.user.own(d); err != nil {
			return err
		}
	}
	if c.user.canRun(c.bin.path("postgres")) {
		return nil
	}
	from, inside := c.bin.root, ""
	if from == "" {
		return fmt.Errorf("%s may not run %s, and PostgreSQL refuses to run as root: make the directory readable",
			c.user, c.bin.path("postgres"))
	}
	if inside, err = filepath.Rel(from, c.bin.dir); err != nil {
		return err
	}
	to := filepath.Join(c.dir, "native")
	c.bin.dir, c.bin.root = filepath.Join(to, inside), to
	return graft(from, to)
}

func (c *cluster) dataDir() string { return filepath.Join(c.dir, "data") }
func (c *cluster) logFile() string { return filepath.Join(c.dir, "log") }

// socketDir is closed to other users; "" where there are no sockets.
func (c *cluster) socketDir() string {
	if runtime.GOOS == "windows" {
		return ""
	}
	return filepath.Join(c.dir, "s")
}

func (c *cluster) dsn(socketDir string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword("postgres", c.password), Path: "/postgres"}
	if socketDir == "" {
		u.Host = net.JoinHostPort("127.0.0.1", strconv.Itoa(c.port))
		u.RawQuery = "sslmode=disable"
	} else {
		u.RawQuery = url.Values{"host": {socketDir}, "port": {strconv.Itoa(c.port)}}.Encode()
	}
	return u.String()
}

// initdb creates the data directory. The socket is safe in a closed directory; the loopback
// interface is open to every user of the machine, hence the password.
func (c *cluster) initdb(ctx context.Context) error {
	pw := filepath.Join(c.dir, "pw")
	if err := os.WriteFile(pw, []byte(c.password+"\n"), 0o600); err != nil {
		return fmt.Errorf("prepare a directory for PostgreSQL: %w", err)
	}
	if err := c.user.own(pw); err != nil {
		return fmt.Errorf("prepare a directory for PostgreSQL: %w", err)
	}
	local := "trust"
	if c.socketDir() == "" {
		local = "scram-sha-256"
	}
	cmd := exec.CommandContext(ctx, c.bin.path("initdb"), "--pgdata", c.dataDir(), "--username", "postgres", "--pwfile", pw,
		"--auth-local", local, "--auth-host", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync")
	cmd.Dir, cmd.Env = c.dir, serverEnv()
	c.user.apply(cmd)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb of PostgreSQL %s: %w\n%s\nremedy: run %s by hand, or set %s to a running server",
			c.bin.version, err, tail(string(out), 12), c.bin.path("initdb"), Env)
	}
	return nil
}

// serverEnv is the environment without what would lead the server astray: PGDATA, PGPORT, …
func serverEnv() []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "PG") && !strings.HasPrefix(v, "LC_") && !strings.HasPrefix(v, "LANG") {
			env = append(env, v)
		}
	}
	return append(env, "LC_ALL=C", "TZ=UTC")
}

// tail returns the last n lines of s.
func tail(s string, n int) string {
	lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

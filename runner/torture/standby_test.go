package torture

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/safemig/safemig/internal/pgserver"
)

// standby is a copy of a server that follows it until it is promoted.
type standby struct {
	addr string
	cmd  *exec.Cmd
}

// newStandby makes one with the server's own programs, run by whoever runs the server.
func newStandby(t *testing.T, s *pgserver.Server) *standby {
	t.Helper()
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, s.TCP())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	var bin, data string
	if err := conn.QueryRow(ctx, "SELECT (SELECT setting FROM pg_config WHERE name = 'BINDIR'), current_setting('data_directory')").Scan(&bin, &data); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(bin, "pg_basebackup")); err != nil {
		t.Skip("the server came without pg_basebackup: ", err)
	}
	owner, err := os.Stat(data)
	if err != nil {
		t.Fatal(err)
	}
	stat := owner.Sys().(*syscall.Stat_t)
	dir, err := os.MkdirTemp("", "standby")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chown(dir, int(stat.Uid), int(stat.Gid)); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(s.TCP())
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	run := func(name string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(bin, name), args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "PGPASSWORD="+password)
		if os.Geteuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: stat.Uid, Gid: stat.Gid}}
		}
		return cmd
	}
	to := filepath.Join(dir, "data")
	if out, err := run("pg_basebackup", "-D", to, "-h", u.Hostname(), "-p", u.Port(), "-U", u.User.Username(), "-R", "-X", "stream", "-c", "fast").CombinedOutput(); err != nil {
		t.Fatalf("pg_basebackup: %v\n%s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &standby{addr: l.Addr().String()}
	l.Close()
	_, port, _ := net.SplitHostPort(b.addr)
	b.cmd = run("postgres", "-D", to, "-p", port, "-c", "unix_socket_directories="+dir, "-c", "listen_addresses=127.0.0.1")
	if err := b.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = b.cmd.Process.Signal(syscall.SIGQUIT)
		_ = b.cmd.Wait()
	})
	return b
}

// The primary dies and the standby takes over, with a run under way: the run, or the next
// one, goes on there. A commit that was answered is there, since the standby confirms each.
func TestFailover(t *testing.T) {
	for _, p := range []point{
		{name: "K5", text: "UPDATE counter SET n = n + 1 WHERE id = 2", when: after},
		{name: "K7", text: "safemig:commit", nth: 3, when: during},
		{name: "K11", text: buildT, when: during},
	} {
		if !*everyWay && p.name != "K7" {
			continue
		}
		t.Run(p.name, func(t *testing.T) { failover(t, p) })
	}
}

func failover(t *testing.T, p point) {
	s, err := pgserver.Start(t.Context(), pgserver.Options{Settings: map[string]string{"synchronous_commit": "on"}})
	if errors.Is(err, pgserver.ErrNone) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	if s.Given() {
		t.Skip("a given server has no standby here")
	}
	b := newStandby(t, s)
	w := newWorld(t, s)
	w.exec(t, "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
	for range 200 { // the standby follows
		if got, err := w.text("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = 'sync'"); err == nil && got == "1" {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	later := *w
	u, err := url.Parse(w.dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = b.addr
	later.dsn = u.String()
	n := w.startAt(t, p, func(n *node, k *link) {
		n.p.lead(b.addr)
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
		k.cut()
		promote(t, later.dsn)
	})
	code := n.wait(t, 2*time.Minute)
	if !n.p.struck() {
		t.Errorf("the fault was not reached: %s", n.out.String())
	}
	later.connect(t)
	defer later.conn.Close(context.Background())
	for _, bad := range later.finish(t, safemig) {
		t.Errorf("%s\nthe node ended with %d and said:\n%s", bad, code, n.out.String())
	}
	t.Logf("the node ended with %d", code)
}

func promote(t testing.TB, dsn string) {
	var err error
	for range 100 {
		var conn *pgx.Conn
		if conn, err = pgx.Connect(context.Background(), dsn); err == nil {
			var done bool
			err = conn.QueryRow(context.Background(), "SELECT pg_promote()").Scan(&done)
			conn.Close(context.Background())
			if err == nil || strings.Contains(fmt.Sprint(err), "not in progress") {
				return
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("promote the standby: %v", err)
}

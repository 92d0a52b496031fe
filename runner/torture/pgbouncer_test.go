package torture

import (
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

	"github.com/safemig/safemig/internal/pgserver/pgtest"
)

// pgbouncer starts one in front of a world, in a pooling mode, and gives the world as it is
// seen through it.
func (w *world) pgbouncer(t *testing.T, mode string) (through *world) {
	t.Helper()
	path, err := exec.LookPath("pgbouncer")
	if err != nil {
		path = "/usr/sbin/pgbouncer" // where Debian has it, which is not on every PATH
	}
	if _, err := os.Stat(path); err != nil {
		t.Skip("no pgbouncer is installed: ", err)
	}
	u, err := url.Parse(w.dsn)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().(*net.TCPAddr)
	l.Close()
	dir, err := os.MkdirTemp("", "pgbouncer") // not t.TempDir: another user has to read it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	ini := filepath.Join(dir, "pgbouncer.ini")
	text := fmt.Sprintf("[databases]\n* = host=%s port=%s user=%s password=%s\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %d\nauth_type = any\npool_mode = %s\ndefault_pool_size = 5\nmax_client_conn = 50\nunix_socket_dir =\n",
		u.Hostname(), u.Port(), u.User.Username(), password, addr.Port, mode)
	if err := os.WriteFile(ini, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, ini)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if os.Geteuid() == 0 { // it refuses to run as root
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for range 200 {
		if c, err := net.Dial("tcp", addr.String()); err == nil {
			c.Close()
			copied := *w
			u.Host = addr.String()
			copied.dsn = u.String()
			return &copied
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("pgbouncer does not answer:\n%s", out.String())
	return nil
}

// In transaction mode a session lock is worth nothing: safemig says so before it locks, and
// nothing is run.
func TestPgbouncerInTransactionModeIsRefused(t *testing.T) {
	for _, mode := range []string{"transaction", "statement"} {
		t.Run(mode, func(t *testing.T) {
			w := newWorld(t, pgtest.ForTest(t))
			defer w.close()
			through := w.pgbouncer(t, mode)
			count := 1
			if *everyWay {
				count = 5 // they fill the pool with each other
			}
			nodes := make([]*node, count)
			stranded := false
			for i := range nodes {
				nodes[i] = through.start(t, nil)
			}
			for _, n := range nodes {
				if code := n.wait(t, time.Minute); code != 2 || !strings.Contains(n.out.String(), "pool") {
					t.Errorf("exit %d: %s", code, n.out.String())
				}
				stranded = stranded || strings.Contains(n.out.String(), "keeps a lock of the probe until it ends")
			}
			if got, err := w.text("SELECT count(*) FROM pg_class WHERE relname IN ('t', 'migration')"); got != "0" {
				t.Errorf("%s tables were made, %v", got, err)
			}
			for _, b := range w.finish(t, safemig) { // straight to the server
				switch {
				case strings.HasPrefix(b, "I8: no session"): // the pool's are
				case strings.HasPrefix(b, "I8: no advisory lock") && stranded: // it was said; the key is nobody's
				default:
					t.Error(b)
				}
			}
		})
	}
}

// In session mode it works, and survives the same.
func TestPgbouncerInSessionMode(t *testing.T) {
	s := pgtest.ForTest(t)
	for _, p := range points {
		if p.hold == "" && !strings.HasPrefix(p.name, "K7") && !strings.HasPrefix(p.name, "K2") {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, s)
			defer w.close()
			through := w.pgbouncer(t, "session")
			n := through.startAt(t, p, func(n *node, k *link) { n.signal(syscall.SIGKILL) })
			peer := through.start(t, nil)
			n.wait(t, time.Minute)
			if code := peer.wait(t, time.Minute); code != 0 {
				t.Errorf("the peer ended with %d: %s", code, peer.out.String())
			}
			for _, b := range w.finish(t, safemig) {
				if !strings.HasPrefix(b, "I8: no session") {
					t.Error(b)
				}
			}
			if got, err := w.text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()"); got != "0" {
				t.Errorf("%s sessions of the pool are not idle, %v", got, err)
			}
		})
	}
}

//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/safemig/safemig/internal/pgserver/pgtest"
)

// process is the real binary at work in a directory of its own.
type process struct {
	*exec.Cmd
	tmp    string // its TMPDIR
	stderr bytes.Buffer
}

// startVerify runs verify on a migration that takes a minute, unless it is interrupted.
func startVerify(t *testing.T, args ...string) *process {
	t.Helper()
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, "safemig") // the test binary, which is safemig under this name
	if err := os.Symlink(self, bin); err != nil {
		t.Fatal(err)
	}
	sql := "CREATE TABLE verify_interrupted (a int);\nSELECT pg_sleep(60);\n"
	if err := os.WriteFile(filepath.Join(dir, "0001_slow.sql"), []byte(sql), 0o644); err != nil {
		t.Fatal(err)
	}
	p := &process{tmp: shortTemp(t)}
	p.Cmd = exec.Command(bin, append(append([]string{"verify"}, args...), "0001_slow.sql")...)
	p.Dir, p.Stderr = dir, &p.stderr
	p.Env = append(os.Environ(), "TMPDIR="+p.tmp, "SAFEMIG_TEST_DSN=")
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Process.Kill() })
	return p
}

// shortTemp is a directory whose name leaves room for a socket's, and that the
// server's account may enter.
func shortTemp(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "v")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// interrupted sends the signal and wants exit status 2 and the reason.
func (p *process) interrupted(t *testing.T, sig os.Signal) {
	t.Helper()
	if err := p.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- p.Wait() }()
	select {
	case err := <-ended:
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != exitFailed || !strings.Contains(p.stderr.String(), "interrupted") {
			t.Errorf("%v\n%s", err, &p.stderr)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("still running 20 s after the signal")
	}
}

func TestVerifyLeavesNoServerBehind(t *testing.T) {
	pgtest.ForTest(t) // skips where no server can be had
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM, os.Kill} {
		t.Run(sig.String(), func(t *testing.T) {
			p := startVerify(t)
			var pid int
			wait(t, func() bool { pid = postmaster(p.tmp); return pid != 0 })
			time.Sleep(500 * time.Millisecond) // into the statement, or not: nothing may be left in either case
			if sig == os.Kill {
				_ = p.Process.Kill()
				_ = p.Wait()
			} else {
				p.interrupted(t, sig)
			}
			wait(t, func() bool {
				left, err := filepath.Glob(filepath.Join(p.tmp, "*"))
				return err == nil && len(left) == 0 && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
			})
		})
	}
}

// postmaster is the pid of the server whose files are below dir; 0 for none.
func postmaster(dir string) (pid int) {
	files, _ := filepath.Glob(filepath.Join(dir, "safemig-pg-*", "data", "postmaster.pid"))
	for _, f := range files {
		b, _ := os.ReadFile(f)
		lines := strings.Split(string(b), "\n")
		for _, c := range lines[0] {
			if pid = pid*10 + int(c-'0'); c < '0' || c > '9' {
				return 0
			}
		}
		if !slices.Contains(lines, "ready   ") { // the server is up
			return 0
		}
	}
	return pid
}

func TestVerifyLeavesAGivenServerAsItWas(t *testing.T) {
	ctx := context.Background()
	s := pgtest.ForTest(t)
	c, err := pgx.Connect(ctx, pgtest.Database(t, s))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	count := func(sql string) (n int) {
		if err := c.QueryRow(ctx, sql).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	const databases = "SELECT count(*) FROM pg_database"
	before := count(databases)
	p := startVerify(t, "--server", s.TCP())
	sleeping := "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND datname ~ '^safemig_'"
	wait(t, func() bool { return count(sleeping) > 0 })
	p.interrupted(t, os.Interrupt)
	wait(t, func() bool { return count(sleeping) == 0 })
	if after := count(databases); after != before {
		t.Errorf("%d databases, %d before", after, before)
	}
}

// wait waits until something holds.
func wait(t *testing.T, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(40 * time.Second); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it does not come to that within 40 s")
		}
	}
}

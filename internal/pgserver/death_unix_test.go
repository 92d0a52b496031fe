//go:build unix

package pgserver_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/safemig/safemig/internal/pgserver/pgtest"
)

func TestServerDiesWithItsParent(t *testing.T) {
	if pgtest.ForTest(t).Given() {
		t.Skip("needs binaries")
	}
	for _, sig := range []os.Signal{os.Kill, os.Interrupt} {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "PGSERVER_TEST_CHILD=1")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		dsn := strings.TrimSpace(line)
		pid := postmaster(t, dsn)
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
		gone(t, pid, dirOf(t, dsn))
	}
}

func postmaster(t *testing.T, dsn string) int {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dirOf(t, dsn), "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func gone(t *testing.T, pid int, dir string) {
	t.Helper()
	for range 100 {
		_, err := os.Stat(dir)
		if os.IsNotExist(err) && syscall.Kill(pid, 0) != nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("after 5 s: postmaster %d: %v, %s is there", pid, syscall.Kill(pid, 0), dir)
}

package torture

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// built is the safemig that is under test: the real one.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "torture")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "safemig")
	out, err := exec.Command("go", "build", "-o", path, "github.com/safemig/safemig/cmd/safemig").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build safemig: %w\n%s", err, out)
	}
	return path, nil
})

// node is one process that migrates, behind a proxy of its own.
type node struct {
	p    *proxy
	cmd  *exec.Cmd
	out  bytes.Buffer
	done chan struct{}
	code int // after done; -1 if a signal ended it
}

// runnerKind is who migrates: safemig, or the control, which is this test binary itself.
type runnerKind int

const (
	safemig runnerKind = iota
	control
)

// start runs a node against a world, with a fault to come or nil.
func (w *world) start(t testing.TB, f *fault, args ...string) *node {
	t.Helper()
	return w.startKind(t, safemig, f, args...)
}

func (w *world) startKind(t testing.TB, kind runnerKind, f *fault, args ...string) *node {
	t.Helper()
	u, err := url.Parse(w.dsn)
	if err != nil {
		t.Fatal(err)
	}
	n := &node{done: make(chan struct{})}
	if n.p, err = newProxy(u.Host, f); err != nil {
		t.Fatal(err)
	}
	u.Host = n.p.addr
	if kind == control {
		n.cmd = exec.Command(os.Args[0])
		n.cmd.Env = append(os.Environ(), "TORTURE_CONTROL="+u.String(), "TORTURE_DIR="+w.dir)
	} else {
		path, err := built()
		if err != nil {
			t.Fatal(err)
		}
		args = append(args, "--tool", "plain", "--config", "-", "--dir", w.dir, "--database", u.String())
		if w.history != "" {
			args = append(args, "--history", w.history)
		}
		n.cmd = exec.Command(path, append([]string{"up"}, args...)...)
	}
	n.cmd.Dir = w.dir
	n.cmd.Stdout, n.cmd.Stderr = &n.out, &n.out
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = n.cmd.Wait() // the code says how it ended
		n.code = n.cmd.ProcessState.ExitCode()
		n.p.close()
		close(n.done)
	}()
	return n
}

// wait waits for the end, and kills a node that does not come to it.
func (n *node) wait(t testing.TB, limit time.Duration) int {
	t.Helper()
	select {
	case <-n.done:
	case <-time.After(limit):
		n.signal(syscall.SIGKILL)
		<-n.done
		t.Errorf("a node did not end in %s; it said:\n%s\nand sent last:\n%s", limit, n.out.String(), lastOf(n.p.statements()))
	}
	return n.code
}

func (n *node) ended() bool {
	select {
	case <-n.done:
		return true
	default:
		return false
	}
}

func (n *node) signal(s os.Signal) { _ = n.cmd.Process.Signal(s) } // it may have ended

func lastOf(s []sent) string {
	var b bytes.Buffer
	for _, q := range s[max(0, len(s)-5):] {
		b.WriteString("  " + q.text + "\n")
	}
	return b.String()
}

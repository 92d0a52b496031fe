package pgserver

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// process is the postmaster, which must not outlive us: however this process ends, by ^C or by
// SIGKILL, its guard shuts the server down and removes the directory.
type process struct {
	cmd   *exec.Cmd
	guard *guard
	done  chan struct{} // closed when the postmaster has ended
}

// startProcess starts cmd, whose files are all in dir.
func startProcess(cmd *exec.Cmd, dir string) (*process, error) {
	detach(cmd)
	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		// Linux signals the child when the *thread* that started it ends
		// (PR_SET_PDEATHSIG): this thread stays as long as the server does.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.done)
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // the log says why it ended
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	var err error
	if p.guard, err = startGuard(cmd.Process.Pid, dir); err != nil {
		_ = p.kill()
		return nil, fmt.Errorf("guard the server: %w", err)
	}
	return p, nil
}

// stop asks for an immediate shutdown and waits; after the timeout it kills.
func (p *process) stop(timeout time.Duration) error {
	defer p.guard.dismiss()
	if err := shutdown(p.cmd.Process); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop PostgreSQL: %w", err)
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(timeout):
		return p.kill()
	}
}

func (p *process) kill() error {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill PostgreSQL: %w", err)
	}
	<-p.done
	return nil
}

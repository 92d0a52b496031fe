//go:build unix

package pgserver

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is the unprivileged user that runs the server where we are root, for whom
// PostgreSQL refuses to run. A nil account is ourselves.
type account struct{ uid, gid uint32 }

// nobody is the user with no rights, on every Unix that has one.
const nobody = 65534

// serverAccount is postgres where there is such a user, else nobody.
func serverAccount() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return &account{nobody, nobody}, nil
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("user postgres: %w", err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("user postgres: %w", err)
	}
	return &account{uint32(uid), uint32(gid)}, nil
}

func (a *account) String() string { return fmt.Sprintf("user %d", a.uid) }

// own gives a file to the account.
func (a *account) own(path string) error {
	if a == nil {
		return nil
	}
	return os.Chown(path, int(a.uid), int(a.gid))
}

// canRun tells whether the account reaches and executes the file.
func (a *account) canRun(path string) bool {
	if a == nil {
		return true
	}
	for {
		info, err := os.Stat(path)
		if err != nil {
			return false
		}
		st, ok := info.Sys().(*syscall.Stat_t)
		if !ok {
			return false
		}
		bit := os.FileMode(0o001)
		if st.Uid == a.uid {
			bit = 0o100
		} else if st.Gid == a.gid {
			bit = 0o010
		}
		if info.Mode()&bit == 0 {
			return false
		}
		parent := filepath.Dir(path)
		if parent == path {
			return true
		}
		path = parent
	}
}

// apply makes cmd run as the account.
func (a *account) apply(cmd *exec.Cmd) {
	if a == nil {
		return
	}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
}

// detach puts cmd into a process group of its own: ^C on the terminal is for us, and we decide
// what becomes of the server.
func detach(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	dieWithParent(cmd.SysProcAttr)
}

// shutdown asks the postmaster for its immediate mode.
func shutdown(p *os.Process) error { return p.Signal(syscall.SIGQUIT) }

// guardScript waits for a line. The end of its input instead means that the parent is gone.
const guardScript = `
read -r _ && exit
kill -QUIT "$1" 2>/dev/null
i=0
while kill -0 "$1" 2>/dev/null && [ $i -lt 50 ]; do i=$((i+1)); sleep 0.1; done
kill -KILL "$1" 2>/dev/null
rm -rf -- "$2"
`

// guard is a shell that outlives us just long enough to clean up.
type guard struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
}

func startGuard(pid int, dir string) (*guard, error) {
	cmd := exec.Command("/bin/sh", "-c", guardScript, "safemig-pg-guard", strconv.Itoa(pid), dir)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	return &guard{cmd, in}, cmd.Start()
}

// dismiss ends the guard without effect: the server has ended, and its pid may be another's.
func (g *guard) dismiss() {
	_, _ = io.WriteString(g.stdin, "\n")
	_ = g.stdin.Close()
	_ = g.cmd.Wait()
}

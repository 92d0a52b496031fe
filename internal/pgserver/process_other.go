//go:build !unix

package pgserver

import (
	"os"
	"os/exec"
)

// account stands for the user that runs the server: ourselves, always.
type account struct{}

func serverAccount() (*account, error) { return nil, nil }
func (*account) String() string        { return "this user" }
func (*account) own(string) error      { return nil }
func (*account) canRun(string) bool    { return true }
func (*account) apply(*exec.Cmd)       {}
func detach(*exec.Cmd)                 {}
func shutdown(p *os.Process) error     { return p.Kill() }

// guard does nothing here: a server whose parent is killed lives on.
type guard struct{}

func startGuard(int, string) (*guard, error) { return &guard{}, nil }
func (*guard) dismiss()                      {}

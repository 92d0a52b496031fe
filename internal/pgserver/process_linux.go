package pgserver

import "syscall"

// dieWithParent makes the kernel shut the server down when we die, faster than the guard.
func dieWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGQUIT }

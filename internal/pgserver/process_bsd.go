//go:build unix && !linux

package pgserver

import "syscall"

// dieWithParent leaves all to the guard: only Linux tells a child of its parent's death.
func dieWithParent(*syscall.SysProcAttr) {}

package runner

import (
	"strings"
	"syscall"
)

// userTimeout bounds how long sent data may stay unacknowledged (tcp(7), TCP_USER_TIMEOUT, in ms).
func userTimeout(network, _ string, c syscall.RawConn) error {
	if !strings.HasPrefix(network, "tcp") {
		return nil
	}
	const tcpUserTimeout = 0x12
	return c.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, 30000) // an old kernel goes without
	})
}

// Package pgserver provides a throw-away PostgreSQL to measure and test on: a given server,
// installed binaries, or downloaded ones, in this order.
//
// A server that it starts lives in a temporary directory, listens on a socket there and on a
// free port of the loopback interface, and dies with the process that started it. Of a given
// server it touches nothing but databases that it creates itself.
package pgserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
)

// Env names the environment variable that holds the DSN of a server to use instead of
// starting one.
const Env = "SAFEMIG_TEST_DSN"

// Options says which server is wanted. The zero value takes any that can be had without a
// download.
type Options struct {
	Major         int               // 12 to 18; 0 takes the first that is found
	DSN           string            // a running server; default: $SAFEMIG_TEST_DSN
	AllowNonEmpty bool              // accept a DSN whose database has tables of its own
	Download      bool              // fetch binaries when none are installed
	Cache         string            // where downloaded binaries are kept; default: the user's cache directory
	Settings      map[string]string // server settings on top of the defaults; not for a DSN
	Log           io.Writer         // one line for each slow step; nil is silent
}

// Server is a running PostgreSQL and one database in it.
type Server struct {
	Major   int    // 17
	Version string // as the server says it: 17.10
	Zone    string // in which its sessions begin: Etc/UTC

	dsn     string
	tcp     string
	admin   string // DSN from which databases are created and dropped
	owned   func(context.Context) error
	cluster *cluster
	stop    sync.Once
	stopErr error
}

// ErrNone says that no server can be had: none is given, installed, cached, or may be
// downloaded. Every other error of Start means that a server is there and does not work.
var ErrNone = errors.New("no PostgreSQL server can be had")

// Start returns a running server. What it started it stops again when it fails; the caller
// stops the rest with Stop. When ctx ends, a server that runs already goes on running.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = io.Discard
	}
	if o.Major != 0 && (o.Major < MinMajor || o.Major > MaxMajor) {
		return nil, fmt.Errorf("PostgreSQL %d is not supported: %d to %d are", o.Major, MinMajor, MaxMajor)
	}
	if o.DSN != "" {
		return given(ctx, o.DSN, o)
	}
	if dsn := os.Getenv(Env); dsn != "" {
		s, err := given(ctx, dsn, o)
		var other *wrongMajorError
		if !errors.As(err, &other) {
			return s, err
		}
		fmt.Fprintf(o.Log, "%s is not used: %v\n", Env, err) // another major is asked for by name
	}
	bin, err := find(ctx, o)
	if err != nil {
		return nil, err
	}
	return launch(ctx, bin, o)
}

// DSN is a URL that connects as superuser to the server's own database: through the socket
// where the system has sockets.
func (s *Server) DSN() string { return s.dsn }

// TCP is the DSN of the same database through the loopback interface, for clients that know
// no sockets and for proxies in between. Of a given server it is the DSN.
func (s *Server) TCP() string { return s.tcp }

// Given tells whether the server runs elsewhere, so that its settings are not ours.
func (s *Server) Given() bool { return s.cluster == nil }

// Stop ends the server at once and removes its files; of a given server it drops the database
// that Start created. It may be called twice.
func (s *Server) Stop() error {
	s.stop.Do(func() {
		if s.cluster != nil {
			s.stopErr = s.cluster.stop()
			return
		}
		s.stopErr = s.owned(context.Background())
	})
	return s.stopErr
}

// wrongMajorError is a given server of another major than the wanted one.
type wrongMajorError struct{ have, want int }

func (e *wrongMajorError) Error() string {
	return fmt.Sprintf("the given server is PostgreSQL %d, %d is wanted", e.have, e.want)
}

// majorOf reads server_version_num: 170010 is 17.
func majorOf(num string) (int, error) {
	n, err := strconv.Atoi(num)
	if err != nil || n < 10000 {
		return 0, fmt.Errorf("server_version_num %q is no PostgreSQL version", num)
	}
	return n / 10000, nil
}

// Package pgtest gives tests a real PostgreSQL: one server for each major and test binary,
// started when the first test asks for it.
//
//	SAFEMIG_PG_MAJOR=17   that major, downloaded where it is not installed
//	SAFEMIG_REQUIRE_PG=1  a test that gets no server fails instead of being skipped
//	SAFEMIG_TEST_DSN      a running server to use; see pgserver
package pgtest

import (
	"context"
	"errors"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/safemig/safemig/internal/pgserver"
)

// start is the one attempt for a major.
type start struct {
	once   sync.Once
	server *pgserver.Server
	err    error
}

var (
	mu     sync.Mutex
	starts = map[int]*start{}
)

// Main runs the tests and stops the servers that they used:
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
//
// A test binary without it leaves no server behind either; it ends a little less cleanly.
func Main(m *testing.M) {
	code := m.Run()
	mu.Lock()
	defer mu.Unlock()
	for _, s := range starts {
		if s.server != nil {
			if err := s.server.Stop(); err != nil {
				println("stop the test server:", err.Error())
				code = max(code, 1)
			}
		}
	}
	os.Exit(code)
}

// ForTest returns the server of $SAFEMIG_PG_MAJOR, or any that can be had. Its databases are
// shared by the whole test binary: take one with NewDatabase.
func ForTest(t testing.TB) *pgserver.Server {
	t.Helper()
	major := 0
	if v := os.Getenv("SAFEMIG_PG_MAJOR"); v != "" {
		var err error
		if major, err = strconv.Atoi(v); err != nil {
			t.Fatalf("SAFEMIG_PG_MAJOR: %v", err)
		}
	}
	return ForMajor(t, major)
}

// ForMajor returns a server of the major, of 0 any. It skips the test, with the reason, only
// where no server can be had; a server that is there and does not start fails it.
func ForMajor(t testing.TB, major int) *pgserver.Server {
	t.Helper()
	mu.Lock()
	s := starts[major]
	if s == nil {
		s = &start{}
		starts[major] = s
	}
	mu.Unlock()
	required := os.Getenv("SAFEMIG_REQUIRE_PG") != ""
	s.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		s.server, s.err = pgserver.Start(ctx, pgserver.Options{
			Major:    major,
			Download: required || os.Getenv("SAFEMIG_PG_MAJOR") != "",
			Log:      t.Output(),
		})
	})
	switch {
	case s.err == nil:
	case errors.Is(s.err, pgserver.ErrNone) && !required:
		t.Skip(s.err)
	default:
		t.Fatal(s.err)
	}
	return s.server
}

// NewDatabase returns the DSN of an empty database on the server of ForTest, dropped when the
// test ends.
func NewDatabase(t testing.TB) string {
	t.Helper()
	return Database(t, ForTest(t))
}

// Database returns the DSN of an empty database on s, dropped when the test ends.
func Database(t testing.TB, s *pgserver.Server) string {
	t.Helper()
	dsn, drop, err := s.NewDatabase(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(drop)
	return dsn
}

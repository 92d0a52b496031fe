package pgserver_test

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/safemig/safemig/internal/pgserver"
	"github.com/safemig/safemig/internal/pgserver/pgtest"
)

func TestMain(m *testing.M) {
	if os.Getenv("PGSERVER_TEST_CHILD") != "" {
		child()
	}
	pgtest.Main(m)
}

// child starts a server, prints where it is and waits to be killed.
func child() {
	s, err := pgserver.Start(context.Background(), pgserver.Options{})
	if err != nil {
		os.Stderr.WriteString(err.Error())
		os.Exit(1)
	}
	os.Stdout.WriteString(s.DSN() + "\n")
	select {}
}

func query(t *testing.T, dsn, sql string) string {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	results, err := c.PgConn().Exec(ctx, sql).ReadAll() // several statements are fine
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return string(results[len(results)-1].Rows[0][0])
}

func TestServerAnswersOnSocketAndLoopback(t *testing.T) {
	s := pgtest.ForTest(t)
	for _, dsn := range []string{s.DSN(), s.TCP()} {
		if got := query(t, dsn, "SHOW server_version"); !strings.HasPrefix(got, s.Version) {
			t.Errorf("server_version is %s, Version is %s", got, s.Version)
		}
	}
	if want := os.Getenv("SAFEMIG_PG_MAJOR"); want != "" && !strings.HasPrefix(s.Version, want+".") {
		t.Errorf("major %s was wanted, got %s", want, s.Version)
	}
}

func TestSettingsSuitMeasuring(t *testing.T) {
	s := pgtest.ForTest(t)
	if s.Given() {
		t.Skip("a given server has its own settings")
	}
	for name, want := range map[string]string{
		"fsync": "off", "autovacuum": "off", "wal_level": "logical", "max_prepared_transactions": "5",
		"timezone": "UTC", "lc_messages": "C", "server_encoding": "UTF8",
	} {
		if got := query(t, s.DSN(), "SELECT current_setting('"+name+"')"); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestNewDatabaseIsEmptyAndIsDropped(t *testing.T) {
	s := pgtest.ForTest(t)
	ctx := context.Background()
	dsn, drop, err := s.NewDatabase(ctx)
	if err != nil {
		t.Fatal(err)
	}
	name := query(t, dsn, "SELECT current_database()")
	open, err := pgx.Connect(ctx, dsn) // a session that was forgotten must not keep the database
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close(ctx)
	drop()
	if got := query(t, s.DSN(), "SELECT count(*)::text FROM pg_database WHERE datname = '"+name+"'"); got != "0" {
		t.Errorf("database %s is still there", name)
	}
}

func TestGivenServerIsUsedInAFreshDatabase(t *testing.T) {
	ctx := context.Background()
	dsn := pgtest.NewDatabase(t)
	for _, dsn := range []string{dsn, keywords(t, dsn)} {
		s, err := pgserver.Start(ctx, pgserver.Options{DSN: dsn})
		if err != nil {
			t.Fatal(err)
		}
		own := query(t, s.DSN(), "SELECT current_database()")
		if own == query(t, dsn, "SELECT current_database()") {
			t.Errorf("works in the given database %s itself", own)
		}
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
		if got := query(t, dsn, "SELECT count(*)::text FROM pg_database WHERE datname = '"+own+"'"); got != "0" {
			t.Errorf("database %s is still there after Stop", own)
		}
	}
}

// keywords is the DSN in its other form.
func keywords(t *testing.T, dsn string) string {
	t.Helper()
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	port := u.Port()
	if port == "" {
		port = u.Query().Get("port")
	}
	return "host=" + c.Host + " port=" + port + " user=" + c.User + " password=" + c.Password + " dbname=" + c.Database
}

func TestGivenDatabaseWithTablesIsRefused(t *testing.T) {
	ctx := context.Background()
	dsn := pgtest.NewDatabase(t)
	query(t, dsn, "CREATE TABLE precious AS SELECT 1; SELECT ''")
	_, err := pgserver.Start(ctx, pgserver.Options{DSN: dsn})
	if err == nil || !strings.Contains(err.Error(), "public.precious") {
		t.Fatalf("want a refusal that names the table, got %v", err)
	}
	s, err := pgserver.Start(ctx, pgserver.Options{DSN: dsn, AllowNonEmpty: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
}

func TestGivenServerOfAnotherMajorIsRefused(t *testing.T) {
	s := pgtest.ForTest(t)
	want := 12
	if s.Major == 12 {
		want = 13
	}
	if _, err := pgserver.Start(context.Background(), pgserver.Options{DSN: pgtest.NewDatabase(t), Major: want}); err == nil {
		t.Error("accepted")
	}
}

func TestMissingServerIsErrNone(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv(pgserver.Env, "")
	s, err := pgserver.Start(context.Background(), pgserver.Options{Major: 13, Cache: t.TempDir()})
	if err == nil {
		s.Stop()
		t.Skip("13 is installed")
	}
	if !errors.Is(err, pgserver.ErrNone) {
		t.Errorf("got %v, want ErrNone", err)
	}
}

func TestBadSettingShowsTheLog(t *testing.T) {
	if pgtest.ForTest(t).Given() {
		t.Skip("needs binaries")
	}
	_, err := pgserver.Start(context.Background(), pgserver.Options{Settings: map[string]string{"wal_level": "nonsense"}})
	if err == nil || !strings.Contains(err.Error(), "wal_level") || !strings.Contains(err.Error(), "remedy") {
		t.Errorf("got %v, want the log's tail and a remedy", err)
	}
}

func TestStopLeavesNothing(t *testing.T) {
	if pgtest.ForTest(t).Given() {
		t.Skip("needs binaries")
	}
	s, err := pgserver.Start(context.Background(), pgserver.Options{Major: pgtest.ForTest(t).Major})
	if err != nil {
		t.Fatal(err)
	}
	dir := dirOf(t, s.DSN())
	for range 2 {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", dir, err)
	}
}

// dirOf is the directory of a server that was started on a socket.
func dirOf(t *testing.T, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	host := u.Query().Get("host")
	if host == "" {
		t.Skip("no sockets here")
	}
	return filepath.Dir(host)
}

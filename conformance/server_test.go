package conformance

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/safemig/safemig/internal/pgserver"
)

// server is one PostgreSQL that logs every statement it gets, with the virtual
// transaction it ran in.
var server struct {
	once sync.Once
	*pgserver.Server
	logs string
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if server.Server != nil {
		_ = server.Stop()
	}
	os.Exit(code)
}

func start(t *testing.T) {
	t.Helper()
	server.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		os.Unsetenv(pgserver.Env) // a given server does not log as is needed here
		server.Server, server.err = pgserver.Start(ctx, pgserver.Options{Download: true, Log: os.Stderr, Settings: map[string]string{
			"log_statement": "all", "logging_collector": "on", "log_destination": "csvlog", "log_directory": "log", "max_connections": "100",
		}})
		if server.err != nil {
			return
		}
		var conn *pgx.Conn
		if conn, server.err = pgx.Connect(ctx, server.DSN()); server.err != nil {
			return
		}
		defer conn.Close(ctx)
		server.err = conn.QueryRow(ctx, "SELECT current_setting('data_directory') || '/log'").Scan(&server.logs)
	})
	if server.err != nil {
		t.Fatal(server.err)
	}
}

// database gives the URL of an empty database, on the loopback interface: not every
// client knows sockets.
func database(t *testing.T) string {
	t.Helper()
	start(t)
	dsn, drop, err := server.NewDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(drop)
	u, err := url.Parse(server.TCP())
	if err != nil {
		t.Fatal(err)
	}
	named, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = named.Path
	return u.String()
}

// message is what the server got, and in which virtual transaction; or, with a
// SQLSTATE, what it refused.
type message struct{ vxid, sql, state, why string }

// logged gives all messages to the database of a URL, in their order.
func logged(t *testing.T, dsn string) []message {
	t.Helper()
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	name := conn.Config().Database
	const last = "SELECT 'that is all'"
	if _, err := conn.Exec(ctx, last, pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatal(err)
	}
	for range 200 {
		all := messages(t, name)
		if n := len(all); n > 0 && all[n-1].sql == last {
			return all[:n-1]
		}
		time.Sleep(20 * time.Millisecond) // the log is written by another process
	}
	t.Fatal("the server's log does not come to its end")
	return nil
}

// Fields of a csvlog line; see the manual, "Using CSV-Format Log Output".
const (
	csvDatabase, csvVXID, csvSeverity, csvState, csvMessage, csvQuery = 2, 9, 11, 12, 13, 19
)

func messages(t *testing.T, database string) (all []message) {
	t.Helper()
	files, _ := filepath.Glob(server.logs + "/*.csv")
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		r := csv.NewReader(f)
		r.FieldsPerRecord = -1
		for {
			line, err := r.Read()
			if errors.Is(err, io.EOF) || err != nil && len(line) == 0 {
				break // what is behind a half-written line comes next time
			}
			if len(line) <= csvQuery || line[csvDatabase] != database {
				continue
			}
			if line[csvSeverity] == "ERROR" {
				all = append(all, message{line[csvVXID], line[csvQuery], line[csvState], line[csvMessage]})
				continue
			}
			kind, sql, ok := strings.Cut(line[csvMessage], ": ")
			if line[csvSeverity] == "LOG" && ok && (kind == "statement" || strings.HasPrefix(kind, "execute ")) {
				all = append(all, message{line[csvVXID], sql, "", ""})
			}
		}
		f.Close()
	}
	return all
}

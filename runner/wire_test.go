package runner

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/safemig/safemig/internal/audit"
	"github.com/safemig/safemig/internal/pgserver"
	"github.com/safemig/safemig/internal/pgserver/pgtest"
)

// logged starts a server that logs every statement, and gives what it logs for a
// database: one statement after the other, with the backend that ran it.
func logged(t *testing.T) (*pgserver.Server, func() ([]entryOfLog, string)) {
	t.Helper()
	pgtest.ForTest(t) // skips where there is no server
	s, err := pgserver.Start(context.Background(), pgserver.Options{Settings: map[string]string{"logging_collector": "on", "log_directory": "log",
		"log_filename": "all.log", "log_statement": "all", "log_line_prefix": "%m [%p] ", "log_min_duration_statement": "-1"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Stop() })
	line := regexp.MustCompile(`(?s)^\S+ \S+ \S+ \[(\d+)\] LOG:  (?:statement|execute [^:]*): (.*)$`)
	start := regexp.MustCompile(`(?m)^\d\S+ \S+ \S+ \[\d+\] [A-Z]+:  `)
	return s, func() (out []entryOfLog, text string) {
		mark := "mark " + newUUID()
		exec(t, s.DSN(), "SELECT '"+mark+"'")
		for deadline := time.Now().Add(20 * time.Second); !strings.Contains(text, mark); time.Sleep(20 * time.Millisecond) { // the collector is behind
			if time.Now().After(deadline) {
				t.Fatal("the server's log does not come")
			}
			text = query[string](t, s.DSN(), "SELECT pg_read_file('log/all.log')")
		}
		at := start.FindAllStringIndex(text, -1)
		for i, a := range at {
			end := len(text)
			if i+1 < len(at) {
				end = at[i+1][0]
			}
			if m := line.FindStringSubmatch(text[a[0]:end]); m != nil {
				out = append(out, entryOfLog{m[1], strings.TrimSpace(m[2])})
			}
		}
		return out, text
	}
}

type entryOfLog struct{ pid, sql string }

// The property that this project began with: lock, then body, then record, then
// unlock, on one backend, in every mode.
func TestTheServersLogShowsLockBodyRecordUnlock(t *testing.T) {
	server, log := logged(t)
	ctx := context.Background()
	drizzle := files("meta/_journal.json", `{"version":"7","dialect":"postgresql","entries":[{"idx":0,"version":"7","when":1,"tag":"0000_a","breakpoints":true},{"idx":1,"version":"7","when":2,"tag":"0001_b","breakpoints":true}]}`,
		"0000_a.sql", "CREATE TABLE body_a (n int);", "0001_b.sql", "CREATE TABLE body_b (n int);")
	goose, err := HistoryByName("goose")
	if err != nil {
		t.Fatal(err)
	}
	code := func(noTx bool) func(*Options) {
		return func(o *Options) {
			o.Go = []GoMigration{{Version: "2", NoTransaction: noTx, Up: func(ctx context.Context, c *pgx.Conn) error {
				_, err := c.Exec(ctx, "CREATE TABLE body_go (n int)")
				return err
			}}}
		}
	}
	const both = "CREATE TABLE body_a (n int);\nCREATE TABLE body_b (n int);"
	for name, c := range map[string]struct {
		fsys    map[string]string
		change  func(*Options)
		records int
	}{
		"transaction":          {map[string]string{"0001_a.up.sql": both, "0001_a.down.sql": "DROP TABLE body_a, body_b;"}, nil, 2},
		"alone":                {map[string]string{"0001_a.up.sql": "-- safemig:no-transaction\nCREATE TABLE body_a (n int);\nCREATE INDEX CONCURRENTLY body_i ON body_a (n);", "0001_a.down.sql": "-- safemig:no-transaction\nDROP INDEX CONCURRENTLY body_i;\nDROP TABLE body_a;"}, nil, 2},
		"one message":          {map[string]string{"1_a.up.sql": both, "1_a.down.sql": "DROP TABLE body_a; DROP TABLE body_b;"}, func(o *Options) { o.Tool = "golang-migrate" }, 2},
		"explicit transaction": {map[string]string{"1_a.up.sql": "BEGIN;\n" + both + "\nCOMMIT;", "1_a.down.sql": "DROP TABLE body_a; DROP TABLE body_b;"}, func(o *Options) { o.Tool = "golang-migrate" }, 2},
		"all in one":           {nil, func(o *Options) { o.Tool, o.FS = "drizzle", drizzle }, 2},
		"go":                   {map[string]string{"0001_a.sql": "CREATE TABLE body_a (n int);"}, code(false), 2},
		"go alone":             {map[string]string{"0001_a.sql": "CREATE TABLE body_a (n int);"}, code(true), 2},
		"goose's table":        {map[string]string{"00001_a.sql": "-- +goose Up\nCREATE TABLE body_a (n int);\n-- +goose Down\nDROP TABLE body_a;\n"}, func(o *Options) { o.Tool, o.History = "goose", goose }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			dsn := pgtest.Database(t, server)
			earlier, before := log()
			pairs := []string{}
			for k, v := range c.fsys {
				pairs = append(pairs, k, v)
			}
			change := func(o *Options) {
				o.Allow = allowAll()
				if c.change != nil {
					c.change(o)
				}
			}
			if _, err := newRunner(t, dsn, files(pairs...), change).Up(ctx); err != nil {
				t.Fatal(err)
			}
			if r := newRunner(t, dsn, files(pairs...), change); r.src.items[len(r.src.items)-1].revertible() == nil {
				if _, err := r.Down(ctx); err != nil {
					t.Fatal(err)
				}
			}
			now, after := log()
			inOrder(t, now[len(earlier):], c.records)
			passes(t, after[len(before):])
		})
	}
}

// passes holds the log against safemig audit.
func passes(t *testing.T, text string) {
	t.Helper()
	r, err := audit.Read([]audit.Input{{Path: "log", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}}, audit.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range r.Versions {
		if v.Version == "" {
			t.Errorf("safemig audit does not see which version is recorded: %+v\n%s", v, text)
		}
		for _, f := range v.Findings {
			if f.Severity == audit.Error {
				t.Errorf("safemig audit, version %s: %s: %s", v.Version, f.Rule, f.Message)
			}
		}
	}
}

var (
	takes   = regexp.MustCompile(`pg_try_advisory_lock\((-?\d+)\)`)
	gives   = regexp.MustCompile(`pg_advisory_unlock\((-?\d+)\)`)
	records = regexp.MustCompile(`(?i)/\* safemig:(record|step|bootstrap) \*/ (INSERT|UPDATE|DELETE|BEGIN)|INTO \S*goose_db_version`)
	bodies  = regexp.MustCompile(`(?i)body_`)
)

// inOrder checks the log of some runs: nothing of a body and no record outside the
// lock of its own backend, and every record behind its body.
func inOrder(t *testing.T, log []entryOfLog, wantRecords int) {
	t.Helper()
	held := map[string]bool{}
	key := fmt.Sprint(Key("safemig", "migration"))
	nBodies, nRecords, fresh := 0, 0, false
	for _, e := range log {
		if m := takes.FindStringSubmatch(e.sql); m != nil && m[1] == key {
			held[e.pid] = true
			continue
		}
		if m := gives.FindStringSubmatch(e.sql); m != nil && m[1] == key {
			held[e.pid] = false
			continue
		}
		record := records.MatchString(e.sql)
		body := bodies.MatchString(e.sql) && !strings.Contains(e.sql, "/* safemig:")
		if (record || body) && !held[e.pid] {
			t.Errorf("backend %s runs this without the lock: %s", e.pid, oneLine(e.sql, 120))
		}
		if body {
			nBodies++
			fresh = true
		}
		if strings.Contains(e.sql, "INSERT INTO safemig.migration") || strings.Contains(e.sql, "UPDATE safemig.migration") {
			nRecords++
			if !fresh {
				t.Errorf("a record without a body before it: %s", oneLine(e.sql, 120))
			}
			fresh = false
		}
	}
	for pid, still := range held {
		if still {
			t.Errorf("backend %s did not unlock", pid)
		}
	}
	if len(held) == 0 || nBodies == 0 || nRecords != wantRecords {
		t.Errorf("%d backends with the lock, %d statements of bodies, %d records, want %d", len(held), nBodies, nRecords, wantRecords)
	}
}

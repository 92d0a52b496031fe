package history

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/safemig/safemig/runner"
)

// safemigOn makes a runner that keeps the tool's table.
func (tl tool) safemigOn(t *testing.T, dsn, dir, to string, lockWait time.Duration) *runner.Runner {
	t.Helper()
	h, err := runner.HistoryByName(tl.name)
	if err != nil {
		t.Fatal(err)
	}
	r, err := runner.New(runner.Options{Database: dsn, FS: os.DirFS(dir), Dir: ".", Tool: tl.name, History: h, To: to, LockWait: lockWait})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// version is the n-th migration's, as its file writes it.
func (tl tool) version(n int) string {
	name, _ := tl.file(n, "", "")
	name = strings.TrimPrefix(name, "V")
	for i, c := range name {
		if c < '0' || c > '9' {
			return name[:i]
		}
	}
	return name
}

func (tl tool) expect(t *testing.T, dsn, dir string, newest, pending int) {
	t.Helper()
	if tl.status == nil {
		if err := tl.up(t.Context(), dsn, dir, newest); err != nil {
			t.Errorf("%s finds fault: %v", tl.name, err)
		}
		return
	}
	n, p, err := tl.status(t.Context(), dsn, dir)
	if err != nil || n != newest || p != pending {
		t.Errorf("%s's own status: newest %d, %d pending, %v; want %d, %d", tl.name, n, p, err, newest, pending)
	}
}

func counted(t *testing.T, dsn, want string) {
	t.Helper()
	var got string
	err := connect(t, dsn).QueryRow(t.Context(), "SELECT string_agg(n::text, ' ' ORDER BY id) FROM counter").Scan(&got)
	if err != nil || got != want {
		t.Errorf("effects %q, %v, want %q", got, err, want)
	}
}

// The tool applies two of four, safemig the others, and the tool finds nothing to do; then
// the same the other way round. Every effect takes place once.
func TestHandover(t *testing.T) {
	for _, tl := range tools {
		t.Run(tl.name+"/to safemig", func(t *testing.T) {
			dsn := newDatabase(t)
			counter(t, connect(t, dsn), 4)
			dir := tl.layout(t, 4, "")
			if err := tl.up(t.Context(), dsn, dir, 2); err != nil {
				t.Fatal(err)
			}
			if _, err := tl.safemigOn(t, dsn, dir, "", time.Minute).Up(t.Context()); err != nil {
				t.Fatal(err)
			}
			tl.expect(t, dsn, dir, 4, 0)
			if err := tl.up(t.Context(), dsn, dir, 4); err != nil {
				t.Errorf("%s after safemig: %v", tl.name, err)
			}
			counted(t, dsn, "1 1 1 1")
		})
		t.Run(tl.name+"/from safemig", func(t *testing.T) {
			dsn := newDatabase(t)
			counter(t, connect(t, dsn), 4)
			dir := tl.layout(t, 4, "")
			if _, err := tl.safemigOn(t, dsn, dir, tl.version(2), time.Minute).Up(t.Context()); err != nil {
				t.Fatal(err)
			}
			tl.expect(t, dsn, dir, 2, 2)
			if err := tl.up(t.Context(), dsn, dir, 4); err != nil {
				t.Fatal(err)
			}
			if _, err := tl.safemigOn(t, dsn, dir, "", time.Minute).Up(t.Context()); err != nil {
				t.Fatal(err)
			}
			counted(t, dsn, "1 1 1 1")
			if tl.status == nil {
				return // these files have no down part
			}
			if _, err := tl.safemigOn(t, dsn, dir, tl.version(3), time.Minute).Down(t.Context()); err != nil {
				t.Fatal(err)
			}
			tl.expect(t, dsn, dir, 3, 1)
			counted(t, dsn, "1 1 1 0")
		})
	}
}

// Both start at once, again and again, on migrations that take a while: each takes effect once.
// dbmate locks nothing; its key keeps the second record out, and one of the two fails.
func TestBothAtOnce(t *testing.T) {
	for _, tl := range tools {
		t.Run(tl.name, func(t *testing.T) {
			rounds := 5
			if tl.name == "flyway" {
				rounds = 2 // each takes seconds to start
			}
			for round := range rounds {
				dsn := newDatabase(t)
				counter(t, connect(t, dsn), 3)
				dir := tl.layout(t, 3, fmt.Sprintf("\nSELECT pg_sleep(0.0%d);", 1+round))
				ends := make(chan error, 2)
				go func() { ends <- tl.up(context.Background(), dsn, dir, 3) }()
				r := tl.safemigOn(t, dsn, dir, "", time.Minute)
				go func() {
					_, err := r.Up(context.Background())
					ends <- err
				}()
				for _, err := range []error{<-ends, <-ends} {
					if err != nil && tl.locks {
						t.Errorf("round %d: %v", round, err)
					}
				}
				if !tl.locks { // whoever failed starts again
					if err := tl.up(t.Context(), dsn, dir, 3); err != nil {
						t.Error(err)
					}
				}
				tl.expect(t, dsn, dir, 3, 0)
				counted(t, dsn, "1 1 1")
			}
		})
	}
}

// While the tool migrates, safemig waits, and says for whom.
func TestSafemigWaitsForTheTool(t *testing.T) {
	for _, tl := range tools {
		if !tl.locks {
			continue
		}
		t.Run(tl.name, func(t *testing.T) {
			dsn := newDatabase(t)
			conn := connect(t, dsn)
			counter(t, conn, 1)
			dir := tl.layout(t, 1, "\nSELECT pg_sleep(2);")
			end := make(chan error, 1)
			go func() { end <- tl.up(context.Background(), dsn, dir, 1) }()
			until(t, conn, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND state = 'active' AND pid <> pg_backend_pid() AND datname = current_database())")
			_, err := tl.safemigOn(t, dsn, dir, "", 300*time.Millisecond).Up(t.Context())
			var locked *runner.LockedError
			if !errors.As(err, &locked) || locked.Tool != tl.name || locked.Holder == nil {
				t.Errorf("safemig did not wait for %s: %v", tl.name, err)
			}
			if err := <-end; err != nil {
				t.Error(err)
			}
			counted(t, dsn, "1")
		})
	}
}

// golang-migrate, tern and sqlx wait inside pg_advisory_lock, with a snapshot that a concurrent
// build has to wait for: the server ends the build, or the waiter. safemig lets the waiter
// go first, then; the index is made all the same, and is valid.
func TestBuildWhileTheToolWaits(t *testing.T) {
	for _, tl := range tools {
		if tl.name != "golang-migrate" && tl.name != "tern" && tl.name != "sqlx" {
			continue
		}
		t.Run(tl.name, func(t *testing.T) {
			dsn := newDatabase(t)
			conn := connect(t, dsn)
			counter(t, conn, 1)
			_, err := conn.Exec(t.Context(), `CREATE FUNCTION slow(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM pg_sleep(0.001); RETURN $1; END';
CREATE TABLE big AS SELECT i FROM generate_series(1, 2500) i`)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			name, _ := tl.file(1, "", "")
			text := "CREATE INDEX CONCURRENTLY big_i ON big (slow(i));\n"
			switch tl.name {
			case "sqlx":
				text = "-- no-transaction\n" + text
			case "tern":
				text = "---- tern: disable-tx ----\n" + text
			}
			if err := os.WriteFile(dir+"/"+name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			ends := make(chan error, 2)
			r := tl.safemigOn(t, dsn, dir, "", time.Minute)
			go func() {
				_, err := r.Up(context.Background())
				ends <- err
			}()
			until(t, conn, "SELECT EXISTS (SELECT FROM pg_stat_progress_create_index WHERE datname = current_database())")
			theirs := tl.up(t.Context(), dsn, dir, 1)
			t.Logf("%s, which waited: %v", tl.name, theirs)
			if err := <-ends; err != nil {
				t.Errorf("safemig: %v", err)
			}
			var valid bool
			if err := conn.QueryRow(t.Context(), "SELECT indisvalid FROM pg_index WHERE indexrelid = 'big_i'::regclass").Scan(&valid); err != nil || !valid {
				t.Errorf("the index is valid: %v, %v", valid, err)
			}
			var open int
			if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM safemig.step WHERE state NOT IN ('done', 'failed')").Scan(&open); err != nil || open > 0 {
				t.Errorf("%d steps are open, %v", open, err)
			}
			tl.expect(t, dsn, dir, 1, 0)
		})
	}
}

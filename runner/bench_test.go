package runner

import (
	"bytes"
	"context"
	"fmt"
	osexec "os/exec"
	"testing"
	"testing/fstest"
	"time"

	"github.com/safemig/safemig/internal/pgserver/pgtest"
)

// numbered gives n migrations that create a table each.
func numbered(n int) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 1; i <= n; i++ {
		fsys[fmt.Sprintf("%05d_t.sql", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "CREATE TABLE t%d (id bigint PRIMARY KEY, name text NOT NULL);\nCREATE INDEX t%d_name ON t%d (name);\n", i, i, i)}
	}
	return fsys
}

// BenchmarkUp applies 100 migrations of two statements; ms/migration is what one
// costs, the run included.
func BenchmarkUp(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		r, err := New(Options{Database: pgtest.NewDatabase(b), FS: numbered(100), Dir: ".", Tool: "plain"})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if _, err := r.Up(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()*10/float64(b.N), "ms/migration")
}

// BenchmarkPsql runs the same statements with psql -1 -f, a session for each file.
func BenchmarkPsql(b *testing.B) {
	psql, err := osexec.LookPath("psql")
	if err != nil {
		b.Skip(err)
	}
	for b.Loop() {
		b.StopTimer()
		dsn, fsys := pgtest.NewDatabase(b), numbered(100)
		b.StartTimer()
		for i := 1; i <= 100; i++ {
			cmd := osexec.Command(psql, "-qX1", "-v", "ON_ERROR_STOP=1", "-f", "-", dsn)
			cmd.Stdin = bytes.NewReader(fsys[fmt.Sprintf("%05d_t.sql", i)].Data)
			if out, err := cmd.CombinedOutput(); err != nil {
				b.Fatalf("%v: %s", err, out)
			}
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()*10/float64(b.N), "ms/migration")
}

// BenchmarkPsqlOnce runs the same transactions in one session of psql's: what the
// server itself needs.
func BenchmarkPsqlOnce(b *testing.B) {
	psql, err := osexec.LookPath("psql")
	if err != nil {
		b.Skip(err)
	}
	for b.Loop() {
		b.StopTimer()
		dsn, fsys := pgtest.NewDatabase(b), numbered(100)
		var all bytes.Buffer
		for i := 1; i <= 100; i++ {
			fmt.Fprintf(&all, "BEGIN;\n%sCOMMIT;\n", fsys[fmt.Sprintf("%05d_t.sql", i)].Data)
		}
		b.StartTimer()
		cmd := osexec.Command(psql, "-qX", "-v", "ON_ERROR_STOP=1", "-f", "-", dsn)
		cmd.Stdin = &all
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()*10/float64(b.N), "ms/migration")
}

// A thousand take ten times as long as a hundred, not a hundred times.
func TestManyPendingMigrationsAreLinear(t *testing.T) {
	took := func(n int) time.Duration {
		r, err := New(Options{Database: pgtest.NewDatabase(t), FS: numbered(n), Dir: ".", Tool: "plain"})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if res, err := r.Up(context.Background()); err != nil || len(res.Versions) != n {
			t.Fatal(len(res.Versions), err)
		}
		return time.Since(start)
	}
	took(1) // the server is awake
	few, many := took(100), took(1000)
	t.Logf("100: %s, 1000: %s", few, many)
	if many > 25*few+time.Second { // room for a busy machine: a square would be 100 times
		t.Errorf("100 take %s, 1000 take %s", few, many)
	}
}

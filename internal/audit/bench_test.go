//go:build unix

package audit

import (
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// traffic is the log of a busy server, made while it is read: an application with
// advisory locks of its own, and a migration now and then.
type traffic struct {
	left, n, version int
	buf              []byte
	rnd              *rand.Rand
	making           time.Duration
}

var queries = []string{
	`SELECT u0."id", u0."email", u0."name", u0."inserted_at", u0."updated_at" FROM "users" AS u0 WHERE (u0."id" = $1)`,
	`INSERT INTO "orders" ("user_id","total","inserted_at","updated_at") VALUES ($1,$2,$3,$4) RETURNING "id"`,
	`UPDATE "carts" SET "items" = $1, "updated_at" = $2 WHERE "id" = $3`, `BEGIN`, `COMMIT`,
	"SELECT o.id, o.total\n\tFROM orders AS o\n\tJOIN users AS u ON u.id = o.user_id\n\tWHERE u.email = 'someone@example.com'\n\tORDER BY o.id DESC LIMIT 20",
	`SELECT 1`, `SHOW TRANSACTION ISOLATION LEVEL`, `DELETE FROM "sessions" WHERE "expires_at" < now()`, `SELECT pg_try_advisory_xact_lock(77)`,
}

func (t *traffic) Read(p []byte) (int, error) {
	start := cpuTime()
	for len(t.buf) < len(p) && t.left > 0 {
		before := len(t.buf)
		t.line(1000+t.rnd.IntN(400)+t.n/1_000_000*400, queries[t.rnd.IntN(len(queries))])
		if t.n%250_000 == 1 {
			t.version++
			for _, sql := range []string{`SELECT pg_try_advisory_lock(93429343)`, `SELECT s0."version" FROM "schema_migrations" AS s0`,
				fmt.Sprintf("CREATE INDEX CONCURRENTLY i%d ON orders (total)", t.version),
				fmt.Sprintf(`INSERT INTO "schema_migrations" ("version") VALUES (%d)`, t.version), `SELECT pg_advisory_unlock(93429343)`} {
				t.line(99, sql)
			}
		}
		t.left -= len(t.buf) - before
	}
	n := copy(p, t.buf)
	t.buf = t.buf[:copy(t.buf, t.buf[n:])]
	t.making += cpuTime() - start
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (t *traffic) line(pid int, sql string) {
	t.n++
	t.buf = fmt.Appendf(t.buf, "2026-11-22 %02d:%02d:%02d.%03d UTC [%d] app@shop LOG:  execute <unnamed>: %s\n",
		t.n/3_600_000%24, t.n/60_000%60, t.n/1000%60, t.n%1000, pid, sql)
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkRead judges 1 GB of a server's log. MB/cpu-s leaves out what the making of
// the log and other programs took; MB-heap is the most that was in use.
func BenchmarkRead(b *testing.B) {
	const size = 1 << 30
	b.SetBytes(size)
	for b.Loop() {
		t := &traffic{left: size, rnd: rand.New(rand.NewPCG(1, 2))}
		start := cpuTime()
		peak := make(chan uint64)
		stop := make(chan struct{})
		go watchHeap(stop, peak)
		r, err := Read([]Input{{"log", func() (io.ReadCloser, error) { return io.NopCloser(t), nil }}}, ReadOptions{})
		close(stop)
		if err != nil {
			b.Fatal(err)
		}
		if len(r.Versions) != t.version || r.Verdict != Pass {
			b.Fatalf("%d of %d versions, %s", len(r.Versions), t.version, summary(r))
		}
		b.ReportMetric(size/1e6/(cpuTime()-start-t.making).Seconds(), "MB/cpu-s")
		b.ReportMetric(float64(<-peak)/1e6, "MB-heap")
	}
}

func watchHeap(stop chan struct{}, peak chan uint64) {
	var most uint64
	var m runtime.MemStats
	for {
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapAlloc)
		select {
		case <-stop:
			peak <- most
			return
		case <-time.After(50 * time.Millisecond):
		}
	}
}

//go:build unix

package trace

import (
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// traffic is a server's log of an application at work, with a migration now and
// then, made while it is read.
type traffic struct {
	left int
	buf  []byte
	rnd  *rand.Rand
	line func(t *traffic, at, pid int, sql string)
}

var queries = []string{
	`SELECT u0."id", u0."email", u0."name", u0."inserted_at", u0."updated_at" FROM "users" AS u0 WHERE (u0."id" = $1)`,
	`INSERT INTO "orders" ("user_id","total","inserted_at","updated_at") VALUES ($1,$2,$3,$4) RETURNING "id"`,
	`UPDATE "carts" SET "items" = $1, "updated_at" = $2 WHERE "id" = $3`,
	`BEGIN`, `COMMIT`,
	"SELECT o.id, o.total\n\tFROM orders AS o\n\tJOIN users AS u ON u.id = o.user_id\n\tWHERE u.email = 'someone@example.com'\n\tORDER BY o.id DESC LIMIT 20",
	`SELECT 1`, `SHOW TRANSACTION ISOLATION LEVEL`,
	`DELETE FROM "sessions" WHERE "expires_at" < now()`,
}

var migration = []string{`SELECT pg_try_advisory_lock(93429343)`, `SELECT s0."version" FROM "schema_migrations" AS s0`, `CREATE INDEX CONCURRENTLY i%d ON orders (total)`,
	`INSERT INTO "schema_migrations" ("version","inserted_at") VALUES (%d,now())`, `SELECT pg_advisory_unlock(93429343)`}

func (t *traffic) Read(p []byte) (int, error) {
	for len(t.buf) < len(p) && t.left > 0 {
		n := len(t.buf)
		at := t.left
		if t.rnd.IntN(200_000) == 0 {
			for _, m := range migration {
				if m[0] == 'C' || m[0] == 'I' {
					m = fmt.Sprintf(m, at)
				}
				t.line(t, at, 99, m)
			}
		} else {
			t.line(t, at, 1000+t.rnd.IntN(200), queries[t.rnd.IntN(len(queries))])
		}
		t.left -= len(t.buf) - n
	}
	n := copy(p, t.buf)
	t.buf = t.buf[:copy(t.buf, t.buf[n:])]
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func plainLine(t *traffic, at, pid int, sql string) {
	t.buf = fmt.Appendf(t.buf, "2026-11-22 10:%02d:%02d.%03d UTC [%d] app@shop LOG:  execute <unnamed>: %s\n", at>>20%60, at>>12%60, at>>3%1000, pid, sql)
}

func csvLine(t *traffic, at, pid int, sql string) {
	t.buf = fmt.Appendf(t.buf, "2026-11-22 10:%02d:%02d.%03d UTC,\"app\",\"shop\",%d,\"10.0.0.1:5%d\",6b02ca04.%x,5,\"SELECT\",2026-11-22 10:00:00 UTC,3/%d,0,LOG,00000,\"execute <unnamed>: %s\",,,,,,,,,\"web\",\"client backend\",,0\n",
		at>>20%60, at>>12%60, at>>3%1000, pid, pid, pid, at%10000, quoteCSV(sql))
}

func jsonLine(t *traffic, at, pid int, sql string) {
	t.buf = fmt.Appendf(t.buf, `{"timestamp":"2026-11-22 10:%02d:%02d.%03d UTC","user":"app","dbname":"shop","pid":%d,"remote_host":"10.0.0.1","remote_port":49710,"session_id":"6b02ca04.%x","line_num":1,"ps":"SELECT","session_start":"2026-11-22 10:00:00 UTC","vxid":"3/22","txid":0,"error_severity":"LOG","message":%q,"application_name":"web","backend_type":"client backend","query_id":0}`+"\n",
		at>>20%60, at>>12%60, at>>3%1000, pid, pid, "execute <unnamed>: "+sql)
}

func quoteCSV(s string) string {
	var b []byte
	for i := range len(s) {
		if s[i] == '"' {
			b = append(b, '"')
		}
		b = append(b, s[i])
	}
	return string(b)
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkRead reads a server's log of 64 MB an iteration; it reports the most
// memory that was in use.
func BenchmarkRead(b *testing.B) {
	for _, f := range []struct {
		name string
		line func(*traffic, int, int, string)
	}{{"stderr", plainLine}, {"csvlog", csvLine}, {"jsonlog", jsonLine}} {
		b.Run(f.name, func(b *testing.B) {
			const size = 64 << 20
			made := make([]byte, 0, size+1<<12)
			t := &traffic{left: size, rnd: rand.New(rand.NewPCG(1, 2)), line: f.line}
			for t.left > 0 { // the making is not measured
				chunk := make([]byte, 1<<20)
				n, _ := t.Read(chunk)
				made = append(made, chunk[:n]...)
			}
			b.SetBytes(int64(len(made)))
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			cpu := cpuTime()
			b.ResetTimer()
			events, n := 0, 0
			for b.Loop() {
				_, err := Read(&looped{made, 0}, Options{Path: "log"}, func(*Event) { events++ })
				if err != nil {
					b.Fatal(err)
				}
				n++
			}
			b.ReportMetric(float64(n*len(made))/1e6/(cpuTime()-cpu).Seconds(), "MB/cpu-s") // what others do on the machine left out
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.HeapInuse)/1e6-float64(len(made))/1e6, "MB-heap")
		})
	}
}

type looped struct {
	b  []byte
	at int
}

func (l *looped) Read(p []byte) (int, error) {
	if l.at == len(l.b) {
		return 0, io.EOF
	}
	n := copy(p, l.b[l.at:])
	l.at += n
	return n, nil
}

package pgsql

import (
	"fmt"
	"strings"
	"testing"
	"time"

	pg_query "github.com/pganalyze/pg_query_go/v5"
)

// mixed is n statements as migrations have them.
func mixed(n int) string {
	var b strings.Builder
	for i := range n {
		switch i % 5 {
		case 0:
			fmt.Fprintf(&b, "-- migration %d\nCREATE TABLE t%d (id bigint PRIMARY KEY, a text NOT NULL DEFAULT 'x', b numeric(10,2) CHECK (b > 0));\n", i, i)
		case 1:
			fmt.Fprintf(&b, "ALTER TABLE t%d ADD COLUMN c int, ADD CONSTRAINT k FOREIGN KEY (c) REFERENCES u (id) NOT VALID;\n", i)
		case 2:
			fmt.Fprintf(&b, "CREATE INDEX CONCURRENTLY i%d ON t (a, lower(b)) WHERE c IS NOT NULL;\n", i)
		case 3:
			fmt.Fprintf(&b, "UPDATE t SET a = 'x' || b WHERE id IN (SELECT id FROM u WHERE v = %d);\n", i)
		case 4:
			fmt.Fprintf(&b, "INSERT INTO t (a, b) VALUES ('x', 1), ('y', 2);\n")
		}
	}
	return b.String()
}

// BenchmarkParse compares Parse with the parser alone; "ratio" is the cost of
// one over the cost of the other.
func BenchmarkParse(b *testing.B) {
	for _, n := range []int{1, 8, 1000} {
		text := mixed(n)
		sec := section(text)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var own, alone time.Duration
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				t0 := time.Now()
				Parse(sec)
				t1 := time.Now()
				if _, err := pg_query.Parse(text); err != nil {
					b.Fatal(err)
				}
				own += t1.Sub(t0)
				alone += time.Since(t1)
			}
			b.ReportMetric(float64(own)/float64(alone), "ratio")
		})
		b.Run(fmt.Sprint(n, "+bad"), func(b *testing.B) {
			bad := section(text + "FOO")
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				Parse(bad)
			}
		})
	}
}

func BenchmarkWalk(b *testing.B) {
	stmts := Parse(section(mixed(100)))
	b.ReportAllocs()
	nodes := 0
	for b.Loop() {
		for i := range stmts {
			Walk(stmts[i].Node, func(any) bool { nodes++; return true })
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(nodes), "ns/node")
}

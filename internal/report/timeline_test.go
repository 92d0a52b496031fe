package report

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// before makes the relations that the tests speak of, in a migration of their own.
const before = "CREATE TABLE t (id int PRIMARY KEY, a int); CREATE TABLE u (id int PRIMARY KEY, a int);"

// timelinesOf gives the timelines of a migration that follows the one of before.
func timelinesOf(t *testing.T, sql string) []*timeline {
	t.Helper()
	l := locksOf(t, fstest.MapFS{"0001_before.sql": {Data: []byte(before)}, "0002_a.sql": {Data: []byte(sql)}})
	ms := l.migrations()
	if len(ms) != 2 {
		t.Fatalf("%d migrations", len(ms))
	}
	return ms[1].up
}

// bars writes the bars of a relation: from, to, and who waits.
func (t *timeline) bars(name string) string {
	var out []string
	for _, rows := range [][]row{t.rows, t.created} {
		for _, r := range rows {
			for _, b := range r.bars {
				if r.name != name {
					continue
				}
				s := fmt.Sprintf("%d-%d %s", b.from, b.to, b.waits().short())
				if b.ghost {
					s += " ghost"
				}
				out = append(out, s)
			}
		}
	}
	return strings.Join(out, "; ")
}

func TestTimelineBars(t *testing.T) {
	for _, c := range []struct{ name, sql, relation, want string }{
		{"to the commit", "SELECT 1; ALTER TABLE t ADD b int; SELECT 1", "public.t", "1-3 reads, writes"},
		{"a stronger lock later", "UPDATE t SET a = 1; ALTER TABLE t ADD b int", "public.t", "0-1 DDL; 1-2 reads, writes"},
		{"a weaker lock later", "ALTER TABLE t ADD b int; UPDATE t SET a = 1", "public.t", "0-2 reads, writes"},
		{"released by ROLLBACK TO", "SELECT 1; SAVEPOINT s; ALTER TABLE t ADD b int; ROLLBACK TO s; SELECT 1", "public.t", "2-3 reads, writes"},
		{"weaker again after ROLLBACK TO", "UPDATE t SET a = 1; SAVEPOINT s; ALTER TABLE t ADD b int; ROLLBACK TO s; SELECT 1", "public.t", "0-2 DDL; 2-3 reads, writes; 3-5 DDL"},
		{"given up by a failure", "ALTER TABLE t ADD b int; VACUUM u; ALTER TABLE u ADD b int", "public.t", "0-2 reads, writes"},
		{"not taken after a failure", "ALTER TABLE t ADD b int; VACUUM u; DROP TABLE u", "public.u", "1-2 DDL, vacuum ghost; 2-3 reads, writes ghost"},
		{"new", "CREATE TABLE n (a int); ALTER TABLE n ADD b int", "public.n", "0-2 nobody"},
		{"made anew", "DROP TABLE t; CREATE TABLE t (a int)", "public.t", "0-2 reads, writes; 1-2 nobody"},
	} {
		ts := timelinesOf(t, c.sql)
		if len(ts) != 1 {
			t.Fatalf("%s: %d timelines", c.name, len(ts))
		}
		if got := ts[0].bars(c.relation); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestTimelineWindows(t *testing.T) {
	for _, c := range []struct{ sql, want string }{
		{"SELECT 1; ALTER TABLE t ADD b int; SELECT 1", "[{1 3 reads, writes}]"},
		{"CREATE INDEX ON t (a); SELECT 1", "[{0 2 writes}]"},
		{"CREATE TABLE n (a int); CREATE INDEX ON n (a)", "[]"},
		{"UPDATE t SET a = 1", "[]"},
		{"SAVEPOINT s; LOCK t; ROLLBACK TO s; SELECT 1", "[{1 2 reads, writes}]"},
		{"-- safemig:no-transaction\nALTER TABLE t ADD b int; SELECT 1; ALTER TABLE u ADD b int", "[{0 1 reads, writes} {2 3 reads, writes}]"},
	} {
		ts := timelinesOf(t, c.sql)
		got := []string{}
		for _, w := range ts[0].windows {
			got = append(got, fmt.Sprintf("{%d %d %s}", w.from, w.to, w.waits.short()))
		}
		if len(ts) != 1 || fmt.Sprint(got) != c.want {
			t.Errorf("%s: %d timelines, windows %v, want %s", c.sql, len(ts), got, c.want)
		}
	}
}

func TestTimelineEnds(t *testing.T) {
	for _, c := range []struct{ sql, want string }{
		{"LOCK t", "commit"},
		{"LOCK t; COMMIT", "COMMIT (line 1)"},
		{"LOCK t; ROLLBACK", "ROLLBACK: nothing stays, the locks were held all the same"},
		{"SAVEPOINT s; LOCK t; ROLLBACK TO s", "commit"},
		{"LOCK t; PREPARE TRANSACTION 'x'", "PREPARE TRANSACTION: the locks stay until COMMIT PREPARED"},
	} {
		if got := timelinesOf(t, c.sql)[0].endLabel(); got != c.want {
			t.Errorf("%s: %s, want %s", c.sql, got, c.want)
		}
	}
}

func TestBlockedRelationsWorstFirst(t *testing.T) {
	l := locksOf(t, fstest.MapFS{
		"0001_a.sql": {Data: []byte(before + "CREATE TABLE v (a int);")},
		"0002_b.sql": {Data: []byte("ALTER TABLE t ADD b int; ALTER TABLE t DROP b;")},
		"0003_c.sql": {Data: []byte("CREATE INDEX ON u (a)")},
		"0004_d.sql": {Data: []byte("ALTER TABLE v ADD b int; UPDATE u SET a = 1;")},
	})
	var got []string
	for _, b := range blockedRelations(l.migrations(), false) {
		got = append(got, fmt.Sprintf("%s %s: %s", b.Relation, b.Waits(), b.While))
	}
	want := "public.v reads, writes: scan of public.u (line 1)\npublic.u writes: scan, build (line 1)\npublic.t reads, writes: "
	if s := strings.Join(got, "\n"); s != want {
		t.Errorf("got\n%s\nwant\n%s", s, want)
	}
}

// A long history stays a page that one can open: what takes no strong lock is
// folded, and the whole is written in a moment.
func TestLocksHTMLOfALongHistory(t *testing.T) {
	fsys := fstest.MapFS{"0000_before.sql": {Data: []byte(before)}}
	for i := 1; i <= 500; i++ {
		sql := fmt.Sprintf("CREATE TABLE n%d (id int PRIMARY KEY, a int);\nCREATE INDEX ON n%d (a);\n", i, i)
		if i%10 == 0 {
			sql += "ALTER TABLE t ADD COLUMN b" + fmt.Sprint(i) + " int;\n"
		}
		fsys[fmt.Sprintf("%04d_m.sql", i)] = &fstest.MapFile{Data: []byte(sql)}
	}
	l := locksOf(t, fsys)
	start := time.Now()
	doc := written(t, "html", l, Style{})
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("written in %s", d)
	}
	if open := strings.Count(doc, "<figcaption>"); open != 50 {
		t.Errorf("%d charts are open, want 50", open)
	}
	if n := len(doc); n > 6<<20 {
		t.Errorf("%d bytes", n)
	}
	if n := strings.Count(written(t, "svg", l, Style{}), `class="edge"`); n != 50 {
		t.Errorf("%d transactions are drawn, want 50", n)
	}
}

// The time to write is in proportion to what a transaction holds.
func TestLocksOfALongTransaction(t *testing.T) {
	var tables, changes strings.Builder
	for i := range 2500 {
		fmt.Fprintf(&tables, "CREATE TABLE t%d (id int PRIMARY KEY);\n", i)
		fmt.Fprintf(&changes, "ALTER TABLE t%d ALTER id TYPE bigint;\n", i)
	}
	l := locksOf(t, fstest.MapFS{"0001_a.sql": {Data: []byte(tables.String())}, "0002_b.sql": {Data: []byte(changes.String())}})
	start := time.Now()
	for _, format := range LocksFormats() {
		written(t, format, l, Style{})
	}
	if d := time.Since(start); d > 6*time.Second { // 0.5 s here; quadratic work took 11.6 s
		t.Errorf("written in %s", d)
	}
}

package torture

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/safemig/safemig/internal/pgserver"
	"github.com/safemig/safemig/internal/pgserver/pgtest"
)

var everyWay = flag.Bool("all", false, "every crash point in every way, not a choice of them")

// point is a place in a run where a fault strikes.
type point struct {
	name string
	text string
	nth  int
	when moment
	hold string            // SQL of a transaction that holds up the build until the fault struck
	wait string            // the phase of the build at which it strikes
	use  map[string]string // files in place of the usual
	carc bool              // an earlier run left an invalid index
}

const (
	writer   = "BEGIN; UPDATE t SET v = v WHERE id = 1"
	snapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM counter"
	buildT   = "CREATE INDEX CONCURRENTLY t_v"
)

// points are K0 to K19 of the protocol's crash points, in the words of the wire.
var points = []point{
	{name: "K0 connect", text: "safemig:probe", when: before},
	{name: "K1 after the probe", text: "safemig:session", when: before},
	{name: "K2 lock granted, answer lost", text: "safemig:lock", when: replyLost},
	{name: "K2 lock granted, before the re-read", text: "safemig:lock", when: after},
	{name: "K3 bootstrap", text: "safemig:bootstrap", when: during},
	{name: "K3 bootstrap, answer lost", text: "safemig:bootstrap", when: replyLost},
	{name: "K4 begin", text: "safemig:begin", when: after},
	{name: "K5 after a statement", text: "INSERT INTO t", when: after},
	{name: "K5 in a statement", text: "INSERT INTO t", when: during},
	{name: "K6 recorded, not committed", text: "safemig:record */ INSERT", when: after},
	{name: "K7 COMMIT sent", text: "safemig:commit", when: during},
	{name: "K7 COMMIT answered, answer lost", text: "safemig:commit", when: replyLost},
	{name: "K8 after COMMIT", text: "safemig:commit", when: after},
	{name: "K9 step started, before its statement", text: buildT, when: before},
	{name: "K9 step started, answer lost", text: "safemig:step", when: replyLost},
	{name: "K10 build waits for writers", text: buildT, when: during, hold: writer, wait: "waiting for writers before build"},
	{name: "K11 build", text: buildT, when: during, wait: "building index", use: slowBuild},
	{name: "K12 build waits for old snapshots", text: buildT, when: during, hold: snapshot, wait: "waiting for old snapshots"},
	{name: "K13 built, before the look", text: buildT, when: after},
	{name: "K13 built, answer lost", text: buildT, when: replyLost},
	{name: "K14 before the step's COMMIT", text: "safemig:commit", nth: 2, when: before},
	{name: "K15 step's COMMIT, answer lost", text: "safemig:commit", nth: 2, when: replyLost},
	{name: "K16 repair", text: "safemig:repair", when: during, carc: true},
	{name: "K16 repair, answer lost", text: "safemig:repair", when: replyLost, carc: true},
	{name: "K17 before unlock", text: "safemig:unlock", when: before},
	{name: "K17 unlock, answer lost", text: "safemig:unlock", when: replyLost},
	{name: "K19 between files", text: "safemig:begin", nth: 2, when: before},
	{name: "a step in a transaction, not committed", text: "UPDATE counter SET n = n + 1 WHERE id = 4", when: after},
	{name: "DROP INDEX CONCURRENTLY", text: "DROP INDEX CONCURRENTLY t_v", when: during},
	{name: "DROP INDEX CONCURRENTLY, answer lost", text: "DROP INDEX CONCURRENTLY t_v", when: replyLost},
	{name: "the last record's COMMIT, answer lost", text: "safemig:commit", nth: 8, when: replyLost},
}

// slowBuild makes the second migration's index take most of a second.
var slowBuild = func() map[string]string {
	m := maps.Clone(migrations)
	m["2_index.sql"] = "-- safemig:no-transaction\nCREATE INDEX CONCURRENTLY t_v ON t (slow(v));\n"
	return m
}()

const slow = `CREATE FUNCTION slow(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM pg_sleep(0.0001); RETURN $1; END'`

// way is what strikes.
type way struct {
	name   string
	strike func(t testing.TB, w *world, n *node, k *link)
	server bool // it needs a server of its own
}

var ways = []way{
	{"kill -9", func(_ testing.TB, _ *world, n *node, _ *link) { n.signal(syscall.SIGKILL) }, false},
	{"terminated backend", func(_ testing.TB, w *world, _ *node, k *link) {
		w.admin(fmt.Sprintf("SELECT pg_terminate_backend(%d)", k.pid))
	}, false},
	{"cut connection", func(_ testing.TB, _ *world, _ *node, k *link) { k.cut() }, false},
	{"SIGTERM", func(_ testing.TB, _ *world, n *node, k *link) { k.pass = true; n.signal(syscall.SIGTERM) }, false},
	{"K18 kill -9 in the grace of SIGTERM", func(_ testing.TB, _ *world, n *node, k *link) {
		k.pass = true
		n.signal(syscall.SIGTERM)
		time.AfterFunc(100*time.Millisecond, func() { n.signal(syscall.SIGKILL) })
	}, false},
	{"half-open", func(_ testing.TB, _ *world, n *node, k *link) {
		k.freeze(700 * time.Millisecond)
		n.signal(syscall.SIGKILL)
	}, false},
	{"server crash", func(t testing.TB, w *world, _ *node, _ *link) {
		if err := w.server.Restart(context.Background()); err != nil {
			t.Error(err)
		}
	}, true},
}

// admin runs SQL on a connection of its own; errors are those of a server that is going down.
func (w *world) admin(sql string) {
	conn, err := pgx.Connect(context.Background(), w.dsn)
	if err != nil {
		return
	}
	defer conn.Close(context.Background())
	_, _ = conn.Exec(context.Background(), sql)
}

// strikeAt runs one node into a fault and checks what the next one makes of it.
func strikeAt(t *testing.T, s *pgserver.Server, p point, way way) {
	files := migrations
	if p.use != nil {
		files = p.use
	}
	w := newWorldOf(t, s, files)
	defer w.close()
	w.exec(t, slow)
	if p.carc {
		w.carcass(t)
	}
	n := w.startAt(t, p, func(n *node, k *link) { way.strike(t, w, n, k) })
	peer := w.start(t, nil)
	n.wait(t, 60*time.Second)
	peer.wait(t, 60*time.Second)
	if !n.p.struck() && !strings.Contains(peer.out.String(), "applied") {
		t.Errorf("the fault was not reached; the node said:\n%s", n.out.String())
	}
	for _, b := range w.finish(t, safemig) {
		t.Errorf("%s\nthe node said:\n%s\nand sent last:\n%s\nits peer said:\n%s", b, n.out.String(), lastOf(n.p.statements()), peer.out.String())
	}
}

// startAt starts a node that is struck at a point.
func (w *world) startAt(t testing.TB, p point, strike func(*node, *link)) (n *node) {
	t.Helper()
	made := make(chan struct{})
	release := func() {}
	f := &fault{text: p.text, nth: p.nth, when: p.when}
	if p.hold != "" {
		f.prepare = func() { release = w.holdUp(t, p.hold) }
	}
	f.strike = func(k *link) {
		<-made
		w.reach(t, p.wait)
		strike(n, k)
		time.AfterFunc(100*time.Millisecond, release)
	}
	n = w.start(t, f, "--grace", "300ms")
	close(made)
	return n
}

// holdUp opens a transaction that a build has to wait for.
func (w *world) holdUp(t testing.TB, sql string) (release func()) {
	conn, err := pgx.Connect(context.Background(), w.dsn)
	if err != nil {
		t.Error(err)
		return func() {}
	}
	for _, q := range strings.Split(sql, ";") {
		if _, err := conn.Exec(context.Background(), q); err != nil {
			t.Error(err)
		}
	}
	return func() { conn.Close(context.Background()) }
}

// reach waits until a build is in the phase.
func (w *world) reach(t testing.TB, phase string) {
	if phase == "" {
		return
	}
	conn, err := pgx.Connect(context.Background(), w.dsn)
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close(context.Background())
	var got string
	for range 500 {
		err := conn.QueryRow(context.Background(), "SELECT coalesce(max(phase), '') FROM pg_stat_progress_create_index WHERE datname = current_database()").Scan(&got)
		if err != nil || strings.HasPrefix(got, phase) {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Errorf("the build did not come to the phase %q, it is in %q", phase, got)
}

// carcass lets a run end in the middle of the first build.
func (w *world) carcass(t testing.TB) {
	t.Helper()
	p := point{text: buildT, when: during, hold: writer, wait: "waiting for writers before build"}
	n := w.startAt(t, p, func(n *node, k *link) {
		n.signal(syscall.SIGKILL)
		w.admin(fmt.Sprintf("SELECT pg_terminate_backend(%d)", k.pid))
	})
	n.wait(t, 30*time.Second)
	time.Sleep(150 * time.Millisecond) // the backend ends, the writer too
	if got, err := w.text("SELECT indisvalid FROM pg_index WHERE indexrelid = 't_v'::regclass"); got != "false" {
		t.Errorf("no invalid index was left: %q, %v", got, err)
	}
}

// Struck at any point, in any way, with a peer that waits: the next run finds out, and every
// effect takes place once.
func TestPoints(t *testing.T) {
	s := pgtest.ForTest(t)
	for i, p := range points {
		for j, way := range ways {
			if way.server || !*everyWay && (i+j)%6 != 0 {
				continue
			}
			t.Run(p.name+"/"+way.name, func(t *testing.T) {
				t.Parallel()
				strikeAt(t, s, p, way)
			})
		}
	}
}

// The same with a server that crashes and comes back.
func TestServerCrash(t *testing.T) {
	s, err := pgserver.Start(t.Context(), pgserver.Options{Settings: map[string]string{"synchronous_commit": "on", "full_page_writes": "on"}})
	if errors.Is(err, pgserver.ErrNone) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	if s.Given() {
		t.Skip("a given server is not restarted")
	}
	for i, p := range points {
		if !*everyWay && i%8 != 0 {
			continue
		}
		t.Run(p.name, func(t *testing.T) { strikeAt(t, s, p, ways[len(ways)-1]) })
	}
}

package torture

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/safemig/safemig/internal/pgserver/pgtest"
)

var (
	killsWanted = flag.Int("kills", 40, "how often the holder of the lock is killed")
	nodesWanted = flag.Int("nodes", 4, "how many nodes start at once")
	seed        = flag.Uint64("seed", 0, "of the random moments; 0: the clock's")
)

// holder asks who holds an advisory lock here: a backend that works, or one that waits to.
const holder = `SELECT a.pid, a.client_port FROM pg_locks l JOIN pg_stat_activity a USING (pid)
 WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1`

// killer ends the holder of the lock, in a way drawn by lot.
type killer struct {
	*rand.Rand
	kills int
	ways  map[string]int
}

// strike kills the holder once, if there is one. It gives the node whose process it killed.
func (k *killer) strike(w *world, nodes []*node) (dead int) {
	var pid, port int
	if err := w.conn.QueryRow(context.Background(), holder).Scan(&pid, &port); err != nil {
		return -1 // nobody holds it now
	}
	for i, n := range nodes {
		link := n.p.has(port)
		if link == nil {
			continue
		}
		k.kills++
		switch k.IntN(4) {
		case 0:
			k.ways["kill -9"]++
			n.signal(syscall.SIGKILL)
			return i
		case 1:
			k.ways["connection cut"]++
			link.cut()
		default:
			k.ways["backend terminated"]++
			_, _ = w.conn.Exec(context.Background(), "SELECT pg_terminate_backend($1)", pid) // it may be gone
		}
		return -1
	}
	return -1
}

// round starts the nodes at once and kills the holder again and again, then looks at what
// is left. A node that was killed, or that gave up, starts again, as a deployment would.
func (k *killer) round(t testing.TB, w *world, kind runnerKind, nodes, kills int) (bad []string) {
	all := make([]*node, nodes)
	for i := range all {
		all[i] = w.startKind(t, kind, nil)
	}
	limit := time.Now().Add(90 * time.Second)
	for struck := 0; time.Now().Before(limit); {
		if struck < kills {
			time.Sleep(time.Duration(k.IntN(int(30 * time.Millisecond))))
			was := k.kills
			if dead := k.strike(w, all); dead >= 0 {
				all[dead].wait(t, 10*time.Second)
				all[dead] = w.startKind(t, kind, nil)
			}
			struck += k.kills - was
		} else {
			time.Sleep(5 * time.Millisecond)
		}
		running := 0
		for i, n := range all {
			switch {
			case !n.ended():
				running++
			case n.code != 0 && kind == safemig:
				if n.code != 2 && !strings.Contains(n.out.String(), "connection") {
					bad = append(bad, fmt.Sprintf("I6: a node ended with %d:\n%s", n.code, n.out.String()))
				}
				all[i] = w.startKind(t, kind, nil)
				running++
			}
		}
		if running == 0 {
			break
		}
	}
	for _, n := range all {
		n.wait(t, 30*time.Second)
	}
	return append(bad, w.finish(t, kind)...)
}

// Whatever is killed, every migration takes effect once.
func TestKills(t *testing.T) {
	s := pgtest.ForTest(t)
	k := newKiller(t)
	rounds, violations := 0, 0
	began := time.Now()
	for k.kills < *killsWanted {
		w := newWorld(t, s)
		for _, b := range k.round(t, w, safemig, *nodesWanted, 12) {
			violations++
			t.Errorf("round %d: %s", rounds, b)
		}
		w.close()
		rounds++
		if violations > 5 || rounds > 20 && k.kills == 0 {
			break
		}
		if rounds%20 == 0 {
			t.Logf("%d rounds, %d kills, %d violations, %s", rounds, k.kills, violations, time.Since(began).Round(time.Second))
		}
	}
	t.Logf("%d nodes, %d rounds, %d kills of the lock holder %v, %d violations, %s",
		*nodesWanted, rounds, k.kills, k.ways, violations, time.Since(began).Round(time.Second))
}

// The control fails in the same harness: what is not found here would be found.
func TestControlFails(t *testing.T) {
	s := pgtest.ForTest(t)
	k := newKiller(t)
	for round := range 50 {
		w := newWorld(t, s)
		bad := k.round(t, w, control, *nodesWanted, 12)
		w.close()
		if bad != nil {
			t.Logf("round %d, %d kills: %s", round+1, k.kills, strings.Join(bad, "; "))
			return
		}
	}
	t.Errorf("the control survived 50 rounds and %d kills", k.kills)
}

func newKiller(t testing.TB) *killer {
	n := *seed
	if n == 0 {
		n = uint64(time.Now().UnixNano())
	}
	t.Logf("-seed %d", n)
	return &killer{Rand: rand.New(rand.NewPCG(n, n)), ways: map[string]int{}}
}

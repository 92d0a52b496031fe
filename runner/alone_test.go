package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/safemig/safemig/internal/pgserver/pgtest"
)

// recorder keeps the events of a run.
type recorder struct {
	t  testing.TB
	mu sync.Mutex
	on func(Event)
	es []Event
}

func record(t testing.TB, on func(Event)) (*recorder, func(*Options)) {
	r := &recorder{t: t, on: on}
	return r, func(o *Options) { o.Events = r.event }
}

func (r *recorder) event(e Event) {
	r.mu.Lock()
	r.es = append(r.es, e)
	r.mu.Unlock()
	r.t.Logf("%s %s %s %s", e.Kind, e.Version, e.Statement, e.Message)
	if r.on != nil {
		r.on(e)
	}
}

func (r *recorder) kind(k Kind) (Event, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.es, func(e Event) bool { return e.Kind == k })
	if i < 0 {
		return Event{}, false
	}
	return r.es[i], true
}

// holding opens a session that runs SQL and stays as it is then.
func holding(t testing.TB, dsn, sql string) *pgx.Conn {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(ctx) })
	if _, err := c.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatal(err)
	}
	return c
}

const cic = "-- safemig:no-transaction\nCREATE INDEX CONCURRENTLY a_n ON a (n);\n"

func TestABlockedTransactionIsTriedAgain(t *testing.T) {
	dsn := pgtest.NewDatabase(t)
	exec(t, dsn, "CREATE TABLE a (n int)")
	c := holding(t, dsn, "BEGIN; SELECT * FROM a")
	rec, opt := record(t, nil)
	rec.on = func(e Event) {
		if e.Kind == KindRetry {
			c.Close(context.Background())
		}
	}
	if _, err := newRunner(t, dsn, files("0001_b.sql", "CREATE TABLE b (n int); ALTER TABLE a ADD m int;"), opt).Up(context.Background()); err != nil {
		t.Fatal(err)
	}
	b, ok := rec.kind(KindBlocked)
	if !ok || len(b.Blockers) != 1 || b.Blockers[0].Query != "BEGIN; SELECT * FROM a" || b.Unblock != fmt.Sprintf("SELECT pg_terminate_backend(%d)", b.Blockers[0].PID) || b.Line != 1 {
		t.Errorf("%+v", b)
	}
	if e, _ := rec.kind(KindRetry); e.SQLState != "55P03" {
		t.Errorf("%+v", e)
	}
}

func TestATransactionThatStaysBlockedFails(t *testing.T) {
	dsn := pgtest.NewDatabase(t)
	exec(t, dsn, "CREATE TABLE a (n int)")
	holding(t, dsn, "BEGIN; SELECT * FROM a")
	few := func(o *Options) { o.Tries, o.LockTimeout = 2, 100*time.Millisecond }
	_, err := newRunner(t, dsn, files("0001_b.sql", "CREATE TABLE b (n int);\nALTER TABLE a ADD m int;"), few).Up(context.Background())
	var m *MigrationError
	if !errors.As(err, &m) || m.Line != 2 || !m.RolledBack || sqlState(err) != "55P03" {
		t.Errorf("%+v", err)
	}
	if query[bool](t, dsn, "SELECT to_regclass('b') IS NOT NULL") || ledger(t, dsn) != "" {
		t.Error("something is left")
	}
}

func TestAConcurrentBuildThatIsInterruptedLeavesNothing(t *testing.T) {
	dsn := pgtest.NewDatabase(t)
	exec(t, dsn, "CREATE TABLE a (n int)")
	c := holding(t, dsn, "BEGIN; INSERT INTO a VALUES (1)") // the build waits for it
	ctx, cancel := context.WithCancel(context.Background())
	rec, opt := record(t, nil)
	rec.on = func(e Event) {
		if e.Kind == KindBlocked {
			cancel()
		}
		if e.Kind == KindRepair {
			c.Exec(context.Background(), "COMMIT") // DROP INDEX CONCURRENTLY waits for it too
		}
	}
	_, err := newRunner(t, dsn, files("0001_i.sql", cic), opt, func(o *Options) { o.Interrupt = InterruptCancel }).Up(ctx)
	var stopped *InterruptedError
	if !errors.As(err, &stopped) {
		t.Errorf("%v", err)
	}
	if n := query[int](t, dsn, "SELECT count(*) FROM pg_class WHERE relname = 'a_n'"); n != 0 {
		t.Error("an index is left")
	}
	if got := query[string](t, dsn, "SELECT state FROM safemig.step"); got != stepFailed {
		t.Error(got)
	}
	if n := query[int](t, dsn, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"); n != 0 {
		t.Error("a lock is left")
	}
	if _, err := newRunner(t, dsn, files("0001_i.sql", cic)).Up(context.Background()); err != nil {
		t.Error(err)
	}
	if !query[bool](t, dsn, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_n'::regclass") || ledger(t, dsn) != "0001 applied" {
		t.Error(ledger(t, dsn))
	}
}

func TestAnInterruptedBuildMayEnd(t *testing.T) {
	dsn := pgtest.NewDatabase(t)
	exec(t, dsn, "CREATE TABLE a (n int)")
	c := holding(t, dsn, "BEGIN; INSERT INTO a VALUES (1)")
	ctx, cancel := context.WithCancel(context.Background())
	rec, opt := record(t, nil)
	rec.on = func(e Event) {
		switch e.Kind {
		case KindBlocked:
			cancel()
		case KindInterrupt:
			c.Exec(context.Background(), "COMMIT")
		}
	}
	res, err := newRunner(t, dsn, files("0001_i.sql", cic, "0002_x.sql", "CREATE TABLE x (n int)"), opt).Up(ctx)
	if ledger(t, dsn) != "0001 applied" || err == nil || len(res.Versions) != 1 {
		t.Errorf("%s, %v, %v", ledger(t, dsn), res.Versions, err)
	}
}

func TestAKilledSessionIsFollowedByAnother(t *testing.T) {
	dsn := pgtest.NewDatabase(t)
	exec(t, dsn, "CREATE TABLE a (n int)")
	c := holding(t, dsn, "BEGIN; INSERT INTO a VALUES (1)")
	killed := false
	var pid uint32
	rec, opt := record(t, nil)
	rec.on = func(e Event) {
		switch {
		case e.Kind == KindLocked:
			pid = e.Server.PID
		case e.Kind == KindBlocked && !killed:
			killed = true
			exec(t, dsn, fmt.Sprintf("SELECT pg_terminate_backend(%d)", pid))
			c.Close(context.Background())
		}
	}
	if _, err := newRunner(t, dsn, files("0001_c.sql", "CREATE TABLE c (n int); INSERT INTO c VALUES (1);", "0002_i.sql", cic), opt).Up(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, ok := rec.kind(KindReconnect); !ok {
		t.Error("no reconnect")
	}
	if ledger(t, dsn) != "0001 applied, 0002 applied" || query[int](t, dsn, "SELECT count(*) FROM c") != 1 {
		t.Error(ledger(t, dsn))
	}
	if n := query[int](t, dsn, "SELECT count(*) FROM pg_index WHERE NOT indisvalid"); n != 0 {
		t.Error("an invalid index is left")
	}
}

func TestAnInvalidIndexIsRebuiltOrNamed(t *testing.T) {
	invalid := func(dsn, sql string) { // as an interrupted build leaves it
		c := holding(t, dsn, "BEGIN; INSERT INTO a VALUES (1)")
		b := holding(t, dsn, "SET lock_timeout = '100ms'")
		if _, err := b.Exec(context.Background(), sql); err == nil {
			t.Fatal("the build did not fail")
		}
		c.Close(context.Background())
	}
	for name, c := range map[string]struct{ before, text, want string }{
		"the same":                {"CREATE INDEX CONCURRENTLY a_n ON a (n)", cic, ""},
		"the same, if not exists": {"CREATE INDEX CONCURRENTLY a_n ON a (n)", strings.Replace(cic, "a_n", "IF NOT EXISTS a_n", 1), ""},
		"another":                 {"CREATE INDEX CONCURRENTLY a_n ON a (n DESC, m)", cic, "look at it, then: DROP INDEX CONCURRENTLY public.a_n"},
	} {
		t.Run(name, func(t *testing.T) {
			dsn := pgtest.NewDatabase(t)
			exec(t, dsn, "CREATE TABLE a (n int, m int)")
			invalid(dsn, c.before)
			allow := func(o *Options) { o.Allow = map[string]string{"concurrent-index-if-not-exists": "test"} }
			_, err := newRunner(t, dsn, files("0001_i.sql", c.text), allow).Up(context.Background())
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Fatalf("%v, want %q", err, c.want)
			}
			if valid := query[bool](t, dsn, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_n'::regclass"); valid != (c.want == "") {
				t.Errorf("valid %v", valid)
			}
		})
	}
}

func TestAUniqueBuildOverDuplicatesLeavesNothing(t *testing.T) {
	dsn := pgtest.NewDatabase(t)
	exec(t, dsn, "CREATE TABLE a (n int); INSERT INTO a VALUES (1), (1)")
	_, err := newRunner(t, dsn, files("0001_i.sql", strings.Replace(cic, "CREATE INDEX", "CREATE UNIQUE INDEX", 1))).Up(context.Background())
	if sqlState(err) != "23505" {
		t.Error(err)
	}
	if n := query[int](t, dsn, "SELECT count(*) FROM pg_class WHERE relname = 'a_n'"); n != 0 {
		t.Error("an invalid index is left")
	}
}

func TestALockThatIsHeldForEver(t *testing.T) {
	dsn := pgtest.NewDatabase(t)
	exec(t, dsn, "SELECT 1")
	holding(t, dsn, fmt.Sprintf("SET application_name = 'safemig run=abcdef01 since=10:00:00Z v=0007 host=web-3'; SELECT pg_advisory_lock(%d)", Key("safemig", "migration")))
	rec, opt := record(t, nil)
	_, err := newRunner(t, dsn, files("0001_a.sql", "CREATE TABLE a (n int)"), opt, func(o *Options) { o.LockWait = 2 * time.Second }).Up(context.Background())
	var locked *LockedError
	if !errors.As(err, &locked) || locked.Holder == nil || locked.Holder.Run != "abcdef01" || locked.Holder.Version != "0007" || locked.Holder.Host != "web-3" {
		t.Fatalf("%v", err)
	}
	if e, ok := rec.kind(KindLockWait); !ok || !strings.Contains(e.Unblock, "pg_terminate_backend") {
		t.Errorf("%+v", e)
	}
	if query[int](t, dsn, "SELECT count(*) FROM pg_namespace WHERE nspname = 'safemig'") != 0 {
		t.Error("something was written")
	}
}

func TestManyRunnersApplyEverythingOnce(t *testing.T) {
	dsn := pgtest.NewDatabase(t)
	exec(t, dsn, "CREATE TABLE n (n int); INSERT INTO n VALUES (0)")
	pairs := []string{}
	for i := 1; i <= 10; i++ {
		pairs = append(pairs, fmt.Sprintf("%04d_t.sql", i), "UPDATE n SET n = n + 1;")
	}
	pairs = append(pairs, "0011_i.sql", "-- safemig:no-transaction\nCREATE INDEX CONCURRENTLY n_n ON n (n);\nUPDATE n SET n = n + 1;\n")
	allow := func(o *Options) {
		o.Allow = map[string]string{"update-without-where": "test", "backfill-unbounded": "test"}
	}
	var wg sync.WaitGroup
	applied := make([]int, 6)
	for i := range applied {
		r := newRunner(t, dsn, files(pairs...), allow)
		wg.Go(func() {
			res, err := r.Up(context.Background())
			if err != nil {
				t.Error(err)
			}
			applied[i] = len(res.Versions)
		})
	}
	wg.Wait()
	total := 0
	for _, n := range applied {
		total += n
	}
	if n := query[int](t, dsn, "SELECT n FROM n"); n != 11 || total != 11 {
		t.Errorf("%d effects, %v applied", n, applied)
	}
}

func TestARepairAfterAnInterruptDoesNotWaitForEver(t *testing.T) {
	dsn := pgtest.NewDatabase(t)
	exec(t, dsn, "CREATE TABLE a (n int)")
	c := holding(t, dsn, "BEGIN; INSERT INTO a VALUES (1)")
	rec, opt := record(t, nil)
	limit := func(o *Options) { o.LockWait = 2 * time.Second }
	start := time.Now()
	_, err := newRunner(t, dsn, files("0001_i.sql", cic), opt, limit).Up(context.Background())
	if err == nil || !strings.Contains(err.Error(), "it waited for other sessions for longer than 2s and was cancelled") || !strings.Contains(err.Error(), "the next safemig up does it") {
		t.Errorf("%v", err)
	}
	if d := time.Since(start); d > 25*time.Second {
		t.Error(d)
	}
	if _, ok := rec.kind(KindBlocked); !ok {
		t.Error("nobody was told")
	}
	c.Close(context.Background())
	if _, err := newRunner(t, dsn, files("0001_i.sql", cic)).Up(context.Background()); err != nil {
		t.Error(err)
	}
	if n := query[int](t, dsn, "SELECT count(*) FROM pg_index WHERE NOT indisvalid"); n != 0 {
		t.Error("an invalid index is left")
	}
}

func TestADetachThatIsInterruptedIsFinished(t *testing.T) {
	if s := pgtest.ForTest(t); s.Major < 14 {
		t.Skip("DETACH PARTITION CONCURRENTLY came with 14")
	}
	dsn := pgtest.NewDatabase(t)
	exec(t, dsn, "CREATE TABLE r (k int) PARTITION BY LIST (k); CREATE TABLE r1 PARTITION OF r FOR VALUES IN (1)")
	c := holding(t, dsn, "BEGIN; INSERT INTO r VALUES (1)")
	ctx, cancel := context.WithCancel(context.Background())
	rec, opt := record(t, nil)
	rec.on = func(e Event) {
		switch e.Kind {
		case KindBlocked:
			cancel()
		case KindRepair:
			c.Exec(context.Background(), "COMMIT")
		}
	}
	const detach = "-- safemig:no-transaction\nALTER TABLE r DETACH PARTITION r1 CONCURRENTLY;"
	_, err := newRunner(t, dsn, files("0001_d.sql", detach), opt, func(o *Options) { o.Interrupt = InterruptCancel; o.Allow = allowAll() }).Up(ctx)
	if _, ok := rec.kind(KindRepair); !ok || err != nil {
		t.Errorf("%v", err)
	}
	if n := query[int](t, dsn, "SELECT count(*) FROM pg_inherits"); n != 0 || ledger(t, dsn) != "0001 applied" {
		t.Errorf("%d partitions, %s", n, ledger(t, dsn))
	}
}

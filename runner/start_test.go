package runner

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/safemig/safemig/internal/pgserver"
	"github.com/safemig/safemig/internal/pgserver/pgtest"
	"github.com/safemig/safemig/rules"
)

// allowAll lets every rule pass: the test is not about them.
func allowAll() map[string]string {
	all := map[string]string{}
	for _, r := range rules.All() {
		all[r.ID] = "test"
	}
	return all
}

// as is the DSN of another role.
func as(t *testing.T, dsn, user string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User(user)
	return u.String()
}

func TestWhoMayNotIsToldWhatIsMissing(t *testing.T) {
	dsn := pgtest.NewDatabase(t)
	role := "safemig_" + strings.ToLower(newUUID()[:8])
	exec(t, dsn, "CREATE ROLE "+role+" LOGIN")
	t.Cleanup(func() { exec(t, dsn, "DROP OWNED BY "+role+"; DROP ROLE "+role) })
	fsys := files("0001_a.sql", "CREATE SCHEMA IF NOT EXISTS x;")
	up := func(want string) {
		t.Helper()
		_, err := newRunner(t, as(t, dsn, role), fsys).Up(context.Background())
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	up(`no privilege to make the ledger: ERROR: permission denied for database`)
	if query[int](t, dsn, "SELECT count(*) FROM pg_namespace WHERE nspname = 'safemig'") != 0 {
		t.Error("half a ledger")
	}
	exec(t, dsn, "CREATE SCHEMA safemig AUTHORIZATION "+role)
	up("permission denied for database") // of the migration itself
	exec(t, dsn, "DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO "+role+"', current_database()); END $$")
	up("")
	exec(t, dsn, "ALTER ROLE "+role+" SET default_transaction_read_only = on")
	fsys["0002_b.sql"] = fsys["0001_a.sql"]
	up("default_transaction_read_only is on for " + role)
	exec(t, dsn, "ALTER ROLE "+role+" RESET ALL; ALTER SCHEMA safemig OWNER TO CURRENT_USER; REASSIGN OWNED BY "+role+" TO CURRENT_USER")
	up("no privilege to read safemig.migration")
}

func TestServersThatAreTooOldOrTooNew(t *testing.T) {
	for major, want := range map[int]string{11: "12 is the oldest supported", 12: "", 19: "", 20: "newer than this safemig knows (19); update safemig"} {
		err := checkMajor(major, "x", nil)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%d: %v", major, err)
		}
	}
	if err := checkMajor(20, "20.1", map[string]string{AllowNewer: "tried on staging"}); err != nil {
		t.Error(err)
	}
}

func TestTheLedgerOfAnUnknownShapeIsLeftAlone(t *testing.T) {
	for setup, want := range map[string]string{
		"CREATE SCHEMA safemig; CREATE TABLE safemig.migration (version text)":                                    "one of safemig.migration and safemig.step is missing",
		"CREATE SCHEMA safemig; CREATE TABLE safemig.migration (version text); CREATE TABLE safemig.step (n int)": `column "seq" does not exist`,
	} {
		dsn := pgtest.NewDatabase(t)
		exec(t, dsn, setup)
		_, err := newRunner(t, dsn, files("0001_a.sql", "CREATE TABLE a (n int)")).Up(context.Background())
		var h *HistoryError
		if !errors.As(err, &h) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
		if query[bool](t, dsn, "SELECT to_regclass('a') IS NOT NULL") {
			t.Error("something was run")
		}
	}
}

func TestAStandbyIsRefusedUntilItIsPromoted(t *testing.T) {
	pgtest.ForTest(t) // skips where there is no server
	ctx := context.Background()
	s, err := pgserver.Start(ctx, pgserver.Options{Major: pgtest.ForTest(t).Major})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Stop() })
	fsys := files("0001_a.sql", "CREATE TABLE a (n int);")
	exec(t, s.DSN(), `DO $$ BEGIN EXECUTE format('COPY (SELECT 1) TO %L', current_setting('data_directory') || '/standby.signal'); END $$`)
	if err := s.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	_, err = newRunner(t, s.DSN(), fsys).Up(ctx)
	var start *StartError
	if !errors.As(err, &start) || !strings.Contains(err.Error(), "the server is a standby, which takes no changes; give the DSN of the primary") {
		t.Errorf("%v", err)
	}
	if !query[bool](t, s.DSN(), "SELECT pg_promote()") {
		t.Fatal("not promoted")
	}
	if _, err := newRunner(t, s.DSN(), fsys).Up(ctx); err != nil {
		t.Error(err)
	}
	// the server crashes under a run: what was applied is there, the rest follows
	fsys["0002_b.sql"] = &fstest.MapFile{Data: []byte("CREATE TABLE b (n int);")}
	fsys["0003_c.sql"] = &fstest.MapFile{Data: []byte("CREATE TABLE c (n int);")}
	crashed := false
	rec, opt := record(t, nil)
	rec.on = func(e Event) {
		if e.Kind == KindApplied && !crashed {
			crashed = true
			if err := s.Restart(ctx); err != nil {
				t.Error(err)
			}
		}
	}
	if res, err := newRunner(t, s.DSN(), fsys, opt).Up(ctx); err != nil || len(res.Versions) != 2 {
		t.Error(res.Versions, err)
	}
	if got := ledger(t, s.DSN()); got != "0001 applied, 0002 applied, 0003 applied" {
		t.Error(got)
	}
}

func TestALedgerThatSomebodyLocksIsAnErrorNotAHang(t *testing.T) {
	dsn := pgtest.NewDatabase(t)
	fsys := files("0001_a.sql", "CREATE TABLE a (n int);")
	if _, err := newRunner(t, dsn, fsys).Up(context.Background()); err != nil {
		t.Fatal(err)
	}
	c := holding(t, dsn, "BEGIN; LOCK TABLE safemig.migration")
	defer c.Close(context.Background())
	s, err := newRunner(t, dsn, fsys).newRun().open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	if err := s.simple(context.Background(), "SET lock_timeout = '100ms'"); err != nil { // instead of 30 s
		t.Fatal(err)
	}
	if _, err := s.state(context.Background()); sqlState(err) != "55P03" || !strings.Contains(err.Error(), "another session locks safemig.migration") {
		t.Error(err)
	}
}

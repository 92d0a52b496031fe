package runner

import (
	"context"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"

	"github.com/safemig/safemig/internal/pgserver/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// files makes a file system of names and texts.
func files(pairs ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		fsys[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return fsys
}

// newRunner gives a runner of the files that tells the test what happens.
func newRunner(t testing.TB, dsn string, fsys fstest.MapFS, change ...func(*Options)) *Runner {
	t.Helper()
	o := Options{Database: dsn, FS: fsys, Dir: ".", Tool: "plain", Events: func(e Event) { t.Logf("%s %s %s %s", e.Kind, e.Version, e.Statement, e.Message) }}
	for _, c := range change {
		c(&o)
	}
	r, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func query[T any](t testing.TB, dsn, sql string) T {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	var v T
	if err := c.QueryRow(ctx, sql).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

func TestUpAppliesWhatIsPending(t *testing.T) {
	dsn := pgtest.NewDatabase(t)
	fsys := files(
		"0001_a.sql", "CREATE TABLE a (n int); INSERT INTO a VALUES (1);",
		"0002_b.sql", "-- safemig:no-transaction\nCREATE INDEX CONCURRENTLY a_n ON a (n);\nINSERT INTO a VALUES (2);\n",
	)
	res, err := newRunner(t, dsn, fsys).Up(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Versions) != 2 {
		t.Errorf("applied %v", res.Versions)
	}
	res, err = newRunner(t, dsn, fsys).Up(context.Background())
	if err != nil || len(res.Versions) != 0 {
		t.Errorf("a second time: %v, %v", res.Versions, err)
	}
	if n := query[int](t, dsn, "SELECT count(*) FROM a"); n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
	if got := query[string](t, dsn, "SELECT string_agg(version || ' ' || state || ' ' || tx_mode, ', ' ORDER BY seq) FROM safemig.migration"); got != "0001 applied transaction, 0002 applied none" {
		t.Error(got)
	}
	if got := query[string](t, dsn, "SELECT string_agg(ordinal || ' ' || kind || ' ' || state, ', ' ORDER BY ordinal) FROM safemig.step"); got != "1 create index concurrently done, 2 transaction done" {
		t.Error(got)
	}
}

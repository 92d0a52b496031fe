package runner

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/safemig/safemig/internal/pgserver/pgtest"
)

// ledger is what safemig.migration says, in order.
func ledger(t testing.TB, dsn string) string {
	t.Helper()
	return query[string](t, dsn, "SELECT coalesce(string_agg(version || ' ' || state, ', ' ORDER BY seq), '') FROM safemig.migration")
}

func TestDownRevertsTheLast(t *testing.T) {
	dsn := pgtest.NewDatabase(t)
	fsys := files(
		"0001_a.up.sql", "CREATE TABLE a (n int);", "0001_a.down.sql", "DROP TABLE a;",
		"0002_i.up.sql", "-- safemig:no-transaction\nCREATE INDEX CONCURRENTLY a_n ON a (n);", "0002_i.down.sql", "-- safemig:no-transaction\nDROP INDEX CONCURRENTLY a_n;",
		"0003_b.up.sql", "CREATE TABLE b (n int);", "0003_b.down.sql", "DROP TABLE b;",
		"0004_c.sql", "SELECT 1;",
	)
	ctx := context.Background()
	to := func(v string) func(*Options) { return func(o *Options) { o.To = v } }
	if _, err := newRunner(t, dsn, fsys, to("3")).Up(ctx); err != nil {
		t.Fatal(err)
	}
	if got := ledger(t, dsn); got != "0001 applied, 0002 applied, 0003 applied" {
		t.Fatal(got)
	}
	if _, err := newRunner(t, dsn, fsys).Down(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := newRunner(t, dsn, fsys).Redo(ctx); err != nil { // of the concurrent index
		t.Fatal(err)
	}
	if got := ledger(t, dsn); got != "0001 applied, 0003 reverted, 0002 applied" {
		t.Error(got)
	}
	if _, err := newRunner(t, dsn, fsys, to("0")).Down(ctx); err != nil {
		t.Fatal(err)
	}
	if n := query[int](t, dsn, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"); n != 0 {
		t.Errorf("%d relations are left", n)
	}
	if n := query[int](t, dsn, "SELECT count(*) FROM safemig.step"); n != 0 {
		t.Errorf("%d steps are left", n)
	}
	if _, err := newRunner(t, dsn, fsys).Up(ctx); err != nil {
		t.Fatal(err)
	}
	if got := ledger(t, dsn); got != "0001 applied, 0002 applied, 0003 applied, 0004 applied" {
		t.Error(got)
	}
	if _, err := newRunner(t, dsn, fsys).Down(ctx); err == nil || !strings.Contains(err.Error(), "0004_c.sql has no down part") {
		t.Errorf("without a down part: %v", err)
	}
}

func TestRedoIsCheckedAsIfItWereNew(t *testing.T) {
	dsn := pgtest.NewDatabase(t)
	ctx := context.Background()
	fsys := files("0001_a.sql", "CREATE TABLE a (n int); INSERT INTO a SELECT g FROM generate_series(1, 100000) g;",
		"0002_b.up.sql", "ALTER TABLE a ADD m int; ALTER TABLE a ADD CONSTRAINT c CHECK (m > 0) NOT VALID; CREATE TYPE mood AS ENUM ('sad');",
		"0002_b.down.sql", "ALTER TABLE a DROP m; DROP TYPE mood;")
	if _, err := newRunner(t, dsn, fsys).Up(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := newRunner(t, dsn, fsys).Redo(ctx); err != nil {
		t.Fatal(err)
	}
	fsys["0002_b.up.sql"].Data = []byte("CREATE INDEX a_n ON a (n);")
	_, err := newRunner(t, dsn, fsys).Redo(ctx)
	var refused *RefusedError
	if !errors.As(err, &refused) || ledger(t, dsn) != "0001 applied, 0002 applied" {
		t.Errorf("%v, %s", err, ledger(t, dsn))
	}
}

func TestStatusAndPlanTellAndWriteNothing(t *testing.T) {
	dsn := pgtest.NewDatabase(t)
	fsys := files("0001_a.sql", "CREATE TABLE a (n int);", "0002_b.sql", "ALTER TABLE a ADD b int; COMMENT ON TABLE a IS 'x';")
	ctx := context.Background()
	if _, err := newRunner(t, dsn, fsys, func(o *Options) { o.To = "1" }).Up(ctx); err != nil {
		t.Fatal(err)
	}
	o, err := newRunner(t, dsn, fsys).Status(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range o.Migrations {
		got = append(got, m.Version+" "+m.State)
	}
	if fmt.Sprint(got) != "[0001 applied 0002 pending]" {
		t.Error(got)
	}
	p, err := newRunner(t, dsn, fsys).Plan(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Migrations) != 1 || len(p.Migrations[0].Statement) != 2 || fmt.Sprint(p.Migrations[0].Statement[0].Locks) != "[ACCESS EXCLUSIVE on a]" {
		t.Errorf("%+v", p.Migrations)
	}
	if got := ledger(t, dsn); got != "0001 applied" {
		t.Error(got)
	}
}

func TestAdoptWritesABaseline(t *testing.T) {
	dsn := pgtest.NewDatabase(t)
	fsys := files("0001_a.sql", "CREATE TABLE a (n int);", "0002_b.sql", "CREATE TABLE b (n int);", "0003_c.sql", "CREATE TABLE c (n int);")
	exec(t, dsn, "CREATE TABLE a (n int); CREATE TABLE b (n int)")
	ctx := context.Background()
	if _, err := newRunner(t, dsn, fsys).Adopt(ctx, nil); err == nil {
		t.Error("adopt without a word on what is applied")
	}
	res, err := newRunner(t, dsn, fsys, func(o *Options) { o.To = "0002" }).Adopt(ctx, nil)
	if err != nil || len(res.Versions) != 2 {
		t.Fatal(res.Versions, err)
	}
	if _, err := newRunner(t, dsn, fsys).Up(ctx); err != nil {
		t.Fatal(err)
	}
	if got := ledger(t, dsn); got != "0001 baseline, 0002 baseline, 0003 applied" {
		t.Error(got)
	}
	fsys["0001_a.sql"].Data = []byte("CREATE TABLE a (n bigint);")
	if _, err := newRunner(t, dsn, fsys).Up(ctx); err == nil {
		t.Error("a changed baseline goes unnoticed")
	}
	if err := newRunner(t, dsn, fsys).Resolve(ctx, Resolution{Version: "1", Accept: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := newRunner(t, dsn, fsys).Up(ctx); err != nil {
		t.Errorf("an accepted change: %v", err)
	}
}

func TestAdoptMovesAnotherToolsHistory(t *testing.T) {
	dsn := pgtest.NewDatabase(t)
	ctx := context.Background()
	fsys := files("00001_a.sql", "-- +goose Up\nCREATE TABLE a (n int);\n", "00002_b.sql", "-- +goose Up\nCREATE TABLE b (n int);\n", "00003_c.sql", "-- +goose Up\nCREATE TABLE c (n int);\n")
	goose := func(o *Options) {
		h, err := HistoryByName("goose")
		if err != nil {
			t.Fatal(err)
		}
		o.Tool, o.History = "goose", h
	}
	if _, err := newRunner(t, dsn, fsys, func(o *Options) { o.Tool = "goose" }).Adopt(ctx, nil); err == nil {
		t.Error("nothing says what is applied")
	}
	if _, err := newRunner(t, dsn, fsys, goose, func(o *Options) { o.To = "2" }).Up(ctx); err != nil {
		t.Fatal(err)
	}
	exec(t, dsn, "DROP SCHEMA safemig CASCADE") // as if goose had done it
	if got := query[string](t, dsn, "SELECT string_agg(version_id::text, ' ' ORDER BY id) FROM goose_db_version WHERE version_id > 0"); got != "1 2" {
		t.Error(got)
	}
	r := newRunner(t, dsn, fsys, goose)
	if res, err := r.Adopt(ctx, r.History()); err != nil || len(res.Versions) != 2 {
		t.Fatal(res.Versions, err)
	}
	if res, err := newRunner(t, dsn, fsys, func(o *Options) { o.Tool = "goose" }).Up(ctx); err != nil || len(res.Versions) != 1 {
		t.Error(res.Versions, err)
	}
	if got := ledger(t, dsn); got != "00001 baseline, 00002 baseline, 00003 applied" {
		t.Error(got)
	}
}

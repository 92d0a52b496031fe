package effect_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/observe"
	"github.com/safemig/safemig/internal/pgserver/pgtest"
	"github.com/safemig/safemig/internal/pgsql"
	"github.com/safemig/safemig/internal/verify"
)

var (
	generateHistories = flag.Int("generate", 2, "random histories that TestGenerated runs")
	generateLength    = flag.Int("generate-length", 60, "statements of each")
	historiesFile     = flag.String("histories", "testdata/histories.sql", "the file that TestHistories reads")
	generateSeed      = flag.Uint64("generate-seed", 1, "the first history; the others are those after it")
)

// TestGenerated runs random histories of random statements on a real server. After every
// statement the effects are held against what the server did, as in TestOracle, and the
// catalog against the server's. Some are run with each go test; to look for more:
//
//	go test ./internal/effect -run TestGenerated -generate 100 -generate-seed 1000
func TestGenerated(t *testing.T) {
	server := pgtest.ForTest(t)
	total := 0
	for seed := *generateSeed; seed < *generateSeed+uint64(*generateHistories); seed++ {
		dsn, drop, err := server.NewDatabase(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		h := &history{t: t, name: fmt.Sprintf("seed %d", seed), pg: server.Major, c: catalog.New(), again: fmt.Sprintf(
			"go test ./internal/effect -run TestGenerated -v -generate 1 -generate-seed %d", seed)}
		g := &generator{Rand: rand.New(rand.NewPCG(seed, 0)), c: h.c, pg: h.pg}
		n := 0
		h.run(dsn, func() string {
			if n++; n > *generateLength {
				return ""
			}
			return g.statement()
		})
		total += h.ran
		drop()
	}
	t.Logf("PostgreSQL %s: %d statements in %d histories", server.Version, total, *generateHistories)
	if want := *generateHistories * *generateLength / 2; total < want && !t.Failed() {
		t.Errorf("%d statements worked, want at least %d: the generator makes too many that fail", total, want)
	}
}

// TestHistories runs the histories of testdata/histories.sql in the same way: what
// TestGenerated has found.
func TestHistories(t *testing.T) {
	server := pgtest.ForTest(t)
	src, err := os.ReadFile(*historiesFile)
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, text := range strings.Split(string(src), "\n--- ")[1:] {
		name, sql, _ := strings.Cut(text, "\n")
		dsn, drop, err := server.NewDatabase(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		h := &history{t: t, name: name, pg: server.Major, c: catalog.New(), again: "go test ./internal/effect -run TestHistories -v"}
		statements := strings.Split(sql+"\n", ";\n")
		h.run(dsn, func() string {
			for len(statements) > 0 {
				next := strings.TrimSpace(statements[0])
				if statements = statements[1:]; next != "" {
					return next
				}
			}
			return ""
		})
		total += h.ran
		drop()
	}
	t.Logf("PostgreSQL %s: %d statements", server.Version, total)
	if total < 100 {
		t.Errorf("%d statements worked, want at least 100", total)
	}
}

// history is one history under way.
type history struct {
	t     *testing.T
	name  string
	again string // the command that runs it
	pg    int
	c     *catalog.Catalog
	s     *observe.Session
	look  *pgx.Conn // reads the server's catalog
	done  []string  // what the server has run
	ran   int
}

// run takes statements from next, up to "" or the first difference.
func (h *history) run(dsn string, next func() string) {
	ctx := context.Background()
	s, err := observe.Open(ctx, dsn)
	if err != nil {
		h.t.Fatal(err)
	}
	defer s.Close(ctx)
	h.s = s
	if h.look, err = pgx.Connect(ctx, dsn); err != nil {
		h.t.Fatal(err)
	}
	defer h.look.Close(ctx)
	if err := s.Exec(ctx, "SET timezone = 'Europe/Paris'; SET statement_timeout = '10s'"); err != nil {
		h.t.Fatal(err)
	}
	h.c.Sure = true
	for sql := next(); sql != ""; sql = next() {
		if !h.step(ctx, sql) {
			return // one difference leads to others
		}
	}
}

// step runs a statement and compares; false when the history is of no further use.
func (h *history) step(ctx context.Context, sql string) bool {
	h.c.Migration++
	h.c.Tx++
	f := &migration.File{Path: "generated.sql", Src: []byte(sql)}
	stmts := pgsql.Parse(&migration.Section{File: f, Text: f.Src})
	if len(stmts) != 1 {
		h.t.Errorf("%s: %d statements in %s", h.name, len(stmts), sql)
		return false
	}
	stmts[0].Tx = pgsql.Tx{ID: h.c.Tx, Kind: pgsql.TxTool}
	var p effect.Preparer
	effects, apply := p.Prepare(&stmts[0], h.c, h.pg)
	seen, err := h.s.Statement(ctx, sql, observe.Commit)
	if err != nil {
		h.t.Errorf("%s: %s: %v", h.name, sql, err)
		return false
	}
	diffs, parted := []string{}, false
	for _, d := range verify.Compare(sql, effects, seen) {
		if !undecided(sql, d) {
			diffs = append(diffs, d.String())
		}
	}
	if !seen.Failed() {
		h.done = append(h.done, sql)
		h.ran++
		apply()
		h.c.EndTx()
		other := h.catalogs(ctx)
		diffs, parted = append(diffs, other...), len(other) > 0
	}
	if len(diffs) == 0 {
		return true
	}
	for _, e := range effects {
		if e.Op == effect.Unknown {
			diffs = append(diffs, "(not modelled: "+e.Object+")")
		}
	}
	h.t.Errorf("%s after %d statements: %s\n\t%s%s", h.name, h.ran, sql, strings.Join(diffs, "\n\t"), h.before(sql))
	return !parted
}

// undecided tells whether it depends on the rows what the server does: of an empty table a
// join does not read the other, and a row is routed by its values.
func undecided(sql string, d verify.Difference) bool {
	verb, _, _ := strings.Cut(sql, " ")
	switch d.What {
	case "scan":
		return d.Measured == "" && (strings.Contains(sql, "REFERENCES") || strings.Contains(sql, "VALIDATE") || strings.Contains(sql, " TYPE "))
	case "lock": // of rows that are not there no key is looked up
		return d.Measured == effect.NoLock.String() && slices.Contains([]string{"INSERT", "UPDATE", "DELETE", "REINDEX"}, verb)
	case "failure": // it fails for another reason
		return d.Measured != ""
	}
	return false
}

// before gives the statements before, where they are asked for.
func (h *history) before(sql string) string {
	if !testing.Verbose() {
		return "\n\t" + h.again
	}
	return "\n" + strings.Join(h.done, ";\n") + ";\n-- " + sql
}

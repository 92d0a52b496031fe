// The observations are another program's and not part of the project: go test -tags observations.

//go:build observations

package observe_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/safemig/safemig/internal/observe"
	"github.com/safemig/safemig/internal/pgserver"
	"github.com/safemig/safemig/internal/pgserver/pgtest"
)

// record is one line of an observation file: what another program saw the same servers do.
type record struct {
	ID      string
	Setup   []string
	Session []string
	SQL     string
	PG      int
	InTx    bool   `json:"in_tx"`
	TxError string `json:"tx_error"`
	Error   string
	Locks   []struct {
		Rel, Mode string
		New       bool
	}
	Rewritten, Scanned, Reindexed []string
}

// TestReplay repeats the cases of $SAFEMIG_OBSERVATIONS, a file of JSON lines, and compares.
// $SAFEMIG_OBSERVATIONS_PG and _ID choose majors (12,17) and ids (path.Match).
func TestReplay(t *testing.T) {
	file := os.Getenv("SAFEMIG_OBSERVATIONS")
	if file == "" {
		t.Skip("SAFEMIG_OBSERVATIONS names no file")
	}
	cases := map[int][]record{}
	for _, r := range readRecords(t, file) {
		cases[r.PG] = append(cases[r.PG], r)
	}
	for _, pg := range slices.Sorted(maps.Keys(cases)) {
		t.Run(strconv.Itoa(pg), func(t *testing.T) {
			s := pgtest.ForMajor(t, pg)
			prepareServer(t, s)
			failed := 0
			for _, r := range cases[pg] {
				if bad := replay(t, s, r); len(bad) > 0 {
					failed++
					t.Logf("%s: %s\n\t%s", r.ID, r.SQL, strings.Join(bad, "\n\t"))
				}
			}
			n := len(cases[pg])
			t.Logf("PostgreSQL %s: %d of %d agree (%.1f %%)", s.Version, n-failed, n, 100*float64(n-failed)/float64(n))
			if failed*100 > n {
				t.Errorf("%d of %d differ: more than 1 %%", failed, n)
			}
		})
	}
}

func readRecords(t *testing.T, file string) []record {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	majors := strings.Split(os.Getenv("SAFEMIG_OBSERVATIONS_PG"), ",")
	ids := os.Getenv("SAFEMIG_OBSERVATIONS_ID")
	var out []record
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<24)
	for sc.Scan() {
		var r record
		if err := json.Unmarshal(sc.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		if match, err := path.Match(ids, r.ID); ids != "" && (err != nil || !match) ||
			majors[0] != "" && !slices.Contains(majors, strconv.Itoa(r.PG)) {
			continue
		}
		if strings.HasPrefix(r.Error, "setup:") || r.Error == "not_executed" {
			continue
		}
		if r.InTx == (r.TxError == "2D000") && (r.InTx || r.TxError == "") {
			continue // run outside of a transaction on purpose, or in one though it is refused there
		}
		out = append(out, r)
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// prepareServer makes what the cases expect of a server.
func prepareServer(t *testing.T, s *pgserver.Server) {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, s.DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	var data string
	if err := c.QueryRow(ctx, "SHOW data_directory").Scan(&data); err != nil {
		t.Fatal(err)
	}
	dir := path.Dir(data) + "/ts1"
	for _, sql := range []string{"CREATE ROLE r1", "CREATE ROLE r2", "COPY (SELECT 1) TO PROGRAM 'mkdir " + dir + "'", "CREATE TABLESPACE ts1 LOCATION '" + dir + "'"} {
		if _, err := c.Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// replay runs one case and lists what is different.
func replay(t *testing.T, srv *pgserver.Server, r record) (bad []string) {
	ctx := context.Background()
	dsn, drop, err := srv.NewDatabase(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer drop()
	s, err := observe.Open(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(ctx)
	if strings.Contains(r.SQL, "heap2") {
		r.Setup = append(r.Setup, "CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler")
	}
	for _, sql := range append(append(r.Setup, "SET timezone = 'Europe/Paris'"), r.Session...) {
		if err := s.Exec(ctx, sql); err != nil {
			return []string{"setup: " + err.Error()}
		}
	}
	u, _ := pgx.ParseConfig(dsn)
	o, err := s.Statement(ctx, strings.ReplaceAll(r.SQL, "{db}", u.Database), observe.Rollback)
	if err != nil {
		return []string{err.Error()}
	}
	_ = s.Exec(ctx, "ROLLBACK PREPARED 'x1'") // of the one case that prepares
	if o.SQLState != r.Error {
		bad = append(bad, fmt.Sprintf("error: want %q, got %s %s", r.Error, o.SQLState, o.Error))
	}
	if want := r.TxError == "25001" || r.TxError == "2D000"; want != o.TxForbidden && !strings.HasPrefix(r.SQL, "SET ") {
		bad = append(bad, fmt.Sprintf("refused in a transaction: want %t, got %t", want, o.TxForbidden))
	}
	if r.Error != "" {
		return bad
	}
	return append(bad, differences(r, o)...)
}

func differences(r record, o observe.Observation) (bad []string) {
	want, got := map[string]string{}, map[string]string{}
	for _, l := range r.Locks {
		if !ignored(l.Rel) {
			want[l.Rel] = fmt.Sprint(spaced(l.Mode), l.New)
		}
	}
	for _, l := range o.Locks {
		n := strings.TrimPrefix(l.Relation, "public.")
		if ignored(n) {
			continue
		}
		top := l.Modes[len(l.Modes)-1]
		if got[n] = fmt.Sprint(top, l.New); top == "ACCESS SHARE" && strings.HasSuffix(l.Kind, "index") {
			delete(got, n) // depends on plans
			delete(want, n)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(want)) {
		if got[n] != want[n] && !(got[n] == "" && strings.HasPrefix(want[n], "ACCESS SHARE")) {
			bad = append(bad, fmt.Sprintf("lock on %s: want %q, got %q", n, want[n], got[n]))
		}
	}
	for _, n := range slices.Sorted(maps.Keys(got)) {
		if want[n] == "" {
			bad = append(bad, fmt.Sprintf("lock on %s: want none, got %q", n, got[n]))
		}
	}
	var rebuilt []string
	for _, n := range short(o.Built) {
		if !slices.Contains(short(o.Created), n) {
			rebuilt = append(rebuilt, n)
		}
	}
	for _, c := range []struct {
		what      string
		want, got []string
	}{{"rewritten", r.Rewritten, short(o.Rewritten)}, {"scanned", r.Scanned, short(o.Scanned)}, {"reindexed", r.Reindexed, rebuilt}} {
		c.want = slices.DeleteFunc(c.want, ignored)
		slices.Sort(c.want)
		if !slices.Equal(c.want, c.got) {
			bad = append(bad, fmt.Sprintf("%s: want %v, got %v", c.what, c.want, c.got))
		}
	}
	return bad
}

func short(names []string) (out []string) {
	for _, n := range names {
		out = append(out, strings.TrimPrefix(n, "public."))
	}
	return out
}

func ignored(rel string) bool {
	return strings.HasPrefix(rel, "toast") || strings.HasPrefix(rel, "pg_") || strings.HasPrefix(rel, "information_schema.")
}

// spaced turns AccessShareLock into ACCESS SHARE.
func spaced(camel string) string {
	var b strings.Builder
	for i, c := range strings.TrimSuffix(camel, "Lock") {
		if c < 'a' && i > 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return strings.ToUpper(b.String())
}

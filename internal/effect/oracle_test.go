package effect_test

import (
	"context"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/observe"
	"github.com/safemig/safemig/internal/pgserver"
	"github.com/safemig/safemig/internal/pgserver/pgtest"
	"github.com/safemig/safemig/internal/verify"
)

var updateMeasured = flag.Bool("update-measured", false, "write what the server does into internal/verify/measured.tsv")

// chosenCases are those that alone are run; nil: all.
var chosenCases = func() *regexp.Regexp {
	if e := os.Getenv("SAFEMIG_ORACLE_CASES"); e != "" {
		return regexp.MustCompile(e)
	}
	return nil
}()

// chosen is the fixture with the cases that are to be run.
func (f fixture) chosen() fixture {
	if chosenCases != nil {
		f.cases = slices.DeleteFunc(slices.Clone(f.cases), func(c oracleCase) bool { return !chosenCases.MatchString(f.id(&c)) })
	}
	return f
}

func TestMain(m *testing.M) { pgtest.Main(m) }

// TestOracle runs every case of testdata/oracle on a real server and holds what
// the server did against the effects. SAFEMIG_PG_MAJOR chooses the major; see
// docs/oracle.md.
func TestOracle(t *testing.T) {
	o := &oracle{t: t, server: pgtest.ForTest(t), table: map[string][]verify.MeasuredRow{}}
	o.makeRoles()
	o.makeTablespace()
	work := make(chan *fixture)
	var wg sync.WaitGroup
	for range 2 { // mostly waiting for the server
		wg.Go(func() {
			for f := range work {
				o.fixture(f)
			}
		})
	}
	fixtures := allFixtures(t)
	for i := range fixtures {
		if f := fixtures[i].chosen(); len(f.cases) > 0 {
			work <- &f
		}
	}
	close(work)
	wg.Wait()
	t.Logf("PostgreSQL %s: %d statements observed, %d not known to this major", o.server.Version, o.ran, len(o.left))
	if testing.Verbose() {
		slices.Sort(o.left)
		t.Logf("left: %s", strings.Join(o.left, " "))
	}
	if o.ran < 600 && chosenCases == nil {
		t.Errorf("%d statements observed, want at least 600", o.ran)
	}
	if *updateMeasured && !t.Failed() {
		o.write(fixtures)
	}
}

// oracle is one run on one server.
type oracle struct {
	t      *testing.T
	server *pgserver.Server

	mu    sync.Mutex
	ran   int
	left  []string
	table map[string][]verify.MeasuredRow // by case
}

// makeRoles creates the roles that cases name. A server has them once for all its
// databases.
func (o *oracle) makeRoles() {
	ctx := context.Background()
	s, err := observe.Open(ctx, o.server.DSN())
	if err != nil {
		o.t.Fatal(err)
	}
	for _, role := range []string{"r1", "r2", "r3"} {
		if s.Exec(ctx, "CREATE ROLE "+role) == nil { // else it is there
			o.t.Cleanup(func() { _ = s.Exec(ctx, "DROP ROLE "+role) })
		}
	}
	o.t.Cleanup(func() { s.Close(ctx) })
}

// makeTablespace creates the tablespace that cases name, in the data directory.
func (o *oracle) makeTablespace() {
	ctx := context.Background()
	s, err := observe.Open(ctx, o.server.DSN())
	if err != nil {
		o.t.Fatal(err)
	}
	defer s.Close(ctx)
	if err := s.Exec(ctx, "SET allow_in_place_tablespaces = on"); err != nil {
		o.t.Fatal(err) // every minor release since August 2022 has it
	}
	if s.Exec(ctx, "CREATE TABLESPACE ts1 LOCATION ''") == nil { // else it is there
		o.t.Cleanup(func() {
			if s, err := observe.Open(ctx, o.server.DSN()); err == nil {
				_ = s.Exec(ctx, "DROP TABLESPACE ts1")
				s.Close(ctx)
			}
		})
	}
}

// fixture observes the cases of a fixture, each in a transaction that is rolled
// back; what cannot be rolled back gets a database of its own.
func (o *oracle) fixture(f *fixture) {
	ctx := context.Background()
	base, drop, err := o.server.NewDatabase(ctx)
	if err != nil {
		o.t.Errorf("%s: %v", f.file, err)
		return
	}
	defer drop()
	s, err := o.open(ctx, base, f.setup)
	if err != nil {
		o.leave(f, f.cases...)
		if o.server.Major == pgserver.MaxMajor {
			o.t.Errorf("%s: the fixture of %s: %v", f.file, f.cases[0].name, err)
		}
		return
	}
	var apart []oracleCase
	for _, c := range f.cases {
		_, forbidden := effect.Forbidden(predict(f.setup, c.session, c.sql, o.server.Major))
		if forbidden || c.session != "" || stays.MatchString(c.sql) {
			apart = append(apart, c)
		} else {
			o.one(ctx, f, c, s)
		}
	}
	s.Close(ctx)
	for _, c := range apart {
		o.apart(ctx, f, c, base)
	}
}

// open connects, with a zone in which timestamps do not mean what they mean in UTC
// (the model does not know the server's), and runs the setup, if any.
func (o *oracle) open(ctx context.Context, dsn, setup string) (*observe.Session, error) {
	s, err := observe.Open(ctx, dsn)
	if err != nil {
		return nil, err
	}
	if err := s.Exec(ctx, "SET timezone = 'Europe/Paris';"+setup); err != nil {
		s.Close(ctx)
		return nil, err
	}
	return s, nil
}

// ofSession matches setups that do more than fill the database.
var ofSession = regexp.MustCompile(`(?im)^\s*(SET|PREPARE|DECLARE|CREATE\s+(LOCAL\s+)?TEMP)`)

// stays matches what a rollback does not undo, and a copy would wait for.
var stays = regexp.MustCompile(`(?i)^\s*PREPARE\s+TRANSACTION`)

// apart observes a case on a copy of the fixture's database.
func (o *oracle) apart(ctx context.Context, f *fixture, c oracleCase, base string) {
	var (
		setup, dsn string
		drop       func()
		err        error
	)
	if ofSession.MatchString(f.setup) {
		setup = f.setup
		dsn, drop, err = o.server.NewDatabase(ctx)
	} else {
		dsn, drop, err = o.server.CopyDatabase(ctx, base)
	}
	if err != nil {
		o.t.Errorf("%s: %v", f.id(&c), err)
		return
	}
	defer drop()
	s, err := o.open(ctx, dsn, setup)
	if err != nil {
		o.t.Errorf("%s: %v", f.id(&c), err)
		return
	}
	defer s.Close(ctx)
	o.one(ctx, f, c, s)
}

// one observes a case and compares.
func (o *oracle) one(ctx context.Context, f *fixture, c oracleCase, s *observe.Session) {
	if c.session != "" {
		if err := s.Exec(ctx, c.session); err != nil {
			o.t.Errorf("%s: %v", f.id(&c), err)
			return
		}
	}
	seen, err := s.Statement(ctx, strings.TrimSuffix(strings.TrimSpace(c.sql), ";"), observe.Rollback)
	if err != nil {
		o.t.Errorf("%s: %v", f.id(&c), err)
		return
	}
	switch seen.SQLState {
	case "42601", "42883", "42704", "42P01": // this major does not know the syntax, function or object
		if !foretold(predict(f.setup, c.session, c.sql, o.server.Major), seen.SQLState) {
			o.leave(f, c)
			return
		}
	}
	o.compare(f, c, seen)
}

// foretold tells whether the effects say that the server refuses the statement so.
func foretold(effects []effect.Effect, state string) bool {
	return slices.ContainsFunc(effects, func(e effect.Effect) bool { return e.Detail.Fails != "" && e.Detail.SQLState == state })
}

func (o *oracle) compare(f *fixture, c oracleCase, seen observe.Observation) {
	effects := predict(f.setup, c.session, c.sql, o.server.Major)
	for _, d := range verify.Compare(c.sql, effects, seen) {
		o.t.Errorf("%s: %s\n\t%s", f.id(&c), strings.TrimSpace(c.sql), d)
	}
	rows := verify.MeasuredRows(c.sql, seen)
	if *updateMeasured {
		before := f.before(&c, o.server.Major)
		for i := range rows {
			rows[i].Role = role(before, rows[i].Relation, effects)
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ran++
	o.table[f.id(&c)] = rows
}

// leave counts cases that this major cannot run.
func (o *oracle) leave(f *fixture, cases ...oracleCase) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, c := range cases {
		o.left = append(o.left, f.id(&c))
	}
}

package rules_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/tools/txtar"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgserver/pgtest"
	"github.com/safemig/safemig/internal/pgsql"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// TestServerTakesWhatIsAdvised runs every good example, and every remedy of a bad
// one after what stands before it, on a real server: no page and no hint may show
// what the server refuses. Tables and columns that an example takes for granted
// are made as the server asks for them; an example that needs other things, as an
// extension or a function, is left out, and counted.
func TestServerTakesWhatIsAdvised(t *testing.T) {
	dsn, drop, err := pgtest.ForTest(t).NewDatabase(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer drop()
	s := &examples{t: t, dsn: dsn}
	if pgtest.ForTest(t).Major < 15 {
		t.Skip("pages are for 15, the default of --pg, and later")
	}
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		id := strings.TrimSuffix(filepath.Base(file), ".txtar")
		if aboutPrograms(archive) {
			continue
		}
		for _, c := range plainCases(archive, func(name string) bool { return strings.HasPrefix(name, "good") }) {
			s.run(id+": good example", c)
		}
		for _, c := range plainHistories(archive) {
			for what, remedied := range remedied(t, id, c) {
				s.run(id+": remedy of "+what, remedied)
			}
		}
	}
	t.Logf("%d ran, %d were left out: %v", s.ran, len(s.left), s.left)
	if s.ran < 200 {
		t.Errorf("only %d examples and remedies ran", s.ran)
	}
}

// remedied gives the histories that the findings of a rule ask for, by message.
func remedied(t *testing.T, id string, history fstest.MapFS) map[string]fstest.MapFS {
	out, refusedBefore := map[string]fstest.MapFS{}, false
	for _, f := range run(t, history, "plain") {
		steps := remedy(t, f.Hint)
		if f.Rule.ID != id || len(steps) == 0 || f.Direction == "down" || refusedBefore {
			continue
		}
		refusedBefore = f.Rule.Refusal || refusedBefore // what follows would not be reached
		if outside.Match(f.File.Src[:f.Statement.Start]) {
			steps[0].optOut = "as it stands"
		}
		fsys := before(history, f)
		for i, s := range steps {
			text := strings.Join(s.sql, "\n") + "\n"
			if s.optOut != "" {
				text = "-- safemig:no-transaction\n" + text
			}
			fsys[fmt.Sprintf("%d_remedy.sql", 1001+i)] = &fstest.MapFile{Data: []byte(text)}
		}
		out[f.Message] = fsys
	}
	return out
}

// examples runs migrations on a database that is emptied before each.
type examples struct {
	t    *testing.T
	dsn  string
	ran  int
	left []string
}

// run runs a history, on as many databases as it takes to find out what must be
// there before.
func (s *examples) run(name string, history fstest.MapFS) {
	var needs []string
	for range 15 {
		stmt, err := s.attempt(history, needs)
		var refused *pgconn.PgError
		if err == nil {
			s.ran++
			return
		}
		if !errors.As(err, &refused) {
			s.t.Fatalf("%s: %v", name, err)
		}
		need := missing(refused, stmt)
		switch {
		case need != "" && !slices.Contains(needs, need):
			needs = append(needs, need)
		case slices.Contains([]string{"42704", "42883", "42P01", "42703", "3F000", "58P01", "3D000", "22023", "42P17", "42809"}, refused.Code) && regexp.MustCompile(`does not exist|not available|not partitioned|cannot be performed on relation`).MatchString(refused.Message),
			strings.HasPrefix(refused.Message, "role "),                       // roles are the server's, not the database's
			refused.Message == "can only reindex the currently open database", // which has another name than the page's
			refused.Code == "42P07" && slices.Contains(needs, "CREATE TABLE "+strings.Split(refused.Message, `"`)[1]+" (id bigint PRIMARY KEY)"):
			s.left = append(s.left, fmt.Sprintf("%s (%s)", name, refused.Message))
			return
		default:
			s.t.Errorf("%s: the server refuses it: %s (%s)\n%s\nafter %q", name, refused.Message, refused.Code, stmt, needs)
			return
		}
	}
	s.t.Errorf("%s: what it needs does not end: %q", name, needs)
}

var (
	noTable   = regexp.MustCompile(`^relation "([^"]+)" does not exist`)
	noColumn  = regexp.MustCompile(`^column "([^"]+)" of relation "([^"]+)" does not exist`)
	noKey     = regexp.MustCompile(`^column "([^"]+)" (?:named in key|referenced in foreign key constraint) does not exist`)
	noColumn2 = regexp.MustCompile(`^column "([^"]+)" does not exist`)
	hasID     = regexp.MustCompile(`^column "id" of relation "([^"]+)" already exists`)
	hasKey    = regexp.MustCompile(`^relation "([^"]+)_pkey" already exists`)
	noSchema  = regexp.MustCompile(`^schema "([^"]+)" does not exist`)
	about     = regexp.MustCompile(`(?i)(?:TABLE|ON|UPDATE|FROM)\s+(?:IF EXISTS\s+)?(?:ONLY\s+)?([a-zA-Z_"][a-zA-Z_0-9."]*)`)
)

// missing gives the statement that makes what the server misses, "" for none.
func missing(e *pgconn.PgError, stmt string) string {
	if m := hasID.FindStringSubmatch(e.Message); m != nil {
		return "ALTER TABLE " + quoted(m[1]) + " DROP COLUMN id"
	}
	if m := hasKey.FindStringSubmatch(e.Message); m != nil {
		return "ALTER TABLE " + quoted(m[1]) + " DROP CONSTRAINT " + quoted(m[1]+"_pkey")
	}
	if m := noSchema.FindStringSubmatch(e.Message); m != nil {
		return "CREATE SCHEMA " + m[1]
	}
	if m := noTable.FindStringSubmatch(e.Message); m != nil && !regexp.MustCompile(`(?i)(INDEX|VIEW|SEQUENCE)\s+(CONCURRENTLY\s+)?(IF EXISTS\s+)?"?`+regexp.QuoteMeta(m[1])+`"?(?:[\s;]|$)`).MatchString(stmt) {
		return "CREATE TABLE " + quoted(m[1]) + " (id bigint PRIMARY KEY)"
	}
	if m := noColumn.FindStringSubmatch(e.Message); m != nil {
		return "ALTER TABLE " + quoted(m[2]) + " ADD COLUMN " + columnNamed(m[1])
	}
	for _, re := range []*regexp.Regexp{noKey, noColumn2} {
		if m, t := re.FindStringSubmatch(e.Message), about.FindStringSubmatch(stmt); m != nil && t != nil {
			return "ALTER TABLE " + strings.TrimSuffix(t[1], ".") + " ADD COLUMN " + columnNamed(m[1])
		}
	}
	return ""
}

// quoted writes a name of a message as SQL does.
func quoted(name string) string {
	parts := strings.Split(name, ".")
	for i := range parts {
		parts[i] = catalog.Quote(parts[i])
	}
	return strings.Join(parts, ".")
}

// columnNamed gives a column a type that its name suggests.
func columnNamed(name string) string {
	typ := "text"
	switch {
	case strings.HasSuffix(name, "_id"), slices.Contains([]string{"age", "a", "b", "n", "number", "amount", "total", "quantity"}, name):
		typ = "bigint"
	case strings.HasSuffix(name, "_at"), name == "at", name == "day":
		typ = "timestamptz"
	case name == "during":
		typ = "tstzrange"
	}
	return fmt.Sprintf("%q %s", name, typ)
}

// emptied takes out of a database what the examples of pages make.
const emptied = `DO $$
DECLARE name text;
BEGIN
	FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
		EXECUTE format('DROP SCHEMA %I CASCADE', name);
	END LOOP;
	FOR name IN SELECT pubname FROM pg_publication LOOP
		EXECUTE format('DROP PUBLICATION %I', name);
	END LOOP;
	CREATE SCHEMA public;
END $$`

// attempt runs a history after what it needs. It gives the statement that failed.
func (s *examples) attempt(history fstest.MapFS, needs []string) (stmt string, err error) {
	ctx := context.Background()
	c, err := pgx.Connect(ctx, s.dsn)
	if err != nil {
		return "", err
	}
	defer c.Close(ctx)
	exec := func(sql string) error { return c.PgConn().Exec(ctx, sql).Close() }
	for _, sql := range append([]string{emptied}, needs...) {
		if err := exec(sql); err != nil {
			return sql, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(history)) {
		m := migration.Plain(migration.WrapFile).ReadFile(&migration.File{Path: name, Src: history[name].Data})
		for i := range m.Up {
			stmts := pgsql.Parse(&m.Up[i])
			var session pgsql.Session
			session.Assign(&m.Up[i], stmts)
			if len(stmts) > 0 && stmts[0].Tx.Kind == pgsql.TxTool {
				if err := exec("BEGIN"); err != nil {
					return "BEGIN", err
				}
			}
			for j := range stmts {
				if err := exec(string(stmts[j].Raw())); err != nil {
					return string(stmts[j].Raw()), err
				}
			}
			if c.PgConn().TxStatus() != 'I' {
				if err := exec("COMMIT"); err != nil {
					return "COMMIT", err
				}
			}
		}
	}
	return "", nil
}

package rules_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgserver/pgtest"
	"github.com/safemig/safemig/internal/pgsql"
	"github.com/safemig/safemig/rules"
)

// TestRefusalsAreTheServers runs the cases of testdata/refused on a real server: what
// it refuses safemig says, with the same SQLSTATE, and of what it takes safemig says
// nothing. A case is a few statements without an empty line between them; the last one
// is judged, after a history that is Sure of the others. Lines above it:
//
//	-- unseen      the server refuses it, and safemig does not say so
//	-- from 16     only this major and later
//	-- before 16   only earlier ones
//
// With -update, the unseen ones are marked anew.
func TestRefusalsAreTheServers(t *testing.T) {
	server := pgtest.ForTest(t)
	dsn, drop, err := server.NewDatabase(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer drop()
	files, err := filepath.Glob("testdata/refused/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	foretold, unseen, taken := 0, 0, 0
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := string(src)
		for _, c := range refusalCases(t, text) {
			if server.Major < c.from || c.before != 0 && server.Major >= c.before {
				continue
			}
			is, message := c.refused(t, dsn)
			said := c.foretold(t, server.Major)
			if *update && c.unseen != (is != "" && said == "") {
				marked := strings.Replace(c.text, unseenMark+"\n", "", 1)
				if !c.unseen {
					marked = unseenMark + "\n" + marked
				}
				text = strings.Replace(text, "\n\n"+c.text, "\n\n"+marked, 1)
				continue
			}
			switch {
			case c.unseen && is == "":
				t.Errorf("%s: the server takes what is marked unseen\n%s", file, c.text)
			case c.unseen && said != "":
				t.Errorf("%s: marked unseen, and foretold with %s\n%s", file, said, c.text)
			case c.unseen:
				unseen++
			case is != said:
				t.Errorf("%s: the server says %q (%s), safemig %q\n%s", file, is, message, said, c.text)
			case is == "":
				taken++
			default:
				foretold++
			}
		}
		if text != string(src) {
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("PostgreSQL %s: %d refusals foretold, %d unseen, %d statements taken in silence", server.Version, foretold, unseen, taken)
}

const unseenMark = "-- unseen"

var majorMark = regexp.MustCompile(`^-- (from|before) (\d\d)$`)

// refusalCase is one judged statement.
type refusalCase struct {
	text         string
	before, from int
	unseen       bool
	history      []pgsql.Statement
	last         pgsql.Statement
}

func refusalCases(t *testing.T, src string) []refusalCase {
	var out []refusalCase
	for _, text := range strings.Split(src, "\n\n") {
		c := refusalCase{text: strings.TrimSpace(text)}
		for _, line := range strings.Split(c.text, "\n") {
			c.unseen = c.unseen || line == unseenMark
			if m := majorMark.FindStringSubmatch(line); m != nil && m[1] == "from" {
				c.from = int(m[2][0]-'0')*10 + int(m[2][1]-'0')
			} else if m != nil {
				c.before = int(m[2][0]-'0')*10 + int(m[2][1]-'0')
			}
		}
		m := migration.Plain(migration.WrapFile).ReadFile(&migration.File{Path: "case.sql", Src: []byte(c.text)})
		var stmts []pgsql.Statement
		for i := range m.Up {
			stmts = append(stmts, pgsql.Parse(&m.Up[i])...)
		}
		if len(stmts) == 0 {
			if strings.Contains(c.text, ";") {
				t.Fatalf("no statement in %q", c.text)
			}
			continue
		}
		c.history, c.last = stmts[:len(stmts)-1], stmts[len(stmts)-1]
		out = append(out, c)
	}
	return out
}

// refused runs a case on an empty database; state is "" where the server takes it.
func (c *refusalCase) refused(t *testing.T, dsn string) (state, message string) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	exec := func(sql string) error { return conn.PgConn().Exec(ctx, sql).Close() }
	if err := exec(emptied); err != nil {
		t.Fatal(err)
	}
	for i := range c.history {
		if err := exec(string(c.history[i].Raw())); err != nil {
			t.Fatalf("the history of\n%s\nis refused: %v", c.text, err)
		}
	}
	if err := exec("BEGIN"); err != nil { // as the tool does
		t.Fatal(err)
	}
	if err = exec(string(c.last.Raw())); err == nil {
		err = exec("COMMIT")
	}
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return refused.Code, refused.Message
	} else if err != nil {
		t.Fatal(err)
	}
	return "", ""
}

var withState = regexp.MustCompile(`SQLSTATE (\w{5})`)

// foretold gives the SQLSTATE with which safemig says that the server refuses the
// last statement of a case, "" where it does not say so.
func (c *refusalCase) foretold(t *testing.T, major int) string {
	var before strings.Builder
	for i := range c.history {
		before.Write(c.history[i].Raw())
		before.WriteString(";\n")
	}
	fsys := fstest.MapFS{"0001_before.sql": {Data: []byte(before.String())}, "0002_last.sql": {Data: []byte(string(c.last.Raw()) + ";\n")}}
	r, err := lint.Run(context.Background(), lint.Options{FS: fsys, PG: max(major, lint.MinPG), Tool: "plain", Paths: []string{"0001_before.sql", "0002_last.sql"}})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(r.Findings, func(f rules.Finding) bool { return f.Rule.ID == "certain-failure" && f.File.Path == "0002_last.sql" })
	for _, f := range r.Findings {
		if f.Rule.Refusal && f.File.Path == "0001_before.sql" {
			t.Errorf("%s is said to be refused, and is not: %s", before.String(), f.Message)
		}
	}
	if i < 0 {
		return ""
	}
	if m := withState.FindStringSubmatch(r.Findings[i].Consequence); m != nil {
		return m[1]
	}
	return "said, without SQLSTATE"
}

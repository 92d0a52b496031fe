package lint_test

import (
	"context"
	"strings"
	"testing"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/rules"
)

// code makes a query of the application a file of its own.
func code(name, sql string) lint.Code {
	f := &migration.File{Path: name, Src: []byte(sql)}
	return lint.Code{Section: migration.Section{File: f, Text: f.Src}, Ignores: true}
}

// TestCodeNamesWhatGoes: a query is reported where a migration takes away what it
// certainly names, and the migration's finding says where.
func TestCodeNamesWhatGoes(t *testing.T) {
	const schema = "CREATE TABLE users (id bigint PRIMARY KEY, email text, plan text);\nCREATE TABLE teams (id bigint PRIMARY KEY, name text);\n"
	const dropPlan = "ALTER TABLE users DROP COLUMN plan;"
	for _, c := range []struct {
		name, change, query, want string
	}{
		{"select", dropPlan, "SELECT plan FROM users", "plan"},
		{"where", dropPlan, "SELECT id FROM users WHERE plan = $1", "plan"},
		{"alias", dropPlan, "SELECT u.plan FROM users u JOIN teams t ON t.id = u.id", "u"},
		{"unqualified in a join", dropPlan, "SELECT plan FROM users u JOIN teams t ON t.id = u.id", "plan"},
		{"update", dropPlan, "UPDATE users SET plan = $1 WHERE id = $2", "plan"},
		{"update's condition", dropPlan, "UPDATE users SET email = $1 WHERE plan = 'free'", "plan"},
		{"insert", dropPlan, "INSERT INTO users (id, plan) VALUES ($1, $2)", "plan"},
		{"conflict", dropPlan, "INSERT INTO users (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET plan = 'x'", "plan"},
		{"delete", dropPlan, "DELETE FROM users WHERE plan IS NULL", "plan"},
		{"subquery", dropPlan, "SELECT 1 FROM teams t WHERE EXISTS (SELECT FROM users u WHERE u.plan = t.name)", "u"},
		{"order", dropPlan, "SELECT id FROM users ORDER BY plan", "plan"},
		{"question marks", dropPlan, "SELECT id FROM users WHERE plan = ?", "plan"},
		{"named", dropPlan, "SELECT id FROM users WHERE plan = :plan", "plan"},
		{"rename column", "ALTER TABLE users RENAME plan TO tier;", "SELECT plan FROM users", "plan"},
		{"drop table", "DROP TABLE teams;", "SELECT 1 FROM teams", "teams"},
		{"rename table", "ALTER TABLE teams RENAME TO groups;", "SELECT 1 FROM teams", "teams"},
		{"drop view", "CREATE VIEW v AS SELECT 1 AS a; DROP VIEW v;", "SELECT a FROM v", "v"},

		{"other column", dropPlan, "SELECT email FROM users", ""},
		{"star", dropPlan, "SELECT * FROM users", ""},
		{"no list", dropPlan, "INSERT INTO users VALUES ($1, $2, $3)", ""},
		{"other table's", dropPlan, "SELECT t.plan FROM things t", ""},
		{"own alias", dropPlan, "SELECT email AS plan FROM users", ""},
		{"parameter", dropPlan, "SELECT id FROM users WHERE email = @plan", ""},
		{"sqlc's parameter", dropPlan, "SELECT id FROM users WHERE email = sqlc.arg(plan)", ""},
		{"string", dropPlan, "SELECT id FROM users WHERE email = 'plan'", ""},
		{"with", dropPlan, "WITH users AS (SELECT 1 AS plan) SELECT plan FROM users", ""},
		{"brought back", dropPlan + " ALTER TABLE users ADD COLUMN plan int;", "SELECT plan FROM users", ""},
		{"view in its place", "ALTER TABLE teams RENAME TO groups; CREATE VIEW teams AS SELECT * FROM groups;", "SELECT 1 FROM teams", ""},
		{"new name", "ALTER TABLE users RENAME plan TO tier;", "SELECT tier FROM users", ""},
		{"not SQL", dropPlan, "plan FROM users", ""},
		{"answered for", dropPlan, "-- safemig:ignore dropped-name-in-use removed by the same deploy\nSELECT plan FROM users", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := lint.Options{FS: files(map[string]string{"db/0001_a.sql": schema, "db/0002_b.sql": c.change}), Code: []lint.Code{code("store.sql", c.query)}}
			r, err := lint.Run(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			got, told := "", false
			for _, f := range r.Findings {
				told = told || strings.Contains(f.Message, "; still ") && strings.Contains(f.Message, "at store.sql:1")
				if f.Rule == rules.DroppedNameInUse {
					got += string(f.File.Src[f.Span.Start:f.Span.End])
					if !strings.Contains(f.Message, "db/0002_b.sql:1 ") {
						t.Errorf("it does not say where: %s", f.Message)
					}
				}
				if f.Rule == rules.IgnoreUnused {
					t.Error(f.Message)
				}
			}
			if got != c.want {
				t.Errorf("found %q, want %q", got, c.want)
			}
			if viewOrSilent := c.want == "" || c.name == "drop view"; told == viewOrSilent {
				t.Errorf("the migration's finding says it: %v", told)
			}
		})
	}
}

// TestCodeOfAnotherDatabase: a name that one directory drops and another keeps
// may be the other's.
func TestCodeOfAnotherDatabase(t *testing.T) {
	o := lint.Options{FS: files(map[string]string{
		"a/0001_a.sql": "CREATE TABLE users (id int, plan text);", "a/0002_b.sql": "ALTER TABLE users DROP COLUMN plan;",
		"b/0001_a.sql": "CREATE TABLE users (id int, plan text);",
	}), Code: []lint.Code{code("store.sql", "SELECT plan FROM users")}}
	r, err := lint.Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		if f.Rule == rules.DroppedNameInUse {
			t.Error(f.Message)
		}
	}
}

// TestGiven: a history that no file holds is judged like any other.
func TestGiven(t *testing.T) {
	f := &migration.File{Path: "m.go", Src: []byte("x(`CREATE INDEX ON users (a)`)")}
	sec := migration.Section{File: f, Text: f.Src[3:28], Map: migration.SourceMap{Base: 3}}
	o := lint.Options{Given: []lint.Given{{Name: "m", Tool: "go", Migrations: []migration.Migration{{File: f, Up: []migration.Section{sec}}}}}}
	want(t, indexes(t, o), "m.go:1")
	r, err := lint.Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		if f.Span.Start != 3 || f.Span.End > 28 {
			t.Errorf("%s stands at %v", f.Rule.ID, f.Span)
		}
	}
}

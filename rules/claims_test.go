package rules_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/safemig/safemig/internal/pgserver/pgtest"
)

// claims are what pages say of the server: what the last statement answers after
// the others, a SQLSTATE, or "" for success.
var claims = []struct {
	rule, setup, last, state string
}{
	{"drop-unique", "CREATE TABLE t (a int CONSTRAINT u UNIQUE); ALTER TABLE t DROP CONSTRAINT u", "INSERT INTO t VALUES (1) ON CONFLICT (a) DO NOTHING", "42P10"},
	{"drop-default", "CREATE TABLE t (a int, b int NOT NULL DEFAULT 1); ALTER TABLE t ALTER b DROP DEFAULT", "INSERT INTO t (a) VALUES (1)", "23502"},
	{"function-overloaded", "CREATE FUNCTION f(n int) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE OR REPLACE FUNCTION f(n int, m int DEFAULT 0) RETURNS int LANGUAGE sql AS 'SELECT 2'", "SELECT f(1)", "42725"},
	{"rename-function", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION f() RENAME TO g", "SELECT f()", "42883"},
	{"rename-enum-value", "CREATE TYPE mood AS ENUM ('ok'); ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'", "SELECT 'ok'::mood", "22P02"},
	{"rename-type", "CREATE TYPE mood AS ENUM ('ok'); ALTER TYPE mood RENAME TO feeling", "SELECT 'ok'::mood", "42704"},
	{"drop-type", "CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE t (m mood)", "DROP TYPE mood", "2BP01"},
	{"set-schema", "CREATE SCHEMA archive; CREATE TABLE t (a int); ALTER TABLE t SET SCHEMA archive", "SELECT * FROM t", "42P01"},
	{"set-schema", "CREATE SCHEMA archive; CREATE TABLE t (a int); ALTER TABLE t SET SCHEMA archive; CREATE VIEW t AS SELECT * FROM archive.t", "INSERT INTO t VALUES (1)", ""},
	{"set-schema", "CREATE SCHEMA archive; CREATE TABLE t (a int); ALTER TABLE t SET SCHEMA archive; CREATE VIEW t AS SELECT * FROM archive.t", "TRUNCATE t", "42809"},
	{"sequence-left-behind", "CREATE TABLE t (id bigserial PRIMARY KEY); INSERT INTO t (id) VALUES (1)", "INSERT INTO t DEFAULT VALUES", "23505"},
	{"fk-type-mismatch", "CREATE TABLE p (id bigint PRIMARY KEY); CREATE TABLE c (p int REFERENCES p); INSERT INTO p VALUES (3000000000)", "INSERT INTO c SELECT id FROM p", "22003"},
	{"object-created-later", "", "CREATE TABLE c (u bigint REFERENCES u)", "42P01"},
	{"table-without-primary-key", "CREATE TABLE t (a int); INSERT INTO t VALUES (1); CREATE PUBLICATION feed FOR TABLE t", "DELETE FROM t", "55000"},
	{"table-without-primary-key", "CREATE TABLE t (a int); INSERT INTO t VALUES (1); ALTER TABLE t REPLICA IDENTITY FULL; CREATE PUBLICATION feed FOR TABLE t", "DELETE FROM t", ""},
	{"trigger-disabled", "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p int REFERENCES p); ALTER TABLE c DISABLE TRIGGER ALL; INSERT INTO c VALUES (1)", "ALTER TABLE c ENABLE TRIGGER ALL", ""},
	{"trigger-disabled", "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p int REFERENCES p); ALTER TABLE c DISABLE TRIGGER USER", "INSERT INTO c VALUES (1)", "23503"},
	{"identifier-too-long", "CREATE TABLE the_name_of_this_table_is_so_long_that_the_server_cuts_it_off_right_here (a int)", "CREATE TABLE the_name_of_this_table_is_so_long_that_the_server_cuts_it_off_right_there (a int)", "42P07"},
	{"function-behind-index-replaced", "CREATE FUNCTION f(a text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower(a)'; CREATE TABLE t (a text); INSERT INTO t VALUES ('A'); CREATE UNIQUE INDEX i ON t (f(a)); CREATE OR REPLACE FUNCTION f(a text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT upper(a)'", "INSERT INTO t VALUES ('a')", ""},
	{"table-exists-differently", "CREATE TABLE t (a int); CREATE TABLE IF NOT EXISTS t (a int, b int)", "SELECT b FROM t", "42703"},
	{"type-narrowing", "CREATE TABLE t (a text); INSERT INTO t VALUES ('long')", "ALTER TABLE t ALTER a TYPE varchar(3)", "22001"},
	{"type-narrowing", "CREATE TABLE t (a numeric(10,2)); INSERT INTO t VALUES (1.25)", "ALTER TABLE t ALTER a TYPE int", ""},
	{"transaction-nesting", "BEGIN; BEGIN; CREATE TABLE t (a int); COMMIT", "COMMIT", ""},
	{"check-not-immutable", "", "CREATE TABLE t (day date CHECK (day >= current_date))", ""},
	{"index-dropped-before-replacement", "CREATE TABLE t (a int); CREATE INDEX i ON t (a)", "ALTER INDEX i RENAME TO j", ""},
	{"rename-schema", "CREATE SCHEMA billing; CREATE TABLE billing.plans (a int); ALTER SCHEMA billing RENAME TO accounting", "SELECT * FROM billing.plans", "42P01"},
	{"drop-sequence", "CREATE TABLE t (id bigserial)", "DROP SEQUENCE t_id_seq", "2BP01"},
	{"fk-cascades", "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p int REFERENCES p ON DELETE CASCADE); INSERT INTO p VALUES (1); INSERT INTO c VALUES (1)", "DELETE FROM p", ""},
	{"json-not-jsonb", "CREATE TABLE t (a json)", "SELECT DISTINCT a FROM t", "42883"},
}

func TestClaims(t *testing.T) {
	ctx := context.Background()
	dsn, drop, err := pgtest.ForTest(t).NewDatabase(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer drop()
	for _, c := range claims {
		conn, err := pgx.Connect(ctx, dsn)
		if err != nil {
			t.Fatal(err)
		}
		exec := func(sql string) error { return conn.PgConn().Exec(ctx, sql).Close() }
		if err := errors.Join(exec(emptied), exec(c.setup)); err != nil {
			t.Errorf("%s: %v", c.rule, err)
		}
		var e *pgconn.PgError
		state := ""
		if err := exec(c.last); errors.As(err, &e) {
			state = e.Code
		} else if err != nil {
			t.Fatal(err)
		}
		if state != c.state {
			t.Errorf("%s: after %s, %s answers %q, want %q", c.rule, c.setup, c.last, state, c.state)
		}
		if err := conn.Close(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

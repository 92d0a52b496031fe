package effect_test

import (
	"testing"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/migration"
)

// The rows were compared with servers of 14 to 18.
func TestFunctionBodiesLock(t *testing.T) {
	checkLocks(t, attachedSchema, 15, []lockRow{
		{"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", ""},
		{"CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM log'", "log AS"},
		{"CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'INSERT INTO log SELECT id, NULL FROM other; DELETE FROM pt'", "log RX, other AS, pt RX"},
		{"CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'UPDATE v SET a = 2'", `app."User" RX, v RX`},
		{"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1 FROM other FOR UPDATE'", "other RS"},
		{"CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'ALTER TABLE log ADD COLUMN z int; TRUNCATE other'", ""},
		{"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'not SQL at all'", ""},
		{"CREATE FUNCTION f(x anyelement) RETURNS anyelement LANGUAGE sql AS 'UPDATE log SET msg = NULL; SELECT x'", ""},
		{"SET check_function_bodies = off; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'DELETE FROM log; SELECT 1'", ""},
		{"CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC DELETE FROM log; SELECT v FROM other; END", "log RX, other AS"},
		{"CREATE FUNCTION f() RETURNS int RETURN (SELECT max(v) FROM other)", "other AS"},
		{"CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$BEGIN DELETE FROM log; END$$", ""},
		{"CREATE PROCEDURE f() LANGUAGE sql AS 'DELETE FROM log'", "log RX"},
		{"CREATE OR REPLACE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN OLD; END$$", ""},
		{"ALTER FUNCTION tf() STABLE", ""},
		{"CREATE AGGREGATE agg (int) (SFUNC = int4pl, STYPE = int)", ""},
		{"CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)", ""},
		{"CREATE CAST (int AS box) WITH INOUT", ""},
		{"CREATE COLLATION c FROM \"C\"", ""},
		{"CREATE ACCESS METHOD m TYPE TABLE HANDLER heap_tableam_handler", ""},
		{"CREATE TEXT SEARCH CONFIGURATION c (COPY = pg_catalog.english)", ""},
		{"CREATE EXTENSION citext", ""},
	})
}

func TestFunctionDeletesNothing(t *testing.T) {
	out, _ := effectsOf(t, attachedSchema, "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'DELETE FROM log'", 15, migration.WrapFile)
	for _, e := range out {
		if e.Op == effect.Delete {
			t.Errorf("a rule would take the body for a DELETE that is run: %+v", e)
		}
	}
}

func TestFunctionsAreKnown(t *testing.T) {
	for _, row := range []struct {
		sql  string
		want catalog.Function
	}{
		{"CREATE FUNCTION f(a int, OUT b text) LANGUAGE sql IMMUTABLE AS 'SELECT 1'", catalog.Function{Volatility: 'i', Language: "sql"}},
		{"CREATE FUNCTION f(int) RETURNS int LANGUAGE plpgsql AS ''", catalog.Function{Volatility: 'v', Language: "plpgsql"}},
		{"CREATE FUNCTION f(integer) RETURNS int LANGUAGE plpgsql AS ''; ALTER FUNCTION f(int4) STABLE", catalog.Function{Volatility: 's', Language: "plpgsql"}},
		{"CREATE FUNCTION f(int) RETURNS int LANGUAGE plpgsql AS ''; ALTER FUNCTION f STABLE", catalog.Function{Volatility: 's', Language: "plpgsql"}},
		{"CREATE PROCEDURE f(int) LANGUAGE plpgsql AS ''", catalog.Function{Volatility: 'v', Language: "plpgsql", Procedure: true}},
	} {
		_, c := effectsOf(t, "", row.sql, 15, migration.WrapFile)
		fs := c.Functions("public", "f")
		if len(fs) != 1 {
			t.Errorf("%s: %d functions", row.sql, len(fs))
			continue
		}
		f := fs[0]
		if f.Volatility != row.want.Volatility || f.Language != row.want.Language || f.Procedure != row.want.Procedure || joined(f.Args) != "integer" {
			t.Errorf("%s: %+v", row.sql, f)
		}
	}
}

func TestSecurityDefiner(t *testing.T) {
	for _, row := range []struct {
		sql           string
		op            effect.Op
		definer, path bool
	}{
		{"CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'", effect.CreateFunction, true, false},
		{"CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp AS 'SELECT 1'", effect.CreateFunction, true, true},
		{"CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS 'SELECT 1'", effect.CreateFunction, true, true},
		{"CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY INVOKER AS 'SELECT 1'", effect.CreateFunction, false, false},
		{"CREATE FUNCTION f() RETURNS int LANGUAGE sql SET work_mem = '1MB' AS 'SELECT 1'", effect.CreateFunction, false, false},
		{"ALTER FUNCTION tf() SECURITY DEFINER", effect.AlterFunction, true, false},
		{"ALTER FUNCTION tf() RESET search_path", effect.AlterFunction, false, false},
		{"ALTER FUNCTION tf() SET search_path = app", effect.AlterFunction, false, true},
	} {
		e := detailOf(t, attachedSchema, row.sql, 15, row.op)
		if e.Detail.SecurityDefiner != row.definer || e.Detail.SearchPathSet != row.path {
			t.Errorf("%s: definer %t, search_path %t", row.sql, e.Detail.SecurityDefiner, e.Detail.SearchPathSet)
		}
	}
}

func TestExtensionsBringTypes(t *testing.T) {
	for _, row := range []struct{ sql, schema, typ string }{
		{"CREATE EXTENSION citext", "public", "citext"},
		{"CREATE SCHEMA ext; CREATE EXTENSION IF NOT EXISTS hstore WITH SCHEMA ext", "ext", "hstore"},
		{"CREATE EXTENSION earthdistance CASCADE", "public", "cube"},
		{"CREATE EXTENSION postgis", "public", "geometry"},
		{"CREATE EXTENSION vector", "public", "vector"},
	} {
		_, c := effectsOf(t, "", row.sql, 15, migration.WrapFile)
		if d := c.LookupType(row.schema, row.typ); d == nil || d.Kind != catalog.BaseType || d.Extension == "" {
			t.Errorf("%s: %s.%s is %+v", row.sql, row.schema, row.typ, d)
		}
	}
	_, c := effectsOf(t, "", "CREATE EXTENSION pgcrypto", 15, migration.WrapFile)
	if len(c.Types()) > 0 {
		t.Errorf("pgcrypto brought %d types", len(c.Types()))
	}
	if e := detailOf(t, "CREATE EXTENSION citext", "CREATE EXTENSION IF NOT EXISTS citext", 15, effect.CreateExtension); !e.NoOp {
		t.Error("an extension that is there is created again")
	}
}

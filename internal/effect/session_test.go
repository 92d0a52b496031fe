package effect_test

import (
	"slices"
	"testing"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
)

func TestSettings(t *testing.T) {
	for _, c := range []struct{ sql, name, want string }{
		{"SET lock_timeout = '1s'", "lock_timeout", "1s"},
		{"SET LOCAL lock_timeout TO 500", "lock_timeout", "500"},
		{"SET Lock_Timeout = 0", "lock_timeout", "0"},
		{"SET TIME ZONE 'UTC'", "timezone", "UTC"},
		{"SET search_path = a, \"B\"", "search_path", `a, "B"`},
		{"SELECT set_config('search_path', '', false)", "search_path", ""},
		{"SELECT pg_catalog.set_config('lock_timeout', '2s', true)", "lock_timeout", "2s"},
		{"EXPLAIN SELECT set_config('lock_timeout', '2s', true)", "lock_timeout", "unset"},
		{"SET lock_timeout = 1; RESET lock_timeout", "lock_timeout", "unset"},
		{"SET lock_timeout = 1; SET lock_timeout TO DEFAULT", "lock_timeout", "unset"},
		{"SET lock_timeout = 1; RESET ALL", "lock_timeout", "unset"},
		{"SET LOCAL lock_timeout = 1; COMMIT", "lock_timeout", "unset"},
		{"SET lock_timeout = 1; COMMIT", "lock_timeout", "1"},
		{"SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE", "default_transaction_isolation", "serializable"},
		{"DO $$BEGIN SET LOCAL lock_timeout = 7; END$$", "lock_timeout", "7"},
	} {
		_, cat := effectsOf(t, "", c.sql, 15, migration.WrapFile)
		got, ok := cat.Setting(c.name)
		if !ok {
			got = "unset"
		}
		if got != c.want {
			t.Errorf("%s: %s is %q, want %q", c.sql, c.name, got, c.want)
		}
	}
	_, cat := effectsOf(t, "", "SET LOCAL lock_timeout = 1", 15, migration.WrapNone)
	if v, ok := cat.Setting("lock_timeout"); ok {
		t.Errorf("SET LOCAL outside a transaction block set %q", v)
	}
}

func TestForbiddenInTransactionBlock(t *testing.T) {
	for _, c := range []struct {
		sql  string
		want string
	}{
		{"VACUUM", "VACUUM"},
		{"VACUUM (ANALYZE) t", "VACUUM"},
		{"ANALYZE", ""},
		{"CLUSTER", "CLUSTER"},
		{"CLUSTER t USING t_pkey", ""},
		{"CREATE DATABASE d", "CREATE DATABASE"},
		{"DROP DATABASE IF EXISTS d", "DROP DATABASE"},
		{"ALTER DATABASE d SET TABLESPACE s", "ALTER DATABASE SET TABLESPACE"},
		{"ALTER DATABASE d SET lock_timeout = 1", ""},
		{"ALTER DATABASE d CONNECTION LIMIT 5", ""},
		{"CREATE TABLESPACE s LOCATION '/x'", "CREATE TABLESPACE"},
		{"DROP TABLESPACE s", "DROP TABLESPACE"},
		{"ALTER SYSTEM SET work_mem = '1MB'", "ALTER SYSTEM"},
		{"DISCARD ALL", "DISCARD ALL"},
		{"DISCARD PLANS", ""},
		{"COMMIT PREPARED 'x'", "COMMIT PREPARED"},
		{"ROLLBACK PREPARED 'x'", "ROLLBACK PREPARED"},
		{"PREPARE TRANSACTION 'x'", ""},
		{"REFRESH MATERIALIZED VIEW CONCURRENTLY m", ""},
		{"DO $$BEGIN VACUUM; END$$", ""}, // refused everywhere, which is something else
		{"REPACK", "REPACK"},
		{"REPACK t", ""},
	} {
		out, _ := effectsOf(t, "CREATE TABLE t (id int PRIMARY KEY)", c.sql, 15, migration.WrapNone)
		if got, _ := effect.Forbidden(out); got != c.want {
			t.Errorf("%s: got %q, want %q", c.sql, got, c.want)
		}
	}
}

func TestNeedsTransactionBlock(t *testing.T) {
	for _, c := range []struct {
		sql        string
		wrap       migration.Wrap
		wantsBlock bool
	}{
		{"LOCK t", migration.WrapNone, true},
		{"LOCK t", migration.WrapFile, false},
		{"SAVEPOINT s", migration.WrapNone, true},
		{"SAVEPOINT s", migration.WrapFile, false},
		{"DECLARE k CURSOR FOR SELECT 1 FROM t", migration.WrapNone, true},
		{"DECLARE k CURSOR WITH HOLD FOR SELECT 1 FROM t", migration.WrapNone, false},
		{"DO $$BEGIN LOCK t; END$$", migration.WrapNone, false},
	} {
		out, _ := effectsOf(t, "", c.sql, 15, c.wrap)
		if got := out[0].Detail.SQLState == "25P01"; got != c.wantsBlock {
			t.Errorf("%s: got %v, want %v", c.sql, got, c.wantsBlock)
		}
	}
}

func TestSchemaElementsStandInTheSchema(t *testing.T) {
	out, c := effectsOf(t, "CREATE TABLE p (id int PRIMARY KEY)",
		"CREATE SCHEMA s CREATE TABLE t (id int PRIMARY KEY, p int REFERENCES p) CREATE VIEW v AS SELECT id FROM t", 15, migration.WrapFile)
	if got, want := locksOf(out), "p SRX"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, name := range []string{"t", "v"} {
		if r := c.Lookup(catalog.Name{Schema: "s", Name: name}); r == nil || r.Assumed {
			t.Errorf("s.%s is not there", name)
		}
	}
	if c.Lookup(catalog.Name{Schema: "public", Name: "t"}) != nil {
		t.Error("public.t was made up")
	}
}

func TestDoBlocks(t *testing.T) {
	checkLocks(t, keys, 15, []lockRow{
		{"DO $$BEGIN NULL; END$$", ""},
		{"DO $$BEGIN RAISE NOTICE 'DROP TABLE c'; END$$", ""},
		{"DO $$BEGIN ALTER TABLE p ADD COLUMN z int; END$$", "p AX"},
		{"DO $$BEGIN EXECUTE 'LOCK TABLE p IN SHARE MODE'; END$$", "p S"},
		{"DO $$BEGIN PERFORM nextval('sq'); END$$", "sq RX"},
		{"DO $$BEGIN IF NOT EXISTS (SELECT 1 FROM c WHERE id = 1) THEN TRUNCATE cd; END IF; END$$", "c AS, cd AX"},
	})
	out, _ := effectsOf(t, keys, "DO $$BEGIN EXECUTE something; END$$", 15, migration.WrapFile)
	if out[0].Op != effect.Do || out[0].Object != "opaque" {
		t.Errorf("got %v", out)
	}
}

// A DO that creates a table and alters it was applied without the table (nil
// dereference), since its changes were made anew and not taken up again.
func TestDoBlockLeavesWhatItCreates(t *testing.T) {
	for _, sql := range []string{
		"DO $$BEGIN CREATE TABLE x (id int, a text); CREATE INDEX x_a ON x (a); ALTER TABLE x ADD PRIMARY KEY (id); END$$",
		"DO $$BEGIN EXECUTE 'CREATE TABLE x (id int)'; EXECUTE 'ALTER TABLE x ADD PRIMARY KEY (id)'; END$$",
		"CREATE SCHEMA public CREATE TABLE x (id int PRIMARY KEY) CREATE INDEX x_i ON x (id)",
	} {
		c := catalog.New()
		c.Tx, c.Migration = 1, 1
		src := []byte(sql)
		stmts := pgsql.Parse(&migration.Section{File: &migration.File{Path: "x.sql", Src: src}, Text: src})
		out, apply := new(effect.Preparer).Prepare(&stmts[0], c, 15)
		for _, e := range out {
			if e.Kind != "" && !e.New {
				t.Errorf("%s: %s is not new", sql, e.Target)
			}
		}
		apply()
		r := c.Lookup(catalog.Name{Schema: "public", Name: "x"})
		if r == nil || r.Assumed || !slices.ContainsFunc(r.Constraints, func(k catalog.Constraint) bool { return k.Kind == catalog.PrimaryKey }) {
			t.Errorf("%s: got %+v", sql, r)
		}
	}
}

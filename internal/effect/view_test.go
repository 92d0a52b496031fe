package effect_test

import (
	"testing"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/migration"
)

const views = `CREATE TABLE t (id int PRIMARY KEY, a int, b varchar(20));
CREATE VIEW v AS SELECT id, a AS x FROM t;
CREATE VIEW w AS SELECT * FROM v;
CREATE MATERIALIZED VIEW mv AS SELECT * FROM t;
CREATE UNIQUE INDEX mv_id ON mv (id);
CREATE MATERIALIZED VIEW bare AS SELECT count(*) FROM w;
CREATE MATERIALIZED VIEW empty AS SELECT * FROM t WITH NO DATA;`

func TestViewsLock(t *testing.T) {
	checkLocks(t, views+"CREATE VIEW deep AS SELECT a FROM t WHERE id IN (SELECT id FROM u)", 15, []lockRow{
		{"SELECT * FROM deep FOR UPDATE", "deep RS, t RS scan, u AS scan"},
	})
	checkLocks(t, views, 15, []lockRow{
		{"CREATE VIEW n AS SELECT * FROM w", "w AS"},
		{"CREATE VIEW n AS SELECT * FROM t FOR UPDATE", "t RS"},
		{"CREATE OR REPLACE VIEW n AS SELECT 1", ""},
		{"CREATE OR REPLACE VIEW v AS SELECT id, a AS x, 1 AS y FROM t", "t AS, v AX"},
		{"CREATE MATERIALIZED VIEW n AS SELECT * FROM w", "t AS scan, v AS, w AS"},
		{"CREATE MATERIALIZED VIEW n AS SELECT * FROM t WITH NO DATA", "t AS"},
		{"CREATE TABLE n AS SELECT * FROM t WHERE id = 1", "t AS"},
		{"CREATE TABLE n AS SELECT * FROM t", "t AS scan"},
		{"SELECT * INTO n FROM t", "t AS scan"},
		{"EXPLAIN CREATE TABLE n AS SELECT * FROM t", "t AS"},
		{"REFRESH MATERIALIZED VIEW mv", "mv AX scan+rewrite, mv_id AX build, t AS scan"},
		{"REFRESH MATERIALIZED VIEW CONCURRENTLY mv", "mv X scan, t AS scan"},
		{"REFRESH MATERIALIZED VIEW mv WITH NO DATA", "mv AX rewrite, mv_id AX build"},
		{"REFRESH MATERIALIZED VIEW bare", "bare AX scan+rewrite, t AS scan, v AS, w AS"},
	})
}

func TestRefused(t *testing.T) {
	for _, c := range []struct{ sql, state string }{
		{"CREATE OR REPLACE VIEW v AS SELECT id FROM t", "42P16"},
		{"CREATE OR REPLACE VIEW v AS SELECT id, a FROM t", "42P16"},
		{"CREATE OR REPLACE VIEW v AS SELECT id, b AS x FROM t", "42P16"},
		{"CREATE OR REPLACE VIEW v AS SELECT id, a::bigint AS x FROM t", "42P16"},
		{"CREATE OR REPLACE VIEW v AS SELECT id, a AS x, b FROM t", ""},
		{"CREATE OR REPLACE VIEW v (id, x) AS SELECT 1, 2", ""},
		{"CREATE OR REPLACE VIEW w AS TABLE v", ""},
		{"CREATE OR REPLACE VIEW t AS SELECT 1", "42809"},
		{"CREATE VIEW v AS SELECT 1", "42P07"},
		{"CREATE TABLE t AS SELECT 1", "42P07"},
		{"CREATE TABLE IF NOT EXISTS t AS SELECT 1", ""},
		{"REFRESH MATERIALIZED VIEW CONCURRENTLY mv", ""},
		{"REFRESH MATERIALIZED VIEW CONCURRENTLY bare", "55000"},
		{"REFRESH MATERIALIZED VIEW CONCURRENTLY empty", "0A000"},
		{"REFRESH MATERIALIZED VIEW empty", ""},
		{"TRUNCATE v", "42809"},
		{"LOCK mv", "42809"},
		{"LOCK v", ""},
		{"CLUSTER t", "42704"},
		{"CLUSTER t USING t_pkey", ""},
		{"DO $$BEGIN VACUUM t; END$$", "25001"},
		{"DO $$BEGIN COMMIT; END$$", "2D000"},
		{"DO $$BEGIN LOCK t; END$$", ""},
	} {
		out, _ := effectsOf(t, views, c.sql, 15, migration.WrapFile)
		got := ""
		for _, e := range out {
			if e.Detail.SQLState != "" {
				got = e.Detail.SQLState
			}
		}
		if got != c.state {
			t.Errorf("%s: got %q, want %q", c.sql, got, c.state)
		}
	}
}

func TestQueriesGiveColumns(t *testing.T) {
	for _, c := range []struct{ sql, want string }{
		{"CREATE TABLE n AS SELECT * FROM t", "id int4, a int4, b varchar"},
		{"CREATE TABLE n (k) AS SELECT id, b FROM t", "k int4, b varchar"},
		{"CREATE TABLE n AS SELECT t.*, 'x' AS s, count(*) OVER () FROM t", "id int4, a int4, b varchar, s text, count int8"},
		{"CREATE TABLE n AS SELECT * FROM t JOIN (SELECT id, true AS yes FROM v) s USING (id)", "id int4, a int4, b varchar, yes bool"},
		{"CREATE TABLE n AS WITH q (z) AS (SELECT b FROM t) SELECT z, z::int AS y FROM q", "z varchar, y int4"},
		{"CREATE TABLE n AS SELECT CASE WHEN a > 1 THEN 1 END, coalesce(a, 0), now(), 1 + 1 FROM t", "case , coalesce int4, now timestamptz, ?column? "},
		{"CREATE TABLE n AS SELECT id FROM t UNION SELECT a FROM t", "id int4"},
		{"CREATE TABLE n AS VALUES (1, 'a')", "column1 int4, column2 text"},
		{"CREATE TABLE n AS SELECT * FROM elsewhere", "…"},
		{"CREATE TABLE n AS SELECT id, x::text FROM elsewhere", "id , x text"},
	} {
		_, cat := effectsOf(t, views, c.sql, 15, migration.WrapFile)
		r := cat.Lookup(catalog.Name{Schema: "public", Name: "n"})
		got := ""
		for i, col := range r.Columns {
			if i > 0 {
				got += ", "
			}
			got += col.Name + " " + col.Type.Name
		}
		if r.Partial {
			got += "…"
		}
		if got != c.want || r.Populated != catalog.Yes {
			t.Errorf("%s\ngot  %s (populated %v)\nwant %s", c.sql, got, r.Populated, c.want)
		}
	}
}

func TestReplacedViewDependsOnItsNewQuery(t *testing.T) {
	_, c := effectsOf(t, views, "CREATE TABLE u (id int, x int); CREATE OR REPLACE VIEW v AS SELECT id, x FROM u", 15, migration.WrapFile)
	rel := func(name string) *catalog.Relation { return c.Lookup(catalog.Name{Schema: "public", Name: name}) }
	v := rel("v").OID
	for name, want := range map[string]bool{"t": false, "u": true} {
		got := false
		for _, o := range rel(name).Views {
			got = got || o == v
		}
		if got != want {
			t.Errorf("%s is read by v: %v, want %v", name, got, want)
		}
	}
}

func TestUpdatesAreMeasured(t *testing.T) {
	for _, c := range []struct {
		sql              string
		noWhere, bounded bool
	}{
		{"UPDATE t SET a = 1", true, false},
		{"DELETE FROM t", true, false},
		{"UPDATE t SET a = 1 WHERE true", true, false},
		{"DELETE FROM t WHERE 1 = 1", true, false},
		{"DELETE FROM t WHERE 1 = 2", false, false},
		{"UPDATE t SET a = 1 WHERE a IS NULL", false, false},
		{"UPDATE t SET a = 1 WHERE id = 5", false, true},
		{"UPDATE t SET a = 1 WHERE id BETWEEN 1 AND 1000", false, true},
		{"UPDATE t SET a = 1 WHERE id > 1000", false, false},
		{"DELETE FROM t WHERE id IN (SELECT id FROM t WHERE a = 1 LIMIT 100)", false, true},
		{"DELETE FROM t WHERE id IN (SELECT id FROM t WHERE a = 1)", false, false},
		{"WITH b AS (SELECT id FROM t LIMIT 10) UPDATE t SET a = 1 FROM b WHERE b.id = t.id", false, true},
		{"WITH b AS (SELECT id FROM t LIMIT 10) UPDATE t SET a = 1 WHERE id IN (SELECT id FROM b)", false, true},
		{"WITH b AS (SELECT id FROM t LIMIT 10), c AS (SELECT id FROM t) UPDATE t SET a = 1 WHERE id IN (SELECT id FROM c)", false, false},
		{"UPDATE t SET a = 1 WHERE id = ANY (ARRAY(SELECT id FROM t LIMIT 10))", false, true},
		{"UPDATE t SET a = 1 WHERE id = ANY (SELECT id FROM t LIMIT 10)", false, true},
		{"UPDATE t SET a = 1 WHERE id = (SELECT max(id) FROM t)", false, true},
		{"UPDATE t SET a = 1 WHERE a = (SELECT a FROM t ORDER BY id LIMIT 1)", false, false},
		{"UPDATE t SET a = 1 WHERE a < (SELECT a FROM t LIMIT 1)", false, false},
		{"UPDATE t SET a = 1 WHERE EXISTS (SELECT 1 FROM t LIMIT 10)", false, false},
		{"UPDATE t SET a = 1 WHERE id NOT IN (SELECT id FROM t LIMIT 10)", false, false},
		{"UPDATE t SET a = 1 WHERE id IN (SELECT id FROM t LIMIT 10) OR a = 2", false, false},
		{"UPDATE elsewhere SET a = 1 WHERE id = 5", false, true},
		{"UPDATE elsewhere SET a = 1 WHERE kind = 5", false, false},
		{"EXPLAIN DELETE FROM t", false, false},
	} {
		out, _ := effectsOf(t, views, c.sql, 15, migration.WrapFile)
		d := out[0].Detail
		if d.NoWhere != c.noWhere || d.Bounded != c.bounded {
			t.Errorf("%s: %s without WHERE %v, bounded %v", c.sql, out[0].Op, d.NoWhere, d.Bounded)
		}
	}
	_ = effect.Update
}

package effect_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
)

// lockRow says what the last statement of sql locks: "t AX scan+rewrite, u AS",
// without new relations; modes by their initials.
type lockRow struct{ sql, want string }

var initials = map[effect.LockMode]string{effect.AccessShare: "AS", effect.RowShare: "RS", effect.RowExclusive: "RX",
	effect.ShareUpdateExclusive: "SUX", effect.Share: "S", effect.ShareRowExclusive: "SRX", effect.Exclusive: "X", effect.AccessExclusive: "AX"}

// effectsOf runs text in one transaction after the schema and gives the effects
// of its last statement.
func effectsOf(t *testing.T, schema, text string, pg int, wrap migration.Wrap) ([]effect.Effect, *catalog.Catalog) {
	t.Helper()
	c := catalog.New()
	var session pgsql.Session
	var out []effect.Effect
	for i, src := range []string{schema, text} {
		sec := &migration.Section{File: &migration.File{Path: "x.sql", Src: []byte(src)}, Text: []byte(src), Run: migration.Run{Wrap: wrap}}
		stmts := pgsql.Parse(sec)
		session.Assign(sec, stmts)
		for j := range stmts {
			if stmts[j].Err != nil {
				t.Fatalf("%s: %v", stmts[j].Raw(), stmts[j].Err)
			}
			c.Tx, c.Migration = stmts[j].Tx.ID, i
			out = effect.Of(&stmts[j], c, pg)
			for _, e := range out {
				c.Apply(e.Change)
			}
		}
	}
	return out, c
}

func locksOf(effects []effect.Effect) string {
	var out []string
	for _, e := range effect.Merge(effects) {
		if e.New || e.Kind == catalog.Index && e.Lock < effect.ShareUpdateExclusive {
			continue
		}
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", e.Target.Short(), initials[e.Lock], strings.Join(e.Work.Names(), "+"))))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func checkLocks(t *testing.T, schema string, pg int, rows []lockRow) {
	t.Helper()
	for _, r := range rows {
		out, _ := effectsOf(t, schema, r.sql, pg, migration.WrapFile)
		if got := locksOf(out); got != r.want {
			t.Errorf("%s\ngot  %s\nwant %s", r.sql, got, r.want)
		}
		for _, e := range out {
			if e.Op == effect.Unknown {
				t.Errorf("%s: not modelled: %s", r.sql, e.Object)
			}
		}
	}
}

// The rows were compared with servers of 12 to 18.
const keys = `CREATE TABLE p (id int PRIMARY KEY, code int UNIQUE, v int);
CREATE TABLE c (id int PRIMARY KEY, p_id int REFERENCES p, v int);
CREATE TABLE cc (id int PRIMARY KEY, p_id int REFERENCES p ON DELETE CASCADE, s serial);
CREATE TABLE cd (code int REFERENCES p (code) DEFERRABLE INITIALLY DEFERRED);
CREATE SEQUENCE sq;
CREATE VIEW cv AS SELECT id, p_id FROM c WHERE v > 0;
CREATE VIEW cvv AS SELECT id, p_id FROM cv;
CREATE VIEW agg AS SELECT p_id, count(*) FROM c GROUP BY 1;`

func TestQueriesLock(t *testing.T) {
	checkLocks(t, keys, 15, []lockRow{
		{"SELECT 1", ""},
		{"SELECT * FROM pg_class", ""},
		{"WITH p AS (SELECT 1 AS id) SELECT * FROM p", ""},
		{"SELECT * FROM c WHERE id = 1", "c AS"},
		{"SELECT * FROM c", "c AS scan"},
		{"SELECT * FROM c LIMIT 5", "c AS"},
		{"SELECT max(id) FROM c", "c AS"},
		{"SELECT * FROM c FOR UPDATE", "c RS scan"},
		{"SELECT * FROM cvv FOR UPDATE", "c RS scan, cv RS, cvv RS"},
		{"SELECT * FROM c, p FOR UPDATE OF p", "c AS scan, p RS scan"},
		{"SELECT * FROM (SELECT * FROM c) s FOR SHARE", "c RS scan"},
		{"WITH s AS (SELECT * FROM c) SELECT * FROM s FOR UPDATE", "c AS scan"},
		{"SELECT * FROM p WHERE id IN (SELECT p_id FROM c) FOR UPDATE", "c AS scan, p RS scan"},
		{"PREPARE x AS SELECT * FROM cv FOR UPDATE", "c RS, cv RS"},
		{"PREPARE x AS SELECT * FROM c; EXECUTE x", "c AS scan"},
		{"DECLARE k CURSOR FOR SELECT * FROM c", "c AS"},
		{"SELECT nextval('sq')", "sq RX"},
		{"SELECT last_value FROM sq", "sq AS"},
		{"EXPLAIN SELECT nextval('sq')", ""},
		{"SELECT setval(pg_get_serial_sequence('cc', 's'), 7)", "cc_s_seq RX"},
	})
}

func TestWritesLock(t *testing.T) {
	checkLocks(t, keys, 15, []lockRow{
		{"INSERT INTO p VALUES (1)", "p RX"},
		{"INSERT INTO c VALUES (1, 1)", "c RX, p RS"},
		{"INSERT INTO c (id) VALUES (1)", "c RX"}, // NULL is not looked up
		{"INSERT INTO c SELECT id, NULL FROM p", "c RX, p AS scan"},
		{"INSERT INTO cd VALUES (1)", "cd RX"}, // looked up at COMMIT
		{"INSERT INTO cc VALUES (1, NULL)", "cc RX, cc_s_seq RX"},
		{"INSERT INTO cc VALUES (1, NULL, 5)", "cc RX"},
		{"INSERT INTO cc VALUES (1, NULL, DEFAULT)", "cc RX, cc_s_seq RX"},
		{"UPDATE c SET v = 1 WHERE id = 1", "c RX"},
		{"UPDATE c SET p_id = p_id WHERE id = 1", "c RX"},
		{"UPDATE c SET p_id = 2", "c RX scan, p RS"},
		{"UPDATE p SET v = 1 WHERE id = 1", "p RX"},
		{"UPDATE p SET id = 2 WHERE id = 1", "c RS scan, cc RS scan, p RX"}, // no index on p_id,
		{"DELETE FROM p WHERE id = 1", "c RS scan, cc RX scan, p RX"},
		{"DELETE FROM c WHERE id = 1", "c RX"},
		{"UPDATE cvv SET p_id = 1 WHERE id = 1", "c RX, cv RX, cvv RX, p RS"},
		{"INSERT INTO c VALUES (1) ON CONFLICT (id) DO UPDATE SET p_id = 1", "c RX, p RS"},
		{"MERGE INTO c USING p ON p.id = c.id WHEN MATCHED THEN UPDATE SET v = p.v", "c RX scan, p AS scan"},
		{"MERGE INTO c USING p ON p.id = c.id WHEN NOT MATCHED THEN INSERT VALUES (p.id, p.id)", "c RX scan, p RS scan"},
		{"WITH d AS (DELETE FROM c RETURNING id) INSERT INTO p SELECT id FROM d", "c RX scan, p RX"},
		{"EXPLAIN DELETE FROM p", "p RX"},
		{"EXPLAIN ANALYZE DELETE FROM cc", "cc RX scan"},
		{"PREPARE x AS UPDATE c SET p_id = 1", "c RX"},
		{"COPY c FROM STDIN", "c RX"},
		{"COPY c FROM '/tmp/x'", "c RX, p RS"},
		{"COPY c TO STDOUT", "c AS scan"},
		{"COPY (SELECT * FROM cv) TO STDOUT", "c AS scan, cv AS"},
	})
}

const trees = `CREATE TABLE par (id serial PRIMARY KEY, a int);
CREATE TABLE chi () INHERITS (par);
CREATE VIEW one AS SELECT * FROM ONLY par;
CREATE TABLE pt (id int, a int) PARTITION BY RANGE (id);
CREATE TABLE pt1 PARTITION OF pt FOR VALUES FROM (0) TO (1000);
CREATE TABLE pt2 PARTITION OF pt FOR VALUES FROM (1000) TO (2000);
CREATE TABLE ptd PARTITION OF pt DEFAULT;
CREATE TABLE lst (k text, v int) PARTITION BY LIST (k);
CREATE TABLE la PARTITION OF lst FOR VALUES IN ('a');
CREATE TABLE lb PARTITION OF lst FOR VALUES IN ('b', NULL);
CREATE TABLE tm (at timestamptz) PARTITION BY RANGE (at);
CREATE TABLE t24 PARTITION OF tm FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE t25 PARTITION OF tm FOR VALUES FROM ('2025-01-01') TO (MAXVALUE);`

func TestChildrenAndPartitionsAreLocked(t *testing.T) {
	checkLocks(t, trees, 15, []lockRow{
		{"UPDATE par SET a = 1 WHERE id = 1", "chi RX scan, par RX"},
		{"UPDATE ONLY par SET a = 1 WHERE id = 1", "par RX"},
		{"SELECT * FROM one FOR UPDATE", "one RS, par RS scan"},
		{"LOCK one IN SHARE MODE", "one S, par S"},
		{"LOCK par IN SHARE MODE", "chi S, par S"},
		{"LOCK ONLY par IN SHARE MODE", "par S"},
		{"COPY par TO STDOUT", "par AS scan"},
		{"PREPARE x AS UPDATE par SET a = 1", "par RX"},
		{"INSERT INTO pt VALUES (5, 1)", "pt RX, pt1 RX"},
		{"INSERT INTO pt VALUES (9999, 1)", "pt RX, ptd RX"},
		{"EXPLAIN INSERT INTO pt VALUES (5, 1)", "pt RX"},
		{"UPDATE pt SET a = 1 WHERE id = 1", "pt RX, pt1 RX scan"},
		{"UPDATE pt SET a = 1 WHERE id IN (1, 2)", "pt RX, pt1 RX scan"},
		{"UPDATE pt SET a = 1 WHERE id = 1 OR id = 2", "pt RX, pt1 RX scan"},
		{"UPDATE pt SET a = 1 WHERE id BETWEEN 900 AND 1100", "pt RX, pt1 RX scan, pt2 RX scan"},
		{"UPDATE pt SET a = 1 WHERE id >= 1000", "pt RX, pt2 RX scan, ptd RX scan"},
		{"UPDATE pt SET id = 1500 WHERE id = 1", "pt RX, pt1 RX scan, pt2 RX"},
		{"DELETE FROM lst WHERE k IS NULL", "lb RX scan, lst RX"},
		{"INSERT INTO lst (v) VALUES (1)", "lb RX, lst RX"},
		{"UPDATE lst SET v = 1 WHERE lower(k) = 'a'", "la RX scan, lb RX scan, lst RX"},
		{"DELETE FROM tm WHERE at < '2024-06-01'", "t24 RX scan, tm RX"},
		{"DELETE FROM tm WHERE at < DATE '2024-06-01'", "t24 RX scan, t25 RX scan, tm RX"}, // a STABLE operator
		{"DELETE FROM tm WHERE at >= now()", "t24 RX scan, t25 RX scan, tm RX"},
	})
}

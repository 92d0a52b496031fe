package effect_test

import (
	"testing"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/migration"
)

// The rows were compared with servers of 12 to 18.
const userTypes = `CREATE SCHEMA app;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE app.comp AS (x int, y text);
CREATE TABLE typed OF app.comp;
CREATE TYPE lone AS (x int);
CREATE TYPE stored AS (x int);
CREATE TABLE holder (s stored[], m mood);
CREATE DOMAIN pos AS int CHECK (VALUE > 0);
CREATE DOMAIN small AS pos;
CREATE DOMAIN nn AS int NOT NULL;
CREATE DOMAIN arr AS int;
CREATE TABLE t (id int PRIMARY KEY, p pos, a arr[], n nn);
CREATE TABLE u (s small);
CREATE TABLE pt (id int, p small) PARTITION BY RANGE (id);
CREATE TABLE pt1 PARTITION OF pt FOR VALUES FROM (0) TO (9);
CREATE VIEW v AS SELECT s FROM u;
CREATE SEQUENCE sq;
CREATE TABLE s (id serial, i int GENERATED ALWAYS AS IDENTITY);`

func TestTypesLock(t *testing.T) {
	checkLocks(t, userTypes, 15, []lockRow{
		{"CREATE TYPE e AS ENUM ()", ""},
		{"CREATE TYPE c AS (a int, m mood)", ""},
		{"CREATE TYPE r AS RANGE (subtype = float8)", ""},
		{"CREATE TYPE shell", ""},
		{"ALTER TYPE mood ADD VALUE 'meh' BEFORE 'ok'", ""},
		{"ALTER TYPE mood ADD VALUE IF NOT EXISTS 'ok'", ""},
		{"ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'", ""},
		{"ALTER TYPE lone ADD ATTRIBUTE y int, DROP ATTRIBUTE x", "lone AX"},
		{"ALTER TYPE lone ALTER ATTRIBUTE x TYPE bigint", "lone AX"},
		{"ALTER TYPE lone RENAME ATTRIBUTE x TO z", "lone AX"},
		{"ALTER TYPE lone DROP ATTRIBUTE IF EXISTS nope", "lone AX"},
		{"ALTER TYPE stored ADD ATTRIBUTE y int", "stored AX"},
		{"ALTER TYPE app.comp ADD ATTRIBUTE z int CASCADE", "app.comp AX, typed AX"},
		{"ALTER TYPE app.comp DROP ATTRIBUTE y CASCADE", "app.comp AX, typed AX"},
		{"ALTER TYPE app.comp ALTER ATTRIBUTE x TYPE bigint CASCADE", "app.comp AX, typed AX rewrite"},
		{"ALTER TYPE app.comp ALTER ATTRIBUTE y TYPE varchar CASCADE", "app.comp AX, typed AX"},
		{"ALTER TYPE app.comp ADD ATTRIBUTE z pos CASCADE", "app.comp AX, typed AX rewrite"},
		{"ALTER TYPE app.comp RENAME ATTRIBUTE x TO z CASCADE", "app.comp AX, typed AX"},
	})
}

func TestDomainsLock(t *testing.T) {
	const all = "pt S, pt1 S scan, t S scan, u S scan, v S"
	checkLocks(t, userTypes, 15, []lockRow{
		{"CREATE DOMAIN d AS small NOT NULL CHECK (VALUE < 9)", ""},
		{"ALTER DOMAIN pos ADD CHECK (VALUE < 9)", all},
		{"ALTER DOMAIN pos ADD CONSTRAINT c CHECK (VALUE < 9) NOT VALID", ""},
		{"ALTER DOMAIN pos ADD CONSTRAINT c CHECK (VALUE < 9) NOT VALID; ALTER DOMAIN pos VALIDATE CONSTRAINT c", all},
		{"ALTER DOMAIN pos VALIDATE CONSTRAINT pos_check", all},
		{"ALTER DOMAIN pos SET NOT NULL", all},
		{"ALTER DOMAIN nn SET NOT NULL", ""},
		{"ALTER DOMAIN nn DROP NOT NULL", ""},
		{"ALTER DOMAIN small SET NOT NULL", "pt S, pt1 S scan, u S scan, v S"},
		{"ALTER DOMAIN pos SET DEFAULT 1", ""},
		{"ALTER DOMAIN pos DROP DEFAULT", ""},
		{"ALTER DOMAIN pos DROP CONSTRAINT pos_check", ""},
		{"ALTER DOMAIN arr ADD CHECK (VALUE > 0)", ""},
		{"CREATE DOMAIN fresh AS int; ALTER DOMAIN fresh SET NOT NULL", ""},
	})
}

func TestSequencesLock(t *testing.T) {
	checkLocks(t, userTypes, 15, []lockRow{
		{"CREATE SEQUENCE n OWNED BY u.s", "u AS"},
		{"CREATE SEQUENCE n OWNED BY NONE", ""},
		{"CREATE SEQUENCE IF NOT EXISTS sq OWNED BY u.s", ""},
		{"CREATE TEMP SEQUENCE sq OWNED BY NONE", ""},
		{"ALTER SEQUENCE sq RESTART WITH 5", "sq SRX"},
		{"ALTER SEQUENCE sq AS int CACHE 5 CYCLE", "sq SRX"},
		{"ALTER SEQUENCE s_id_seq OWNED BY u.s", "s_id_seq SRX, u AS"},
		{"ALTER SEQUENCE s_id_seq OWNED BY NONE", "s_id_seq SRX"},
		{"ALTER SEQUENCE IF EXISTS nope RESTART", ""},
	})
}

// detailOf gives the first effect of an operation.
func detailOf(t *testing.T, schema, sql string, pg int, op effect.Op) effect.Effect {
	t.Helper()
	out, _ := effectsOf(t, schema, sql, pg, migration.WrapFile)
	for _, e := range out {
		if e.Op == op {
			return e
		}
	}
	t.Fatalf("%s: no effect %q among %v", sql, op, out)
	return effect.Effect{}
}

func TestTypesRefused(t *testing.T) {
	for _, row := range []struct {
		sql   string
		op    effect.Op
		state string // "": nothing is said
	}{
		{"ALTER TYPE mood ADD VALUE 'ok'", effect.AddEnumValue, "42710"},
		{"ALTER TYPE mood ADD VALUE 'new'", effect.AddEnumValue, ""},
		{"ALTER TYPE mood RENAME VALUE 'nope' TO 'x'", effect.RenameEnumValue, "22023"},
		{"ALTER TYPE mood RENAME VALUE 'sad' TO 'ok'", effect.RenameEnumValue, "42710"},
		{"ALTER TYPE stored ALTER ATTRIBUTE x TYPE bigint", effect.AlterCompositeType, "0A000"},
		{"ALTER TYPE lone ALTER ATTRIBUTE x TYPE bigint", effect.AlterCompositeType, ""},
		{"ALTER TYPE app.comp DROP ATTRIBUTE x", effect.AlterCompositeType, "2BP01"},
		{"ALTER TYPE app.comp DROP ATTRIBUTE x CASCADE", effect.AlterCompositeType, ""},
		{"ALTER DOMAIN arr SET NOT NULL", effect.AlterDomain, "0A000"},
		{"ALTER DOMAIN arr SET DEFAULT 1", effect.AlterDomain, ""},
		{"ALTER SEQUENCE s_i_seq OWNED BY NONE", effect.AlterSequence, "0A000"},
		{"ALTER SEQUENCE s_id_seq OWNED BY NONE", effect.AlterSequence, ""},
	} {
		if e := detailOf(t, userTypes, row.sql, 15, row.op); e.Detail.SQLState != row.state {
			t.Errorf("%s: SQLSTATE %q (%s), want %q", row.sql, e.Detail.SQLState, e.Detail.Fails, row.state)
		}
	}
}

func TestEnumLabelsKeepTheirOrderAndTransaction(t *testing.T) {
	_, c := effectsOf(t, userTypes, `ALTER TYPE mood ADD VALUE 'meh' BEFORE 'ok'; ALTER TYPE mood ADD VALUE 'end';
		ALTER TYPE mood ADD VALUE 'b' AFTER 'sad'; ALTER TYPE mood RENAME VALUE 'end' TO 'last'; SELECT 1`, 15, migration.WrapFile)
	d := c.LookupType("public", "mood")
	if got := joined(d.Labels); got != "sad b meh ok last" {
		t.Errorf("labels %s", got)
	}
	if d.LabelTx["last"] != c.Tx || d.LabelTx["ok"] != 0 {
		t.Errorf("transactions %v, now %d", d.LabelTx, c.Tx)
	}
}

func joined(s []string) string {
	out := ""
	for i, x := range s {
		if i > 0 {
			out += " "
		}
		out += x
	}
	return out
}

func TestRangesBringMultiranges(t *testing.T) {
	for _, row := range []struct {
		sql, name string
		pg        int
		want      bool
	}{
		{"CREATE TYPE myrange AS RANGE (subtype = int)", "mymultirange", 14, true},
		{"CREATE TYPE myrange AS RANGE (subtype = int)", "mymultirange", 13, false},
		{"CREATE TYPE span AS RANGE (subtype = int)", "span_multirange", 15, true},
		{"CREATE TYPE span AS RANGE (subtype = int, multirange_type_name = spans)", "spans", 15, true},
	} {
		_, c := effectsOf(t, "", row.sql, row.pg, migration.WrapFile)
		if got := c.LookupType("public", row.name) != nil; got != row.want {
			t.Errorf("%s on %d: %s is there: %t", row.sql, row.pg, row.name, got)
		}
	}
}

func TestSequencesMoveToTheirOwner(t *testing.T) {
	_, c := effectsOf(t, userTypes, "ALTER SEQUENCE s_id_seq OWNED BY u.s; ALTER SEQUENCE sq AS smallint MAXVALUE 99 CYCLE", 15, migration.WrapFile)
	if seq := c.Lookup(catalog.Name{Schema: "public", Name: "s_id_seq"}); seq.OwnerColumn != "s" || c.Get(seq.OwnerTable).Name.Name != "u" {
		t.Errorf("the owner of s_id_seq is %s of %d", seq.OwnerColumn, seq.OwnerTable)
	}
	if n := len(c.Lookup(catalog.Name{Schema: "public", Name: "u"}).Seqs); n != 1 {
		t.Errorf("u owns %d sequences", n)
	}
	sq := c.Lookup(catalog.Name{Schema: "public", Name: "sq"})
	if sq.SeqType != "int2" || sq.MaxValue != "99" || !sq.Cycle {
		t.Errorf("sq is %+v", sq.SequenceInfo)
	}
}

package effect

import (
	"testing"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
)

func TestAdvisoryLocksAreSeen(t *testing.T) {
	for _, c := range []struct {
		sql     string
		op      Op
		key     string
		local   bool
		noWait  bool
		ignored bool // nothing looks at the result
	}{
		{"SELECT pg_advisory_lock(42)", AdvisoryLock, "42", false, false, true},
		{"SELECT pg_catalog.pg_advisory_lock(1, 2)", AdvisoryLock, "1, 2", false, false, true},
		{"SELECT pg_advisory_xact_lock(hashtext('x'))", AdvisoryLock, "hashtext()", true, false, true},
		{"SELECT pg_try_advisory_lock(42) AS got", AdvisoryLock, "42", false, true, true},
		{"SELECT 1 / pg_try_advisory_lock(42)::int", AdvisoryLock, "42", false, true, false},
		{"SELECT 1 WHERE pg_try_advisory_xact_lock(42)", AdvisoryLock, "42", true, true, false},
		{"SELECT pg_advisory_unlock(42)", AdvisoryUnlock, "42", false, false, true},
		{"SELECT pg_advisory_unlock_all()", AdvisoryUnlock, "", false, false, true},
		{"DO $$ BEGIN PERFORM pg_advisory_lock(42); END $$", AdvisoryLock, "42", false, false, true},
	} {
		sec := migration.Section{File: &migration.File{Path: "a.sql", Src: []byte(c.sql)}, Text: []byte(c.sql)}
		stmts := pgsql.Parse(&sec)
		var got *Effect
		for _, e := range Of(&stmts[0], catalog.New(), 15) {
			if e.Op == AdvisoryLock || e.Op == AdvisoryUnlock {
				got = &e
			}
		}
		if got == nil {
			t.Errorf("%s: no advisory lock", c.sql)
			continue
		}
		if d := got.Detail; got.Op != c.op || d.Name != c.key || d.Local != c.local || d.NoWait != c.noWait || (d.Unknown == catalog.No) != c.ignored {
			t.Errorf("%s: %s of %q, local %t, no wait %t, unknown %v", c.sql, got.Op, d.Name, d.Local, d.NoWait, d.Unknown)
		}
	}
}

func TestUsesEnumValue(t *testing.T) {
	const before = "CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE p (m mood, t text); CREATE TABLE q (t text);"
	for sql, want := range map[string]bool{
		"INSERT INTO p VALUES ('new', 'x')":                                       true,
		"UPDATE p SET m = 'new' WHERE m = 'ok'":                                   true,
		"SELECT 'new'::mood":                                                      true,
		"SELECT 'new'::public.mood":                                               true,
		"ALTER TABLE p ALTER COLUMN m SET DEFAULT 'new'":                          true,
		"ALTER TABLE q ADD COLUMN m mood DEFAULT 'new'":                           true,
		"DO $$ BEGIN UPDATE p SET m = 'new'; END $$":                              true,
		"INSERT INTO q VALUES ('new')":                                            false,
		"SELECT 'new'::text":                                                      false,
		"UPDATE p SET m = 'ok'":                                                   false,
		"ALTER TYPE mood ADD VALUE 'newer' AFTER 'new'":                           false,
		"COMMENT ON TABLE p IS 'new'":                                             false,
		"CREATE FUNCTION f() RETURNS mood LANGUAGE sql AS $$SELECT 'new'::mood$$": false,
	} {
		c := catalog.New()
		text := before + sql
		sec := migration.Section{File: &migration.File{Path: "a.sql", Src: []byte(text)}, Text: []byte(text)}
		stmts := pgsql.Parse(&sec)
		var effects []Effect
		for i := range stmts {
			effects = Of(&stmts[i], c, 15)
			for _, e := range effects {
				c.Apply(e.Change)
			}
		}
		last := &stmts[len(stmts)-1]
		if _, got, _ := UsesEnumValue(last, effects, c, catalog.Name{Schema: "public", Name: "mood"}, "new"); got != want {
			t.Errorf("%s: %t, want %t", sql, got, want)
		}
	}
}

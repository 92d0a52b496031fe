package pgsql

import (
	"fmt"
	"strings"
	"testing"

	"github.com/safemig/safemig/internal/migration"
)

func TestEmbedded(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string // the statements' place in the file; "?…" what is opaque
	}{
		{"statements", "DO $$ BEGIN ALTER TABLE t ADD a int; DROP TABLE u; END $$", []string{"ALTER TABLE t ADD a int", "DROP TABLE u"}},
		{"single quotes", "DO LANGUAGE plpgsql 'BEGIN UPDATE t SET a = ''it''''s'', b = 1; END'", []string{"UPDATE t SET a = ''it''''s'', b = 1"}},
		{"escapes", `DO E'BEGIN\n UPDATE t SET a = \'x\';\nEND'`, []string{`UPDATE t SET a = \'x\'`}},
		{"declarations", "DO $$ DECLARE a int := 1; b text = f(x); c CURSOR FOR SELECT 1 FROM t; BEGIN END $$", []string{"f(x)", "SELECT 1 FROM t"}},
		{"branches", "DO $$ BEGIN IF EXISTS (SELECT 1 FROM t) THEN DELETE FROM a; ELSIF CASE WHEN x THEN y END THEN DELETE FROM b; ELSE DELETE FROM c; END IF; DELETE FROM d; END $$",
			[]string{"EXISTS (SELECT 1 FROM t)", "DELETE FROM a", "DELETE FROM b", "DELETE FROM c", "DELETE FROM d"}},
		{"case", "DO $$ BEGIN CASE f(x) WHEN 1, 2 THEN DELETE FROM a; ELSE DELETE FROM b; END CASE; CASE WHEN x THEN DELETE FROM c; END CASE; END $$",
			[]string{"f(x)", "DELETE FROM a", "DELETE FROM b", "DELETE FROM c"}},
		{"loops", "DO $$ BEGIN <<l>> FOR r IN SELECT * FROM t LOOP DELETE FROM a; END LOOP l; FOR i IN REVERSE 1..10 LOOP DELETE FROM b; EXIT WHEN x; END LOOP; WHILE a > 0 LOOP DELETE FROM c; END LOOP; LOOP DELETE FROM d; END LOOP; FOREACH x IN ARRAY y LOOP DELETE FROM e; END LOOP; END $$",
			[]string{"SELECT * FROM t", "DELETE FROM a", "DELETE FROM b", "DELETE FROM c", "DELETE FROM d", "DELETE FROM e"}},
		{"ranges", "DO $$ BEGIN FOR i IN REVERSE f(1)..10 BY g(2) LOOP DELETE FROM a; END LOOP; FOR i IN 0 .. h(x) LOOP DELETE FROM b; END LOOP; FOREACH x IN ARRAY k(y) LOOP DELETE FROM c; END LOOP; END $$",
			[]string{"f(1)", "g(2)", "DELETE FROM a", "h(x)", "DELETE FROM b", "k(y)", "DELETE FROM c"}},
		{"exceptions", "DO $$ BEGIN BEGIN CREATE TYPE x AS ENUM ('a'); EXCEPTION WHEN duplicate_object OR SQLSTATE '42710' THEN RAISE NOTICE 'x; %', 1; DROP TYPE y; END; END $$",
			[]string{"CREATE TYPE x AS ENUM ('a')", "DROP TYPE y"}},
		{"perform", "DO $$ BEGIN PERFORM pg_sleep(1); PERFORM 1 FROM t; END $$", []string{"PERFORM pg_sleep(1)", "PERFORM 1 FROM t"}},
		{"into", "DO $$ BEGIN SELECT a, b INTO STRICT x, y.z[1] FROM t WHERE c; INSERT INTO t VALUES (1) RETURNING id INTO x; GET DIAGNOSTICS x = ROW_COUNT; END $$",
			[]string{"SELECT a, b INTO STRICT x, y.z[1] FROM t WHERE c", "INSERT INTO t VALUES (1) RETURNING id"}},
		{"assignments", "DO $$ BEGIN a := 1; b = (SELECT max(x) FROM t); c[1].d := f(); e := e + 1; END $$", []string{"(SELECT max(x) FROM t)", "f()"}},
		{"execute", "DO $$ BEGIN EXECUTE 'ALTER TABLE t ADD a int; DROP TABLE u' INTO x USING y; END $$", []string{"ALTER TABLE t ADD a int", "DROP TABLE u"}},
		{"execute joined", "DO $$ BEGIN EXECUTE 'DROP ' || ('TABLE ' || quote_ident('x')); END $$", []string{"DROP ' || ('TABLE ' || quote_ident('x')"}},
		{"execute format", "DO $$ BEGIN EXECUTE format('ALTER TABLE %I.%2$I ADD %s DEFAULT %L; DROP TABLE z', 's', 't', 'a text', 'it''s'); END $$", []string{"ALTER TABLE %I.%2$I ADD %s DEFAULT %L", "DROP TABLE z"}},
		{"execute in quotes", "DO 'BEGIN EXECUTE ''DROP TABLE \"x''''y\"''; END'", []string{"DROP TABLE \"x''''y\""}},
		{"opaque", "DO $$ BEGIN EXECUTE 'DROP TABLE ' || t; EXECUTE format('DROP TABLE %I', t) USING 1; FOR r IN EXECUTE x LOOP EXECUTE $_$DROP TABLE u$_$; END LOOP; END $$",
			[]string{"?'DROP TABLE ' || t", "?format('DROP TABLE %I', t)", "format('DROP TABLE %I', t)", "?x", "DROP TABLE u"}},
		{"language", "DO LANGUAGE plpython3u $$ drop $$", []string{"?$$ drop $$"}},
		{"return and cursors", "DO $$ BEGIN OPEN c FOR SELECT 1 FROM t; OPEN d FOR EXECUTE 'SELECT 2'; CLOSE c; RETURN; END $$", []string{"SELECT 1 FROM t", "SELECT 2"}},
		{"no DO", "SELECT 1", nil},
		{"bad statement", "DO $$ BEGIN ALTER TABEL x; DROP TABLE u; END $$", []string{"!ALTER TABEL x", "DROP TABLE u"}},
		{"newer", "DO $$ BEGIN ALTER TABLE t ADD CONSTRAINT n NOT NULL a NOT VALID; END $$", []string{"ALTER TABLE t ADD CONSTRAINT n NOT NULL a NOT VALID"}},
		{"options", "DO $$ #variable_conflict use_column\nBEGIN DELETE FROM t; COMMIT; END $$", []string{"DELETE FROM t", "COMMIT"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			sec := section("/* é */ " + c.text + ";")
			stmts := Parse(sec)
			if stmts[0].Err != nil {
				t.Fatal(stmts[0].Err)
			}
			stmts[0].Tx = Tx{7, TxTool}
			inner, opaque := stmts[0].Embedded()
			type found struct {
				at   int
				text string
			}
			var got []string
			at := []found{}
			for _, s := range inner {
				text := cut(sec, s.Span)
				if s.Err != nil {
					text = "!" + text
				}
				if s.Tx != stmts[0].Tx {
					t.Errorf("%s: transaction %v", text, s.Tx)
				}
				at = append(at, found{s.Span.Start, text})
			}
			for _, o := range opaque {
				i := 0
				for i < len(at) && at[i].at < o.Start {
					i++
				}
				at = append(at[:i], append([]found{{o.Start, "?" + cut(sec, o)}}, at[i:]...)...)
			}
			for _, f := range at {
				got = append(got, f.text)
			}
			if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.want) {
				t.Errorf("\ngot  %q\nwant %q", got, c.want)
			}
		})
	}
}

// TestEmbeddedPerhaps: what the body may end without having run is told from what
// it runs in any case.
func TestEmbeddedPerhaps(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{"BEGIN SELECT 1; SELECT 2; END", "1 2"},
		{"BEGIN IF f(1) THEN SELECT 2; ELSIF f(3) THEN SELECT 4; ELSE SELECT 5; END IF; SELECT 6; END", "f(1) ?2 ?f(3) ?4 ?5 6"},
		{"BEGIN FOR r IN SELECT 1 LOOP SELECT 2; END LOOP; SELECT 3; END", "1 ?2 3"},
		{"BEGIN WHILE f(1) LOOP SELECT 2; END LOOP; LOOP SELECT 3; END LOOP; SELECT 4; END", "f(1) ?2 ?3 4"},
		{"BEGIN CASE f(1) WHEN 2 THEN SELECT 3; END CASE; SELECT CASE WHEN true THEN 4 END; SELECT 5; END", "f(1) ?3 CASE WHEN true THEN 4 END 5"},
		{"BEGIN SELECT 1; BEGIN SELECT 2; EXCEPTION WHEN others THEN SELECT 3; END; SELECT 4; END", "1 ?2 ?3 4"},
		{"BEGIN SELECT 1; EXCEPTION WHEN others THEN NULL; END", "?1"},
		{"BEGIN SELECT 1; IF NOT FOUND THEN RETURN; END IF; SELECT 2; END", "1 ?2"},
	} {
		stmts := Parse(section("DO $$ " + c.body + " $$"))
		inner, _ := stmts[0].Embedded()
		var got []string
		for _, s := range inner {
			text := strings.TrimPrefix(string(s.Raw()), "SELECT ")
			if s.Perhaps {
				text = "?" + text
			}
			got = append(got, text)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.body, strings.Join(got, " "), c.want)
		}
	}
}

// TestEmbeddedPlaces: clauses, keywords and locations of what stands in a body
// are found in the file.
func TestEmbeddedPlaces(t *testing.T) {
	sec := section("-- x\nDO 'BEGIN EXECUTE format(''ALTER TABLE %I ADD a int DEFAULT ''''x'''', ALTER b SET NOT NULL'', ''t''); SELECT c INTO d FROM e; END'")
	stmts := Parse(sec)
	inner, _ := stmts[0].Embedded()
	if len(inner) != 2 {
		t.Fatalf("%d statements", len(inner))
	}
	alter, sel := &inner[0], &inner[1]
	if got := cut(sec, alter.Clause(0)); got != "ADD a int DEFAULT ''''x''''" {
		t.Errorf("clause %q", got)
	}
	if k, _ := alter.Keyword("NOT", "NULL"); cut(sec, k) != "NOT NULL" {
		t.Errorf("keyword %q", cut(sec, k))
	}
	if got := alter.Node.GetAlterTableStmt().Relation.Relname; got != "t" {
		t.Errorf("relation %q", got)
	}
	if got := sel.Node.GetSelectStmt(); got.IntoClause != nil {
		t.Error("INTO makes a table")
	} else if at := cut(sec, sel.At(got.FromClause[0].GetRangeVar().Location)); at != "e" {
		t.Errorf("relation at %q", at)
	}
}

// TestEmbeddedMapped: a body in a section that was itself put together.
func TestEmbeddedMapped(t *testing.T) {
	src := `q("DO $$ BEGIN DROP TABLE \"x\"; ", "EXECUTE 'SELECT 1'; END $$")`
	parts := []string{`DO $$ BEGIN DROP TABLE `, `"`, `x`, `"`, `; `, `EXECUTE 'SELECT 1'; END $$`}
	sec := &migration.Section{File: &migration.File{Src: []byte(src)}}
	at := 0
	for _, p := range parts {
		at += strings.Index(src[at:], p)
		sec.Map.Segments = append(sec.Map.Segments, migration.Segment{Text: len(sec.Text), File: at, Len: len(p)})
		sec.Text = append(sec.Text, p...)
		at += len(p)
	}
	stmts := Parse(sec)
	inner, _ := stmts[0].Embedded()
	var got []string
	for _, s := range inner {
		got = append(got, cut(sec, s.Span))
	}
	if want := []string{`DROP TABLE \"x\"`, "SELECT 1"}; fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

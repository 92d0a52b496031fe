package pgsql

import (
	"fmt"
	"strings"
	"testing"
)

func TestClause(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"ALTER TABLE t ADD a int", []string{"ADD a int"}},
		{"ALTER TABLE t ADD a numeric(10, 2) DEFAULT (1), -- x, y\n DROP b", []string{"ADD a numeric(10, 2) DEFAULT (1)", "DROP b"}},
		{"alter table if exists only \"a\".\"b,c\" add a int[] default ARRAY[1, 2], alter b type text using f(b, ','), validate constraint x", []string{"add a int[] default ARRAY[1, 2]", "alter b type text using f(b, ',')", "validate constraint x"}},
		{"ALTER TABLE t * DROP a, DROP b", []string{"DROP a", "DROP b"}},
		{"ALTER TABLE ONLY (t) DROP a", []string{"DROP a"}},
		{"ALTER TABLE db.s.t SET (fillfactor = 10, autovacuum_enabled = off), ALTER a SET STORAGE plain", []string{"SET (fillfactor = 10, autovacuum_enabled = off)", "ALTER a SET STORAGE plain"}},
		{"ALTER INDEX IF EXISTS i SET (fillfactor = 10), SET TABLESPACE x", []string{"SET (fillfactor = 10)", "SET TABLESPACE x"}},
		{"ALTER INDEX i ATTACH PARTITION j", []string{"ATTACH PARTITION j"}},
		{"ALTER VIEW v ALTER a SET DEFAULT 1", []string{"ALTER a SET DEFAULT 1"}},
		{"ALTER SEQUENCE s SET LOGGED", []string{"SET LOGGED"}},
		{"ALTER MATERIALIZED VIEW v CLUSTER ON i, SET ACCESS METHOD heap", []string{"CLUSTER ON i", "SET ACCESS METHOD heap"}},
		{"ALTER FOREIGN TABLE t ADD a int, OPTIONS (ADD x 'y', SET z 'w')", []string{"ADD a int", "OPTIONS (ADD x 'y', SET z 'w')"}},
		{"ALTER TYPE t ADD ATTRIBUTE a int, DROP ATTRIBUTE b", []string{"ADD ATTRIBUTE a int", "DROP ATTRIBUTE b"}},
		{"ALTER TABLE t ATTACH PARTITION p FOR VALUES IN (1, 2)", []string{"ATTACH PARTITION p FOR VALUES IN (1, 2)"}},
	} {
		for _, prefix := range []string{"", "BAD;", "/* ALTER TABLE x, y */"} {
			sec := section(prefix + c.text + ";")
			stmts := Parse(sec)
			s := &stmts[len(stmts)-1]
			cmds := s.Node.GetAlterTableStmt().GetCmds()
			if len(cmds) != s.Clauses() {
				t.Errorf("%q: %d commands, %d clauses", c.text, len(cmds), s.Clauses())
			}
			var got []string
			for i := range cmds {
				got = append(got, cut(sec, s.Clause(i)))
			}
			if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.want) {
				t.Errorf("%q:\ngot  %q\nwant %q", c.text, got, c.want)
			}
			if s.Clause(len(cmds)) != s.Span {
				t.Errorf("%q: no clause must be the statement", c.text)
			}
		}
	}
	sec := section("ALTER TABLE ALL IN TABLESPACE a OWNED BY b, c SET TABLESPACE d NOWAIT")
	stmts := Parse(sec)
	if got := cut(sec, stmts[0].Clause(0)); got != "SET TABLESPACE d NOWAIT" {
		t.Errorf("got %q", got)
	}
}

func TestKeyword(t *testing.T) {
	sec := section("-- concurrently\ncreate index /* CONCURRENTLY */ concurrently \"concurrently\" on t (a) where b <> 'set not null' and c is\n not -- x\n null")
	stmts := Parse(sec)
	s := &stmts[0]
	for _, c := range []struct{ words, want string }{
		{"CONCURRENTLY", "concurrently"},
		{"INDEX CONCURRENTLY", "index /* CONCURRENTLY */ concurrently"},
		{"Not Null", "not -- x\n null"},
		{"( A )", "(a)"},
	} {
		span, ok := s.Keyword(strings.Fields(c.words)...)
		if !ok || cut(sec, span) != c.want {
			t.Errorf("%s: got %q %v, want %q", c.words, cut(sec, span), ok, c.want)
		}
	}
	for _, words := range []string{"SET NOT NULL", "NULL NOT", "UNIQUE", ""} {
		if span, ok := s.Keyword(strings.Fields(words)...); ok {
			t.Errorf("%s: got %q", words, cut(sec, span))
		}
	}

	sec = section("ALTER TABLE t ALTER a SET NOT NULL, ALTER b SET NOT NULL")
	stmts = Parse(sec)
	first, _ := stmts[0].Keyword("SET", "NOT", "NULL")
	second, ok := stmts[0].KeywordIn(stmts[0].Clause(1), "SET", "NOT", "NULL")
	if !ok || second.Start <= first.Start || !strings.HasSuffix(string(sec.Text), cut(sec, second)) {
		t.Errorf("first %v, second %v", first, second)
	}
}

func TestLeading(t *testing.T) {
	for _, c := range []struct{ text, words, relation string }{
		{"ALTER TABLE IF EXISTS ONLY public.\"Users\" FOO", "ALTER TABLE", `public "Users"`},
		{"alter materialized view v foo bar", "ALTER MATERIALIZED VIEW", "v"},
		{"CREATE UNIQUE INDEX CONCURRENTLY i ON ONLY s.t USING foo bar", "CREATE UNIQUE INDEX", "s t"},
		{"CREATE INDEX ON t FOO", "CREATE INDEX", "t"},
		{"CREATE TABLE IF NOT EXISTS t (a int FOO)", "CREATE TABLE", "t"},
		{"CREATE OR REPLACE TRIGGER g FOO ON t", "CREATE TRIGGER", "t"},
		{"DROP INDEX CONCURRENTLY IF EXISTS i FOO", "DROP INDEX", "i"},
		{"INSERT INTO t FOO", "INSERT", "t"},
		{"DELETE FROM ONLY t FOO", "DELETE", "t"},
		{"UPDATE t FOO", "UPDATE", "t"},
		{"VACUUM (FULL) t FOO BAR", "VACUUM", "t"},
		{"TRUNCATE TABLE ONLY t FOO", "TRUNCATE TABLE", "t"},
		{"GRANT FOO", "GRANT FOO", ""},
		{"FOO", "FOO", ""},
		{"'x'", "", ""},
		{"ALTER", "ALTER", ""},
		{"ALTER TABLE", "ALTER TABLE", ""},
		{"CREATE INDEX", "CREATE INDEX", ""},
	} {
		stmts := Parse(section(c.text))
		words, relation := stmts[0].Leading()
		if strings.Join(words, " ") != c.words || strings.Join(relation, " ") != c.relation {
			t.Errorf("%q: got %q %q", c.text, words, relation)
		}
	}
}

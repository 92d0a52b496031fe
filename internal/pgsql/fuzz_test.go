package pgsql

import (
	"bytes"
	"testing"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/migration"
)

var seeds = []string{
	"SELECT 1; SELECT 2;",
	"ALTER TABLE ONLY a.\"b\" ADD c numeric(1,2) DEFAULT 'x', /* , */ DROP d; FOO",
	"-- a\n/* b /* c; */ */ SELECT E'\\';' 'x' -- d\n;",
	"DO $a$ BEGIN ; END $a$; $b",
	"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN b END; END; X",
	"CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2); X",
	"COPY t FROM stdin;\n1\t'\n\\.\n\\set x\nSELECT 1 \\gset\n",
	"\xEF\xBB\xBFSELECT '\u00e4\u20ac' FROM;",
	"SELECT U&'a' U&\"b\" n'c' 1.5e-3 1..2 a::b $1 :c a->>'b' @-1 +-2; \x00; \xff",
	"BEGIN; SAVEPOINT a; ROLLBACK TO a; COMMIT AND CHAIN; END",
	"ALTER TABLE t ADD CONSTRAINT n NOT NULL a NOT VALID, ADD CHECK (b > 0) NOT ENFORCED; REPACK (VERBOSE) t USING INDEX i",
	"ALTER TABLE t ADD c int GENERATED ALWAYS AS (a + 1) VIRTUAL, ALTER d SET EXPRESSION AS (1)",
	"MERGE INTO t USING s ON a WHEN NOT MATCHED BY SOURCE THEN DELETE RETURNING merge_action(), OLD.*, NEW.a",
	"UPDATE t SET a = 1 RETURNING WITH (OLD AS o, NEW AS n) o.a, n.a; SELECT JSON_VALUE(a, '$.b' RETURNING int)",
	"DO $$ DECLARE a int := 1; BEGIN IF a THEN EXECUTE format('ALTER TABLE %I ADD b int', 'c'); END IF; FOR r IN SELECT 1 LOOP DELETE FROM t; END LOOP; END $$",
	"DO 'BEGIN EXECUTE ''SELECT 1''; END'",
}

// FuzzSplit: the pieces join to the text, and a statement lies inside its piece.
func FuzzSplit(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		at := 0
		for _, p := range pieces(src) {
			if p.lead != at || p.stop <= p.lead || p.start < p.lead || p.end < p.start || p.stop < p.end {
				t.Fatalf("%q: piece %+v after %d", src, p, at)
			}
			at = p.stop
		}
		if at != len(src) {
			t.Fatalf("%q: pieces end at %d", src, at)
		}
		masked, _ := mask(src)
		if len(masked) != len(src) {
			t.Fatalf("%q: masked %q", src, masked)
		}
	})
}

// FuzzLex: where the parser's scanner takes a text, the lexer sees the same
// tokens, but for strings that the grammar joins.
func FuzzLex(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		if bytes.IndexByte(src, 0) >= 0 || len(src) > 1000 || bytes.Contains(bytes.ToLower(src), []byte("u&")) {
			return // the scanner gives no or wrong ends for U&'' and U&""
		}
		res, err := pg_query.Scan(string(src))
		if err != nil {
			return
		}
		i := 0
		for n, want := range res.Tokens {
			got := next(src, i)
			if want.Start == want.End { // the scanner gives no end for N''
				want.End = got.end
			}
			if got.start != want.Start || got.end != want.End {
				t.Fatalf("%q: token %d: got %q at %d, want %q at %d", src, n, src[got.start:got.end], got.start, src[want.Start:want.End], want.Start)
			}
			i = int(got.end)
		}
	})
}

// FuzzParse: every span lies in the file, statements in order and apart, clauses
// and comments where they belong; where the whole text parses, parsing it in
// pieces gives the same statements.
func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		sec := section(string(src))
		inside := func(what string, s, outer migration.Span) {
			if s.Start < outer.Start || s.End < s.Start || s.End > outer.End {
				t.Fatalf("%q: %s %v outside %v", src, what, s, outer)
			}
		}
		stmts := Parse(sec)
		at := 0
		for i := range stmts {
			s := &stmts[i]
			inside("statement", s.Span, migration.Span{Start: at, End: len(src)})
			if s.Span.Len() == 0 {
				t.Fatalf("%q: empty statement", src)
			}
			if (s.Err == nil) != (s.Node != nil) {
				t.Fatalf("%q: node and error", src)
			}
			at = s.Span.End
			if s.Err != nil {
				inside("error", s.Err.Span, s.Span)
				s.Leading()
			}
			last := s.Span.Start
			for j := range s.Clauses() {
				c := s.Clause(j)
				inside("clause", c, migration.Span{Start: last, End: s.Span.End})
				last = c.End
			}
			if cmds := s.Node.GetAlterTableStmt().GetCmds(); cmds != nil && len(cmds) != s.Clauses() {
				t.Fatalf("%q: %d commands, %d clauses", src, len(cmds), s.Clauses())
			}
			inner, opaque := s.Embedded()
			for j := range inner {
				inside("embedded", inner[j].Span, s.Span)
				inner[j].Embedded()
				for k := range inner[j].Clauses() {
					inside("embedded clause", inner[j].Clause(k), s.Span)
				}
			}
			for _, o := range opaque {
				inside("opaque", o, s.Span)
			}
			for _, n := range s.Newer {
				inside("newer", n.Span, s.Span)
			}
			for _, c := range s.Comments() {
				inside("comment", c.Span, migration.Span{End: len(src)})
			}
			Walk(s.Node, func(n any) bool {
				if r, ok := n.(*pg_query.ColumnRef); ok {
					inside("column", s.At(r.Location), s.Span)
				}
				return true
			})
		}
		for _, c := range Comments(sec) {
			inside("comment", c.Span, migration.Span{End: len(src)})
		}
		new(Session).Assign(sec, stmts)

		whole, ok := parseWhole(sec, src)
		if !ok {
			return
		}
		var parts []Statement
		masked, _ := mask(src)
		for _, p := range pieces(masked) {
			parts = append(parts, parsePiece(sec, masked, p)...)
		}
		if len(parts) != len(whole) {
			t.Fatalf("%q: %d statements whole, %d in pieces", src, len(whole), len(parts))
		}
		for i := range whole {
			if parts[i].Err != nil || whole[i].Span != parts[i].Span {
				t.Fatalf("%q: %v whole, %v in pieces (%v)", src, whole[i].Span, parts[i].Span, parts[i].Err)
			}
		}
	})
}

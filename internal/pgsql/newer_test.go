package pgsql

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/pgserver/pgtest"
)

// newerSamples: want gives for each Newer "kind text" and what else is set.
var newerSamples = []struct {
	since int
	text  string
	want  []string
}{
	{18, "ALTER TABLE t ADD COLUMN c int GENERATED ALWAYS AS (a + 1) VIRTUAL", []string{"virtual `GENERATED ALWAYS AS (a + 1) VIRTUAL` clause=0 column=c"}},
	{18, "ALTER TABLE t DROP x, ADD IF NOT EXISTS \"C\" int GENERATED ALWAYS AS (f(a, b)) NOT NULL, ADD d int", []string{"virtual `GENERATED ALWAYS AS (f(a, b))` clause=1 column=C"}},
	{18, "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a) VIRTUAL, c int GENERATED ALWAYS AS (a) STORED, d int GENERATED ALWAYS AS (a), e int GENERATED ALWAYS AS IDENTITY)", []string{"virtual `GENERATED ALWAYS AS (a) VIRTUAL` column=b", "virtual `GENERATED ALWAYS AS (a)` column=d"}},
	{18, "ALTER TABLE t ADD NOT NULL a", []string{"not-null-constraint `NOT NULL a` clause=0 column=a"}},
	{18, "ALTER TABLE ONLY s.t ADD CONSTRAINT n NOT NULL \"A\" NO INHERIT NOT VALID, ADD b int", []string{"not-null-constraint `CONSTRAINT n NOT NULL \"A\" NO INHERIT NOT VALID` clause=0 name=n column=A not-valid no-inherit"}},
	{18, "CREATE TABLE t (a int, b int, CONSTRAINT n NOT NULL a, NOT NULL b NO INHERIT)", []string{"not-null-constraint `CONSTRAINT n NOT NULL a` name=n column=a", "not-null-constraint `NOT NULL b NO INHERIT` column=b no-inherit"}},
	{18, "CREATE TABLE t (a int NOT NULL NO INHERIT)", []string{"not-null-no-inherit `NOT NULL NO INHERIT` column=a no-inherit"}},
	{18, "ALTER TABLE t ADD CONSTRAINT n CHECK (a > 0) NOT ENFORCED", []string{"not-enforced `NOT ENFORCED` clause=0 name=n"}},
	{18, "ALTER TABLE t ADD CONSTRAINT n FOREIGN KEY (a) REFERENCES u (b) ON DELETE CASCADE NOT ENFORCED, ADD CHECK (b > 0) ENFORCED", []string{"not-enforced `NOT ENFORCED` clause=0 name=n", "enforced `ENFORCED` clause=1"}},
	{18, "CREATE TABLE t (a int CONSTRAINT k CHECK (a > 0) NOT ENFORCED, b int REFERENCES u NOT ENFORCED, CHECK (b > 0) NOT ENFORCED)", []string{"not-enforced `NOT ENFORCED` name=k column=a", "not-enforced `NOT ENFORCED` column=b", "not-enforced `NOT ENFORCED`"}},
	{18, "ALTER TABLE t ALTER CONSTRAINT n NOT ENFORCED", []string{"alter-not-enforced `NOT ENFORCED` clause=0 name=n"}},
	{18, "ALTER TABLE t ALTER CONSTRAINT n ENFORCED", []string{"alter-enforced `ENFORCED` clause=0 name=n"}},
	{18, "ALTER TABLE t ALTER CONSTRAINT n INHERIT", []string{"alter-inherit `INHERIT` clause=0 name=n"}},
	{18, "ALTER TABLE t ALTER CONSTRAINT n NO INHERIT", []string{"alter-no-inherit `NO INHERIT` clause=0 name=n"}},
	{18, "CREATE TABLE t (a int, b tsrange, PRIMARY KEY (a, b WITHOUT OVERLAPS))", []string{"without-overlaps `b WITHOUT OVERLAPS` column=b"}},
	{18, "ALTER TABLE t ADD CONSTRAINT n UNIQUE (a, b WITHOUT OVERLAPS)", []string{"without-overlaps `b WITHOUT OVERLAPS` clause=0 name=n column=b"}},
	{18, "ALTER TABLE t ADD CONSTRAINT n FOREIGN KEY (a, PERIOD b) REFERENCES u (c, PERIOD d)", []string{"period `PERIOD b` clause=0 name=n", "period `PERIOD d` clause=0 name=n"}},
	{17, "ALTER TABLE t ALTER COLUMN c SET EXPRESSION AS (a + 1), DROP d", []string{"set-expression `SET EXPRESSION AS (a + 1)` clause=0 column=c"}},
	{17, "ALTER TABLE t DROP d, SET ACCESS METHOD DEFAULT", []string{"access-method-default `SET ACCESS METHOD DEFAULT` clause=1"}},
	{17, "ALTER TABLE t ALTER c SET STATISTICS DEFAULT", []string{"statistics-default `SET STATISTICS DEFAULT` clause=0 column=c"}},
	{17, "ALTER DOMAIN s.d ADD CONSTRAINT n NOT NULL", []string{"domain-not-null `ADD CONSTRAINT n NOT NULL` name=n"}},
	{17, "ALTER DOMAIN d ADD NOT NULL", []string{"domain-not-null `ADD NOT NULL`"}},
	{19, "ALTER TABLE t MERGE PARTITIONS (s.p1, p2) INTO p3", []string{"merge-partitions `MERGE PARTITIONS (s.p1, p2) INTO p3` clause=0 relations=s.p1,p2,p3"}},
	{19, "ALTER TABLE t SPLIT PARTITION p INTO (PARTITION p1 FOR VALUES IN ('a', b), PARTITION \"P2\" DEFAULT)", []string{"split-partition `SPLIT PARTITION p INTO (PARTITION p1 FOR VALUES IN ('a', b), PARTITION \"P2\" DEFAULT)` clause=0 relations=p,p1,P2"}},
	{19, "REPACK", []string{"repack `REPACK`"}},
	{19, "REPACK s.t", []string{"repack `REPACK s.t`"}},
	{19, "REPACK (VERBOSE, CONCURRENTLY) s.t USING INDEX i", []string{"repack `REPACK (VERBOSE, CONCURRENTLY) s.t USING INDEX i` concurrently"}},
	{19, "REPACK CONCURRENTLY t USING INDEX", []string{"repack `REPACK CONCURRENTLY t USING INDEX` concurrently"}},
	{19, "REPACK (CONCURRENTLY off) USING INDEX", []string{"repack `REPACK (CONCURRENTLY off) USING INDEX`"}},
	{18, "VACUUM (ANALYZE) ONLY s.t, u", []string{"vacuum-only `ONLY`"}},
	{18, "ANALYZE ONLY t (a, b)", []string{"vacuum-only `ONLY`"}},
	{17, "MERGE INTO t USING u ON t.a = u.a WHEN NOT MATCHED BY SOURCE AND t.b THEN DELETE WHEN NOT MATCHED BY TARGET THEN INSERT VALUES (1)", []string{"merge-by-source `NOT MATCHED BY SOURCE`", "merge-by-target `NOT MATCHED BY TARGET`"}},
	{17, "WITH x AS (MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE RETURNING merge_action(), t.*) SELECT * FROM x", []string{"merge-returning `RETURNING`"}},
	{18, "UPDATE t SET a = 1 RETURNING WITH (OLD AS o, NEW AS n) o.a, n.a", []string{"returning-with `RETURNING WITH (OLD AS o, NEW AS n)`"}},
	{17, "SELECT * FROM u, JSON_TABLE(u.a::jsonb, '$[*]' COLUMNS (b int PATH '$.b', NESTED PATH '$.c' COLUMNS (d text))) AS j", []string{"json-table `JSON_TABLE(u.a::jsonb, '$[*]' COLUMNS (b int PATH '$.b', NESTED PATH '$.c' COLUMNS (d text)))`"}},
	{17, "SELECT JSON_VALUE(a, '$.b' PASSING c AS x RETURNING int DEFAULT 0 ON EMPTY), JSON_EXISTS(a, '$.b' ERROR ON ERROR), JSON_QUERY(a, '$.b' WITH WRAPPER KEEP QUOTES) FROM t", []string{"sql-json `JSON_VALUE(a, '$.b' PASSING c AS x RETURNING int DEFAULT 0 ON EMPTY)`", "sql-json `JSON_EXISTS(a, '$.b' ERROR ON ERROR)`", "sql-json `JSON_QUERY(a, '$.b' WITH WRAPPER KEEP QUOTES)`"}},
	{17, "SELECT JSON('{}' WITH UNIQUE KEYS), JSON_SERIALIZE('{}' RETURNING text)", []string{"sql-json `JSON('{}' WITH UNIQUE KEYS)`", "sql-json `JSON_SERIALIZE('{}' RETURNING text)`"}},
	{17, "SELECT now() AT LOCAL", []string{"other `AT LOCAL`"}},
	{17, "ALTER OPERATOR = (int, int) SET (HASHES, MERGES)", []string{"other `HASHES`", "other `MERGES`"}},
	{18, "ALTER DEFAULT PRIVILEGES GRANT SELECT ON LARGE OBJECTS TO PUBLIC", []string{"other `ON LARGE OBJECTS`"}},
	{19, "SELECT a, count(*) FROM t GROUP BY ALL", []string{"other `GROUP BY ALL`"}},
	{19, "CHECKPOINT (MODE fast)", []string{"other `CHECKPOINT (MODE fast)`"}},

	// These parse as they are: options and privileges are names to the grammar.
	{17, "GRANT MAINTAIN ON t TO PUBLIC", nil},
	{17, "COPY t FROM '/x' WITH (ON_ERROR ignore, LOG_VERBOSITY verbose, FORCE_NULL *)", nil},
	{18, "CREATE FOREIGN TABLE f (LIKE t) SERVER s", nil},
	{18, "UPDATE t SET a = 1 RETURNING old.a, new.a", nil},
	{17, "SELECT JSON_SCALAR(1), JSON_VALUE(a, '$.b') FROM t", nil},
	{18, "ALTER TABLE t VALIDATE CONSTRAINT n", nil},
	{17, "ALTER SUBSCRIPTION s SET (failover = true)", nil},
	{17, "EXPLAIN (SERIALIZE, MEMORY) SELECT 1", nil},
	{17, "CREATE EVENT TRIGGER e ON login EXECUTE FUNCTION f()", nil},
}

func (n Newer) describe(src []byte) string {
	s := fmt.Sprintf("%s `%s`", n.Kind, src[n.Span.Start:n.Span.End])
	add := func(on bool, format string, args ...any) {
		if on {
			s += " " + fmt.Sprintf(format, args...)
		}
	}
	add(n.Clause >= 0, "clause=%d", n.Clause)
	add(n.Name != "", "name=%s", n.Name)
	add(n.Column != "", "column=%s", n.Column)
	add(n.NotValid, "not-valid")
	add(n.NoInherit, "no-inherit")
	add(n.Concurrently, "concurrently")
	var rels []string
	for _, r := range n.Relations {
		rels = append(rels, strings.TrimPrefix(r.Schemaname+"."+r.Relname, "."))
	}
	add(rels != nil, "relations=%s", strings.Join(rels, ","))
	return s
}

func TestNewer(t *testing.T) {
	for _, c := range newerSamples {
		for _, prefix := range []string{"", "/* é */ SELECT 1; "} {
			sec := section(prefix + c.text + ";")
			stmts := Parse(sec)
			s := &stmts[len(stmts)-1]
			if s.Err != nil {
				t.Errorf("%s\n%s at %q", c.text, s.Err.Msg, cut(sec, s.Err.Span))
				continue
			}
			var got []string
			for _, n := range s.Newer {
				got = append(got, n.describe(sec.File.Src))
				if n.Since != c.since {
					t.Errorf("%s: since %d, want %d", c.text, n.Since, c.since)
				}
			}
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("%s\ngot  %s\nwant %s", c.text, strings.Join(got, "\n     "), strings.Join(c.want, "\n     "))
			}
			if string(s.Raw()) != c.text {
				t.Errorf("%s: raw %q", c.text, s.Raw())
			}
			// Every column reference still stands where it is written.
			Walk(s.Node, func(n any) bool {
				if ref, ok := n.(*pg_query.ColumnRef); ok && ref.Location > 0 {
					if f := ref.Fields[0].GetString_(); f != nil && f.Sval != identifier([]byte(cut(sec, s.At(ref.Location)))) {
						t.Errorf("%s: column %s at %q", c.text, f.Sval, cut(sec, s.At(ref.Location)))
					}
				}
				return true
			})
		}
	}
}

// TestNewerEquivalents: what Node holds.
func TestNewerEquivalents(t *testing.T) {
	for text, same := range map[string]string{
		"ALTER TABLE t ADD CONSTRAINT n NOT NULL a NOT VALID": "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
		"CREATE TABLE t (a int, CONSTRAINT n NOT NULL a)":     "CREATE TABLE t (a int CONSTRAINT n NOT NULL)",
		"CREATE TABLE t (LIKE u, NOT NULL a)":                 "CREATE TABLE t (LIKE u, CHECK (a IS NOT NULL))",
		"ALTER TABLE t ADD CHECK (a > 0) NOT ENFORCED":        "ALTER TABLE t ADD CHECK (a > 0) NOT VALID",
		"ALTER TABLE t ADD a int CHECK (a > 0) NOT ENFORCED":  "ALTER TABLE t ADD a int CHECK (a > 0)",
		"REPACK t":                                     "VACUUM (FULL) t",
		"REPACK (CONCURRENTLY) t USING INDEX i":        "CLUSTER t USING i",
		"REPACK t USING INDEX":                         "CLUSTER t",
		"REPACK USING INDEX":                           "CLUSTER",
		"ALTER TABLE t ALTER c SET EXPRESSION AS (a)":  `ALTER TABLE t ALTER c TYPE "?" USING (a)`,
		"ALTER TABLE t MERGE PARTITIONS (a, b) INTO c": "ALTER TABLE t DETACH PARTITION a",
		"MERGE INTO t USING u ON a WHEN NOT MATCHED BY SOURCE THEN DELETE RETURNING b": "MERGE INTO t USING u ON a WHEN MATCHED THEN DELETE",
		"SELECT JSON_QUERY(a, '$' RETURNING text)":                                     "SELECT json_query(a, '$')",
	} {
		got, want := Parse(section(text)), Parse(section(same))
		if got[0].Err != nil || want[0].Err != nil {
			t.Errorf("%s: %v, %v", text, got[0].Err, want[0].Err)
			continue
		}
		if g, w := fingerprint(t, got[0].Node), fingerprint(t, want[0].Node); g != w {
			t.Errorf("%s\ngot  %s\nwant %s", text, g, w)
		}
	}
	stmts := Parse(section("VACUUM ONLY a, b"))
	rels := stmts[0].Node.GetVacuumStmt().Rels
	if rels[0].GetVacuumRelation().Relation.Inh || !rels[1].GetVacuumRelation().Relation.Inh {
		t.Error("ONLY is lost")
	}
}

// fingerprint is the tree as SQL, for comparing.
func fingerprint(t *testing.T, n *pg_query.Node) string {
	s, err := pg_query.Deparse(&pg_query.ParseResult{Stmts: []*pg_query.RawStmt{{Stmt: n}}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestNewerNotThere: what only looks newer stays what it is, and an error beside
// newer syntax is told where it is.
func TestNewerNotThere(t *testing.T) {
	for _, text := range []string{
		"CREATE TABLE virtual (enforced int, period int, only_ int)",
		"ALTER TABLE t ADD enforced int, ADD virtual int GENERATED ALWAYS AS (1) STORED",
		"SELECT repack, expression FROM json",
	} {
		if s := Parse(section(text)); s[0].Err != nil || s[0].Newer != nil {
			t.Errorf("%s: %v %v", text, s[0].Err, s[0].Newer)
		}
	}
	for text, at := range map[string]string{
		"ALTER TABLE t ADD c int GENERATED ALWAYS AS (a) VIRTUAL, ADD d int FOO": "FOO",
		"ALTER TABLE t ADD CONSTRAINT n NOT NULL a NOT VALID, ALTER TABEL x":     "x",
		"CREATE TABLE t (a int, NOT NULL a NO INHERIT, b FOO BAR, c int)":        "BAR",
		"CREATE TABLE t (a int GENERATED ALWAYS AS (b":                           "b",
		"ALTER TABLE t ADD UNIQUE (a, b WITHOUT OVERLAPS":                        "OVERLAPS",
		"MERGE INTO t USING u ON a WHEN MATCHED THEN FOO RETURNING b":            "FOO",
		"ALTER TABLE t SPLIT PARTITION":                                          "SPLIT",
		"SELECT JSON_VALUE(a, '$' RETURNING":                                     "RETURNING",
	} {
		sec := section(text)
		s := Parse(sec)
		if s[0].Err == nil || cut(sec, s[0].Err.Span) != at {
			t.Errorf("%s: %v", text, s[0].Err)
			if s[0].Err != nil {
				t.Errorf("at %q", cut(sec, s[0].Err.Span))
			}
		}
	}
}

// TestNewerServer sends the samples to a server and wants no syntax error of one
// that has them, and one of a server that does not.
func TestNewerServer(t *testing.T) {
	server := pgtest.ForTest(t)
	ctx, major := context.Background(), server.Major
	conn, err := pgx.Connect(ctx, pgtest.Database(t, server))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, c := range newerSamples {
		out, state := "", ""
		if _, err := conn.Exec(ctx, c.text); err != nil {
			out = err.Error()
			if e := (*pgconn.PgError)(nil); errors.As(err, &e) {
				state = e.Code
			}
		}
		syntax := state == "42601"
		if syntax && c.since <= major {
			t.Errorf("%s: %s", c.text, out)
		}
		refused := syntax || state == "0A000" // ALTER CONSTRAINT NO INHERIT
		if !refused && c.since > major && c.want != nil {
			t.Errorf("%s: is older than %d", c.text, c.since)
		}
	}
}

func TestMain(m *testing.M) { pgtest.Main(m) }

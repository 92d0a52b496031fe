package pgsql

import (
	"strings"
	"testing"
)

// TestDeep: what nests deep is parsed or refused, soon and without a crash.
func TestDeep(t *testing.T) {
	rep := strings.Repeat
	depths := []int{100, 3900, 30000}
	if testing.Short() {
		depths = depths[:1]
	}
	for _, n := range depths {
		for name, text := range map[string]string{
			"plus":         "SELECT 1" + rep("+1", n),
			"minus":        "SELECT " + rep("- ", n) + "1",
			"not":          "SELECT " + rep("NOT ", n) + "true",
			"and":          "SELECT 1 WHERE a" + rep(" AND a = 1", n),
			"or":           "SELECT 1 WHERE a" + rep(" OR a = 1", n),
			"andor":        "SELECT 1 WHERE a" + rep(" OR a AND b", n),
			"cast":         "SELECT 1" + rep("::int", n),
			"concat":       "SELECT ''" + rep("||'x'", n),
			"collate":      "SELECT ''" + rep(" COLLATE c", n),
			"at time zone": "SELECT ''" + rep(" AT TIME ZONE c", n),
			"subscript":    "SELECT a" + rep("[1]", n),
			"isnull":       "SELECT a" + rep(" IS NULL", n),
			"parens":       "SELECT " + rep("(", n) + "1" + rep(")", n),
			"subselect":    "SELECT " + rep("(SELECT ", n) + "1" + rep(")", n),
			"from":         rep("SELECT * FROM (", n) + "SELECT 1" + rep(") x", n),
			"exists":       "SELECT " + rep("EXISTS (SELECT ", n) + "1" + rep(")", n),
			"union":        "SELECT 1" + rep(" UNION ALL SELECT 1", n),
			"union2":       "SELECT 1, 2" + rep(" UNION ALL SELECT 1, 2", n),
			"except":       "SELECT 1" + rep(" EXCEPT SELECT 1", n),
			"join":         "SELECT 1 FROM a" + rep(" JOIN a ON true", n),
			"cross":        "SELECT 1 FROM a" + rep(" CROSS JOIN a", n),
			"natural":      "SELECT 1 FROM a, b" + rep(" NATURAL JOIN a, b", n),
			"case":         "SELECT " + rep("CASE WHEN true THEN ", n) + "1" + rep(" END", n),
			"case flat":    "SELECT CASE" + rep(" WHEN a THEN 1", n) + " END",
			"func":         "SELECT " + rep("f(", n) + "1" + rep(")", n),
			"func2":        "SELECT " + rep("f(1,", n) + "1" + rep(")", n),
			"array":        "SELECT " + rep("ARRAY[", n) + "1" + rep("]", n),
			"in":           "SELECT 1 IN (1" + rep(",-1", n) + ")",
			"in chain":     "SELECT " + rep("1 IN (", n) + "1" + rep(")", n),
			"values":       "INSERT INTO t VALUES (1)" + rep(", (-1, 'a' || 'b')", n),
			"cte":          rep("WITH a AS (", n) + "SELECT 1" + rep(") SELECT 1", n),
			"cte flat":     "WITH a AS (SELECT 1)" + rep(", a AS (SELECT 1)", n) + " SELECT 1",
			"atomic":       rep("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC ", n) + "SELECT 1;" + rep(" END;", n),
			"explain":      rep("EXPLAIN ", n) + "SELECT 1",
			"dots":         "SELECT a" + rep(".b", n),
			"op":           "SELECT 1" + rep(" OPERATOR(pg_catalog.+) 1", n),
			"between":      "SELECT 1" + rep(" BETWEEN 1 AND 2", n),
			"like":         "SELECT 1" + rep(" LIKE 'a' ESCAPE 'b'", n),
			"is distinct":  "SELECT 1" + rep(" IS DISTINCT FROM 1", n),
			"comment":      rep("/*", n) + rep("*/", n) + "SELECT 1",
			"columns":      "CREATE TABLE t (a int" + rep(", b int DEFAULT 1 + 1", n) + ")",
			"alter":        "ALTER TABLE t ADD a int" + rep(", ADD b int DEFAULT 1 + 1", n),
			"statements":   rep("SELECT 1+1;", n),
			"schema":       "CREATE SCHEMA s" + rep(" CREATE TABLE t (a int)", n),
			"grant":        "GRANT SELECT ON a" + rep(", a", n) + " TO b",
			"xml":          "SELECT " + rep("xmlconcat(", n) + "1" + rep(")", n),
			"rows":         "SELECT " + rep("ROW(", n) + "1" + rep(")", n),
			"typmod":       "SELECT a::numeric(" + rep("(1)::numeric(", n) + "1" + rep(")", n) + ")",
			"lateral":      "SELECT 1 FROM a" + rep(", LATERAL f(1)", n),
			"tablejoin":    "SELECT 1 FROM " + rep("(", n) + "a JOIN b ON true" + rep(") JOIN c ON true", n),
			"nested join":  "SELECT 1 FROM a" + rep(" JOIN b", n) + rep(" ON true", n),
			"isjson":       "SELECT a" + rep(" IS JSON", n),
			"union parens": rep("(", n) + "SELECT 1" + rep(" UNION SELECT 1)", n),
			"union right":  rep("SELECT 1 UNION (", n) + "SELECT 1" + rep(")", n),
			"postfix":      "SELECT a" + rep(" ISNULL", n),
		} {
			if len(text) > maxText {
				continue
			}
			stmts := Parse(section(text + ";SELECT 'the end'"))
			if len(stmts) < 2 {
				t.Errorf("%s %d: %d statements", name, n, len(stmts))
				continue
			}
			if last := stmts[len(stmts)-1]; name != "minus" && last.Err != nil {
				t.Errorf("%s %d: last: %v", name, n, last.Err)
			}
			if err := stmts[0].Err; n == 100 && err != nil && !strings.HasPrefix(err.Msg, "syntax error") {
				t.Errorf("%s %d: %v", name, n, err)
			}
		}
	}
}

// TestManyRows: 9 MB of data in one statement are parsed, operators and all.
func TestManyRows(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	text := "INSERT INTO t VALUES (1)" + strings.Repeat(", (-1, 'abcdefghij' || 'b')", 9<<20/27)
	if stmts := Parse(section(text)); len(stmts) != 1 || stmts[0].Err != nil {
		t.Errorf("%d statements, %v", len(stmts), stmts[0].Err)
	}
}

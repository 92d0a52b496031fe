package migration

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestLiquibaseChangesAreItsSQL holds the SQL of changes against that of Liquibase
// 4.31.1 (changes.txt: of each changeset what it runs for PostgreSQL 15, after "< "
// to roll it back). It makes the same of the YAML.
func TestLiquibaseChangesAreItsSQL(t *testing.T) {
	want, err := os.ReadFile("testdata/liquibase/changes.txt")
	if err != nil {
		t.Fatal(err)
	}
	var up, down []string
	sets := strings.Split(string(want), "# ")
	for i := range sets {
		up = append(up, directionOf(sets[i], false)...)
		down = append(down, directionOf(sets[len(sets)-1-i], true)...)
	}
	for _, name := range []string{"changes.xml", "changes.yaml"} {
		src, err := os.ReadFile("testdata/liquibase/" + name)
		if err != nil {
			t.Fatal(err)
		}
		m := liquibaseFile(&File{Path: name, Src: src})
		checkRead(t, m)
		for _, e := range m.Errs {
			t.Error(e)
		}
		var ups, downs []string
		for _, s := range m.Up {
			for _, o := range s.Opaque {
				t.Errorf("opaque: %s", src[o.Span.Start:o.Span.End])
			}
			ups = append(ups, statementsOf(s)...)
		}
		for _, s := range m.Down {
			downs = append(downs, statementsOf(s)...)
		}
		differ(t, name+", up", ups, up)
		differ(t, name+", down", downs, down)
	}
}

func directionOf(set string, down bool) []string {
	var out []string
	for _, line := range strings.Split(set, "\n")[1:] {
		sql, is := strings.CutPrefix(line, "< ")
		if strings.HasSuffix(line, " DROP CONSTRAINT null;") || strings.HasPrefix(sql, "DO $$") {
			continue // it has no name for the constraint: the server fails, or is asked for the name
		}
		if is == down && line != "" {
			out = append(out, squeezed(strings.ReplaceAll(sql, `\n`, "\n")))
		}
	}
	return out
}

func statementsOf(s Section) []string {
	var out []string
	for _, line := range strings.SplitAfter(string(s.Text), ";\n") {
		out = append(out, squeezed(line))
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

func squeezed(sql string) string {
	return strings.TrimRight(strings.Join(strings.Fields(sql), " "), "; ")
}

func differ(t *testing.T, what string, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		var g, w string
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w {
			t.Errorf("%s, statement %d:\n got %s\nwant %s", what, i, g, w)
			return
		}
	}
}

func TestLiquibaseXML(t *testing.T) {
	for name, c := range map[string]struct{ set, up, down, opaque, errs string }{
		"what is no SQL is opaque": {
			`<changeSet id="1" author="a"><loadData tableName="t" file="t.csv"/><ext:thing xmlns:ext="x"/><customChange class="a.B"/><dropTable tableName="t"/></changeSet>`,
			"DROP TABLE t;\n", "", "liquibase loadData liquibase thing liquibase customChange", ""},
		"modifySql": {
			`<changeSet id="1" author="a" runInTransaction="false"><createIndex indexName="i" tableName="t"><column name="a"/></createIndex>` +
				`<modifySql dbms="postgresql"><replace replace="INDEX" with="INDEX CONCURRENTLY"/><append value=" WHERE a > 1"/></modifySql><modifySql dbms="mysql"><append value="x"/></modifySql></changeSet>`,
			"CREATE INDEX CONCURRENTLY i ON t(a) WHERE a > 1;\n", "DROP INDEX i;\n", "", ""},
		"modifySql of the way back": {
			`<changeSet id="1" author="a"><createIndex indexName="i" tableName="t"><column name="a"/></createIndex>` +
				`<modifySql applyToRollback="true"><replace replace="INDEX" with="INDEX CONCURRENTLY"/></modifySql></changeSet>`,
			"CREATE INDEX CONCURRENTLY i ON t(a);\n", "DROP INDEX CONCURRENTLY i;\n", "", ""},
		"preconditions on the server": {
			`<changeSet id="1" author="a"><preConditions onFail="MARK_RAN"><dbms type="db2"/></preConditions><dropTable tableName="a"/></changeSet>` +
				`<changeSet id="2" author="a"><preConditions><or><dbms type="h2"/><dbms type="postgresql"/></or></preConditions><dropTable tableName="b"/></changeSet>` +
				`<changeSet id="3" author="a"><preConditions><not><dbms type="postgresql"/></not><tableExists tableName="c"/></preConditions><dropTable tableName="c"/></changeSet>` +
				`<changeSet id="4" author="a"><preConditions><or><dbms type="h2"/><tableExists tableName="d"/></or></preConditions><dropTable tableName="d"/></changeSet>`,
			"DROP TABLE b;\nDROP TABLE d;\n", "", "", ""},
		"other databases": {
			`<changeSet id="1" author="a" dbms="mysql"><dropTable tableName="t"/></changeSet><changeSet id="2" author="a"><sql dbms="!postgresql">x</sql><sql dbms="postgresql">y</sql></changeSet>`,
			"y;\n", "", "", ""},
		"every object quoted": {
			`<changeSet id="1" author="a" objectQuotingStrategy="QUOTE_ALL_OBJECTS"><dropColumn tableName="t" columnName="a"/></changeSet>`,
			`ALTER TABLE "t" DROP COLUMN "a";` + "\n", "", "", ""},
		"entities": {
			`<changeSet id="1" author="a"><sql>SELECT '&lt;&amp;&#65;' <![CDATA[AS "&amp;"]]></sql></changeSet>`, `SELECT '<&A' AS "&amp;";` + "\n", "", "", ""},
		"words to safemig": {
			"<changeSet id=\"1\" author=\"a\"><!-- safemig:ignore drop-table empty --><!-- hello --><dropTable tableName=\"t\"/></changeSet>",
			"/* safemig:ignore drop-table empty */\nDROP TABLE t;\n", "", "", ""},
		"commented out": {`<changeSet id="1" author="a"><!-- <dropTable tableName="t"/> --><dropTable tableName="u"/></changeSet>`, "DROP TABLE u;\n", "", "", ""},
		"placeholders":  {`<changeSet id="1" author="a"><dropTable schemaName="${Schema}" tableName="t"/></changeSet>`, "DROP TABLE __schema_.t;\n", "", "", ""},
		"twice":         {`<changeSet id="1" author="a"/><changeSet id="1" author="a"/>`, "", "", "", "liquibase refuses a second changeset a:1"},
		"cut off": {`<changeSet id="1" author="a"><dropTable tableName="t"/></changeSet><changeSet id="2" author="a"><dropTable`, "DROP TABLE t;\n", "", "",
			"liquibase cannot read this XML: line 1: expected attribute name in element"},
	} {
		t.Run(name, func(t *testing.T) {
			m := readOne(t, "liquibase", "a.xml", "<databaseChangeLog>"+c.set+"</databaseChangeLog>")
			var up, down, opaque, errs string
			for _, s := range m.Up {
				up += string(s.Text)
				for _, o := range s.Opaque {
					opaque = strings.TrimSpace(opaque + " " + o.What)
				}
			}
			for _, s := range m.Down {
				down += string(s.Text)
			}
			for _, e := range m.Errs {
				errs += e.Msg
			}
			if up != c.up || down != c.down || opaque != c.opaque || errs != c.errs {
				t.Errorf("got %q, down %q, opaque %q, errors %q", up, down, opaque, errs)
			}
		})
	}
}

func FuzzLiquibaseXML(f *testing.F) {
	src, err := os.ReadFile("testdata/liquibase/changes.xml")
	if err != nil {
		f.Fatal(err)
	}
	_, sets, _ := strings.Cut(string(src), "<changeSet")
	for _, set := range strings.Split(sets, "<changeSet") {
		f.Add([]byte("<changeSet" + set))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		readOne(t, "liquibase", "a.xml", "<databaseChangeLog>"+string(src)+"</databaseChangeLog>")
	})
}

func TestLiquibaseYAML(t *testing.T) {
	for name, c := range map[string]struct{ path, src, up, down, opaque, errs string }{
		"SQL stands at its lines": {"a.yaml", "databaseChangeLog:\n  - changeSet:\n      id: 1\n      author: a\n      changes:\n        - sql:\n            sql: |\n              SELECT 1;\n\n                SELECT 'x';\n",
			"SELECT 1;\n\n  SELECT 'x';\n;\n", "", "", ""},
		"folded and escaped": {"a.yml", "databaseChangeLog:\n- changeSet: {id: 1, author: a, changes: [{sql: {sql: \"SELECT\\t1\"}}, {dropTable: {tableName: 'it''s'}}]}\n",
			"SELECT\t1;\nDROP TABLE \"it's\";\n", "", "", ""},
		"JSON": {"a.json", `{"databaseChangeLog": [{"changeSet": {"id": "1", "author": "a", "changes": [{"renameTable": {"oldTableName": "ü", "newTableName": "v"}}]}}]}`,
			"ALTER TABLE \"ü\" RENAME TO v;\n", "ALTER TABLE v RENAME TO \"ü\";\n", "", ""},
		"what is no SQL": {"a.yaml", "databaseChangeLog:\n  - changeSet:\n      id: 1\n      author: a\n      changes:\n        - loadData: {tableName: t, file: t.csv}\n", "", "", "liquibase loadData", ""},
		"includes only":  {"a.yaml", "databaseChangeLog:\n  - include: {file: a.sql}\n", "", "", "", ""},
		"no YAML":        {"a.yaml", "databaseChangeLog:\n  - changeSet: {\n", "", "", "", "liquibase cannot read this YAML: line 2: did not find expected node content"},
		"aliases":        {"a.yaml", "databaseChangeLog: &a\n  - changeSet: {id: 1, author: a, changes: [*a]}\n", "", "", "liquibase changeSet", ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := readOne(t, "liquibase", c.path, c.src)
			var up, down, opaque, errs string
			for _, s := range m.Up {
				up += string(s.Text)
				for _, o := range s.Opaque {
					opaque += o.What
				}
			}
			for _, s := range m.Down {
				down += string(s.Text)
			}
			for _, e := range m.Errs {
				errs += e.Msg
			}
			if up != c.up || down != c.down || opaque != c.opaque || errs != c.errs {
				t.Errorf("got %q, down %q, opaque %q, errors %q", up, down, opaque, errs)
			}
		})
	}
}

func FuzzLiquibaseYAML(f *testing.F) {
	src, err := os.ReadFile("testdata/liquibase/changes.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, set := range strings.Split(string(src), "  - changeSet")[1:] {
		f.Add([]byte("  - changeSet" + set))
	}
	f.Add([]byte("  - changeSet: &a {x: *a, changes: [{sql: {sql: 1}}]}"))
	f.Fuzz(func(t *testing.T, src []byte) {
		readOne(t, "liquibase", "a.yaml", "databaseChangeLog:\n"+string(src))
	})
}

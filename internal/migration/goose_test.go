package migration

import (
	"strings"
	"testing"
)

func TestGooseFiles(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"up and down",
			"-- +goose Up\nCREATE TABLE post (\n  id int\n);  -- 1st\n\n-- why\nSELECT 2;\n\n-- +goose Down\n-- undo\nDROP TABLE post;\n",
			lines(`up file`, `  "CREATE TABLE post (\n  id int\n);  -- 1st"`, `  "SELECT 2;"`, `down file`, `  "DROP TABLE post;"`)},
		{"two statements on a line are one message",
			"-- +goose Up\nSELECT 3; SELECT 4;\nSELECT 5; /* c */\nSELECT 6;\n",
			lines(`up file`, `  "SELECT 3; SELECT 4;"`, `  "SELECT 5; /* c */\nSELECT 6;"`)},
		{"comments inside of a statement are sent",
			"-- +goose Up\nALTER TABLE t\n-- why; because\nADD c int;\n",
			lines(`up file`, `  "ALTER TABLE t\n-- why; because\nADD c int;"`)},
		{"a semicolon ends a line in a literal too",
			"-- +goose Up\nCREATE FUNCTION f() RETURNS void AS $$\nBEGIN\n  NULL;\nEND $$ LANGUAGE plpgsql;\n",
			lines(`up file`, `  "CREATE FUNCTION f() RETURNS void AS $$\nBEGIN\n  NULL;"`, `  "END $$ LANGUAGE plpgsql;"`)},
		{"StatementBegin",
			"-- +goose Up\n-- +goose StatementBegin\nDO $$\nBEGIN\n  NULL;\nEND $$\n-- +goose StatementEnd\nSELECT 1;\n",
			lines(`up file`, `  "DO $$\nBEGIN\n  NULL;\nEND $$"`, `  "SELECT 1;"`)},
		{"no transaction, wherever it stands",
			"-- +goose NO TRANSACTION\n-- +goose Up\nSELECT 1;\n-- +goose Down\n",
			lines(`up none`, `  "SELECT 1;"`, `down none`)},
		{"case and spaces of annotations", "--+goose up\nSELECT 1;\n--  +goose   DOWN --\nSELECT 2;", lines(`up file`, `  "SELECT 1;"`, `down file`, `  "SELECT 2;"`)},
		{"carriage returns", "-- +goose Up\r\nSELECT\r\n1;\r\n-- +goose Down\r\n", lines(`up file`, `  "SELECT\r\n1;"`, `down file`)},
		{"nothing but comments", "\n-- c\n-- +goose Up\n-- c", `up file`},
		{"variables are left alone", "-- +goose Up\n-- +goose ENVSUB ON\nSELECT '${REGION:-eu}';\n-- +goose ENVSUB OFF\n", lines(`up file`, `  "SELECT '${REGION:-eu}';"`)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := show(readOne(t, "goose", "00001_x.sql", tt.text)); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestGooseRefuses(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"SQL above Up", "CREATE TYPE e AS ENUM ();\n-- +goose Up\nSELECT 1;\n",
			lines(`up file`, `  "SELECT 1;"`, `"CREATE TYPE e AS ENUM ();": goose refuses SQL above '-- +goose Up'`)},
		{"no Up", "-- the first\nCREATE TABLE t ();\n",
			lines(`up file`, `  "CREATE TABLE t ();"`, `"CREATE TABLE t ();": goose refuses a file without '-- +goose Up'`)},
		{"empty", "", lines(`up file`, `"": goose refuses a file without '-- +goose Up'`)},
		{"Down above Up", "-- +goose Down\nDROP TABLE t;\n-- +goose Up\nCREATE TABLE t ();\n",
			lines(`up file`, `  "CREATE TABLE t ();"`, `down file`, `  "DROP TABLE t;"`, `"-- +goose Down": goose refuses '-- +goose Down' above '-- +goose Up'`)},
		{"second Up", "-- +goose Up\nSELECT 1;\n-- +goose Down\n-- +goose Up\nSELECT 2;\n",
			lines(`up file`, `  "SELECT 1;"`, `up file`, `  "SELECT 2;"`, `down file`, `"-- +goose Up": goose refuses a second '-- +goose Up'`)},
		{"no semicolon above Down", "-- +goose Up\nSELECT 1;\nALTER TABLE t\n  ADD c int\n-- +goose Down\n",
			lines(`up file`, `  "SELECT 1;"`, `  "ALTER TABLE t\n  ADD c int"`, `down file`, `"ALTER TABLE t\n  ADD c int": goose refuses a statement that is unfinished above '-- +goose Down'`)},
		{"no semicolon at the end", "-- +goose Up\n-- +goose Down\nSELECT 1; /* c */",
			lines(`up file`, `down file`, `  "SELECT 1; /* c */"`, `"SELECT 1; /* c */": goose refuses a statement that is unfinished at the end of the file`)},
		{"unknown annotation", "-- +goose Up\n-- +goose StatmentBegin\nSELECT 1;\n",
			lines(`up file`, `  "SELECT 1;"`, `"-- +goose StatmentBegin": goose does not know the annotation "StatmentBegin"`)},
		{"prose about goose", "-- needs +goose 3\n-- +goose Up\n", lines(`up file`, `"-- needs +goose 3": goose does not know the annotation "needs  3"`)},
		{"white space", "-- +goose Up\n  -- +goose StatementBegin\nSELECT 1;\nSELECT 2;\n  -- +goose StatementEnd\n",
			lines(`up file`, `  "SELECT 1;\nSELECT 2;"`, `"  -- +goose StatementBegin": goose refuses an annotation behind white space`, `"  -- +goose StatementEnd": goose refuses an annotation behind white space`)},
		{"two annotations", "-- +goose Up +goose NO TRANSACTION\n-- +goose Up\n", lines(`up file`, `"-- +goose Up +goose NO TRANSACTION": goose refuses two annotations on one line`)},
		{"StatementBegin left open", "-- +goose Up\n-- +goose StatementBegin\nSELECT 1;\n-- +goose Down\n",
			lines(`up file`, `  "SELECT 1;"`, `down file`, `"-- +goose StatementBegin": goose refuses '-- +goose StatementBegin' without '-- +goose StatementEnd'`)},
		{"StatementEnd alone", "-- +goose Up\nSELECT 1;\n-- +goose StatementEnd\n",
			lines(`up file`, `  "SELECT 1;"`, `"-- +goose StatementEnd": goose refuses '-- +goose StatementEnd' without '-- +goose StatementBegin'`)},
		{"a line that is lost", "-- +goose Up\n-- +goose StatementBegin\n-- +goose StatementEnd\nSELECT 1;\nSELECT 2;\n",
			lines(`up file`, `  "SELECT 2;"`, `"SELECT 1;": goose drops this line: it follows an empty StatementBegin and StatementEnd`)},
		{"byte order mark", "\xef\xbb\xbf-- +goose Up\nSELECT 1;\n",
			lines(`up file`, `  "SELECT 1;"`, `"\ufeff": the file starts with a byte order mark, which goose takes for text before '-- +goose Up'`)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := show(readOne(t, "goose", "00001_x.sql", tt.text)); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestGooseRefusesALineLongerThanItsBuffer(t *testing.T) {
	for n, want := range map[int]int{gooseLongLine - 1: 0, gooseLongLine: 1} {
		m := readOne(t, "goose", "00001_x.sql", "-- +goose Up\n"+strings.Repeat(" ", n))
		if len(m.Errs) != want {
			t.Errorf("%d bytes: %d refusals, want %d", n, len(m.Errs), want)
		}
	}
}

func TestGooseSemicolons(t *testing.T) {
	for line, want := range map[string]bool{
		"END;": true, "END; -- comment": true, "END   ; -- comment": true, "END -- comment": false, "END -- comment ;": false,
		`END " ; " -- comment`: false, ";--x": false, "x; --": true, "x;\u2003--x": true, "": false, "x;\xff": false, "a;b": false,
	} {
		if got := gooseEndsStatement([]byte(line)); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}

func TestGooseDirectory(t *testing.T) {
	up := "-- +goose Up\n"
	got := showDir(t, goose(), map[string]string{
		"20240102150405_b.sql": up, "00002_c.sql": up, "00010_d.sql": up, "1_a.sql": up, "2_also.sql": up, "00010_again.go": "package m\n",
		"3_code.go": "package m\n", "3_code_test.go": "", "x.sql": "", "0_zero.sql": "", "-1_y.sql": "", "4.sql": "", "99999999999999999999_z.sql": "", "README.md": "",
	})
	want := lines(
		`"1" "a" up 1_a.sql`,
		`"00002" "c" up 00002_c.sql`,
		`"2" "also" up 2_also.sql; 2_also.sql: version 2 is taken by 00002_c.sql: goose refuses a directory with two files of one version`,
		`"3" "code"`,
		`"00010" "d" up 00010_d.sql`,
		`"00010" "again"; 00010_again.go: version 00010 is taken by 00010_d.sql: goose refuses a directory with two files of one version`,
		`"20240102150405" "b" up 20240102150405_b.sql`)
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestGooseHeaderBelongsToTheUpSection(t *testing.T) {
	m := readOne(t, "goose", "1_x.sql", "-- safemig:ignore-file drop-column reason\n-- +goose Up\nSELECT 1;\n")
	if !strings.HasPrefix(string(m.Up[0].Text), "-- safemig:ignore-file") {
		t.Errorf("%q", m.Up[0].Text)
	}
}

func FuzzGoose(f *testing.F) {
	fuzz(f, "goose", "00001_x.sql",
		"-- +goose Up\nSELECT 1;\n\n-- +goose Down\n-- +goose StatementBegin\nx;\n-- +goose StatementEnd\n",
		"-- +goose NO TRANSACTION\r\n-- +goose Up\r\nSELECT 1; -- c\r\n",
		"x\n -- +goose Down\n  \n-- +goose ENVSUB ON\n${x};\n-- +goose Up\n")
}

func TestGooseMasksTheEnvironment(t *testing.T) {
	m := readOne(t, "goose", "1_x.sql", "-- +goose Up\nSELECT $A$;$A$;\n-- +goose ENVSUB ON\nALTER TABLE ${SCHEMA}.t OWNER TO $ROLE; SELECT '$X';\n-- +goose ENVSUB OFF\nSELECT $1;\n")
	want := lines(`up file`, `  "SELECT $A$;$A$;"`, `  "ALTER TABLE __schema_.t OWNER TO _role; SELECT '$X';"`, `  "SELECT $1;"`)
	if got := show(m); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

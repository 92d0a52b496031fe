package migration

import "testing"

func TestDbmateFiles(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"up and down", "-- users\n\n-- migrate:up\ncreate table users (id int);\n-- migrate:down\ndrop table users;\n",
			lines(`up file`, `  "-- migrate:up\ncreate table users (id int);\n"`, `down file`, `  "-- migrate:down\ndrop table users;\n"`)},
		{"no space", "--migrate:up\nx;\n--migrate:down", lines(`up file`, `  "--migrate:up\nx;\n"`, `down file`, `  "--migrate:down"`)},
		{"transaction:false", "-- migrate:up transaction:false\nx;\n-- migrate:down\ty transaction:false\nz;\n",
			lines(`up none`, `  "-- migrate:up transaction:false\nx;\n"`, `down none`, `  "-- migrate:down\ty transaction:false\nz;\n"`)},
		{"options that do nothing", "-- migrate:up transaction: false\n-- migrate:down transaction:false transaction:true\n",
			lines(`up file`, `  "-- migrate:up transaction: false\n"`, `down file`, `  "-- migrate:down transaction:false transaction:true\n"`)},
		{"carriage returns", "-- migrate:up transaction:false\r\nx;\r\n-- migrate:down\r\n",
			lines(`up none`, `  "-- migrate:up transaction:false\r\nx;\r\n"`, `down file`, `  "-- migrate:down\r\n"`)},
		{"not directives", "-- migrate:up\nx -- migrate:down\n -- migrate:up\n-- migrate:upper\n---- migrate:down\n-- migrate:down\n",
			lines(`up file`, `  "-- migrate:up\nx -- migrate:down\n -- migrate:up\n-- migrate:upper\n---- migrate:down\n"`, `down file`, `  "-- migrate:down\n"`)},
		{"a down directive above up is a comment", "-- migrate:down\n-- migrate:up\nx;\n-- migrate:down\n",
			lines(`up file`, `  "-- migrate:up\nx;\n"`, `down file`, `  "-- migrate:down\n"`)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := show(readOne(t, "dbmate", "1_x.sql", tt.text)); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestDbmateRefuses(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"no directive", "-- c\nalter table t add c int;\n",
			lines(`up file`, `  "-- c\nalter table t add c int;\n"`, `"alter table t add c int;": dbmate refuses a file without '-- migrate:up'`)},
		{"no up", "-- migrate:down\ndrop table t;\n",
			lines(`down file`, `  "-- migrate:down\ndrop table t;\n"`, `"drop table t;": dbmate refuses a file without '-- migrate:up'`)},
		{"no down", "-- migrate:up\nx;\n", lines(`up file`, `  "-- migrate:up\nx;\n"`, `"-- migrate:up": dbmate refuses '-- migrate:up' without '-- migrate:down'`)},
		{"down above up", "-- migrate:down\ny;\n-- migrate:up\nx;\n-- migrate:down\n",
			lines(`up file`, `  "-- migrate:up\nx;\n"`, `down file`, `  "-- migrate:down\ny;\n"`, `down file`, `  "-- migrate:down\n"`,
				`"-- migrate:down": dbmate refuses '-- migrate:down' above '-- migrate:up'`)},
		{"statement above up", "-- c\ncreate type e as enum ();\n-- migrate:up\nx;\n-- migrate:down\n",
			lines(`up file`, `  "-- migrate:up\nx;\n"`, `down file`, `  "-- migrate:down\n"`, `"create type e as enum ();": dbmate refuses a statement above '-- migrate:up'`)},
		{"two downs", "-- migrate:up\nx;\n-- migrate:down\ny;\n-- migrate:down\nz;\n",
			lines(`up file`, `  "-- migrate:up\nx;\n"`, `down file`, `  "-- migrate:down\ny;\n"`, `down file`, `  "-- migrate:down\nz;\n"`,
				`"-- migrate:down": dbmate refuses a second '-- migrate:down' for one '-- migrate:up'`)},
		{"two pairs", "-- migrate:up\na;\n-- migrate:down\nb;\n-- migrate:up transaction:false\nc;\n-- migrate:down\nd;\n",
			lines(`up file`, `  "-- migrate:up\na;\n"`, `up none`, `  "-- migrate:up transaction:false\nc;\n"`,
				`down file`, `  "-- migrate:down\nb;\n"`, `down file`, `  "-- migrate:down\nd;\n"`,
				`"-- migrate:up transaction:false": dbmate records the version after each up block, so the second one fails on the primary key of schema_migrations`)},
		{"byte order mark", "\xef\xbb\xbf-- migrate:up\nx;\n-- migrate:down\n",
			lines(`up file`, `  "-- migrate:up\nx;\n"`, `down file`, `  "-- migrate:down\n"`, `"\ufeff": the file starts with a byte order mark, which dbmate takes for text before '-- migrate:up'`)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := show(readOne(t, "dbmate", "1_x.sql", tt.text)); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestDbmateDirectory(t *testing.T) {
	text := "-- migrate:up\n-- migrate:down\n"
	got := showDir(t, dbmate(), map[string]string{"2_b.sql": text, "10_a.sql": text, "2-c.sql": text, "02_d.sql": text, "3.sql": text, "x.sql": text, "4_x.txt": text})
	want := lines(
		`"02" "d" up 02_d.sql down 02_d.sql`,
		`"10" "a" up 10_a.sql down 10_a.sql`,
		`"2" "c" up 2-c.sql down 2-c.sql`,
		`"2" "b" up 2_b.sql down 2_b.sql; 2_b.sql: version 2 is taken by 2-c.sql: dbmate records a version once, so one of the two files fails or never runs`,
		`"3" "" up 3.sql down 3.sql`)
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestDbmateHeaderBelongsToTheFirstSection(t *testing.T) {
	m := readOne(t, "dbmate", "1_x.sql", "-- why\n-- migrate:up\nx;\n-- migrate:down\n")
	if got := string(m.Up[0].Text); got != "-- why\n-- migrate:up\nx;\n" {
		t.Errorf("%q", got)
	}
}

func FuzzDbmate(f *testing.F) {
	fuzz(f, "dbmate", "1_x.sql",
		"-- migrate:up transaction:false\nx;\n-- migrate:down\ny;\n-- migrate:up\nz;\n-- migrate:down",
		"x;\n--\r\n\fmigrate:down\n--migrate:up\t")
}

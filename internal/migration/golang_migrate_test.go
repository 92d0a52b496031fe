package migration

import "testing"

func TestGolangMigrateFiles(t *testing.T) {
	text := "CREATE TABLE t (c text DEFAULT ';');\n-- c\nSELECT 1;\n\n"
	for _, tt := range []struct {
		name, path, text string
		multi            bool
		want             string
	}{
		{"a file is one message", "1_x.up.sql", text, false, lines(`up none`, `  "CREATE TABLE t (c text DEFAULT ';');\n-- c\nSELECT 1;\n\n"`)},
		{"down", "1_x.down.sql", "DROP TABLE t;", false, lines(`down none`, `  "DROP TABLE t;"`)},
		{"x-multi-statement", "1_x.up.sql", text, true, lines(`up none`, `  "CREATE TABLE t (c text DEFAULT ';"`, `  "');"`, `  "\n-- c\nSELECT 1;"`)},
		{"nothing", "1_x.up.sql", "", false, lines(`up none`, `  ""`)},
		{"another name", "draft.sql", "x", false, lines(`up none`, `  "x"`)},
		{"byte order mark", "1_x.up.sql", "\xef\xbb\xbfx", false, lines(`up none`, `  "x"`, `"\ufeff": the file starts with a byte order mark, which PostgreSQL takes for a syntax error`)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := GolangMigrate(tt.multi).ReadFile(&File{Path: tt.path, Src: []byte(tt.text)})
			checkRead(t, m)
			if got := show(m); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestGolangMigrateDirectory(t *testing.T) {
	files := map[string]string{}
	for _, name := range []string{
		"10_j.up.sql", "2_b.up.sql", "2_b.down.sql", "000001_a.up.pgsql", "1_other.down.sql", "3_c.up.sql", "03_d.up.sql", "3_c.down.sql",
		"4_e.down.sql", "4_f.down.sql", "5.up.sql", "6_g.sql", "x_y.up.sql", "7_up.sql", "99999999999999999999_z.up.sql", "8_h.up.down.sql", "9_i.up.sql.bak", "9_i.up.sql",
	} {
		files[name] = ""
	}
	const why = "golang-migrate refuses two files of one version and direction"
	want := lines(
		`"000001" "a" up 000001_a.up.pgsql down 1_other.down.sql`,
		`"2" "b" up 2_b.up.sql down 2_b.down.sql`,
		`"03" "d" up 03_d.up.sql`,
		`"3" "c" up 3_c.up.sql down 3_c.down.sql; 3_c.up.sql: version 3 is taken by 03_d.up.sql: `+why,
		`"4" "e" down 4_e.down.sql`,
		`"4" "f" down 4_f.down.sql; 4_f.down.sql: version 4 is taken by 4_e.down.sql: `+why,
		`"8" "h.up" down 8_h.up.down.sql`,
		`"9" "i" up 9_i.up.sql`,
		`"9" "i" up 9_i.up.sql.bak; 9_i.up.sql.bak: version 9 is taken by 9_i.up.sql: `+why,
		`"10" "j" up 10_j.up.sql`)
	if got := showDir(t, GolangMigrate(false), files); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func FuzzGolangMigrate(f *testing.F) {
	f.Add([]byte("BEGIN;\nSELECT ';';\nCOMMIT;\n"), true)
	f.Add([]byte("\xef\xbb\xbf ;"), false)
	f.Fuzz(func(t *testing.T, src []byte, multi bool) {
		m := GolangMigrate(multi).ReadFile(&File{Path: "1_x.up.sql", Src: src})
		checkRead(t, m)
		if len(m.Up) != 1 {
			t.Error("no section: the file would be passed over in silence")
		}
	})
}

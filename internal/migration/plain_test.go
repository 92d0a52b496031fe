package migration

import (
	"io/fs"
	"testing"
	"testing/fstest"
)

func TestPlainFiles(t *testing.T) {
	for _, tt := range []struct{ name, path, text, want string }{
		{"up", "1_x.sql", "SELECT 1;\n", lines(`up file`, `  each of "SELECT 1;\n"`)},
		{"down", "1_x.down.sql", "SELECT 1;\n", lines(`down file`, `  each of "SELECT 1;\n"`)},
		{"any name", "stdin", "x", lines(`up file`, `  each of "x"`)},
		{"opt-out", "1_x.sql", "/* a /* b */ */\n-- c\n  -- safemig:no-transaction\nSELECT 1;\n", lines(`up none`, `  each of "/* a /* b */ */\n-- c\n  -- safemig:no-transaction\nSELECT 1;\n"`)},
		{"opt-out with a reason", "1_x.sql", "--safemig:no-transaction builds an index\r\n", lines(`up none`, `  each of "--safemig:no-transaction builds an index\r\n"`)},
		{"opt-out in a comment", "1_x.sql", "/*\n-- safemig:no-transaction\n*/", lines(`up file`, `  each of "/*\n-- safemig:no-transaction\n*/"`)},
		{"another word", "1_x.sql", "-- safemig:no-transactions\nx;\n-- not safemig:no-transaction\n", lines(`up file`, `  each of "-- safemig:no-transactions\nx;\n-- not safemig:no-transaction\n"`)},
		{"opt-out too late", "1_x.sql", "SELECT 1;\n-- safemig:no-transaction\nSELECT 2;\n",
			lines(`up file`, `  each of "SELECT 1;\n-- safemig:no-transaction\nSELECT 2;\n"`, `"-- safemig:no-transaction": -- safemig:no-transaction has no effect after the first statement`)},
		{"byte order mark", "1_x.sql", "\xef\xbb\xbf-- safemig:no-transaction\n", lines(`up none`, `  each of "-- safemig:no-transaction\n"`)},
		{"comment left open", "1_x.sql", "/* /", lines(`up file`, `  each of "/* /"`)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := show(readOne(t, "plain", tt.path, tt.text)); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestPlainTransaction(t *testing.T) {
	for wrap, optOut := range map[Wrap]string{WrapFile: plainOptOut, WrapStatement: plainOptOut, WrapNone: ""} {
		m := Plain(wrap).ReadFile(&File{Path: "1_x.sql", Src: []byte("SELECT 1;")})
		if run := m.Up[0].Run; run.Wrap != wrap || run.OptOut != optOut {
			t.Errorf("%s: %+v", wraps[wrap], run)
		}
		m = Plain(wrap).ReadFile(&File{Path: "1_x.sql", Src: []byte("-- safemig:no-transaction\n")})
		if run := m.Up[0].Run; run.Wrap != WrapNone {
			t.Errorf("%s with opt-out: %+v", wraps[wrap], run)
		}
	}
}

func TestPlainDirectory(t *testing.T) {
	files := map[string]string{}
	for _, name := range []string{
		"10_j.sql", "9-i.sql", "0008.h.sql", "20240101000000_k.sql", "7.up.sql", "7.down.sql", "006_f.up.sql", "006_f.down.sql", "5.sql",
		"4_d.sql", "04_e.sql", "4_d.down.sql", "V1__init.sql", "users.sql", "users.down.sql", "seed.SQL", "1x.sql", "notes.txt", ".sql", "3_gone.down.sql", "a.down.sql",
	} {
		files[name] = ""
	}
	want := lines(
		`"3" "gone" down 3_gone.down.sql`,
		`"04" "e" up 04_e.sql`,
		`"4" "d" up 4_d.sql down 4_d.down.sql; 4_d.sql: version 4 is taken by 04_e.sql: a version names one file`,
		`"5" "" up 5.sql`,
		`"006" "f" up 006_f.up.sql down 006_f.down.sql`,
		`"7" "" up 7.up.sql down 7.down.sql`,
		`"0008" "h" up 0008.h.sql`,
		`"9" "i" up 9-i.sql`,
		`"10" "j" up 10_j.sql`,
		`"20240101000000" "k" up 20240101000000_k.sql`,
		`"" "1x" up 1x.sql`,
		`"" "V1__init" up V1__init.sql`,
		`"" "a" down a.down.sql`,
		`"" "seed" up seed.SQL`,
		`"" "users" up users.sql down users.down.sql`)
	if got := showDir(t, Plain(WrapFile), files); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestDirectoriesAndPipesAreNotMigrations(t *testing.T) {
	fsys := fstest.MapFS{
		"1_a.sql":       {Data: []byte("SELECT 1;")},
		"2_b.sql/x.sql": {Data: []byte("SELECT 2;")},
		"3_c.sql":       {Mode: fs.ModeNamedPipe},
	}
	ms, err := Plain(WrapFile).Read(fsys)
	if err != nil || len(ms) != 1 {
		t.Errorf("%d migrations, %v", len(ms), err)
	}
}

func FuzzPlain(f *testing.F) {
	fuzz(f, "plain", "1_x.sql", "-- safemig:no-transaction\nSELECT 1;", "/* /* */\n-- safemig:no-transaction", "x\n-- safemig:no-transaction")
}

package migration

import (
	"path"
	"strings"
	"testing"
	"testing/fstest"
)

// readerCase is a file as a tool reads it alone, in show's words.
type readerCase struct{ tool, path, text, want string }

func TestReaders(t *testing.T) {
	for _, tt := range []readerCase{
		{"sqlx", "1_a.sql", "-- no-transaction\nx;\ny;\n", lines(`up none`, `  "-- no-transaction\nx;\ny;\n"`)},
		{"sqlx", "1_a.down.sql", "x;", lines(`down file`, `  "x;"`)},
		{"prisma", "2024_a/migration.sql", "x;\ny;", lines(`up none`, `  "x;\ny;"`)},
		{"supabase", "1_a.sql", "x;\ny;", lines(`up none`, `  each of "x;\ny;"`)},
		{"hasura", "1_a/down.sql", "x;", lines(`down file`, `  "x;"`)},
		{"drizzle", "0000_a.sql", "x;--> statement-breakpoint\ny;\n--> statement-breakpoint\n", lines(`up all`, `  "x;"`, `  "\ny;\n"`)},
		{"tern", "1_a.sql", "x {{ .t }};\n---- create above / drop below ----\n---- tern: disable-tx ----\ny;",
			lines(`up file`, `  "x ____t___;\n"`, `down none`, `  each of "\n---- tern: disable-tx ----\ny;"`)},
		{"tern", "1_a.sql", "-- c\n---- create above / drop below ----\n", lines(`up file`, `  "-- c\n"`, `down file`, `  "\n"`,
			`"-": tern refuses a file without SQL above '---- create above / drop below ----'`)},
		{"sql-migrate", "1.sql", "-- +migrate Up notransaction\na; b;\n-- +migrate StatementBegin\nc;\nd;\n-- +migrate StatementEnd\n-- +migrate Down\ne;\n",
			lines(`up none`, `  "a; b;"`, `  "c;\nd;"`, `down file`, `  "e;"`)},
		{"sql-migrate", "1.sql", "x;\n", lines(`up file`, `"": sql-migrate refuses a file without '-- +migrate Up'`)},
		{"sql-migrate", "1.sql", "-- +migrate Up\nx\n-- +migrate up\n", lines(`up file`, `  "x"`,
			`"-- +migrate up": sql-migrate takes no notice of '-- +migrate up'`, `"x": sql-migrate refuses a statement that is unfinished at the end of the file`)},
		{"bun", "1_a.up.sql", "x;\ny;\n--bun:split\nz\n", lines(`up none`, `  "x;\ny;\n"`, `  "z\n"`)},
		{"bun", "1_a.tx.down.sql", "x;\n--bun:Split\n", lines(`down file`, `  "x;\n"`, `"--bun:Split": bun does not know the directive "Split"`)},
		{"popx", "1_a.autocommit.up.sql", "x;", lines(`up none`, `  "x;"`)},
		{"popx", "1_a.postgres.down.sql", "x;", lines(`down file`, `  "x;"`)},
		{"morph", "1_a.up.sql", "-- morph:nontransactional\nx;", lines(`up none`, `  "-- morph:nontransactional\nx;"`)},
		{"river", "1_a.up.sql", "x;", lines(`up file`, `  "x;"`)},
		{"river", "1_a.up.sql", "x /* TEMPLATE: schema */y, '/* TEMPLATE: schema */z';", lines(`up file`, `  "x                       y, '                      z';"`)},
		{"node-pg-migrate", "1_a.sql", "-- c\n-- Up Migration\nx;\n--- down migration\ny;\n", lines(`up all`, `  "-- c\n-- Up Migration\nx;\n"`, `down all`, `  "--- down migration\ny;\n"`)},
		{"node-pg-migrate", "1_a.sql", "x;\n-- Down Migration\ny;\n", lines(`up all`, `  "x;\n-- Down Migration\ny;\n"`, `down all`, `  "-- Down Migration\ny;\n"`,
			`"-- Down Migration": node-pg-migrate runs the down part when it migrates up: there is no '-- Up Migration'`)},
		{"postgres-migrations", "1-a.sql", "x;\n-- postgres-migrations disable-transaction", lines(`up none`, `  "x;\n-- postgres-migrations disable-transaction"`)},
		{"graphile-migrate", "committed/000001.sql", "--! Previous: -\n--! Hash: sha1:1\n\n--! no-transaction\nGRANT x TO :ROLE; SELECT 1::int;\n",
			lines(`up none`, `  "--! Previous: -\n--! Hash: sha1:1\n\n--! no-transaction\nGRANT x TO _ROLE; SELECT 1::int;\n"`)},
		{"graphile-migrate", "committed/000001.sql", "--! Previous: -\nx;\n", lines(`up file`, `  "--! Previous: -\nx;\n"`,
			`"x;": graphile-migrate refuses a committed migration without an empty line below its headers`, `"-": graphile-migrate refuses a committed migration without the header Hash`)},
		{"refinery", "V1__a.sql", "x;", lines(`up file`, `  "x;"`)},
		{"atlas", "1_a.sql", "-- atlas:txmode none\n\nx;\n", lines(`up none`, `  each of "-- atlas:txmode none\n\nx;\n"`)},
		{"atlas", "1_a.sql", "-- atlas:txmode all\n\nx;\n", lines(`up file`, `  each of "-- atlas:txmode all\n\nx;\n"`, `"-- atlas:txmode all": atlas refuses txmode "all" in a file`)},
		{"atlas", "1_a.sql", "-- atlas:delimiter \\n\\n\nx; y\n\nf($$\n\n$$, '\n\n') -- z\n\n", lines(`up file`, `  "x; y"`, `  "f($$\n\n$$, '\n\n') -- z"`)},
		{"atlas", "1_a.sql", "-- atlas:delimiter //\nx; y// (a // b) --//\nz", lines(`up file`, `  "x; y"`, `  " (a // b) --//\nz"`)},
		{"atlas", "1_a.sql", "x;\n-- atlas:delimiter //\ny;", lines(`up file`, `  each of "x;\n-- atlas:delimiter //\ny;"`)},
		{"sqitch", "revert/a.sql", "x :v, :'s', :\"n\", a::b;", lines(`down none`, `  each of "x _v,  's',  \"n\", a::b;"`)},
		{"flyway", "V1__a.sql", "x ${flyway:defaultSchema}.t;", lines(`up file`, `  each of "x                         t;"`)},
		{"flyway", "V1__a.sql", "vacuum (analyze) t;\n-- c\nCREATE UNIQUE INDEX CONCURRENTLY i", lines(`up none`, `  each of "vacuum (analyze) t;\n-- c\nCREATE UNIQUE INDEX CONCURRENTLY i"`)},
		{"flyway", "V1__a.sql", "x;\nDROP INDEX CONCURRENTLY i;\n", lines(`up none`, `  each of "x;\nDROP INDEX CONCURRENTLY i;\n"`,
			`"DROP INDEX CONCURRENTLY i": flyway refuses a script in which some statements can run in a transaction and some cannot`)},
		{"liquibase", "a.sql", "--liquibase formatted sql\n--changeset a:1 runInTransaction:false\nx;\n--rollback y;\n--changeset a:2 dbms:mysql\nz;\n",
			lines(`up none`, `  each of "--liquibase formatted sql\n--changeset a:1 runInTransaction:false\nx;\n--rollback y;\n"`,
				`down none`, `  each of "                         \n                                      \n  \n           y;\n"`)},
		{"liquibase", "a.sql", "--liquibase formatted sql\n--changeset a:1\nx $$ y; z; $$;\n--changeset a:1\nx;\n",
			lines(`up file`, `  "--liquibase formatted sql\n--changeset a:1\nx $$ y"`, `  " z"`, `  " $$"`,
				`up file`, `  each of "--changeset a:1\nx;\n"`, `"--changeset a:1": liquibase refuses a second changeset a:1`)},
		{"liquibase", "a.sql", "--liquibase formatted sql\n--changeset a:1\nx\ngo\ny", // issue 4: a line GO was SQL where nothing else asked for Liquibase's splitter
			lines(`up file`, `  "--liquibase formatted sql\n--changeset a:1\nx\n"`, `  "\ny"`)},
		{"alembic", "a.sql", "BEGIN;\nx;\nCOMMIT;\n", lines(`up none`, `  each of "BEGIN;\nx;\nCOMMIT;\n"`)},
	} {
		t.Run(tt.tool, func(t *testing.T) {
			if got := show(readOne(t, tt.tool, tt.path, tt.text)); got != tt.want {
				t.Errorf("%s\ngot\n%s\nwant\n%s", tt.text, got, tt.want)
			}
		})
	}
}

func TestFlywayNames(t *testing.T) {
	for name, want := range map[string]flywayNamed{
		"V1_2__add_x.sql":                 {'V', "1.2", "add x", 0},
		"V1.SQL":                          {'V', "1", "", 0},
		"V__x.sql":                        {},
		"V1.__x.sql":                      {},
		"R__v.sql":                        {'R', "", "v", 0},
		"R1__v.sql":                       {},
		"beforeEachMigrate__a.sql":        {'<', "", "beforeEachMigrate__a", 7},
		"afterMigrateOperationFinish.sql": {'>', "", "afterMigrateOperationFinish", 15},
		"afterMigrateOther.sql":           {},
		"beforeUndo.sql":                  {},
		".sql":                            {},
	} {
		if got := flywayDefaults.read(name); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

func TestNotes(t *testing.T) {
	for _, tt := range []struct{ tool, path, text, at string }{
		{"sqlx", "1_a.sql", "\n-- no-transaction\nx;", "-- no-transaction"},
		{"sqlx", "1_a.sql", "--no-transaction\nx;", "--no-transaction"},
		{"sqlx", "1_a.sql", "x;\n-- no-transaction\n", ""},
		{"sqlx", "1_a.sql", "-- no-transaction, since it builds an index\nx;", ""},
		{"morph", "1_a.up.sql", "-- c\n-- morph:nontransactional\nx;", "-- morph:nontransactional"},
		{"tern", "1_a.sql", "x;\n---- tern: disable-tx ---- \ny;", "---- tern: disable-tx ---- "},
		{"atlas", "1_a.sql", "-- atlas:txmode none\nx;", "-- atlas:txmode none"},
		{"graphile-migrate", "current.sql", "-- c\n--! no-transaction\nx;", "--! no-transaction"},
		{"sql-migrate", "1.sql", "-- +migrate Up noTransaction\nx;", "-- +migrate Up noTransaction"},
		{"postgres-migrations", "1.sql", "--postgres-migrations disable-transaction\nx;", "postgres-migrations disable-transaction"},
	} {
		m := readOne(t, tt.tool, tt.path, tt.text)
		got := ""
		for _, n := range m.Up[0].Notes {
			got += string(n.File.Src[n.Span.Start:n.Span.End])
		}
		if got != tt.at {
			t.Errorf("%s %q: note at %q, want %q", tt.tool, tt.text, got, tt.at)
		}
	}
}

// TestDirectories: order, pairs, versions and what the tool refuses, in showDir's words.
func TestDirectories(t *testing.T) {
	for _, tt := range []struct {
		tool  string
		files map[string]string
		want  string
	}{
		{"flyway", map[string]string{"V10__c.sql": "", "V2__a.sql": "", "x/V2_1__b.sql": "", "R__z.sql": "", "beforeMigrate.sql": "", "U2__a.sql": "", "B1__old.sql": "", "B5__new.sql": "", "V02__d.sql": "", "x.sql": ""},
			lines(`"" "beforeMigrate" up beforeMigrate.sql`, `"1" "old" up B1__old.sql`, `"2" "a" up V2__a.sql down U2__a.sql`,
				`"02" "d" up V02__d.sql; V02__d.sql: version 02 is taken by V2__a.sql: flyway refuses two migrations of one version`,
				`"2.1" "b" up x/V2_1__b.sql`, `"10" "c" up V10__c.sql`, `"" "z" up R__z.sql`)},
		{"tern", map[string]string{"1_a.sql": "x;", "3_c.sql": "x;", "3_d.sql": "x;", "shared/p.sql": "x;"},
			lines(`"1" "a" up 1_a.sql`, `"3" "c" up 3_c.sql; 3_c.sql: tern refuses migration 3: migration 2 is missing`, `"3" "d" up 3_d.sql; 3_d.sql: tern refuses a second migration 3`)},
		{"diesel", map[string]string{"2024-01-01-1_a/up.sql": "x;", "2024-01-01-1_a/down.sql": "", "2_b/up.sql": " ", "3_c/down.sql": ""},
			lines(`"202401011" "a" up 2024-01-01-1_a/up.sql down 2024-01-01-1_a/down.sql`, `"2" "b" up 2_b/up.sql; 2_b/up.sql: Diesel refuses an empty up.sql`,
				`"3" "c" down 3_c/down.sql; 3_c/down.sql: down.sql stands without an up.sql`)},
		{"sqitch", map[string]string{"sqitch.plan": "%project=p\n\na 2024-01-01T00:00:00Z N <e> # n\n@v1 2024 N <e>\nb [a] 2024 N <e>\na [a@v1] 2024 N <e>\nc 2024 N <e>\n",
			"deploy/a@v1.sql": "", "deploy/a.sql": "", "deploy/b.sql": "", "revert/b.sql": ""},
			lines(`"a" "a" up deploy/a@v1.sql`, `"b" "b" up deploy/b.sql down revert/b.sql`, `"a" "a" up deploy/a.sql`, `"c" "c"; sqitch.plan: sqitch does not find deploy/c.sql`)},
		{"sqitch", map[string]string{"sqitch.conf": "[core]\n\tengine = pg\n\ttop_dir = no\n\textension = psql\n[engine \"pg\"]\n\ttop_dir = db\n\trevert_dir = back\n\treworked_dir = old\n",
			"db/sqitch.plan":   "%syntax-version=1.0.0\n\na 2024-01-01T00:00:00Z N <e>\n@v1 2024-01-01T00:00:00Z N <e>\n@v2 2024-01-01T00:00:00Z N <e>\na [a@v2] 2024-01-01T00:00:00Z N <e>\nx/b 2024-01-01T00:00:00Z N <e>\n",
			"db/deploy/a.psql": "", "old/deploy/a@v2.psql": "", "old/revert/a@v2.psql": "", "db/deploy/x/b.psql": "", "back/x/b.psql": "", "db/revert/a.psql": ""},
			lines(`"a" "a" up old/deploy/a@v2.psql down old/revert/a@v2.psql; db/sqitch.plan: sqitch refuses a plan without %project`,
				`"a" "a" up db/deploy/a.psql`, `"x/b" "x/b" up db/deploy/x/b.psql down back/x/b.psql`)},
		{"drizzle", map[string]string{"meta/_journal.json": `{"entries":[{"tag":"b","when":2},{"tag":"a","when":1}]}`, "a.sql": "", "b.sql": "", "c.sql": ""},
			lines(`"b" "b" up b.sql`, `"a" "a" up a.sql; a.sql: drizzle never runs this file where b.sql is applied: its time in meta/_journal.json is older`,
				`"c" "c" up c.sql; c.sql: drizzle does not run this file: meta/_journal.json does not name it`)},
		{"popx", map[string]string{"2_b.up.sql": "", "1_a.up.sql": "", "1_a.down.sql": "", "2_b.postgres.autocommit.up.sql": "", "3_c.mysql.up.sql": ""},
			lines(`"1" "a" up 1_a.up.sql down 1_a.down.sql`, `"2" "b" up 2_b.postgres.autocommit.up.sql`)},
		{"postgres-migrations", map[string]string{"1_a.sql": "", "2b.js": "", "4.sql": ""},
			lines(`"1" "a" up 1_a.sql`, `"2" "b"`, `"4" "" up 4.sql; 4.sql: postgres-migrations refuses id 4 where 3 is due`)},
		{"graphile-migrate", map[string]string{"committed/000002-b.sql": "--! Previous: x\n--! Hash: y\n\nx;", "committed/000001.sql": "--! Previous: -\n--! Hash: y\n\nx;", "current/1.sql": "", "current.sql": ""},
			lines(`"000001" "" up committed/000001.sql`, `"000002" "b" up committed/000002-b.sql`, `"1" "" up current/1.sql`,
				`"current" "current" up current.sql; current.sql: graphile-migrate refuses current.sql beside the folder current`)},
		{"supabase", map[string]string{"20200101000000_init.sql": "", "20240101000000_a.sql": "", "x.sql": "", "20240101000000_b.sql": ""},
			lines(`"20240101000000" "a" up 20240101000000_a.sql`, `"20240101000000" "b" up 20240101000000_b.sql; 20240101000000_b.sql: version 20240101000000 is taken by 20240101000000_a.sql: the version is the primary key of supabase_migrations.schema_migrations, so one of the two files fails`)},
	} {
		t.Run(tt.tool, func(t *testing.T) {
			f, _ := FormatByName(tt.tool)
			if got := showDir(t, f, tt.files); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestSettingsReachTheReaders(t *testing.T) {
	for _, tt := range []struct {
		tool, settings, text, dir, file, want string
	}{
		{"flyway", "[flyway]\nmixed = true\n", "x;\nVACUUM t;", "sql", "V1__a.sql", lines(`up none`, `  each of "x;\nVACUUM t;"`)},
		{"flyway", "flyway.placeholderPrefix=#(\nflyway.placeholderSuffix=)\nflyway.group=true\n", "x #(y) ${z};", "sql", "V1__a.sql", lines(`up all`, `  each of "x __y_ ${z};"`)},
		{"flyway", "[flyway]\nsqlMigrationPrefix = \"M\"\nsqlMigrationSeparator = '-'\nsqlMigrationSuffixes = [\".psql\", \".ddl\"]\n", "x;", "sql", "M1-a.ddl", lines(`up file`, `  each of "x;"`)},
		{"flyway", "spring:\n  flyway:\n    sql-migration-prefix: M\n    sql-migration-suffixes: .psql,.ddl\n", "x;", "sql", "M1__a.ddl", lines(`up file`, `  each of "x;"`)},
		{"atlas", "env \"x\" {\n  migration {\n    tx_mode = \"all\"\n  }\n}\n", "-- atlas:txmode none\n\nx;", "m", "1_a.sql",
			lines(`up all`, `  each of "-- atlas:txmode none\n\nx;"`, `"-- atlas:txmode none": atlas refuses txmode in a file where tx-mode is all`)},
	} {
		name := map[bool]string{true: "atlas.hcl", false: "flyway.toml"}[tt.tool == "atlas"]
		if strings.Contains(tt.settings, "flyway.group") {
			name = "flyway.conf"
		} else if strings.Contains(tt.settings, "spring:") {
			name = "application.yml"
		}
		tree := fstest.MapFS{name: {Data: []byte(tt.settings)}, path.Join(tt.dir, tt.file): {Data: []byte(tt.text)}}
		f, _ := FormatByName(tt.tool)
		ms, err := f.Read(Sub(tree, tt.dir))
		if err != nil || len(ms) != 1 {
			t.Fatal(err, ms)
		}
		if got := show(ms[0]); got != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.settings, got, tt.want)
		}
	}
}

func FuzzReaders(f *testing.F) {
	seeds := []string{"-- +migrate Up\nx;\n", "--liquibase formatted sql\n--changeset a:1 endDelimiter:/\nx\n/\n--rollback y", "--! Previous: -\n\nx :'a' :B",
		"{{ if .x }}y{{ end }} ${a} '${b}' $$ ${c} $$", "-- atlas:txmode none\n\nx", "-- atlas:delimiter \\n\\n\nx\n\ny (z\n\n)", "<changeSet id=\"1\"><sql>x &lt; <![CDATA[y]]></sql></changeSet>",
		"x ---- create above / drop below ---- y\n---- tern: disable-tx ----", "--> statement-breakpoint", "--bun:split\n", "VACUUM;x;CREATE INDEX CONCURRENTLY", "BEGIN ATOMIC x; END; \\i y\n", "x;\n\\i y\n\\ir 'z'\n\\c a\nCOPY x FROM stdin;\n\\i y\n\\.\n:'a' :\"b\" :c"}
	for _, s := range append(seeds, "", "\xef\xbb\xbf", "\r\n", "\x00;", "SELECT '\xff';\n") {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		for _, format := range Formats() {
			for _, p := range []string{"1_x.sql", "V1__x.up.sql", "1_x/up.sql", "committed/1-x.sql", "deploy/x.sql", "x.xml"} {
				m := format.ReadFile(&File{Path: p, Src: src})
				checkRead(t, m)
				if format.Include != nil {
					format.Include(fstest.MapFS{p: {Data: src}, "y": {Data: []byte(`\i z`)}, "z": {Data: src}}, &m)
					checkRead(t, m)
				}
				if len(m.Up)+len(m.Down) == 0 && format.Name != "liquibase" {
					t.Errorf("%s: no section: the file would be passed over in silence", format.Name)
				}
			}
		}
	})
}

package split_test

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgserver/pgtest"
	"github.com/safemig/safemig/internal/pgsql"
	"github.com/safemig/safemig/internal/split"
	"github.com/safemig/safemig/rules"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// schema is what every case starts from; rows are there before the migration.
const schema = `CREATE TABLE other (id bigint PRIMARY KEY);
CREATE TABLE users (id serial PRIMARY KEY, email text NOT NULL, n integer DEFAULT 7, code varchar(20), o bigint, note text);
CREATE TABLE tags (code varchar(20), kind integer NOT NULL);
CREATE TABLE "Order" (id bigint, "User Id" integer NOT NULL);
CREATE INDEX users_n_idx ON users (n DESC, code) WHERE n > 0;
COMMENT ON COLUMN users.n IS 'how many';
INSERT INTO tags SELECT g, 1 FROM generate_series(1, 500) g;
INSERT INTO "Order" SELECT g, g FROM generate_series(1, 500) g;
INSERT INTO other SELECT g FROM generate_series(1, 10) g;
INSERT INTO users (email, n, code, o, note) SELECT 'a' || g, g, g::text, 1 + g % 10, 'x' FROM generate_series(1, 3000) g;
`

// hazard is a migration that a sequence takes the place of.
type hazard struct{ name, up, down string }

var hazards = []hazard{
	{"set_not_null", "ALTER TABLE users ALTER COLUMN note SET NOT NULL;", "ALTER TABLE users ALTER COLUMN note DROP NOT NULL;"},
	{"foreign_key", "ALTER TABLE users ADD FOREIGN KEY (o) REFERENCES other ON DELETE CASCADE;", "ALTER TABLE users DROP CONSTRAINT users_o_fkey;"},
	{"check", "ALTER TABLE users ADD CONSTRAINT n_positive CHECK (n > 0);", "ALTER TABLE users DROP CONSTRAINT n_positive;"},
	{"unique", "ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE (email) INCLUDE (note) DEFERRABLE INITIALLY DEFERRED;", "ALTER TABLE users DROP CONSTRAINT users_email_key;"},
	{"primary_key", "ALTER TABLE tags ADD PRIMARY KEY (code, kind);", "ALTER TABLE tags DROP CONSTRAINT tags_pkey;\nALTER TABLE tags ALTER COLUMN code DROP NOT NULL;"},
	{"volatile_default", "ALTER TABLE users ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE;", "ALTER TABLE users DROP COLUMN token;"},
	{"serial", "ALTER TABLE users ADD COLUMN rank bigserial;", "ALTER TABLE users DROP COLUMN rank;"},
	{"column_check", "ALTER TABLE users ADD COLUMN state text DEFAULT 'new' CHECK (state IN ('new', 'old'));", "ALTER TABLE users DROP COLUMN state;"},
	{"column_fk", "ALTER TABLE users ADD COLUMN p bigint DEFAULT 1 REFERENCES other (id);", "ALTER TABLE users DROP COLUMN p;"},
	{"type", "ALTER TABLE users ALTER COLUMN n TYPE bigint;", "ALTER TABLE users ALTER COLUMN n TYPE integer;"},
	{"type_of_key", "ALTER TABLE users ALTER COLUMN id TYPE bigint;", "ALTER TABLE users ALTER COLUMN id TYPE integer;"},
	{"type_using", "ALTER TABLE users ALTER COLUMN code TYPE integer USING (code::integer + n - n);", "ALTER TABLE users ALTER COLUMN code TYPE varchar(20) USING code::text;"},
	{"type_with_triggers", "CREATE FUNCTION twice() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.n := NEW.n + 0; RETURN NEW; END';\nCREATE TRIGGER users_zz BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION twice();\nALTER TABLE users ALTER COLUMN n TYPE bigint;", "ALTER TABLE users ALTER COLUMN n TYPE integer;\nDROP TRIGGER users_zz ON users;\nDROP FUNCTION twice();"},
	{"quoted", "ALTER TABLE \"Order\" ALTER COLUMN \"User Id\" TYPE bigint USING \"User Id\" * 1;\nALTER TABLE \"Order\" ADD UNIQUE (\"User Id\");", "ALTER TABLE \"Order\" DROP CONSTRAINT \"Order_User Id_key\";\nALTER TABLE \"Order\" ALTER COLUMN \"User Id\" TYPE integer;"},
	{"index", "CREATE UNIQUE INDEX users_email ON users (lower(email));", "DROP INDEX users_email;"},
	{"drop_index", "DROP INDEX users_n_idx;", "CREATE INDEX users_n_idx ON users (n DESC, code) WHERE n > 0;"},
	{"many", "-- one\nCREATE TABLE log (id bigint PRIMARY KEY);\nALTER TABLE users ADD COLUMN l bigint, ALTER COLUMN note SET NOT NULL, ADD CONSTRAINT n_positive CHECK (n > 0);\nCREATE INDEX users_l_idx ON users (l);\nALTER TABLE users ADD FOREIGN KEY (l) REFERENCES log; -- two\nINSERT INTO log VALUES (1) ON CONFLICT DO NOTHING;",
		"ALTER TABLE users DROP CONSTRAINT users_l_fkey;\nDROP INDEX users_l_idx;\nALTER TABLE users DROP CONSTRAINT n_positive, ALTER COLUMN note DROP NOT NULL, DROP COLUMN l;\nDROP TABLE log;"},
}

// tools lay a migration out: version 1 or 2, up and down.
var tools = map[string]func(version int, name, up, down string) map[string]string{
	"plain": func(v int, name, up, down string) map[string]string {
		return map[string]string{fmt.Sprintf("%04d_%s.up.sql", v, name): up, fmt.Sprintf("%04d_%s.down.sql", v, name): down}
	},
	"goose": func(v int, name, up, down string) map[string]string {
		return map[string]string{fmt.Sprintf("%05d_%s.sql", v, name): "-- +goose Up\n" + up + "\n-- +goose Down\n" + down + "\n"}
	},
	"dbmate": func(v int, name, up, down string) map[string]string {
		return map[string]string{fmt.Sprintf("2024010112000%d_%s.sql", v, name): "-- migrate:up\n" + up + "\n-- migrate:down\n" + down + "\n"}
	},
	"sql-migrate": func(v int, name, up, down string) map[string]string {
		return map[string]string{fmt.Sprintf("2024010112000%d-%s.sql", v, name): "-- +migrate Up\n" + up + "\n-- +migrate Down\n" + down + "\n"}
	},
	"tern": func(v int, name, up, down string) map[string]string {
		return map[string]string{fmt.Sprintf("%03d_%s.sql", v, name): up + "\n---- create above / drop below ----\n" + down + "\n"}
	},
	"sqlx":           pairs("2024010112000%d_%s"),
	"golang-migrate": pairs("%06d_%s"),
	"morph":          pairs("%06d_%s"),
	"bun":            pairs("2024010112000%d_%s.tx"),
	"popx":           pairs("2024010112000%d_%s"),
	"river":          pairs("%03d_%s"),
	"atlas":          single("2024010112000%d_%s.sql"),
	"supabase":       single("2024010112000%d_%s.sql"),
	"refinery":       single("V%d__%s.sql"),
	"prisma":         single("2024010112000%d_%s/migration.sql"),
	"postgres-migrations": func(v int, name, up, _ string) map[string]string {
		return map[string]string{fmt.Sprintf("%d-%s.sql", v, name): up}
	},
	"flyway": func(v int, name, up, down string) map[string]string {
		return map[string]string{fmt.Sprintf("V%d__%s.sql", v, name): up, fmt.Sprintf("U%d__%s.sql", v, name): down}
	},
	"liquibase": func(v int, name, up, down string) map[string]string {
		text := fmt.Sprintf("--liquibase formatted sql\n\n--changeset ana:%d context:all\n%s\n", v, up)
		for _, line := range strings.Split(down, "\n") {
			text += "--rollback " + line + "\n"
		}
		return map[string]string{fmt.Sprintf("%03d_%s.sql", v, name): text}
	},
	"diesel": folders("2024-01-01-12000%d_%s"),
	"hasura": folders("170410160000%d_%s"),
	"sqitch": func(v int, name, up, down string) map[string]string {
		return map[string]string{"deploy/" + name + ".sql": "BEGIN;\n" + up + "\nCOMMIT;\n", "revert/" + name + ".sql": "BEGIN;\n" + down + "\nCOMMIT;\n"}
	},
}

func pairs(format string) func(int, string, string, string) map[string]string {
	return func(v int, name, up, down string) map[string]string {
		stem := fmt.Sprintf(format, v, name)
		return map[string]string{stem + ".up.sql": up, stem + ".down.sql": down}
	}
}

func single(format string) func(int, string, string, string) map[string]string {
	return func(v int, name, up, _ string) map[string]string {
		return map[string]string{fmt.Sprintf(format, v, name): up}
	}
}

func folders(format string) func(int, string, string, string) map[string]string {
	return func(v int, name, up, down string) map[string]string {
		dir := fmt.Sprintf(format, v, name)
		return map[string]string{dir + "/up.sql": up, dir + "/down.sql": down}
	}
}

func layOut(tool string, h hazard) fstest.MapFS {
	fsys := fstest.MapFS{}
	for p, text := range tools[tool](1, "init", schema, "DROP TABLE users, other, tags, \"Order\";") {
		fsys[p] = &fstest.MapFile{Data: []byte(text)}
	}
	for p, text := range tools[tool](2, h.name, h.up, h.down) {
		fsys[p] = &fstest.MapFile{Data: []byte(text)}
	}
	if tool == "refinery" {
		fsys["Cargo.toml"] = &fstest.MapFile{Data: []byte("[dependencies]\nrefinery = \"0.8\"\n")}
	}
	if tool == "flyway" { // whose lock would else wait for every index
		fsys["flyway.conf"] = &fstest.MapFile{Data: []byte("flyway.postgresql.transactional.lock=false\n")}
	}
	if tool == "sqitch" {
		fsys["sqitch.plan"] = &fstest.MapFile{Data: []byte("%syntax-version=1.0.0\n%project=p\n\ninit 2024-01-01T12:00:00Z Ana <ana@example.org> # start\n" +
			h.name + " [init] 2024-01-02T12:00:00Z Ana <ana@example.org> # change\n")}
		for _, name := range []string{"init", h.name} {
			fsys["verify/"+name+".sql"] = &fstest.MapFile{Data: []byte("BEGIN;\nROLLBACK;\n")}
		}
	}
	return fsys
}

// TestSequencesEndWhereTheOriginalDoes applies each hazard to one database as it
// is written, its sequence to another, as the tool would, and compares what the
// two then have. The sequence is taken back and applied again, step by step.
func TestSequencesEndWhereTheOriginalDoes(t *testing.T) {
	names := slices.Sorted(maps.Keys(tools))
	a, b := connect(t, pgtest.NewDatabase(t)), connect(t, pgtest.NewDatabase(t))
	for _, h := range hazards {
		want := "" // by plain
		for _, tool := range names {
			if testing.Short() && tool != "plain" && tool != "goose" && tool != "sqlx" {
				continue
			}
			t.Run(h.name+"/"+tool, func(t *testing.T) {
				fsys := layOut(tool, h)
				p, err := split.Make(context.Background(), split.Options{Lint: lint.Options{FS: fsys, Tool: tool}})
				if err != nil {
					t.Fatal(err)
				}
				if len(p.Changes) == 0 {
					if len(p.Left) == 0 || !strings.Contains(p.Left[0].Why, "every migration in a transaction") {
						t.Fatalf("nothing is written: %+v", p.Left)
					}
					return
				}
				for _, l := range p.Left {
					t.Errorf("left: %s: %s", l.Finding.Rule.ID, l.Why)
				}
				now := apply(fsys, p)
				lintClean(t, tool, now)
				if want == "" {
					want = original(t, a, fsys, tool)
				}
				sequence(t, b, tool, h, now, want)
			})
		}
	}
}

// empty takes away what an earlier case left in a database.
func empty(t *testing.T, c *pgx.Conn) {
	t.Helper()
	if _, err := c.Exec(context.Background(), "DROP SCHEMA public CASCADE; CREATE SCHEMA public"); err != nil {
		t.Fatal(err)
	}
}

func apply(fsys fstest.MapFS, p *split.Plan) fstest.MapFS {
	out := maps.Clone(fsys)
	for _, c := range p.Changes {
		if c.Now == nil {
			delete(out, c.Path)
		} else {
			out[c.Path] = &fstest.MapFile{Data: c.Now}
		}
	}
	return out
}

// lintClean fails where the sequence is reported; its way down may be.
func lintClean(t *testing.T, tool string, fsys fstest.MapFS) {
	t.Helper()
	r, err := lint.Run(context.Background(), lint.Options{FS: fsys, Tool: tool})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		if f.Direction == "down" || f.Severity < rules.Warning || strings.Contains(f.File.Path, "init") || strings.Contains(string(f.File.Src), "CREATE TABLE other") {
			continue
		}
		t.Errorf("%s: %s [%s]\n%s", f.File.Path, f.Message, f.Rule.ID, f.File.Src)
	}
}

func original(t *testing.T, c *pgx.Conn, fsys fs.FS, tool string) string {
	empty(t, c)
	for _, m := range read(t, fsys, tool) {
		if err := runSections(c, m.Up); err != nil {
			t.Fatalf("the original: %v", err)
		}
	}
	return describe(t, c)
}

func sequence(t *testing.T, c *pgx.Conn, tool string, h hazard, fsys fs.FS, want string) {
	empty(t, c)
	ms := read(t, fsys, tool)
	text := func(m migration.Migration) string { return string(m.Up[0].File.Src) }
	start := ""
	for i, m := range ms {
		if i == 1 {
			start = describe(t, c)
		}
		if err := runSections(c, m.Up); err != nil {
			t.Fatalf("%s: %v\n%s", m.File.Path, err, text(m))
		}
		alone := (strings.HasPrefix(h.name, "type") || h.name == "quoted") && i > 1 // goes back as a whole only
		if m.Down == nil || i == 0 || alone || slices.ContainsFunc(m.Down, func(s migration.Section) bool { return strings.Contains(string(s.Text), "take the migration before") }) {
			continue
		}
		if err := runSections(c, m.Down); err != nil {
			t.Fatalf("down of %s: %v\n%s", m.File.Path, err, m.Down[0].File.Src)
		}
		if err := runSections(c, m.Up); err != nil {
			t.Fatalf("again, %s: %v\n%s", m.File.Path, err, text(m))
		}
	}
	if got := describe(t, c); got != want {
		t.Errorf("ends differently:\n%s", diff(want, got))
	}
	if ms[1].Down == nil {
		return
	}
	for i := len(ms) - 1; i > 0; i-- {
		if err := runSections(c, ms[i].Down); err != nil {
			t.Fatalf("down of %s: %v\n%s", ms[i].File.Path, err, ms[i].Down[0].File.Src)
		}
	}
	if got := describe(t, c); got != start {
		t.Errorf("taken back it is not what it was:\n%s", diff(start, got))
	}
}

func diff(want, got string) string {
	var b strings.Builder
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for _, l := range w {
		if !slices.Contains(g, l) {
			b.WriteString("- " + l + "\n")
		}
	}
	for _, l := range g {
		if !slices.Contains(w, l) {
			b.WriteString("+ " + l + "\n")
		}
	}
	return b.String()
}

func read(t *testing.T, fsys fs.FS, tool string) []migration.Migration {
	t.Helper()
	format, _ := migration.FormatByName(tool)
	ms, err := format.Read(fsys)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range ms {
		for _, e := range m.Errs {
			t.Errorf("the tool refuses %s: %s", m.File.Path, e.Msg)
		}
	}
	return ms
}

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.Background()) })
	return c
}

// runSections sends sections as their tool does.
func runSections(c *pgx.Conn, sections []migration.Section) error {
	ctx := context.Background()
	send := func(sql string) error {
		_, err := c.PgConn().Exec(ctx, sql).ReadAll()
		return err
	}
	for i := range sections {
		s := &sections[i]
		var messages []string
		for _, b := range s.Run.Batches {
			messages = append(messages, string(s.Text[b.Start:b.End]))
		}
		stmts := pgsql.Parse(s)
		if s.Run.Batches == nil {
			for _, st := range stmts {
				messages = append(messages, string(st.Raw()))
			}
		}
		var err error
		switch {
		case s.Run.Pipeline:
			err = pipeline(c.PgConn(), stmts)
		case s.Run.Wrap == migration.WrapFile:
			messages = append(append([]string{"BEGIN"}, messages...), "COMMIT")
			fallthrough
		default:
			for _, m := range messages {
				if err = send(m); err != nil {
					_ = send("ROLLBACK")
					break
				}
			}
		}
		if err != nil {
			return err
		}
		if err := send("RESET ALL"); err != nil {
			return err
		}
	}
	return nil
}

// pipeline sends statements as the Supabase CLI does.
func pipeline(c *pgconn.PgConn, stmts []pgsql.Statement) error {
	b := &pgconn.Batch{}
	for _, s := range stmts {
		b.ExecParams(string(s.Raw()), nil, nil, nil, nil)
	}
	b.ExecParams("SELECT 1", nil, nil, nil, nil) // the record
	return c.ExecBatch(context.Background(), b).Close()
}

// describe gives what a database has, without what differs between two ways to
// the same: the order of columns, OIDs, random values.
func describe(t *testing.T, c *pgx.Conn) string {
	t.Helper()
	queries := []string{
		`SELECT format('column %s.%s %s notnull=%s default=%s comment=%s', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid), col_description(attrelid, attnum))
		   FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum JOIN pg_class r ON r.oid = attrelid
		  WHERE attnum > 0 AND NOT attisdropped AND relkind = 'r' AND relnamespace = 'public'::regnamespace`,
		`SELECT format('constraint %s.%s %s valid=%s', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated) FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'`,
		`SELECT format('index %s valid=%s', pg_get_indexdef(indexrelid), indisvalid) FROM pg_index JOIN pg_class r ON r.oid = indexrelid WHERE relnamespace = 'public'::regnamespace`,
		`SELECT format('trigger %s %s', tgrelid::regclass, tgname) FROM pg_trigger WHERE NOT tgisinternal`,
		`SELECT format('function %s', oid::regprocedure) FROM pg_proc WHERE pronamespace = 'public'::regnamespace`,
		`SELECT format('sequence %s %s owned by %s', s.oid::regclass, format_type(seqtypid, NULL), (SELECT refobjid::regclass || '.' || attname FROM pg_depend JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid WHERE objid = s.oid AND deptype = 'a'))
		   FROM pg_class s JOIN pg_sequence ON seqrelid = s.oid`,
		`SELECT format('rows %s %s', n, code) FROM (SELECT count(*) n, sum(length(code::text)) code FROM users) x`,
	}
	var out []string
	for _, q := range queries {
		rows, err := c.Query(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, lines...)
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

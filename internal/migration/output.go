package migration

import (
	"bytes"
	"io/fs"
	"regexp"
	"strings"
)

// The formats of this file read SQL that a program wrote for psql: every statement
// is a message of its own, and transactions are those of BEGIN and COMMIT in the
// text. Each file is a migration.

// output gives such a format.
func output(name string, owns func(string) bool, detect func(fs.FS) (int, string), version func(f *File) string, after func([]Migration) []Migration) Format {
	f := flat[none]{
		format: Format{Name: name, Detect: detect, Owns: owns},
		file: func(f *File, _ none) Migration {
			m := Migration{File: f}
			m.Version, m.Name, _ = plainName(f.base())
			if v := version(f); v != "" {
				m.Version = v
			}
			m.put(f.each(Run{Wrap: WrapNone}), false)
			return m
		},
		byName: true,
	}.build()
	if after == nil {
		return f
	}
	read := f.Read
	f.Read = func(fsys fs.FS) ([]Migration, error) {
		ms, err := read(fsys)
		return after(ms), err
	}
	return f
}

// noVersion leaves that to the name.
func noVersion(*File) string { return "" }

var alembicRevision = regexp.MustCompile(`(?m)^-- Running (up|down)grade (\S*) ?-> (\S*?),?[ \t\r]*$`)

// alembic reads what `alembic upgrade --sql` writes: all revisions in one
// transaction, or one each (transaction_per_migration). Files follow each other as
// their revisions do, and then as their names; what `alembic downgrade --sql` wrote
// for the revisions of one file is its way down. The version is the last revision.
func alembic() Format {
	return output("alembic", ownsPlain,
		func(fsys fs.FS) (int, string) { return marked(fsys, ownsPlain, alembicRevision.Match) },
		func(f *File) string { return alembicSteps(f).to }, alembicOrder)
}

// steps are the revisions that a file leads from and to.
type steps struct {
	from, to string
	down     bool
}

func alembicSteps(f *File) steps {
	var all [][][]byte
	for off := 0; ; { // the expression alone would take a third of the time of parsing
		i := bytes.Index(f.Src[off:], []byte("-- Running "))
		if i < 0 {
			break
		}
		line, next := cutLine(f.Src, off+i)
		if m := alembicRevision.FindSubmatch(line); m != nil && (off+i == 0 || f.Src[off+i-1] == '\n') {
			all = append(all, m)
		}
		off = next
	}
	if len(all) == 0 {
		return steps{}
	}
	last := all[len(all)-1]
	return steps{string(all[0][2]), string(last[3]), string(last[1]) == "down"}
}

// alembicOrder puts each file behind the one that leads to its first revision.
func alembicOrder(ms []Migration) []Migration {
	var ups, downs []Migration
	at := map[string]int{} // by the revision that a file starts from
	led := map[string]bool{}
	for _, m := range ms {
		s := alembicSteps(m.File)
		if s.down {
			downs = append(downs, m)
			continue
		}
		if _, twice := at[s.from]; !twice {
			at[s.from] = len(ups)
		}
		led[s.to] = s.to != ""
		ups = append(ups, m)
	}
	var out []Migration
	taken := make([]bool, len(ups))
	follow := func(i int) {
		for ok := true; ok && !taken[i]; {
			taken[i] = true
			out = append(out, ups[i])
			i, ok = at[alembicSteps(ups[i].File).to]
		}
	}
	for _, begins := range []bool{true, false} { // the second time what goes round in a circle
		for i := range ups {
			if !taken[i] && (!begins || !led[alembicSteps(ups[i].File).from]) {
				follow(i)
			}
		}
	}
	for _, d := range downs {
		if !alembicDown(out, d) {
			out = append(out, d)
		}
	}
	return out
}

// alembicDown makes a downgrade the way down of the file whose revisions it undoes.
func alembicDown(ms []Migration, d Migration) bool {
	back := alembicSteps(d.File)
	for i := range ms {
		if s := alembicSteps(ms[i].File); !s.down && s.from == back.to && s.to == back.from && len(ms[i].Down) == 0 {
			ms[i].Down = d.Up
			return true
		}
	}
	return false
}

// django reads what `manage.py sqlmigrate` writes: BEGIN and COMMIT around the
// operations of one migration, each under a comment of three lines, unless it is
// not atomic. Files are in the order of their names.
func django() Format {
	return output("django", ownsPlain, detectDjango, noVersion, nil)
}

// djangoComment is that of a schema operation, between lines of two dashes.
var djangoComment = regexp.MustCompile(`(?m)^--[ \t]*\r?\n(-- (?:(?:Create|Delete|Rename) model |(?:Add|Alter|Remove|Rename) field |(?:Create|Remove|Rename) index |` +
	`(?:Create|Remove) constraint |Alter (?:unique|index)_together for |Rename table for |Concurrently (?:create|remove) index |` +
	`Raw Python operation|Raw SQL operation|Custom state/database change combination)[^\n]*?)\r?\n--[ \t]*\r?$`)

func detectDjango(fsys fs.FS) (int, string) {
	names := sqlNames(fsys)
	if len(names) > 4 {
		names = append(names[:2:2], names[len(names)-2:]...)
	}
	for _, name := range names {
		if m := djangoComment.FindSubmatch(head(fsys, name)); m != nil {
			return 95, string(m[1]) + " in " + name
		}
	}
	return 0, ""
}

// rails reads db/structure.sql: what pg_dump wrote, and the versions that are in
// it. psql loads it into an empty database.
//
// It is a picture of the schema and no migration: it is read where it is named.
func rails() Format {
	owns := func(name string) bool { return name == "structure.sql" || strings.HasSuffix(name, "_structure.sql") }
	f := output("rails", owns, func(fsys fs.FS) (int, string) {
		if has(fsys, "structure.sql") {
			return 70, "structure.sql"
		}
		return marked(fsys, ownsPlain, isRailsVersions)
	}, func(f *File) string { return f.base() }, nil)
	f.Output = true
	return f
}

func isRailsVersions(line []byte) bool {
	return bytes.HasPrefix(line, []byte(`INSERT INTO "schema_migrations" (version) VALUES`))
}

// historyTables are the tables in which tools record what was applied.
var historyTables = map[string]bool{
	"schema_migrations": true, "schema_migration": true, "ar_internal_metadata": true, "alembic_version": true, "django_migrations": true,
	"goose_db_version": true, "gorp_migrations": true, "schema_version": true, "atlas_schema_revisions": true, "flyway_schema_history": true,
	"databasechangelog": true, "databasechangeloglock": true, "_prisma_migrations": true, "_sqlx_migrations": true,
	"refinery_schema_history": true, "__diesel_schema_migrations": true, "pgmigrations": true, "bun_migrations": true,
	"bun_migration_locks": true, "__drizzle_migrations": true, "river_migration": true, "pgmigrate_migrations": true,
	"db_migrations": true, "db_lock": true, "knex_migrations": true, "knex_migrations_lock": true, "__efmigrationshistory": true,
	"typeorm_migrations": true, "sequelizemeta": true,
}

// IsHistoryTable tells whether a migration tool keeps its record in a table of
// this name (without a schema), so that a statement that writes to it is the
// tool's own and not a change of data.
func IsHistoryTable(name string) bool { return historyTables[strings.ToLower(name)] }

package migration

import (
	"bytes"
	"io/fs"
	"regexp"
	"strings"
)

// The formats of this file read SQL that a program wrote for psql: every statement
// is a message of its own, and transactions are those of BEGIN and COMMIT in the
// text. Each file is a migration; they are in the order of their names.

// output gives such a format.
func output(name string, owns func(string) bool, isMark func(line []byte) bool, version func(f *File) string) Format {
	f := flat[none]{
		format: Format{Name: name, Output: true, Owns: owns},
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
	f.Detect = func(fsys fs.FS) (int, string) { return marked(fsys, ownsPlain, isMark) }
	return f
}

var alembicRevision = regexp.MustCompile(`(?m)^-- Running (?:up|down)grade (\S*) ?-> (\S*)\s*$`)

// alembic reads what `alembic upgrade --sql` writes: all revisions in one
// transaction, or one each (transaction_per_migration). The version is that of the
// last revision.
func alembic() Format {
	return output("alembic", ownsPlain, alembicRevision.Match, func(f *File) string {
		all := alembicRevision.FindAllSubmatch(f.Src, -1)
		if len(all) == 0 {
			return ""
		}
		return strings.TrimRight(string(all[len(all)-1][2]), ",")
	})
}

// django reads what `manage.py sqlmigrate` writes: BEGIN and COMMIT around the
// operations of one migration, each under a comment, unless it is not atomic.
func django() Format {
	return output("django", ownsPlain, isDjangoComment, func(*File) string { return "" })
}

// isDjangoComment knows the comments of schema operations.
func isDjangoComment(line []byte) bool {
	text, ok := bytes.CutPrefix(line, []byte("-- "))
	if !ok {
		return false
	}
	for _, begin := range []string{"Create model ", "Delete model ", "Add field ", "Alter field ", "Remove field ", "Rename field ",
		"Create index ", "Remove index ", "Rename index ", "Create constraint ", "Remove constraint ", "Alter unique_together for ",
		"Alter index_together for ", "Rename model ", "Rename table for ", "Concurrently create index ", "Concurrently remove index ",
		"Raw Python operation", "Raw SQL operation", "Custom state/database change combination"} {
		if bytes.HasPrefix(text, []byte(begin)) {
			return true
		}
	}
	return false
}

// rails reads db/structure.sql: what pg_dump wrote, and the versions that are in
// it. psql loads it into an empty database.
func rails() Format {
	f := output("rails", func(name string) bool { return name == "structure.sql" || strings.HasSuffix(name, "_structure.sql") }, isRailsVersions, func(f *File) string { return f.base() })
	f.Detect = func(fsys fs.FS) (int, string) {
		if has(fsys, "structure.sql") {
			return 70, "structure.sql"
		}
		return marked(fsys, ownsPlain, isRailsVersions)
	}
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

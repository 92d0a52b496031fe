package trace

import "strings"

// versionTable is a table in which a tool records the versions that it has run.
type versionTable struct {
	tool    string
	columns []string // that name a version, the best first
	join    bool     // all of the columns, joined with dots
}

// versionTables by bare name. Sources: facts of the tools' own code, by name.
var versionTables = map[string]versionTable{
	"schema_migrations":           {"", []string{"version"}, false}, // Ecto, Rails, golang-migrate, dbmate, Hasura, Supabase
	"goose_db_version":            {"goose", []string{"version_id"}, false},
	"flyway_schema_history":       {"Flyway", []string{"version", "description"}, false},
	"schema_version":              {"", []string{"version"}, false}, // old Flyway, tern
	"databasechangelog":           {"Liquibase", []string{"id"}, false},
	"alembic_version":             {"Alembic", []string{"version_num"}, false},
	"django_migrations":           {"Django", []string{"app", "name"}, true},
	"__diesel_schema_migrations":  {"Diesel", []string{"version"}, false},
	"_sqlx_migrations":            {"sqlx", []string{"version"}, false},
	"_prisma_migrations":          {"Prisma", []string{"migration_name", "id"}, false},
	"seaql_migrations":            {"SeaORM", []string{"version"}, false},
	"refinery_schema_history":     {"refinery", []string{"version"}, false},
	"knex_migrations":             {"Knex", []string{"name"}, false},
	"migrations":                  {"", []string{"migration", "name", "timestamp", "version"}, false}, // TypeORM, Laravel
	"sequelizemeta":               {"Sequelize", []string{"name"}, false},
	"__drizzle_migrations":        {"Drizzle", []string{"hash"}, false},
	"gorp_migrations":             {"sql-migrate", []string{"id"}, false},
	"atlas_schema_revisions":      {"Atlas", []string{"version"}, false},
	"schema_migration":            {"", []string{"version"}, false}, // pop, Ory
	"pgmigrations":                {"node-pg-migrate", []string{"name"}, false},
	"river_migration":             {"River", []string{"line", "version"}, true},
	"doctrine_migration_versions": {"Doctrine", []string{"version"}, false},
	"phinxlog":                    {"Phinx", []string{"version"}, false},
	"_yoyo_migration":             {"yoyo", []string{"migration_id"}, false},
	"db_migrations":               {"morph", []string{"version"}, false},
	"bun_migrations":              {"bun", []string{"name"}, false},
	"safemig_migrations":          {"safemig", []string{"version"}, false},
	"__efmigrationshistory":       {"Entity Framework", []string{"migrationid"}, false},
	"graphile_migrate_migrations": {"graphile-migrate", []string{"hash", "filename"}, false},
	"kysely_migration":            {"Kysely", []string{"name"}, false},
	"mikro_orm_migrations":        {"MikroORM", []string{"name"}, false},
	"migrations_history":          {"", []string{"version", "name"}, false},
	"play_evolutions":             {"Play", []string{"id"}, false},
	"ragtime_migrations":          {"ragtime", []string{"id"}, false},
	"mybatis_changelog":           {"MyBatis", []string{"id"}, false},
	"schemaversions":              {"DbUp", []string{"scriptname"}, false},
	"migratus_migrations":         {"migratus", []string{"id"}, false},
	"rambler_migrations":          {"rambler", []string{"migration"}, false},
	"tern_schema_version":         {"tern", []string{"version"}, false},
	"migrate_schema_version":      {"", []string{"version"}, false},
	"schema_info":                 {"Sequel", []string{"version"}, false},
}

// qualifiedTables are too common a name without their schema.
var qualifiedTables = map[string]versionTable{
	"safemig.migration":           {"safemig", []string{"version"}, false},
	"graphile_migrate.migrations": {"graphile-migrate", []string{"hash", "filename"}, false},
	"sqitch.changes":              {"sqitch", []string{"change", "change_id"}, false},
}

// setupTables belong to tools and record no version.
var setupTables = map[string]bool{"ar_internal_metadata": true, "graphile_migrate_current": true, "goose_lock": true}

// rowLocks are the tables whose rows tools use as locks.
var rowLocks = map[string]bool{
	"knex_migrations_lock": true, "migrations_lock": true, "databasechangeloglock": true,
	"bun_migration_locks": true, "goose_lock": true, "kysely_migration_lock": true,
}

// Tables knows version tables: those of the tools and those that the caller adds.
type Tables struct{ own map[string]versionTable }

// Add makes name, which may have a schema, a version table.
func (t *Tables) Add(name string) {
	if t.own == nil {
		t.own = map[string]versionTable{}
	}
	_, bare, ok := strings.Cut(name, ".")
	if !ok {
		bare = name
	}
	t.own[strings.ToLower(strings.Trim(bare, `"`))] = versionTable{"", []string{"version", "version_id", "version_num", "name", "migration", "id"}, false}
}

func (t *Tables) find(schema, name string) (versionTable, bool) {
	name = strings.ToLower(name)
	if t != nil {
		if v, ok := t.own[name]; ok {
			return v, true
		}
	}
	if v, ok := qualifiedTables[strings.ToLower(schema)+"."+name]; ok {
		return v, v.columns != nil
	}
	v, ok := versionTables[name]
	return v, ok && v.columns != nil
}

// IsVersionTable tells whether a tool records versions in a table of this name.
func IsVersionTable(schema, name string) bool {
	_, ok := (*Tables)(nil).find(schema, name)
	return ok
}

// Tool is whose version table a name is; "" where several tools use it.
func Tool(table string) string { return versionTables[strings.ToLower(table)].tool }

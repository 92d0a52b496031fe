package rules

import (
	"slices"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// rowChange gives the effect by which a statement changes rows all over a table
// that is somebody else's, whether it says WHERE or not.
func (p *Pass) rowChange(ops ...effect.Op) (effect.Effect, bool) {
	for _, e := range p.Effects {
		if !slices.Contains(ops, e.Op) || p.IsNew(e) || e.Same || e.Detail.Bounded || slices.Contains(versionTables, e.Target.Name) {
			continue
		}
		if e.Detail.NoWhere || e.Work.Has(effect.Scan) || e.Kind == catalog.PartitionedTable {
			return e, true
		}
	}
	return effect.Effect{}, false
}

// versionTables are those in which tools keep what they have applied.
var versionTables = []string{"schema_migrations", "schema_migration", "alembic_version", "goose_db_version", "gorp_migrations",
	"flyway_schema_history", "databasechangelog", "databasechangeloglock", "ar_internal_metadata", "__diesel_schema_migrations",
	"_sqlx_migrations", "_prisma_migrations", "django_migrations", "bun_migrations", "refinery_schema_history", "river_migration", "pgmigrations"}

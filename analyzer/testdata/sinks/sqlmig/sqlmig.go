package sqlmig

import migrate "github.com/rubenv/sql-migrate"

var Source = &migrate.MemoryMigrationSource{Migrations: []*migrate.Migration{
	{
		Id: "1",
		Up: []string{
			"CREATE TABLE a (id bigint PRIMARY KEY)",
			"CREATE INDEX i ON a (id)",
			"CREATE INDEX CONCURRENTLY j ON users (email)", // want `\[concurrently-in-transaction\].*DisableTransactionUp: true`
		},
		Down: []string{"DROP TABLE a"},
	},
	{
		Id:                   "2",
		Up:                   []string{"CREATE INDEX CONCURRENTLY k ON users (email)"},
		DisableTransactionUp: true,
	},
}}

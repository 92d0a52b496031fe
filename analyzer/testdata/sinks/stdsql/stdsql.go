package stdsql

import (
	"context"
	"database/sql"
)

type DBTX interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}

func pool(ctx context.Context, db *sql.DB) {
	db.Exec("CREATE INDEX i ON users (email)")                                             // want `CREATE INDEX .* \[index-not-concurrent\]`
	db.ExecContext(ctx, "ALTER TABLE users ADD COLUMN id2 uuid DEFAULT gen_random_uuid()") // want `\[add-column-volatile-default\]`
	db.Exec("CREATE INDEX CONCURRENTLY i ON users (email)")
	db.Exec("UPDATE users SET plan = 'free'") // an application's own business
	db.Query("SELECT email FROM users WHERE id = $1", 1)
	db.Exec("DROP TABLE import_tmp") // likewise
	db.Exec("TRUNCATE import_tmp")
	db.Exec("CREATE TABLE IF NOT EXISTS jobs (id bigint PRIMARY KEY)")
}

func conn(ctx context.Context, c *sql.Conn) {
	c.ExecContext(ctx, `CREATE INDEX i ON users (email)`) // want `\[index-not-concurrent\]`
	c.ExecContext(ctx, `CREATE INDEX CONCURRENTLY j ON users (email)`)
}

func inTx(ctx context.Context, t *sql.Tx) {
	t.ExecContext(ctx, "CREATE INDEX CONCURRENTLY i ON users (email)") // want `\[concurrently-in-transaction\]`
	t.Exec("CREATE TABLE fresh (id bigint PRIMARY KEY)")
	t.Exec("CREATE INDEX i ON fresh (id)") // nobody else sees the table
}

func several(db *sql.DB) {
	db.Exec("CREATE TABLE fresh (id bigint PRIMARY KEY); CREATE INDEX i ON fresh (id)")
	db.Exec("SELECT 1; CREATE INDEX CONCURRENTLY j ON users (email)") // want `\[concurrently-with-others\]`
}

func viaInterface(ctx context.Context, q DBTX) {
	q.ExecContext(ctx, "CREATE INDEX i ON users (email)")              // want `\[index-not-concurrent\]`
	q.ExecContext(ctx, "CREATE INDEX CONCURRENTLY i ON users (email)") // perhaps in a transaction, perhaps not
}

type notSQL struct{}

func (notSQL) Exec(string) error { return nil }

func other(n notSQL) { n.Exec("CREATE INDEX i ON users (email)") }

// migrate is called for migrations: data loss is spoken of.
func migrate(db *sql.DB) {
	db.Exec("ALTER TABLE users DROP COLUMN email")  // want `\[drop-column\]`
	db.Exec("ALTER TABLE users DROP COLUMN email2") //safemig:ignore drop-column nobody reads it since March
	//safemig:ignore drop-column nobody reads it since March
	db.Exec("ALTER TABLE users DROP COLUMN email3")
	db.Exec("-- safemig:ignore drop-column nobody reads it\nALTER TABLE users DROP COLUMN email4")
	//safemig:ignore drop-column
	db.Exec("ALTER TABLE users DROP COLUMN email5") // want `\[drop-column\]`
}

var steps = []string{
	"CREATE TABLE a (id bigint PRIMARY KEY)",
	"CREATE INDEX i ON users (email)", // want `\[index-not-concurrent\]`
	"CREATE INDEX j ON a (id)",
}

func migrateSteps(db *sql.DB) error {
	for _, s := range steps {
		if _, err := db.Exec(s); err != nil {
			return err
		}
	}
	return nil
}

var numbered = []struct {
	version int
	up      string
}{
	{1, "CREATE TABLE a (id bigint PRIMARY KEY)"},
	{2, `ALTER TABLE users ALTER COLUMN email SET NOT NULL`}, // want `\[set-not-null\]`
}

func migrateNumbered(db *sql.DB) error {
	for _, m := range numbered {
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		if _, err := tx.Exec(m.up); err != nil {
			return err
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return nil
}

func branches(db *sql.DB, fresh bool) {
	if fresh {
		db.Exec("CREATE TABLE b (id bigint)")
	} else {
		db.Exec("CREATE TABLE b (id bigint, n int)")
	}
}

func atRunTime(db *sql.DB, table string) {
	db.Exec("CREATE INDEX i ON " + table + " (email)")
}

package bunsink

import (
	"context"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/migrate"
)

var Migrations = migrate.NewMigrations()

func init() {
	Migrations.MustRegister(func(ctx context.Context, db *bun.DB) error {
		_, err := db.ExecContext(ctx, "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON users (email)") // want `\[concurrent-index-if-not-exists\]`
		return err
	}, func(ctx context.Context, db *bun.DB) error {
		_, err := db.ExecContext(ctx, "DROP INDEX CONCURRENTLY IF EXISTS i")
		return err
	})
	Migrations.MustRegister(up, down)
}

func up(ctx context.Context, db *bun.DB) error {
	db.NewRaw("UPDATE users SET plan = 'free'").Exec(ctx) // want `\[update-without-where\]`
	return db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "CREATE INDEX CONCURRENTLY i ON users (email)") // want `\[concurrently-in-transaction\]`
		return err
	})
}

func down(ctx context.Context, db *bun.DB) error { return nil }

func app(ctx context.Context, db bun.IDB) {
	db.NewRaw("UPDATE users SET plan = 'free'").Exec(ctx)
}

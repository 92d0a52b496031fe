package goosemig

import (
	"context"
	"database/sql"

	"github.com/pressly/goose/v3"
)

func init() {
	goose.AddMigrationContext(func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "CREATE INDEX CONCURRENTLY i ON users (email)"); err != nil { // want `\[concurrently-in-transaction\].*goose.AddMigrationNoTxContext`
			return err
		}
		return backfill(ctx, tx)
	}, nil)
	goose.AddNamedMigrationContext("00003_x.go", up3, nil)
}

func backfill(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "UPDATE users SET email = lower(email)") // want `\[update-without-where\]`
	return err
}

func up3(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "ALTER TABLE users ADD COLUMN plan text") // want `\[lock-timeout-missing\]`
	return err
}

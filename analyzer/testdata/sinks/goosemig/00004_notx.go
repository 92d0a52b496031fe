package goosemig

import (
	"context"
	"database/sql"

	"github.com/pressly/goose/v3"
)

func init() {
	goose.AddMigrationNoTxContext(upNoTx, downNoTx)
}

func upNoTx(ctx context.Context, db *sql.DB) error {
	if _, err := db.ExecContext(ctx, "CREATE INDEX CONCURRENTLY i ON users (email)"); err != nil {
		return err
	}
	_, err := db.ExecContext(ctx, "CREATE INDEX j ON users (plan)") // want `\[index-not-concurrent\]`
	return err
}

func downNoTx(ctx context.Context, db *sql.DB) error {
	_, err := db.ExecContext(ctx, "DROP INDEX CONCURRENTLY i")
	return err
}

var Provider = []*goose.Migration{
	goose.NewGoMigration(5, &goose.GoFunc{RunTx: up5}, nil),
	goose.NewGoMigration(6, &goose.GoFunc{RunDB: up6}, nil),
}

func up5(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "DROP INDEX CONCURRENTLY i") // want `\[concurrently-in-transaction\].*RunDB`
	return err
}

func up6(ctx context.Context, db *sql.DB) error {
	_, err := db.ExecContext(ctx, "DROP INDEX CONCURRENTLY j")
	return err
}

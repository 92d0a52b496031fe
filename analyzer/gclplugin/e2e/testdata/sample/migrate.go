// Package sample has what each part of the analyzer finds.
package sample

import (
	"context"
	"database/sql"
	"embed"
)

//go:embed migrations/*.sql
var Migrations embed.FS

// Lock takes a session's lock on a pool.
func Lock(ctx context.Context, db *sql.DB) error {
	_, err := db.ExecContext(ctx, "SELECT pg_advisory_lock(42)")
	return err
}

// Index builds one while every writer waits.
func Index(ctx context.Context, db *sql.DB) error {
	_, err := db.ExecContext(ctx, "CREATE INDEX users_plan ON users (plan)")
	return err
}

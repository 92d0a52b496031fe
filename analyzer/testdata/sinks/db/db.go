// Package db imports what the cases use, so that go mod tidy keeps it.
package db

import (
	_ "github.com/go-gormigrate/gormigrate/v2"
	_ "github.com/golang-migrate/migrate/v4/source/iofs"
	_ "github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jmoiron/sqlx"
	_ "github.com/pressly/goose/v3"
	_ "github.com/rubenv/sql-migrate"
	_ "github.com/uptrace/bun/migrate"
	_ "gorm.io/gorm"
)

package embeds

import (
	"database/sql"
	"embed"
	"io/fs"

	"github.com/golang-migrate/migrate/v4/source/iofs"
	"github.com/pressly/goose/v3"
)

/* want `1 finding in the migrations embedded here: 0002_index.up.sql:1 index-not-concurrent; safemig check` */ //go:embed migrations
var Migrations embed.FS

// Another database's.
//
//go:embed mysql/*.sql
var MySQL embed.FS

// Not migrations.
//
//go:embed queries/*.sql
var Queries embed.FS

/* want `1 finding in the migrations embedded here: 00001_a.sql:2 concurrently-in-transaction` */ //go:embed seed
var Seed embed.FS

func sources() error {
	sub, err := fs.Sub(Seed, "seed")
	if err != nil {
		return err
	}
	goose.SetBaseFS(sub)
	_, err = iofs.New(Migrations, "migrations")
	return err
}

//go:embed schema.sql
var schema string

func create(db *sql.DB) { db.Exec(schema) }

package conformance

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	atlas "ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/sqltool"
	"github.com/golang-migrate/migrate/v4"
	_ "github.com/golang-migrate/migrate/v4/database/pgx/v5"
	_ "github.com/golang-migrate/migrate/v4/source/file"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jackc/pgx/v5/stdlib"
	tern "github.com/jackc/tern/v2/migrate"
	"github.com/mattermost/morph"
	morphpg "github.com/mattermost/morph/drivers/postgres"
	morphfile "github.com/mattermost/morph/sources/file"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	sqlmigrate "github.com/rubenv/sql-migrate"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	bunmigrate "github.com/uptrace/bun/migrate"
)

var goTools = []tool{
	{
		name: "goose", release: "goose 3.29.0", dir: "migrations", canOptOut: true,
		migration: func(n int, optOut bool, sql string) map[string]string {
			return one(fmt.Sprintf("%05d_x.sql", n), marked("-- +goose NO TRANSACTION", optOut, "-- +goose Up\n"+sql))
		},
		up: inGo("migrations", func(ctx context.Context, dir string, db *sql.DB) error {
			p, err := goose.NewProvider(goose.DialectPostgres, db, os.DirFS(dir))
			if err == nil {
				_, err = p.Up(ctx)
			}
			return err
		}),
	},
	{
		// The library opens no transactions, as the command does with tx-mode none.
		name: "atlas", release: "ariga.io/atlas 0.32.1, its Executor", dir: "migrations",
		up: inGo("migrations", func(ctx context.Context, dir string, db *sql.DB) error {
			files, err := atlas.NewLocalDir(dir)
			if err != nil {
				return err
			}
			return inAtlas(ctx, files, db)
		}),
	},
	{
		name: "atlas", variant: "golang-migrate", release: "ariga.io/atlas 0.32.1, its Executor", dir: "atlas@golang-migrate", // as atlas.hcl says
		up: inGo("atlas@golang-migrate", func(ctx context.Context, dir string, db *sql.DB) error {
			files, err := sqltool.NewGolangMigrateDir(dir)
			if err != nil {
				return err
			}
			return inAtlas(ctx, files, db)
		}),
	},
	{
		name: "golang-migrate", release: "golang-migrate 4.20.1", dir: "db/migrations",
		migration: func(n int, _ bool, sql string) map[string]string {
			return map[string]string{fmt.Sprintf("%06d_x.up.sql", n): sql, fmt.Sprintf("%06d_x.down.sql", n): ""}
		},
		up: func(t *testing.T, root, dsn string) error {
			m, err := migrate.New("file://"+filepath.Join(root, "db/migrations"), "pgx5"+strings.TrimPrefix(dsn, "postgres"))
			if err != nil {
				return err
			}
			err = m.Up()
			source, database := m.Close()
			return errors.Join(err, source, database)
		},
	},
	{
		name: "tern", release: "tern 2.3.4", dir: "migrations", canOptOut: true,
		migration: func(n int, optOut bool, sql string) map[string]string {
			return one(fmt.Sprintf("%03d_x.sql", n), marked("---- tern: disable-tx ----", optOut, sql)+"\n---- create above / drop below ----\n")
		},
		up: func(t *testing.T, root, dsn string) error {
			ctx := t.Context()
			conn, err := pgx.Connect(ctx, dsn)
			if err != nil {
				return err
			}
			defer conn.Close(ctx)
			m, err := tern.NewMigrator(ctx, conn, "public.schema_version")
			if err == nil {
				err = m.LoadMigrations(os.DirFS(filepath.Join(root, "migrations")))
			}
			if err == nil {
				err = m.Migrate(ctx)
			}
			return err
		},
	},
	{
		name: "sql-migrate", release: "sql-migrate 1.8.1", dir: "migrations", canOptOut: true,
		project: one("dbconfig.yml", "development:\n  dialect: postgres\n  dir: migrations\n"),
		migration: func(n int, optOut bool, sql string) map[string]string {
			option := ""
			if optOut {
				option = " notransaction"
			}
			return one(fmt.Sprintf("%d_x.sql", n), "-- +migrate Up"+option+"\n"+sql+"-- +migrate Down\n")
		},
		up: inGo("migrations", func(ctx context.Context, dir string, db *sql.DB) error {
			_, err := sqlmigrate.ExecContext(ctx, db, "postgres", &sqlmigrate.FileMigrationSource{Dir: dir}, sqlmigrate.Up)
			return err
		}),
	},
	{
		name: "bun", release: "bun 1.3.0", dir: "migrations", canOptOut: true,
		project: one("go.mod", "module app\n\nrequire github.com/uptrace/bun v1.3.0\n"),
		migration: func(n int, optOut bool, sql string) map[string]string {
			if optOut {
				return one(fmt.Sprintf("%d_x.up.sql", n), sql)
			}
			return one(fmt.Sprintf("%d_x.tx.up.sql", n), sql)
		},
		up: inGo("migrations", func(ctx context.Context, dir string, db *sql.DB) error {
			all := bunmigrate.NewMigrations()
			if err := all.Discover(os.DirFS(dir)); err != nil {
				return err
			}
			m := bunmigrate.NewMigrator(bun.NewDB(db, pgdialect.New()), all)
			if err := m.Init(ctx); err != nil {
				return err
			}
			_, err := m.Migrate(ctx)
			return err
		}),
	},
	{
		name: "morph", release: "morph 1.1.0", dir: "migrations", canOptOut: true,
		project: one("go.mod", "module app\n\nrequire github.com/mattermost/morph v1.1.0\n"),
		migration: func(n int, optOut bool, sql string) map[string]string {
			return map[string]string{
				fmt.Sprintf("%06d_x.up.sql", n):   marked("-- morph:nontransactional", optOut, sql),
				fmt.Sprintf("%06d_x.down.sql", n): "SELECT 1;\n",
			}
		},
		up: func(t *testing.T, root, dsn string) error {
			driver, err := morphpg.Open(dsn)
			if err != nil {
				return err
			}
			source, err := morphfile.Open("file://" + filepath.Join(root, "migrations"))
			if err != nil {
				return err
			}
			m, err := morph.New(t.Context(), driver, source, morph.WithLogger(log.New(io.Discard, "", 0)))
			if err != nil {
				return err
			}
			defer m.Close()
			return m.ApplyAll()
		},
	},
	{
		name: "river", release: "river 0.51.1", dir: "migration/main",
		migration: func(n int, _ bool, sql string) map[string]string {
			return map[string]string{
				fmt.Sprintf("%03d_x.up.sql", n):   marked(riverTable, n == 1, sql),
				fmt.Sprintf("%03d_x.down.sql", n): "SELECT 1 /* TEMPLATE: schema */;\n",
			}
		},
		up: func(t *testing.T, root, dsn string) error {
			pool, err := pgxpool.New(t.Context(), dsn)
			if err != nil {
				return err
			}
			defer pool.Close()
			m, err := rivermigrate.New[pgx.Tx](&riverFiles{riverpgxv5.New(pool), os.DirFS(root)}, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				return err
			}
			_, err = m.Migrate(t.Context(), rivermigrate.DirectionUp, nil)
			return err
		},
	},
}

// riverTable is in which river records migrations; its own migration 1 makes it.
const riverTable = "CREATE TABLE /* TEMPLATE: schema */river_migration (id bigserial PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now(), version bigint NOT NULL);"

// riverFiles is river's driver with other migrations.
type riverFiles struct {
	*riverpgxv5.Driver
	files fs.FS
}

func (r *riverFiles) GetMigrationFS(string) fs.FS { return r.files }

// inGo runs a library on database/sql.
func inGo(dir string, up func(ctx context.Context, dir string, db *sql.DB) error) func(*testing.T, string, string) error {
	return func(t *testing.T, root, dsn string) error {
		db, err := sql.Open("pgx", dsn)
		if err != nil {
			return err
		}
		defer db.Close()
		return up(t.Context(), filepath.Join(root, dir), db)
	}
}

// inAtlas runs a directory's files with the library of Atlas.
func inAtlas(ctx context.Context, files atlas.Dir, db *sql.DB) error {
	drv, err := postgres.Open(db)
	if err != nil {
		return err
	}
	sum, err := files.Checksum()
	if err == nil {
		err = atlas.WriteSumFile(files, sum)
	}
	if err != nil {
		return err
	}
	e, err := atlas.NewExecutor(drv, files, atlas.NopRevisionReadWriter{})
	if err != nil {
		return err
	}
	return e.ExecuteN(ctx, 0)
}

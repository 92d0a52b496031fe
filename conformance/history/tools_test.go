package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/amacneil/dbmate/v2/pkg/dbmate"
	_ "github.com/amacneil/dbmate/v2/pkg/driver/postgres"
	"github.com/golang-migrate/migrate/v4"
	_ "github.com/golang-migrate/migrate/v4/database/pgx/v5"
	_ "github.com/golang-migrate/migrate/v4/source/file"
	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib"
	tern "github.com/jackc/tern/v2/migrate"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// tool is a migration tool of its own, driven as its users drive it.
type tool struct {
	name string
	file func(n int, up, down string) (string, string) // the n-th migration's file: name, text
	more func(n int, down string) (string, string)     // its down file, where it has one
	up   func(ctx context.Context, dsn, dir string, to int) error
	// status gives the newest version and how many of the directory's migrations are pending.
	// Nil where the tool's library does not tell: then up, which holds the table and every
	// file's checksum against each other, must have nothing to say.
	status func(ctx context.Context, dsn, dir string) (newest, pending int, err error)
	locks  bool // it takes an advisory lock
}

var tools = []tool{
	{name: "goose", locks: true, up: gooseUp, status: gooseStatus,
		file: func(n int, up, down string) (string, string) {
			return fmt.Sprintf("%05d_m.sql", n), "-- +goose Up\n" + up + "\n-- +goose Down\n" + down + "\n"
		}},
	{name: "golang-migrate", locks: true, up: migrateUp, status: migrateStatus,
		file: func(n int, up, _ string) (string, string) { return fmt.Sprintf("%06d_m.up.sql", n), up + "\n" },
		more: func(n int, down string) (string, string) { return fmt.Sprintf("%06d_m.down.sql", n), down + "\n" }},
	{name: "tern", locks: true, up: ternUp, status: ternStatus,
		file: func(n int, up, down string) (string, string) {
			return fmt.Sprintf("%03d_m.sql", n), up + "\n---- create above / drop below ----\n" + down + "\n"
		}},
	{name: "dbmate", up: dbmateUp, status: dbmateStatus,
		file: func(n int, up, down string) (string, string) {
			return fmt.Sprintf("2024010100%04d_m.sql", n), "-- migrate:up\n" + up + "\n-- migrate:down\n" + down + "\n"
		}},
	{name: "flyway", locks: true, up: flywayUp,
		file: func(n int, up, _ string) (string, string) { return fmt.Sprintf("V%d__m.sql", n), up + "\n" }},
	{name: "sqlx", locks: true, up: sqlxUp,
		file: func(n int, up, _ string) (string, string) { return fmt.Sprintf("%d_m.sql", n), up + "\n" }},
}

func gooseProvider(dsn, dir string) (*goose.Provider, *sql.DB, error) {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, nil, err
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120))
	if err != nil {
		return nil, nil, err
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, os.DirFS(dir), goose.WithSessionLocker(locker))
	return p, db, err
}

func gooseUp(ctx context.Context, dsn, dir string, to int) error {
	p, db, err := gooseProvider(dsn, dir)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = p.UpTo(ctx, int64(to))
	return err
}

func gooseStatus(ctx context.Context, dsn, dir string) (newest, pending int, err error) {
	p, db, err := gooseProvider(dsn, dir)
	if err != nil {
		return 0, 0, err
	}
	defer db.Close()
	all, err := p.Status(ctx)
	for _, s := range all {
		if s.State == goose.StatePending {
			pending++
		}
	}
	v, err2 := p.GetDBVersion(ctx)
	return int(v), pending, errors.Join(err, err2)
}

func migrator(dsn, dir string) (*migrate.Migrate, error) {
	return migrate.New("file://"+dir, strings.Replace(dsn, "postgres://", "pgx5://", 1))
}

func migrateUp(_ context.Context, dsn, dir string, to int) error {
	m, err := migrator(dsn, dir)
	if err != nil {
		return err
	}
	defer m.Close()
	m.LockTimeout = time.Minute
	if err := m.Migrate(uint(to)); !errors.Is(err, migrate.ErrNoChange) {
		return err
	}
	return nil
}

func migrateStatus(_ context.Context, dsn, dir string) (newest, pending int, err error) {
	m, err := migrator(dsn, dir)
	if err != nil {
		return 0, 0, err
	}
	defer m.Close()
	v, dirty, err := m.Version()
	if errors.Is(err, migrate.ErrNilVersion) {
		err = nil
	}
	if dirty {
		err = errors.New("dirty")
	}
	files, err2 := countFiles(dir, ".up.sql")
	return int(v), files - int(v), errors.Join(err, err2)
}

func countFiles(dir, suffix string) (n int, err error) {
	es, err := os.ReadDir(dir)
	for _, e := range es {
		if strings.HasSuffix(e.Name(), suffix) {
			n++
		}
	}
	return n, err
}

func withTern(ctx context.Context, dsn, dir string, f func(*tern.Migrator) error) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	m, err := tern.NewMigrator(ctx, conn, "public.schema_version")
	if err != nil {
		return err
	}
	if err := m.LoadMigrations(os.DirFS(dir)); err != nil {
		return err
	}
	return f(m)
}

func ternUp(ctx context.Context, dsn, dir string, to int) error {
	return withTern(ctx, dsn, dir, func(m *tern.Migrator) error { return m.MigrateTo(ctx, int32(to)) })
}

func ternStatus(ctx context.Context, dsn, dir string) (newest, pending int, err error) {
	err = withTern(ctx, dsn, dir, func(m *tern.Migrator) error {
		v, err := m.GetCurrentVersion(ctx)
		newest, pending = int(v), len(m.Migrations)-int(v)
		return err
	})
	return newest, pending, err
}

func dbmateOn(dsn, dir string) (*dbmate.DB, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return nil, err
	}
	db := dbmate.New(u)
	db.AutoDumpSchema, db.MigrationsDir, db.Log = false, []string{dir}, io.Discard
	return db, nil
}

// dbmateUp has no way to stop before the last migration: the later files are not there yet.
func dbmateUp(_ context.Context, dsn, dir string, to int) error {
	return onPart(dir, to, func(part string) error {
		db, err := dbmateOn(dsn, part)
		if err != nil {
			return err
		}
		return db.Migrate()
	})
}

// onPart calls f with a directory of the first migrations only.
func onPart(dir string, to int, f func(part string) error) error {
	part, err := os.MkdirTemp("", "part")
	if err != nil {
		return err
	}
	defer os.RemoveAll(part)
	es, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range es[:min(to, len(es))] {
		text, err := os.ReadFile(dir + "/" + e.Name())
		if err != nil {
			return err
		}
		if err := os.WriteFile(part+"/"+e.Name(), text, 0o600); err != nil {
			return err
		}
	}
	return f(part)
}

func dbmateStatus(_ context.Context, dsn, dir string) (newest, pending int, err error) {
	db, err := dbmateOn(dsn, dir)
	if err != nil {
		return 0, 0, err
	}
	all, err := db.FindMigrations()
	for i, m := range all {
		if m.Applied {
			newest = i + 1
		} else {
			pending++
		}
	}
	return newest, pending, err
}

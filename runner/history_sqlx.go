package runner

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha512"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/safemig/safemig/internal/lockkey"
)

// sqlx keeps _sqlx_migrations as sqlx does. Source: sqlx-postgres/src/migrate.rs and
// sqlx-core/src/migrate/source.rs.
type sqlx struct{ table }

func newSQLx(schema, name string) History {
	return &sqlx{table{tool: "sqlx", schema: schema, name: cmp.Or(name, "_sqlx_migrations"), columns: []column{
		col("version", "bigint"),
		col("description", "text"),
		col("installed_on", "timestamp with time zone"),
		col("success", "boolean"),
		col("checksum", "bytea"),
		col("execution_time", "bigint"),
	}}}
}

func (s *sqlx) Name() string { return s.tool }

func (s *sqlx) Locks(ctx context.Context, q Queryer) ([]AdvisoryLock, error) {
	db, err := database(ctx, q)
	return s.lock(lockkey.SQLx(db)), err
}

// Read refuses what sqlx refuses: a row without success, and a file that changed after it
// was applied.
func (s *sqlx) Read(ctx context.Context, q Queryer, known []Known) ([]Row, bool, error) {
	exists, err := s.find(ctx, q)
	if err != nil || !exists {
		return nil, exists, err
	}
	type row struct {
		version  int64
		name     string
		at       time.Time
		success  bool
		checksum []byte
	}
	rows, err := collect(ctx, q, `SELECT version, description, installed_on, success, checksum FROM `+s.quoted()+` ORDER BY version`,
		func(r pgx.Rows) (x row, err error) {
			return x, r.Scan(&x.version, &x.name, &x.at, &x.success, &x.checksum)
		})
	if err != nil {
		return nil, true, err
	}
	names, files := spell(known), map[string]Known{}
	for _, k := range known {
		files[k.Version] = k
	}
	var out []Row
	var problems []string
	for _, r := range rows {
		version := names.of(r.version)
		if !r.success {
			problems = append(problems, fmt.Sprintf("%s: version %d is not a success: find out what of it took effect, then delete its row", s.table.String(), r.version))
		}
		if k, ok := files[version]; ok && !bytes.Equal(sqlxChecksum(k.Raw), r.checksum) {
			problems = append(problems, fmt.Sprintf("%s: changed after sqlx' table recorded it as applied", k.Path))
		}
		out = append(out, Row{Version: version, Name: r.name, At: r.at})
	}
	if problems != nil {
		return nil, true, &StateError{Problems: problems}
	}
	return out, true, nil
}

func sqlxChecksum(raw []byte) []byte {
	sum := sha512.Sum384(raw)
	return sum[:]
}

func (s *sqlx) Create(ctx context.Context, q Queryer) error {
	_, err := q.Exec(ctx, `CREATE TABLE `+s.quoted()+` (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMPTZ NOT NULL DEFAULT now(),
    success BOOLEAN NOT NULL,
    checksum BYTEA NOT NULL,
    execution_time BIGINT NOT NULL
)`)
	return err
}

// Apply writes the time since the transaction began, in nanoseconds; sqlx writes -1 first
// and the time of the whole transaction after it.
func (s *sqlx) Apply(ctx context.Context, q Queryer, m Known, fence Fence) error {
	n, err := s.number(m.Version)
	if err != nil {
		return err
	}
	return s.write(ctx, q, `INSERT INTO %s (version, description, success, checksum, execution_time)
SELECT $1::bigint, $2::text, true, $3::bytea, `+sinceBegin("1e9")+`::bigint WHERE`, fence, n, sqlxDescription(m), sqlxChecksum(m.Raw))
}

// sinceBegin is SQL for the time that the transaction has taken so far, in units of a second.
func sinceBegin(units string) string {
	return `(extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.now()) * ` + units + `)`
}

// sqlxDescription is what stands between the version and the suffix, underscores as spaces.
func sqlxDescription(m Known) string {
	_, name, _ := strings.Cut(path.Base(m.Path), "_")
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".sql"), ".up")
	return strings.ReplaceAll(name, "_", " ")
}

func (s *sqlx) Revert(ctx context.Context, q Queryer, m Known, fence Fence) error {
	n, err := s.number(m.Version)
	if err != nil {
		return err
	}
	return s.write(ctx, q, `DELETE FROM %s WHERE version = $1::bigint AND`, fence, n)
}

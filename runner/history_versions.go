package runner

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/safemig/safemig/internal/lockkey"
)

// versionRows is a version table of one row per applied migration, keyed by its version.
type versionRows struct {
	table
	create []string // SQL with %s for the table
	insert string   // SQL that ends in WHERE; $1 is the version
	typ    string   // SQL's name of the version's type
	at     string   // SQL of the time at which it was applied
	text   bool     // the version is text, written as the file writes it
}

func (v *versionRows) Name() string { return v.tool }

func (v *versionRows) Read(ctx context.Context, q Queryer, known []Known) ([]Row, bool, error) {
	exists, err := v.find(ctx, q)
	if err != nil || !exists {
		return nil, exists, err
	}
	names := spell(known)
	rows, err := collect(ctx, q, `SELECT version::text, `+v.at+` FROM `+v.quoted()+` ORDER BY pg_catalog.length(version::text), version`,
		func(r pgx.Rows) (Row, error) {
			var row Row
			var at *time.Time
			if err := r.Scan(&row.Version, &at); err != nil {
				return row, err
			}
			if at != nil {
				row.At = *at
			}
			if n, err := strconv.ParseInt(row.Version, 10, 64); err == nil && !v.text {
				row.Version = names.of(n)
			}
			return row, nil
		})
	return rows, true, err
}

func (v *versionRows) Create(ctx context.Context, q Queryer) error {
	for _, sql := range v.create {
		if _, err := q.Exec(ctx, fmt.Sprintf(sql, v.quoted())); err != nil {
			return err
		}
	}
	return nil
}

// value is the version as the table has it.
func (v *versionRows) value(m Known) (string, error) {
	if v.text {
		return m.Version, nil
	}
	n, err := v.number(m.Version)
	return strconv.FormatInt(n, 10), err
}

func (v *versionRows) Apply(ctx context.Context, q Queryer, m Known, fence Fence) error {
	version, err := v.value(m)
	if err != nil {
		return err
	}
	return v.write(ctx, q, v.insert, fence, version)
}

func (v *versionRows) Revert(ctx context.Context, q Queryer, m Known, fence Fence) error {
	version, err := v.value(m)
	if err != nil {
		return err
	}
	return v.write(ctx, q, `DELETE FROM %s WHERE version = $1::text::`+v.typ+` AND`, fence, version)
}

// dbmate keeps schema_migrations as dbmate does. Source: pkg/driver/postgres/postgres.go of
// dbmate v2. dbmate takes no lock: what keeps the two apart is the key of the table, on
// which the later one fails and is rolled back.
type dbmate struct{ versionRows }

func newDbmate(schema, name string) History {
	return &dbmate{versionRows{
		table:  table{tool: "dbmate", schema: schema, name: cmp.Or(name, "schema_migrations"), columns: []column{col("version", "character varying")}},
		create: []string{`CREATE TABLE %s (version varchar primary key)`},
		insert: `INSERT INTO %s (version) SELECT $1::text WHERE`,
		typ:    "varchar", at: "NULL::timestamptz", text: true,
	}}
}

func (d *dbmate) Locks(context.Context, Queryer) ([]AdvisoryLock, error) { return nil, nil }

// rails keeps schema_migrations as ActiveRecord does. Source:
// activerecord/lib/active_record/schema_migration.rb and migration.rb.
type rails struct{ versionRows }

func newRails(schema, name string) History {
	return &rails{versionRows{
		table:  table{tool: "rails", schema: schema, name: cmp.Or(name, "schema_migrations"), columns: []column{col("version", "character varying")}},
		create: []string{`CREATE TABLE %s ("version" character varying NOT NULL PRIMARY KEY)`},
		insert: `INSERT INTO %s (version) SELECT $1::text WHERE`,
		typ:    "varchar", at: "NULL::timestamptz",
	}}
}

func (r *rails) Locks(ctx context.Context, q Queryer) ([]AdvisoryLock, error) {
	db, err := database(ctx, q)
	return r.lock(lockkey.Rails(db)), err
}

// ecto keeps schema_migrations as Ecto does. Source: ecto_sql,
// lib/ecto/migration/schema_migration.ex, and lib/ecto/adapters/postgres.ex for the locks.
type ecto struct {
	versionRows
	repo, prefix string
}

// newEcto reads [repo][@prefix].
func newEcto(detail string) (History, error) {
	repo, prefix, _ := strings.Cut(detail, "@")
	if repo != "" && repo[0] < 'A' || repo != "" && repo[0] > 'Z' {
		return nil, fmt.Errorf("%q is no Ecto repository: write ecto:My.Repo", repo)
	}
	return &ecto{repo: repo, prefix: prefix, versionRows: versionRows{
		table: table{tool: "ecto", schema: prefix, name: "schema_migrations", columns: []column{
			col("version", "bigint"),
			col("inserted_at", "timestamp without time zone"),
		}},
		create: []string{`CREATE TABLE %s ("version" bigint, "inserted_at" timestamp(0), PRIMARY KEY ("version"))`},
		insert: `INSERT INTO %s ("version", "inserted_at") SELECT $1::text::bigint, pg_catalog.timezone('UTC', now()) WHERE`,
		typ:    "bigint", at: "inserted_at AT TIME ZONE 'UTC'",
	}}, nil
}

// Locks is Ecto's :pg_advisory_lock, which is made of the repository's name.
func (e *ecto) Locks(context.Context, Queryer) ([]AdvisoryLock, error) {
	switch {
	case e.repo == "":
		return nil, nil
	case e.prefix != "":
		return e.lock(lockkey.EctoPrefix(e.prefix, e.repo)), nil
	}
	return e.lock(lockkey.Ecto(e.repo)), nil
}

// Apply first takes the lock of Ecto's default strategy, for as long as the transaction
// lasts: an Ecto that is under way ends first, and its record is found.
func (e *ecto) Apply(ctx context.Context, q Queryer, m Known, fence Fence) error {
	if err := e.lockTable(ctx, q); err != nil {
		return err
	}
	return e.versionRows.Apply(ctx, q, m, fence)
}

// Revert locks as Apply does.
func (e *ecto) Revert(ctx context.Context, q Queryer, m Known, fence Fence) error {
	if err := e.lockTable(ctx, q); err != nil {
		return err
	}
	return e.versionRows.Revert(ctx, q, m, fence)
}

func (e *ecto) lockTable(ctx context.Context, q Queryer) error {
	_, err := q.Exec(ctx, `LOCK TABLE `+e.quoted()+` IN SHARE UPDATE EXCLUSIVE MODE`)
	return err
}

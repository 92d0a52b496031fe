package runner

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/safemig/safemig/internal/lockkey"
)

// mark is a version table of one row, the newest version: what is older counts as applied,
// whether it ran or not.
type mark struct {
	table
	known []Known // as Read got them: the version before is found here
}

// below gives what a mark at n says of the known migrations.
func (m *mark) below(n int64, known []Known) []Row {
	m.known = known
	var rows []Row
	there := n == 0
	for _, k := range known {
		v, err := strconv.ParseInt(k.Version, 10, 64)
		if err == nil && v <= n {
			rows = append(rows, Row{Version: k.Version, Name: k.Name})
			there = there || v == n
		}
	}
	if !there {
		rows = append(rows, Row{Version: strconv.FormatInt(n, 10), At: time.Time{}})
	}
	return rows
}

// before is the version that a reverted one leaves, 0 for none.
func (m *mark) before(n int64) (prev int64) {
	for _, k := range m.known {
		if v, err := strconv.ParseInt(k.Version, 10, 64); err == nil && v < n {
			prev = max(prev, v)
		}
	}
	return prev
}

// golangMigrate keeps schema_migrations as golang-migrate does. Source: database/pgx/v5/pgx.go
// and database/postgres/postgres.go of golang-migrate v4.
type golangMigrate struct{ mark }

func newGolangMigrate(schema, name string) History {
	return &golangMigrate{mark{table: table{tool: "golang-migrate", schema: schema, name: cmp.Or(name, "schema_migrations"), columns: []column{
		col("version", "bigint"),
		col("dirty", "boolean"),
	}}}}
}

func (g *golangMigrate) Name() string { return g.tool }

// Locks are two: opened by a URL the drivers hash its path, slash and all, opened on a
// connection the database's name.
func (g *golangMigrate) Locks(ctx context.Context, q Queryer) ([]AdvisoryLock, error) {
	if _, err := g.find(ctx, q); err != nil {
		return nil, err
	}
	db, err := database(ctx, q)
	if err != nil {
		return nil, err
	}
	return append(g.lock(lockkey.GolangMigrate("/"+db, g.schema, g.name)),
		g.lock(lockkey.GolangMigrate(db, g.schema, g.name))...), nil
}

func database(ctx context.Context, q Queryer) (name string, err error) {
	err = q.QueryRow(ctx, `SELECT pg_catalog.current_database()::text`).Scan(&name)
	return name, err
}

func (g *golangMigrate) Read(ctx context.Context, q Queryer, known []Known) ([]Row, bool, error) {
	exists, err := g.find(ctx, q)
	if err != nil || !exists {
		return nil, exists, err
	}
	g.known = known
	type state struct {
		version int64
		dirty   bool
	}
	rows, err := collect(ctx, q, `SELECT version, dirty FROM `+g.quoted(), func(r pgx.Rows) (s state, err error) {
		return s, r.Scan(&s.version, &s.dirty)
	})
	switch {
	case err != nil:
		return nil, true, err
	case len(rows) > 1:
		return nil, true, g.wrong(fmt.Sprintf("it has %d rows, not one", len(rows)))
	case len(rows) == 0:
		return nil, true, nil
	case rows[0].dirty:
		return nil, true, &StateError{Problems: []string{fmt.Sprintf(
			"%s is dirty at version %d: golang-migrate failed in that migration, or stopped; find out what of it took effect, then say: migrate force VERSION",
			g.table.String(), rows[0].version)}}
	case rows[0].version < 0: // NilVersion
		return nil, true, nil
	}
	return g.below(rows[0].version, known), true, nil
}

func (g *golangMigrate) Create(ctx context.Context, q Queryer) error {
	_, err := q.Exec(ctx, `CREATE TABLE `+g.quoted()+` (version bigint not null primary key, dirty boolean not null)`)
	return err
}

// Apply sets the mark. golang-migrate says dirty first and clean afterwards; here both
// would be one commit, so only the second is written.
func (g *golangMigrate) Apply(ctx context.Context, q Queryer, m Known, fence Fence) error {
	n, err := g.number(m.Version)
	if err != nil {
		return err
	}
	return g.set(ctx, q, n, fence)
}

// Revert sets the mark to the version before, or takes it away.
func (g *golangMigrate) Revert(ctx context.Context, q Queryer, m Known, fence Fence) error {
	n, err := g.number(m.Version)
	if err != nil {
		return err
	}
	if prev := g.before(n); prev > 0 {
		return g.set(ctx, q, prev, fence)
	}
	return g.write(ctx, q, `DELETE FROM %s WHERE`, fence)
}

func (g *golangMigrate) set(ctx context.Context, q Queryer, n int64, fence Fence) error {
	_, err := q.Exec(ctx, `/* safemig:record */ DELETE FROM `+g.quoted()+` WHERE `+string(fence))
	if err != nil {
		return err
	}
	return g.write(ctx, q, `INSERT INTO %s (version, dirty) SELECT $1::bigint, false WHERE`, fence, n)
}

// tern keeps schema_version as tern does. Source: migrate/migrate.go of tern v2.
type tern struct{ mark }

func newTern(schema, name string) History {
	if name == "" {
		schema, name = "public", "schema_version"
	}
	return &tern{mark{table: table{tool: "tern", schema: schema, name: name, columns: []column{col("version", "integer")}}}}
}

func (t *tern) Name() string { return t.tool }

func (t *tern) Locks(context.Context, Queryer) ([]AdvisoryLock, error) {
	return t.lock(lockkey.Tern), nil
}

func (t *tern) Read(ctx context.Context, q Queryer, known []Known) ([]Row, bool, error) {
	exists, err := t.find(ctx, q)
	if err != nil || !exists {
		return nil, exists, err
	}
	rows, err := collect(ctx, q, `SELECT version FROM `+t.quoted(), func(r pgx.Rows) (n int64, err error) {
		return n, r.Scan(&n)
	})
	if err != nil {
		return nil, true, err
	}
	if len(rows) != 1 {
		return nil, true, t.wrong(fmt.Sprintf("it has %d rows, not one", len(rows)))
	}
	return t.below(rows[0], known), true, nil
}

func (t *tern) Create(ctx context.Context, q Queryer) error {
	_, err := q.Exec(ctx, `CREATE TABLE `+t.quoted()+` (version int4 not null)`)
	if err != nil {
		return err
	}
	_, err = q.Exec(ctx, `INSERT INTO `+t.quoted()+` (version) VALUES (0)`)
	return err
}

func (t *tern) Apply(ctx context.Context, q Queryer, m Known, fence Fence) error {
	n, err := t.number(m.Version)
	if err != nil {
		return err
	}
	return t.write(ctx, q, `UPDATE %s SET version = $1::int4 WHERE`, fence, n)
}

func (t *tern) Revert(ctx context.Context, q Queryer, m Known, fence Fence) error {
	n, err := t.number(m.Version)
	if err != nil {
		return err
	}
	return t.write(ctx, q, `UPDATE %s SET version = $1::int4 WHERE`, fence, t.before(n))
}

package migration

import (
	"os"
	"strings"
	"testing"
)

// project is what a directory of testdata/projects is read as: the versions in
// order, with the number of up and down sections of all.
type project struct {
	tool, why, versions string
	up, down            int
}

func TestProjectsAreReadByTheirTool(t *testing.T) {
	days := "20240101120000 20240102120000 20240103120000 20240104120000"
	for dir, want := range map[string]project{
		"goose/migrations":               {"goose", "-- +goose Up in 00001_create_users_and_orders.sql", "00001 00002 00003 00004 00005 00006 00007 00008", 8, 8},
		"golang-migrate/db/migrations":   {"golang-migrate", "000001_create_accounts.up.sql", "000001 000002 000003 000004 000005 000006 000007", 7, 7},
		"dbmate/db/migrations":           {"dbmate", "-- migrate:up in 20240108091500_create_agents.sql", "20240108091500 20240108093000 20240219140000 20240304101500 20240318083000 20240402094500 20240415070000 20240506113000", 8, 8},
		"plain/schema":                   {"plain", "0001_create_items.sql", "0001 0002 0003 0004 0005 0006 0007", 7, 2},
		"flyway/sql":                     {"flyway", "../flyway.toml, V1__create_accounts.sql", "1 2 3 4 ", 5, 1},
		"prisma/prisma/migrations":       {"prisma", "migration_lock.toml", days, 4, 0},
		"sqlx/migrations":                {"sqlx", "-- Add down migration script here in 20240101120000_create_accounts.down.sql", days, 4, 4},
		"supabase/supabase/migrations":   {"supabase", "../config.toml", days, 4, 0},
		"diesel/migrations":              {"diesel", "diesel.toml, 2024-01-01-120000_create_accounts/up.sql", "20240101120000 20240102120000 20240103120000 20240104120000", 4, 4},
		"hasura/migrations/default":      {"hasura", "1704101600000_create_accounts/up.sql", "1704101600000 1704102600000 1704103600000 1704104600000", 4, 4},
		"drizzle/drizzle":                {"drizzle", "meta/_journal.json", "0000 0001 0002 0003", 4, 0},
		"tern/migrations":                {"tern", "---- create above / drop below ---- in 001_create_accounts.sql", "001 002 003 004", 4, 4},
		"sql-migrate/migrations":         {"sql-migrate", "-- +migrate Up in 20240101120000-create_accounts.sql", days, 4, 4},
		"atlas/migrations":               {"atlas", "atlas.sum", days, 4, 0},
		"liquibase/changelog":            {"liquibase", "--liquibase formatted sql in create_accounts.sql", "create_accounts index_due_on email_required invoices_belong 005", 7, 5},
		"sqitch":                         {"sqitch", "sqitch.plan", "create_accounts index_due_on email_required invoices_belong", 4, 4},
		"node-pg-migrate/migrations":     {"node-pg-migrate", "-- Up Migration in 1704101600000_create-accounts.sql", "1704101600000 1704102600000 1704103600000 1704104600000", 4, 4},
		"bun/migrations":                 {"bun", "--bun:split in 20240101120000_create_accounts.tx.up.sql", days, 4, 4},
		"graphile-migrate/migrations":    {"graphile-migrate", "--! headers in committed/000001-create-accounts.sql", "000001 000002 000003 current", 4, 0},
		"refinery/migrations":            {"refinery", "refinery in Cargo.toml", "1 2 3 4", 4, 0},
		"river/migration/main":           {"river", "DROP TABLE /* TEMPLATE: schema */invoices; in 001_create_accounts.down.sql", "001 002 003 004", 4, 4},
		"popx/migrations/sql":            {"popx", "github.com/ory/x in go.mod", days, 4, 4},
		"morph/migrations/postgres":      {"morph", "github.com/mattermost/morph in go.mod", "000001 000002 000003 000004", 4, 4},
		"postgres-migrations/migrations": {"postgres-migrations", "-- postgres-migrations disable-transaction in 2-index-due-on.sql", "1 2 3 4", 4, 0},
		"alembic/sql":                    {"alembic", "-- Running upgrade 1a02 -> 1a03 in 2024-03.sql", "1a02 1a04", 2, 1},
		"django/sql":                     {"django", "-- Create model Account in 0001_initial.sql", "0001 0002 0003 0004", 4, 0},
		"rails/db":                       {"rails", "structure.sql", "structure.sql", 1, 0},
	} {
		t.Run(dir, func(t *testing.T) {
			fsys := Sub(os.DirFS("../../testdata/projects"), dir)
			c := Detect(fsys)
			f, why := c.Format, c.Why
			if f.Name != want.tool || why != want.why {
				t.Fatalf("%q (%s), want %s (%s)", f.Name, why, want.tool, want.why)
			}
			ms, err := f.Read(fsys)
			if err != nil {
				t.Fatal(err)
			}
			got := project{tool: f.Name, why: why}
			var versions []string
			for _, m := range ms {
				checkRead(t, m)
				for _, e := range m.Errs {
					t.Error(e)
				}
				versions = append(versions, m.Version)
				got.up, got.down = got.up+len(m.Up), got.down+len(m.Down)
			}
			if got.versions = strings.Join(versions, " "); got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

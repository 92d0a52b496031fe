package conformance

import (
	"crypto/sha1"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
)

var npm = install("node", []string{"package.json"}, "npm", "install", "--no-audit", "--no-fund", "--no-package-lock")

var nodeTools = []tool{
	{
		name: "dbmate", release: "dbmate 2.36.0", dir: "db/migrations", canOptOut: true, ready: npm,
		migration: func(n int, optOut bool, sql string) map[string]string {
			option := ""
			if optOut {
				option = " transaction:false"
			}
			return one(fmt.Sprintf("%d_x.sql", n), "-- migrate:up"+option+"\n"+sql+"\n-- migrate:down\n")
		},
		up: func(t *testing.T, root, dsn string) error {
			return program(t, root, nil, bin("dbmate"), "--url", dsn, "--no-dump-schema", "up")
		},
	},
	{
		name: "node-pg-migrate", release: "node-pg-migrate 9.0.0", dir: "migrations", ready: npm,
		project: one("package.json", `{"dependencies":{"node-pg-migrate":"9.0.0"}}`),
		migration: func(n int, _ bool, sql string) map[string]string {
			return one(fmt.Sprintf("%d_x.sql", n), "-- Up Migration\n"+sql+"-- Down Migration\nSELECT 1;\n")
		},
		up: func(t *testing.T, root, dsn string) error {
			return program(t, root, []string{"DATABASE_URL=" + dsn}, bin("node-pg-migrate"), "up", "-m", "migrations")
		},
	},
	{
		name: "postgres-migrations", release: "postgres-migrations 5.3.0", dir: "migrations", canOptOut: true, ready: npm,
		project: one("package.json", `{"dependencies":{"postgres-migrations":"5.3.0"}}`),
		migration: func(n int, optOut bool, sql string) map[string]string {
			return one(fmt.Sprintf("%d-x%d.sql", n, n), marked("-- postgres-migrations disable-transaction", optOut, sql))
		},
		up: inNode("postgres-migrations", "migrations"),
	},
	{
		name: "drizzle", release: "drizzle-orm 0.45.4", dir: "drizzle", ready: npm,
		migration: func(n int, _ bool, sql string) map[string]string {
			type entry struct {
				Idx         int    `json:"idx"`
				Version     string `json:"version"`
				When        int64  `json:"when"`
				Tag         string `json:"tag"`
				Breakpoints bool   `json:"breakpoints"`
			}
			var entries []entry
			for i := 1; i <= n; i++ {
				entries = append(entries, entry{i - 1, "7", int64(1704100000000 + i), fmt.Sprintf("%04d_x", i-1), true})
			}
			journal, _ := json.Marshal(map[string]any{"version": "7", "dialect": "postgresql", "entries": entries})
			return map[string]string{fmt.Sprintf("%04d_x.sql", n-1): sql, "meta/_journal.json": string(journal)}
		},
		up: inNode("drizzle", "drizzle"),
	},
	{
		name: "graphile-migrate", release: "graphile-migrate 1.4.1", dir: "migrations", canOptOut: true, ready: npm,
		project: one(".gmrc", "{}"),
		migration: func(n int, optOut bool, sql string) map[string]string {
			return one(fmt.Sprintf("committed/%06d.sql", n), fmt.Sprintf("--! Previous: %s\n--! Hash: sha1:%x\n--! AllowInvalidHash\n\n%s",
				graphilePrevious(n), sha1.Sum([]byte{byte(n)}), marked("--! no-transaction", optOut, sql)))
		},
		up: inNode("graphile-migrate", "migrations"),
	},
	{
		name: "supabase", release: "supabase CLI 3.1.0", dir: "supabase/migrations", ready: npm,
		project: one("supabase/config.toml", "project_id = \"app\"\n"),
		migration: func(n int, _ bool, sql string) map[string]string {
			return one(fmt.Sprintf("2024010%d000000_x.sql", n), sql)
		},
		up: func(t *testing.T, root, dsn string) error {
			return program(t, root, nil, bin("supabase"), "db", "push", "--yes", "--db-url", dsn)
		},
	},
}

func graphilePrevious(n int) string {
	if n == 1 {
		return "-"
	}
	return fmt.Sprintf("sha1:%x", sha1.Sum([]byte{byte(n - 1)}))
}

// bin is a command that npm has put there.
func bin(name string) string {
	dir, _ := workshop("node")
	return filepath.Join(dir, "node_modules", ".bin", name)
}

// inNode runs a library by apply.mjs.
func inNode(tool, dir string) func(*testing.T, string, string) error {
	return func(t *testing.T, root, dsn string) error {
		shop, err := workshop("node")
		if err != nil {
			return err
		}
		script, err := filepath.Abs("node/apply.mjs")
		if err != nil {
			return err
		}
		return program(t, shop, nil, "node", script, tool, filepath.Join(root, dir), dsn)
	}
}

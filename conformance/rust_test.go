package conformance

import (
	"fmt"
	"path/filepath"
	"testing"
)

// The Rust tools are libraries in one program, rust/src/main.rs. diesel needs libpq.
var cargo = install("rust", []string{"Cargo.toml", "src/main.rs"}, "cargo", "build", "--quiet")

var rustTools = []tool{
	{
		name: "sqlx", release: "sqlx 0.8.6", dir: "migrations", canOptOut: true, ready: cargo,
		project: one("Cargo.toml", "[dependencies]\nsqlx = \"0.8\"\n"),
		migration: func(n int, optOut bool, sql string) map[string]string {
			return one(fmt.Sprintf("%d_x.sql", n), marked("-- no-transaction", optOut, sql))
		},
		up: inRust("sqlx", "migrations"),
	},
	{
		name: "refinery", release: "refinery 0.8.16", dir: "migrations", ready: cargo,
		project: one("Cargo.toml", "[dependencies]\nrefinery = \"0.8\"\n"),
		migration: func(n int, _ bool, sql string) map[string]string {
			return one(fmt.Sprintf("V%d__x.sql", n), sql)
		},
		up: inRust("refinery", "migrations"),
	},
	{
		name: "diesel", release: "diesel_migrations 2.3.2", dir: "migrations", canOptOut: true, ready: cargo,
		project: one("diesel.toml", "[migrations_directory]\ndir = \"migrations\"\n"),
		migration: func(n int, optOut bool, sql string) map[string]string {
			dir := fmt.Sprintf("2024-01-0%d-000000_x/", n)
			files := map[string]string{dir + "up.sql": sql, dir + "down.sql": "SELECT 1;\n"}
			if optOut {
				files[dir+"metadata.toml"] = "run_in_transaction = false\n"
			}
			return files
		},
		up: inRust("diesel", "migrations"),
	},
}

func inRust(tool, dir string) func(*testing.T, string, string) error {
	return func(t *testing.T, root, dsn string) error {
		shop, err := workshop("rust")
		if err != nil {
			return err
		}
		return program(t, root, nil, filepath.Join(shop, "target/debug/apply"), tool, filepath.Join(root, dir), dsn)
	}
}

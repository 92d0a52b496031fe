package conformance

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/rules"
)

// TestRefusals gives tools what their readers refuse, and what they let pass. Each
// case is a directory; a migration is refused if the tool's command fails.
func TestRefusals(t *testing.T) {
	const create, drop = "CREATE TABLE t (a int);\n", "DROP TABLE t;\n"
	cases := map[string][]map[string]string{
		"goose": {
			{"1_a.sql": "SELECT 1;\n-- +goose Up\n" + create},
			{"1_a.sql": create},
			{"1_a.sql": "-- +goose Down\n" + drop + "-- +goose Up\n" + create},
			{"1_a.sql": "-- +goose Up\nSELECT 1\n"},
			{"1_a.sql": "-- +goose Up\n-- +goose StatementBegin\nSELECT 1;\n"},
			{"1_a.sql": "-- +goose Up\nSELECT 1;\n-- +goose Up\nSELECT 2;\n"},
			{"1_a.sql": "-- +goose Up\n-- +goose Sideways\n"},
			{"1_a.sql": "-- +goose Up\nSELECT 1;\n", "01_b.sql": "-- +goose Up\nSELECT 1;\n"},
			{"1_a.sql": "-- +goose Up\n  -- +goose StatementBegin\nSELECT 1;\n  -- +goose StatementEnd\n"},
			{"1_a.sql": "-- a\n-- +goose up\nSELECT 1;\n"},
			{"1_a.sql": "-- +goose Up\n"},
		},
		"golang-migrate": {
			{"1_a.up.sql": create, "1_b.up.sql": "SELECT 1;"},
			{"1_a.up.sql": "\xef\xbb\xbf" + create},
			{"1_a.up.sql": create, "2_b.down.sql": "SELECT 1;"},
			{"1_a.up.sql": create, "1_b.down.sql": drop},
		},
		"tern": {
			{"001_a.sql": create, "003_b.sql": create},
			{"001_a.sql": create, "01_b.sql": create},
			{"002_a.sql": create},
			{"001_a.sql": "-- nothing\n---- create above / drop below ----\n" + drop},
			{"001_a.sql": create},
		},
		"sql-migrate": {
			{"1_a.sql": create},
			{"1_a.sql": "-- +migrate Up\nSELECT 1\n"},
			{"1_a.sql": "-- +migrate Up\n-- +migrate StatementBegin\nSELECT 1;\n"},
			{"1_a.sql": "-- +migrate\n-- +migrate Up\n" + create},
			{"1_a.sql": "-- +migrate Up\n" + create + "-- +migrate Down\n" + drop},
		},
		"bun": {
			{"1_a.up.sql": "--bun:Split\n" + create},
			{"1_a.up.sql": create},
		},
		"morph": {
			{"1_a.up.sql": create, "1_b.up.sql": "SELECT 1;"},
			{"1_a.up.sql": create, "1_a.down.sql": drop},
		},
		"dbmate": {
			{"1_a.sql": create},
			{"1_a.sql": "-- migrate:up\n" + create},
			{"1_a.sql": "SELECT 1;\n-- migrate:up\n" + create + "-- migrate:down\n"},
			{"1_a.sql": "-- migrate:down\n" + drop + "-- migrate:up\n" + create},
			{"1_a.sql": "-- migrate:up\nSELECT 1;\n-- migrate:down\n-- migrate:up\nSELECT 2;\n-- migrate:down\n"},
			{"1_a.sql": "-- migrate:up\nSELECT 1;\n-- migrate:down\n", "1_b.sql": "-- migrate:up\nSELECT 1;\n-- migrate:down\n"},
			{"1_a.sql": "\xef\xbb\xbf-- migrate:up\nSELECT 1;\n-- migrate:down\n"},
			{"1_a.sql": "-- why\n\n--migrate:up\nSELECT 1;\n--migrate:down\n"},
		},
		"postgres-migrations": {
			{"1-a.sql": create, "3-b.sql": "SELECT 1;"},
			{"1-a.sql": create, "2-a.sql": "SELECT 1;"},
			{"2-a.sql": create},
			{"1-a.sql": create},
		},
		"graphile-migrate": {
			{"committed/000001.sql": create},
			{"committed/000001.sql": "--! Previous: -\n--! Hash: sha1:x\n--! AllowInvalidHash\n" + create},
			{"committed/000001.sql": "--! Previous: -\n--! Hash: sha1:x\n--! Hash: sha1:x\n--! AllowInvalidHash\n\n" + create},
			{"committed/000001.sql": "--! Previous: -\n--! AllowInvalidHash\n\n" + create},
			{"committed/000001.sql": "--! Previous: -\n--! Hash: sha1:x\n--! AllowInvalidHash\n\n" + create},
		},
		"supabase": {
			{"20240101000000_a.sql": create, "20240101000000_b.sql": "SELECT 1;"},
			{"20240101000000_a.sql": create},
		},
		"sqlx": {
			{"1_a.sql": create, "1_b.sql": "SELECT 1;"},
			{"1_a.up.sql": create, "1_a.down.sql": drop},
		},
		"refinery": {
			{"V1__a.sql": create, "V1__b.sql": "SELECT 1;"},
			{"V1__a.sql": create},
		},
		"diesel": {
			{"2024-01-01-000000_a/up.sql": " \n", "2024-01-01-000000_a/down.sql": drop},
			{"2024-01-01-000000_a/up.sql": create, "20240101000000_b/up.sql": "SELECT 1;"},
			{"2024-01-01-000000_a/up.sql": create, "2024-01-01-000000_a/down.sql": drop},
		},
		"flyway": {
			{"V1__a.sql": create, "V1.0__b.sql": "SELECT 1;"},
			{"V1__a.sql": create + "VACUUM t;\n"},
			{"V1__a.sql": create, "V1__a.sql.conf": "executeInTransactions=false\n"},
			{"V1__a.sql": create, "R__b.sql": "SELECT 1;"},
		},
		"liquibase": {
			{"sets/a.sql": create},
			{"sets/a.sql": "--liquibase formatted sql\n--changeset a:1\n" + create + "--changeset a:1\nSELECT 1;\n"},
			{"sets/a.sql": "--liquibase formatted sql\n--changeset a:1\n" + create},
		},
	}
	each(t, func(t *testing.T, tool *tool) {
		for i, files := range cases[tool.dirName()] {
			t.Run(fmt.Sprint("case ", i+1), func(t *testing.T) {
				t.Parallel()
				root := tool.lay(t, files)
				err := tool.up(t, root, database(t))
				r, lintErr := lint.Run(context.Background(), lint.Options{Dir: root, Tool: tool.name, Paths: []string{tool.dir}})
				if lintErr != nil {
					t.Fatalf("safemig: %v; the tool: %v", lintErr, err)
				}
				said := ""
				for _, f := range r.Findings {
					if f.Rule.ID == rules.MigrationRefused.ID {
						said = f.Message
					}
				}
				if err == nil && strings.Contains(said, "never runs") {
					return // it passes a file over
				}
				if (err != nil) != (said != "") {
					t.Errorf("%q\nthe tool: %v\nsafemig: %q", files, err, said)
				}
			})
		}
	})
}

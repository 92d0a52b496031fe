package migration_test

import (
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
)

// BenchmarkRead10000 reads as many files as each format takes; compare it with
// BenchmarkParse10000 of the same run.
func BenchmarkRead10000(b *testing.B) {
	for _, tool := range []string{"flyway", "goose", "tern", "sql-migrate", "liquibase", "sqlx", "atlas"} {
		format, _ := migration.FormatByName(tool)
		fsys := manyFiles(tool)
		b.Run(tool, func(b *testing.B) {
			for b.Loop() {
				if ms, err := format.Read(fsys); err != nil || len(ms) != 10000 {
					b.Fatal(len(ms), err)
				}
			}
		})
	}
}

func BenchmarkParse10000(b *testing.B) {
	format, _ := migration.FormatByName("flyway")
	ms, err := format.Read(manyFiles("flyway"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for i := range ms {
			pgsql.Parse(&ms[i].Up[0])
		}
	}
}

func manyFiles(tool string) fstest.MapFS {
	mark := map[string]string{"goose": "-- +goose Up\n", "sql-migrate": "-- +migrate Up\n", "liquibase": "--liquibase formatted sql\n--changeset a:1\n"}[tool]
	body := "ALTER TABLE accounts ADD COLUMN note_%d text;\nCREATE TABLE t%d (id bigint PRIMARY KEY, name text NOT NULL DEFAULT 'x;y', at timestamptz);\n" +
		"-- reindexed later, not concurrently\nUPDATE accounts SET name = '${x}' WHERE id = %d;\n"
	fsys := fstest.MapFS{}
	for i := 1; i <= 10000; i++ {
		name := fmt.Sprintf("%05d_x.sql", i)
		if tool == "flyway" {
			name = fmt.Sprintf("V%d__x.sql", i)
		}
		fsys[name] = &fstest.MapFile{Data: []byte(mark + fmt.Sprintf(body, i, i, i))}
	}
	return fsys
}

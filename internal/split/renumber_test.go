package split_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/split"
)

const check = "ALTER TABLE users ADD CONSTRAINT c CHECK (n > 0);\n"

// TestLaterMigrationsMakeRoom: in the naming of each tool that numbers its files, the
// migrations behind the sequence get later versions, and keep their text.
func TestLaterMigrationsMakeRoom(t *testing.T) {
	for _, c := range []struct {
		tool  string
		files map[string]string
		want  string
	}{
		{"plain", map[string]string{"0001_a.sql": users, "0002_b.sql": check, "0003_c.sql": "SELECT 3;", "0004_d.sql": "SELECT 4;", "0009_e.sql": "SELECT 9;"},
			"0002_b.sql 0003_b_validate.sql 0003_c.sql- 0004_c.sql=SELECT 3; 0004_d.sql- 0005_d.sql=SELECT 4;"},
		{"plain", map[string]string{"1_a.up.sql": users, "1_a.down.sql": "DROP TABLE users;", "2_b.up.sql": check, "2_b.down.sql": "ALTER TABLE users DROP CONSTRAINT c;",
			"3_c.up.sql": "SELECT 3;", "3_c.down.sql": "SELECT 33;"},
			"2_b.down.sql 2_b.up.sql 3_b_validate.down.sql 3_b_validate.up.sql 3_c.down.sql- 3_c.up.sql- 4_c.down.sql=SELECT 33; 4_c.up.sql=SELECT 3;"},
		{"goose", map[string]string{"00001_a.sql": "-- +goose Up\n" + users, "00002_b.sql": "-- +goose Up\n" + check, "00003_c.sql": "-- +goose Up\nSELECT 3;"},
			"00002_b.sql 00003_b_validate.sql 00003_c.sql- 00004_c.sql=-- +goose Up\nSELECT 3;"},
		{"golang-migrate", map[string]string{"000001_a.up.sql": users, "000002_b.up.sql": check, "000003_c.up.sql": "SELECT 3;", "000003_c.down.sql": "SELECT 33;"},
			"000002_b.up.sql 000003_b_validate.up.sql 000003_c.down.sql- 000003_c.up.sql- 000004_c.down.sql=SELECT 33; 000004_c.up.sql=SELECT 3;"},
		{"tern", map[string]string{"001_a.sql": users, "002_b.sql": check, "003_c.sql": "SELECT 3;"},
			"002_b.sql 003_b_validate.sql 003_c.sql- 004_c.sql=SELECT 3;"},
		{"sqlx", map[string]string{"0001_a.sql": users, "0002_b.sql": check, "0003_c.sql": "SELECT 3;"},
			"0002_b.sql 0003_b_validate.sql 0003_c.sql- 0004_c.sql=SELECT 3;"},
		{"dbmate", map[string]string{"20240101000000_a.sql": "-- migrate:up\n" + users + "-- migrate:down\n", "20240101000001_b.sql": "-- migrate:up\n" + check + "-- migrate:down\n",
			"20240101000002_c.sql": "-- migrate:up\nSELECT 3;\n-- migrate:down\n"},
			"20240101000001_b.sql 20240101000002_b_validate.sql 20240101000002_c.sql- 20240101000003_c.sql=-- migrate:up\nSELECT 3;\n-- migrate:down\n"},
		{"sql-migrate", map[string]string{"1-a.sql": "-- +migrate Up\n" + users, "2-b.sql": "-- +migrate Up\n" + check, "3-c.sql": "-- +migrate Up\nSELECT 3;"},
			"2-b.sql 3-b_validate.sql 3-c.sql- 4-c.sql=-- +migrate Up\nSELECT 3;"},
		{"flyway", map[string]string{"V1__a.sql": users, "V2__b.sql": check, "V3__c.sql": "SELECT 3;", "U3__c.sql": "SELECT 33;", "V3__c.sql.conf": "executeInTransaction=true\n"},
			"U3__c.sql- U4__c.sql=SELECT 33; V2__b.sql V3__b_validate.sql V3__c.sql- V3__c.sql.conf- V4__c.sql=SELECT 3; V4__c.sql.conf=executeInTransaction=true\n"},
		{"diesel", map[string]string{"2024-01-01-000000_a/up.sql": users, "2024-01-01-000001_b/up.sql": check, "2024-01-01-000002_c/up.sql": "SELECT 3;",
			"2024-01-01-000002_c/down.sql": "SELECT 33;", "2024-01-01-000002_c/metadata.toml": "run_in_transaction = false\n"},
			"2024-01-01-000001_b/up.sql 2024-01-01-000002_b_validate/up.sql 2024-01-01-000002_c/down.sql- 2024-01-01-000002_c/metadata.toml- 2024-01-01-000002_c/up.sql- " +
				"2024-01-01-000003_c/down.sql=SELECT 33; 2024-01-01-000003_c/metadata.toml=run_in_transaction = false\n 2024-01-01-000003_c/up.sql=SELECT 3;"},
		{"prisma", map[string]string{"1_a/migration.sql": users, "2_b/migration.sql": check, "3_c/migration.sql": "SELECT 3;", "migration_lock.toml": "provider = \"postgresql\"\n"},
			"2_b/migration.sql 3_b_validate/migration.sql 3_c/migration.sql- 4_c/migration.sql=SELECT 3;"},
		{"postgres-migrations", map[string]string{"1_a.sql": users, "2_b.sql": check, "3_c.sql": "SELECT 3;"},
			"2_b.sql 3_b_validate.sql 3_c.sql- 4_c.sql=SELECT 3;"},
		{"morph", map[string]string{"000001_a.up.sql": users, "000002_b.up.sql": check, "000003_c.up.sql": "SELECT 3;"},
			"000002_b.up.sql 000003_b_validate.up.sql 000003_c.up.sql- 000004_c.up.sql=SELECT 3;"},
	} {
		t.Run(c.tool, func(t *testing.T) {
			p := plan(t, c.tool, c.files)
			var got []string
			for _, ch := range p.Changes {
				switch {
				case ch.Now == nil:
					got = append(got, ch.Path+"-")
				case slices.Contains(slices.Collect(maps.Values(c.files)), string(ch.Now)):
					got = append(got, ch.Path+"="+string(ch.Now))
				default:
					got = append(got, ch.Path)
				}
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("got\n%s\nwant\n%s\nleft %+v", s, c.want, p.Left)
			}
			for _, ch := range p.Changes {
				if was, there := c.files[ch.Path]; there != (ch.Was != nil) || there && was != string(ch.Was) {
					t.Errorf("%s: Was is %q", ch.Path, ch.Was)
				}
			}
		})
	}
}

// TestAppliedMigrationsAreNotMoved: where the next one has been applied, nothing is
// written, and it is said why.
func TestAppliedMigrationsAreNotMoved(t *testing.T) {
	fsys := fstest.MapFS{"db/0001_a.sql": {Data: []byte(users)}, "db/0002_b.sql": {Data: []byte(check)}, "db/0003_c.sql": {Data: []byte("SELECT 3;")}}
	p, err := split.Make(context.Background(), split.Options{Lint: lint.Options{FS: fsys, Tool: "plain", Paths: []string{"db"}},
		Pending: func(path string) bool { return path == "db/0002_b.sql" }})
	if err != nil || len(p.Changes) > 0 {
		t.Fatalf("%v\n%s", err, texts(p))
	}
	if len(p.Left) != 1 || !strings.Contains(p.Left[0].Why, "the sequence needs the version of 0003_c.sql, which has been applied, or may have been") {
		t.Errorf("%+v", p.Left)
	}
}

// TestSplitOfWhatMovedWaits: of two migrations to split, the second is left for the
// next run where the first one takes its version.
func TestSplitOfWhatMovedWaits(t *testing.T) {
	p := plan(t, "plain", map[string]string{"0001_a.sql": users, "0002_b.sql": check, "0003_c.sql": "ALTER TABLE users ADD CONSTRAINT d CHECK (n > 1);"})
	if len(p.Sequences) != 1 || !slices.Equal(p.Sequences[0].Moved, []string{"0004_c.sql"}) ||
		len(p.Left) != 1 || !strings.Contains(p.Left[0].Why, "run again") {
		t.Errorf("%+v\n%+v\n%s", p.Sequences, p.Left, texts(p))
	}
}

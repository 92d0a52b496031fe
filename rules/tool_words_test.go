package rules_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/migration"
)

// TestConcurrentlyInEachToolsWords gives every tool CREATE INDEX CONCURRENTLY beside
// another statement, without and with what turns its transaction off, and then alone.
// What safemig says of the first two, and how to write it instead, is in the tool's own
// words; the conformance module holds the verdicts against the tools themselves.
func TestConcurrentlyInEachToolsWords(t *testing.T) {
	const (
		both  = "SELECT 1;\nCREATE INDEX CONCURRENTLY t_a ON t (a);\n"
		alone = "CREATE INDEX CONCURRENTLY t_a ON t (a);\n"
		in    = "concurrently-in-transaction"
		with  = "concurrently-with-others"
	)
	for _, tt := range []struct {
		tool, path string
		off        func(path, sql string) (string, string) // the file with the transaction turned off
		pre, post  string                                  // what every file of the tool has
		says       [3]string                               // rule and a part of the hint: as it is, turned off, alone and turned off
	}{
		{"plain", "1_x.sql", above("-- safemig:no-transaction"), "", "", [3]string{in + " -- safemig:no-transaction", "", ""}},
		{"goose", "1_x.sql", above("-- +goose NO TRANSACTION"), "-- +goose Up\n", "", [3]string{in + " -- +goose NO TRANSACTION", "", ""}},
		{"golang-migrate", "1_x.up.sql", nil, "", "", [3]string{with + " give it a migration file of its own", with + " give it a migration file of its own", ""}},
		{"dbmate", "1_x.sql", replaced("migrate:up", "migrate:up transaction:false"), "-- migrate:up\n", "-- migrate:down\n",
			[3]string{in + " -- migrate:up transaction:false", with + " give it a migration file of its own", ""}},
		{"sql-migrate", "1_x.sql", replaced("+migrate Up", "+migrate Up notransaction"), "-- +migrate Up\n", "", [3]string{in + " -- +migrate Up notransaction", "", ""}},
		{"tern", "001_x.sql", above("---- tern: disable-tx ----"), "", "", [3]string{in + " ---- tern: disable-tx ----", "", ""}},
		{"atlas", "1_x.sql", above("-- atlas:txmode none\n"), "", "", [3]string{in + " -- atlas:txmode none", "", ""}},
		{"flyway", "V1__x.sql", nil, "", "", [3]string{"migration-refused move it into a migration of its own", "migration-refused move it into a migration of its own", ""}},
		{"liquibase", "x.sql", replaced("ana:1", "ana:1 runInTransaction:false"), "--liquibase formatted sql\n--changeset ana:1\n", "", [3]string{in + " runInTransaction:false", "", ""}},
		{"sqitch", "deploy/x.sql", nil, "", "", [3]string{"", "", ""}},
		{"prisma", "2024_x/migration.sql", nil, "", "", [3]string{with + " give it a migration of its own", with + " give it a migration of its own", ""}},
		{"supabase", "20240101000000_x.sql", nil, "", "", [3]string{"", "", ""}},
		{"sqlx", "1_x.sql", above("-- no-transaction"), "", "", [3]string{in + " -- no-transaction", with + " give it a migration file of its own", ""}},
		{"refinery", "V1__x.sql", nil, "", "", [3]string{in + " outside the transaction that refinery opens", in + " outside the transaction that refinery opens", in + " outside the transaction that refinery opens"}},
		{"diesel", "2024-01-01-000000_x/up.sql", nil, "", "", [3]string{in + " run_in_transaction = false in its metadata.toml", in + " run_in_transaction = false", in + " run_in_transaction = false"}},
		{"graphile-migrate", "current.sql", above("--! no-transaction"), "", "", [3]string{in + " --! no-transaction", with + " give it a migration of its own", ""}},
		{"node-pg-migrate", "1_x.sql", nil, "", "", [3]string{in + " pgm.noTransaction()", in + " pgm.noTransaction()", in + " pgm.noTransaction()"}},
		{"postgres-migrations", "1_x.sql", above("-- postgres-migrations disable-transaction"), "", "",
			[3]string{in + " -- postgres-migrations disable-transaction", with + " give it a migration file of its own", ""}},
		{"drizzle", "0000_x.sql", nil, "", "", [3]string{in + " outside the transaction that drizzle opens", in + " outside the transaction", in + " outside the transaction"}},
		{"bun", "1_x.tx.up.sql", func(path, sql string) (string, string) { return "1_x.up.sql", sql }, "", "",
			[3]string{in + " no .tx in the file's name", with + " --bun:split", ""}},
		{"popx", "1_x.up.sql", func(path, sql string) (string, string) { return "1_x.autocommit.up.sql", sql }, "", "",
			[3]string{in + " .autocommit in the file's name", with + " give it a migration file of its own", ""}},
		{"morph", "1_x.up.sql", above("-- morph:nontransactional"), "", "", [3]string{in + " -- morph:nontransactional", with + " give it a migration file of its own", ""}},
		{"river", "001_x.up.sql", nil, "", "", [3]string{in + " outside the transaction that river opens", in + " outside the transaction", in + " outside the transaction"}},
		{"hasura", "1_x/up.sql", nil, "", "", [3]string{in + " outside the transaction that hasura opens", in + " outside the transaction", in + " outside the transaction"}},
		{"rails", "structure.sql", nil, "", "", [3]string{"", "", ""}},
		{"alembic", "x.sql", nil, "", "", [3]string{"", "", ""}},
		{"django", "x.sql", nil, "", "", [3]string{"", "", ""}},
	} {
		t.Run(tt.tool, func(t *testing.T) {
			off := tt.off
			if off == nil {
				off = func(path, sql string) (string, string) { return path, sql }
			}
			for i, sql := range []string{both, both, alone} {
				path, text := tt.path, tt.pre+sql+tt.post
				if i > 0 {
					path, text = off(path, text)
				}
				got := verdict(t, tt.tool, path, text)
				rule, hint, _ := strings.Cut(tt.says[i], " ")
				gotRule, gotHint, _ := strings.Cut(got, " ")
				if gotRule != rule || !strings.Contains(gotHint, hint) {
					t.Errorf("%s\n%s\ngot  %q\nwant %q", path, text, got, tt.says[i])
				}
			}
		})
	}
	if n := len(migration.Formats()); n != 27 {
		t.Errorf("%d tools: the table has 27", n)
	}
}

// verdict is the rule that keeps a file from running, and its hint on one line.
func verdict(t *testing.T, tool, path, text string) string {
	t.Helper()
	fsys := fstest.MapFS{path: {Data: []byte(text)}, "sqitch.plan": {Data: []byte("%project=x\n\nx 2024-01-01T00:00:00Z A <a@example.com>\n")}}
	r, err := lint.Run(context.Background(), lint.Options{FS: fsys, Tool: tool, Paths: []string{"."}})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		switch f.Rule.ID {
		case "concurrently-in-transaction", "concurrently-with-others", "migration-refused":
			return f.Rule.ID + " " + strings.ReplaceAll(f.Hint, "\n", " ")
		}
	}
	return ""
}

func above(mark string) func(path, sql string) (string, string) {
	return func(path, sql string) (string, string) { return path, mark + "\n" + sql }
}

func replaced(old, now string) func(path, sql string) (string, string) {
	return func(path, sql string) (string, string) { return path, strings.Replace(sql, old, now, 1) }
}

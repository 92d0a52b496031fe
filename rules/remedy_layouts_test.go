package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing/fstest"
)

// layout writes migrations as a tool reads them.
type layout struct {
	tool  string
	batch bool // several statements outside a transaction are one all the same
	cuts  bool // at every semicolon
	file  func(n int, sql string, alone bool) map[string]string
}

func one(name, text string) map[string]string { return map[string]string{name: text} }

// when gives a text where a migration runs outside a transaction.
func when(alone bool, text string) string {
	if alone {
		return text
	}
	return ""
}

// inTransaction puts what a transaction's end releases into one.
func inTransaction(sql string) string {
	if strings.Contains(sql, "_xact_lock") && !strings.Contains(sql, "BEGIN") {
		return "BEGIN;\n" + sql + "COMMIT;\n"
	}
	return sql
}

var remedyLayouts = []layout{
	{tool: "plain", file: func(n int, sql string, alone bool) map[string]string {
		return one(fmt.Sprintf("%04d_m.sql", n), when(alone, "-- safemig:no-transaction\n")+sql)
	}},
	{tool: "goose", cuts: true, file: func(n int, sql string, alone bool) map[string]string {
		return one(fmt.Sprintf("%04d_m.sql", n), when(alone, "-- +goose NO TRANSACTION\n")+"-- +goose Up\n"+sql)
	}},
	{tool: "sql-migrate", cuts: true, file: func(n int, sql string, alone bool) map[string]string {
		return one(fmt.Sprintf("%04d_m.sql", n), "-- +migrate Up"+when(alone, " notransaction")+"\n"+sql)
	}},
	{tool: "liquibase", cuts: true, file: func(n int, sql string, alone bool) map[string]string {
		return one(fmt.Sprintf("%04d_m.sql", n), fmt.Sprintf("--liquibase formatted sql\n--changeset ana:%d%s\n%s", n, when(alone, " runInTransaction:false"), sql))
	}},
	{tool: "dbmate", batch: true, file: func(n int, sql string, alone bool) map[string]string {
		return one(fmt.Sprintf("%04d_m.sql", n), "-- migrate:up"+when(alone, " transaction:false")+"\n"+sql+"\n-- migrate:down\n")
	}},
	{tool: "golang-migrate", batch: true, file: func(n int, sql string, alone bool) map[string]string {
		return one(fmt.Sprintf("%04d_m.up.sql", n), inTransaction(sql))
	}},
	{tool: "sqlx", batch: true, file: func(n int, sql string, alone bool) map[string]string {
		return one(fmt.Sprintf("%04d_m.sql", n), when(alone, "-- no-transaction\n")+sql)
	}},
	{tool: "prisma", batch: true, file: func(n int, sql string, alone bool) map[string]string {
		return one(fmt.Sprintf("%014d_m/migration.sql", n), inTransaction(sql))
	}},
	{tool: "atlas", file: func(n int, sql string, alone bool) map[string]string {
		return one(fmt.Sprintf("%04d_m.sql", n), when(alone, "-- atlas:txmode none\n\n")+sql)
	}},
	{tool: "flyway", file: func(n int, sql string, alone bool) map[string]string {
		out := one(fmt.Sprintf("V%04d__m.sql", n), sql)
		if alone {
			out[fmt.Sprintf("V%04d__m.sql.conf", n)] = "executeInTransaction=false\n"
		}
		return out
	}},
}

// split gives the texts of the files that a step of a remedy needs.
func (l layout) split(s step) []string {
	if l.batch && s.optOut != "" {
		return slices.Clone(s.sql)
	}
	return []string{strings.Join(s.sql, "\n") + "\n"}
}

// history writes a plain history anew. It fails for what the tool cuts, and for
// files that the tool cannot run outside a transaction as a whole; outside are the
// files that run so.
func (l layout) history(plain fstest.MapFS) (out fstest.MapFS, outside map[string]bool, ok bool) {
	out, outside = fstest.MapFS{}, map[string]bool{}
	names := make([]string, 0, len(plain))
	for name := range plain {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		text := string(plain[name].Data)
		rest, alone := strings.CutPrefix(text, "-- safemig:no-transaction\n")
		switch {
		case l.tool == "plain":
			return plain, outside, true
		case strings.Contains(name, ".down."), strings.Contains(rest, "safemig:no-transaction"):
			return nil, nil, false
		case l.cuts && strings.Contains(rest, "$"):
			return nil, nil, false
		case l.batch && alone && strings.Count(rest, ";") > 1:
			return nil, nil, false
		}
		for file, text := range l.file(i+1, rest, alone) {
			out[file] = &fstest.MapFile{Data: []byte(text)}
			outside[file] = alone
		}
	}
	return out, outside, true
}

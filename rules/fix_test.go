package rules_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
	"github.com/safemig/safemig/rules"
)

// layouts put SQL into a file as a tool wants it: path and text of migration n,
// with or without a transaction where the tool lets the author choose.
var layouts = map[string]func(n int, sql string, tx bool) (path, text string){
	"plain":          marked("%04d_a.sql", "-- safemig:no-transaction\n"),
	"sqlx":           marked("2024010100%04d_a.sql", "-- no-transaction\n"),
	"morph":          marked("%06d_a.up.sql", "-- morph:nontransactional\n"),
	"golang-migrate": marked("%06d_a.up.sql", ""),
	"supabase":       marked("2024010100%04d_a.sql", ""),
	"atlas":          marked("2024010100%04d_a.sql", "-- atlas:txmode none\n\n"),
	"tern":           marked("%03d_a.sql", "---- tern: disable-tx ----\n"),
	"river":          marked("%03d_a.up.sql", ""),
	"popx": func(n int, sql string, tx bool) (string, string) {
		return fmt.Sprintf("2024010100%04d_a%s.up.sql", n, map[bool]string{false: ".autocommit"}[tx]), sql
	},
	"bun": func(n int, sql string, tx bool) (string, string) {
		return fmt.Sprintf("2024010100%04d_a%s.up.sql", n, map[bool]string{true: ".tx"}[tx]), sql
	},
	"goose":       marked("%05d_a.sql", "-- +goose NO TRANSACTION\n", "-- +goose Up\n"),
	"dbmate":      choice("2024010100%04d_a.sql", "-- migrate:up%s\n", " transaction:false", "\n-- migrate:down\n"),
	"sql-migrate": choice("2024010100%04d-a.sql", "-- +migrate Up%s\n", " notransaction", ""),
	"liquibase":   choice("%04d_a.sql", "--liquibase formatted sql\n--changeset a:1%s\n", " runInTransaction:false", ""),
	"prisma":      marked("2024010100%04d_a/migration.sql", ""),
	"diesel": func(n int, sql string, tx bool) (string, string) {
		return fmt.Sprintf("2024-01-01-00%04d_a/up.sql", n), sql
	},
	"postgres-migrations": marked("%d-a.sql", "-- postgres-migrations disable-transaction\n"),
	"flyway":              marked("V%d__a.sql", ""),
}

func marked(name, optOut string, always ...string) func(int, string, bool) (string, string) {
	return func(n int, sql string, tx bool) (string, string) {
		head := strings.Join(always, "")
		if !tx {
			head = optOut + head
		}
		return fmt.Sprintf(name, n), head + sql
	}
}

func choice(name, head, optOut, tail string) func(int, string, bool) (string, string) {
	return func(n int, sql string, tx bool) (string, string) {
		optOut := optOut
		if tx {
			optOut = ""
		}
		return fmt.Sprintf(name, n), fmt.Sprintf(head, optOut) + sql + tail
	}
}

// variants are the ways in which the same file may be spelled.
var variants = []func(string) string{
	func(s string) string { return s },
	func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
	func(s string) string { return "\xef\xbb\xbf" + s },
	func(s string) string { return strings.ReplaceAll(s, " (", "\t(") },
	func(s string) string { return strings.ReplaceAll(s, ";\n", "; -- é 漢 𝄞\n") },
}

// TestFixesHold runs --fix over every bad example of every rule in the layouts of
// the tools: the files still parse, no comment is touched, nothing but the edits
// that were declared has changed, no finding is there that was not, and a second
// --fix finds nothing to do.
func TestFixesHold(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	made := map[string]int{} // by rule
	n := 0
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, history := range plainHistories(archive) {
			for _, tool := range slices.Sorted(maps.Keys(layouts)) {
				lay := layouts[tool]
				fsys := fstest.MapFS{}
				variant, tx := variants[n%len(variants)], n%2 == 0
				n++
				for i, name := range slices.Sorted(maps.Keys(history)) {
					if strings.Contains(name, ".down.") {
						continue
					}
					sql := strings.TrimPrefix(string(history[name].Data), "-- safemig:no-transaction\n")
					p, text := lay(i+1, sql, tx)
					fsys[p] = &fstest.MapFile{Data: []byte(variant(text))}
				}
				fixesHold(t, strings.TrimSuffix(filepath.Base(file), ".txtar"), lint.Options{FS: fsys, Tool: tool}, made)
			}
		}
	}
	t.Logf("%d histories; edits made: %v", n, made)
	for _, id := range []string{"index-not-concurrent", "drop-index-not-concurrent", "reindex-not-concurrent", "lock-timeout-missing", "refresh-matview-blocking",
		"detach-partition-blocking", "concurrent-index-unnamed", "not-repeatable-before-concurrently", "set-local-outside-transaction",
		"fk-validated-at-once", "check-validated-at-once"} {
		if made[id] == 0 {
			t.Errorf("no edit of %s was tried", id)
		}
	}
}

func fixesHold(t *testing.T, id string, o lint.Options, made map[string]int) {
	ctx := context.Background()
	o.Every = true
	before, err := lint.Run(ctx, o)
	if err != nil {
		return // a tool that does not read such a file
	}
	if !slices.ContainsFunc(before.Findings, func(f rules.Finding) bool { return len(f.Fix)+len(f.Unsafe) > 0 }) {
		return
	}
	fixed, _, err := lint.Fix(ctx, lint.FixOptions{Options: o, Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(fixed) == 0 {
		return
	}
	o.Overlay = map[string][]byte{}
	for _, f := range fixed {
		o.Overlay[f.File.Path] = f.Src
		if was, is := comments(o.Tool, f.File.Path, f.File.Src), comments(o.Tool, f.File.Path, f.Src); !slices.Equal(was, is) {
			t.Errorf("%s: %s: %s: comments were %q, are %q", id, o.Tool, f.File.Path, was, is)
		}
		if !inserted(f.File.Src, f.Src) {
			t.Errorf("%s: %s: more than words were put in:\n%s\n---\n%s", id, o.Tool, f.File.Src, f.Src)
		}
	}
	after, err := lint.Run(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	count := map[[2]string]int{}
	for _, f := range before.Findings {
		count[[2]string{f.File.Path, f.Rule.ID}]++
	}
	for _, f := range after.Findings {
		k := [2]string{f.File.Path, f.Rule.ID}
		if count[k]--; count[k] < 0 {
			t.Errorf("%s: %s: --fix brought %s: %s\n%s", id, o.Tool, f.Rule.ID, f.Message, f.File.Src)
		}
	}
	for k, left := range count {
		if left > 0 {
			made[k[1]] += left
		}
	}
	again, _, err := lint.Fix(ctx, lint.FixOptions{Options: o, Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(again) > 0 {
		t.Errorf("%s: %s: a second --fix changes\n%s\nto\n%s", id, o.Tool, again[0].File.Src, again[0].Src)
	}
}

// comments gives the comments of a file as its tool's reader sees its sections.
func comments(tool, path string, src []byte) []string {
	format, _ := migration.FormatByName(tool)
	m := format.ReadFile(&migration.File{Path: path, Src: src})
	var out []string
	for _, ss := range [][]migration.Section{m.Up, m.Down} {
		for i := range ss {
			for _, c := range pgsql.Comments(&ss[i]) {
				out = append(out, c.Text(m.File))
			}
		}
	}
	return out
}

// inserted tells whether one text is another with text put in, but for the words
// that set-local-outside-transaction takes out.
func inserted(was, is []byte) bool {
	was, is = bytes.ReplaceAll(was, []byte("SET LOCAL"), []byte("SET")), bytes.ReplaceAll(is, []byte("SET LOCAL"), []byte("SET"))
	i := 0
	for _, b := range is {
		if i < len(was) && was[i] == b {
			i++
		}
	}
	return i == len(was)
}

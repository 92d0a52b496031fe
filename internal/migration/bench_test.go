package migration_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
)

// BenchmarkRead10000 reads as many migrations of every format as BenchmarkParse10000
// parses, and reports how long that takes beside parsing them. It fails where that is
// a fifth or more: the best of all rounds counts, as the rest is other programs.
func BenchmarkRead10000(b *testing.B) {
	for _, format := range migration.Formats() {
		b.Run(format.Name, func(b *testing.B) {
			fsys := many(format.Name)
			read, parse := time.Hour, time.Hour
			for b.Loop() {
				begin := time.Now()
				ms, err := format.Read(fsys)
				read = min(read, time.Since(begin))
				if err != nil || len(ms) != 10000 {
					b.Fatal(len(ms), err)
				}
				begin = time.Now()
				for i := range ms {
					for k := range ms[i].Up {
						pgsql.Parse(&ms[i].Up[k])
					}
				}
				parse = min(parse, time.Since(begin))
			}
			ratio := float64(read) / float64(parse)
			b.ReportMetric(float64(read.Milliseconds()), "ms-read")
			b.ReportMetric(ratio, "read/parse")
			if ratio >= 0.2 {
				b.Errorf("reading takes %v, parsing %v", read, parse)
			}
		})
	}
}

func BenchmarkParse10000(b *testing.B) {
	format, _ := migration.FormatByName("plain")
	ms, err := format.Read(many("plain"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for i := range ms {
			pgsql.Parse(&ms[i].Up[0])
		}
	}
}

// many is a directory of 10,000 migrations as a tool keeps them.
func many(tool string) fs.FS {
	const sql = "ALTER TABLE accounts ADD COLUMN note_%[1]d text;\nCREATE TABLE t%[1]d (id bigint PRIMARY KEY, name text NOT NULL DEFAULT 'x;y', at timestamptz);\n" +
		"-- reindexed later, not concurrently\nUPDATE accounts SET name = '${x}' WHERE id = %[1]d;\n"
	layout := map[string][2]string{ // name and text; the default is what many tools take
		"":                    {"%05[1]d_x.sql", sql},
		"goose":               {"%05[1]d_x.sql", "-- +goose Up\n" + sql + "\n-- +goose Down\nSELECT 1;\n"},
		"dbmate":              {"%05[1]d_x.sql", "-- migrate:up\n" + sql + "\n-- migrate:down\n"},
		"sql-migrate":         {"%05[1]d_x.sql", "-- +migrate Up\n" + sql},
		"liquibase":           {"%05[1]d_x.sql", "--liquibase formatted sql\n--changeset a:1\n" + sql},
		"flyway":              {"V%[1]d__x.sql", sql},
		"refinery":            {"V%[1]d__x.sql", sql},
		"prisma":              {"%05[1]d_x/migration.sql", sql},
		"diesel":              {"%05[1]d_x/up.sql", sql},
		"hasura":              {"17041016%05[1]d_x/up.sql", sql},
		"sqitch":              {"deploy/x%[1]d.sql", sql},
		"graphile-migrate":    {"committed/%06[1]d.sql", "--! Previous: -\n--! Hash: sha1:x\n\n" + sql},
		"bun":                 {"%05[1]d_x.up.sql", sql},
		"popx":                {"%05[1]d_x.up.sql", sql},
		"morph":               {"%05[1]d_x.up.sql", sql},
		"river":               {"%05[1]d_x.up.sql", sql},
		"golang-migrate":      {"%05[1]d_x.up.sql", sql},
		"postgres-migrations": {"%05[1]d_x%[1]d.sql", sql},
		"rails":               {"%05[1]d_structure.sql", sql},
	}
	l, ok := layout[tool]
	if !ok {
		l = layout[""]
	}
	files := memory{}
	var plan strings.Builder
	for i := 1; i <= 10000; i++ {
		files.add(fmt.Sprintf(l[0], i), fmt.Appendf(nil, l[1], i))
		fmt.Fprintf(&plan, "x%d 2024-01-01T00:00:00Z A <a@example.com>\n", i)
	}
	if tool == "sqitch" {
		files.add("sqitch.plan", []byte(plan.String()))
	}
	return files
}

// memory is a tree of files that costs as little as any: fstest.MapFS goes over all
// of its files to list one directory. A nil slice is a directory.
type memory map[string]*entry

type entry struct {
	name string
	src  []byte
	list []fs.DirEntry
}

func (m memory) add(p string, src []byte) {
	e := &entry{name: path.Base(p), src: src}
	for m[p] = e; p != "."; p = path.Dir(p) {
		up, ok := m[path.Dir(p)]
		if !ok {
			up = &entry{name: path.Base(path.Dir(p))}
			m[path.Dir(p)] = up
		}
		up.list = append(up.list, m[p])
		if ok {
			return
		}
	}
}

func (m memory) find(op, p string) (*entry, error) {
	if e, ok := m[p]; ok {
		return e, nil
	}
	return nil, &fs.PathError{Op: op, Path: p, Err: fs.ErrNotExist}
}

func (m memory) Open(p string) (fs.File, error) {
	_, err := m.find("open", p)
	return nil, cmp.Or(err, errors.ErrUnsupported)
}

func (m memory) Stat(p string) (fs.FileInfo, error) { return m.find("stat", p) }

func (m memory) ReadFile(p string) ([]byte, error) {
	e, err := m.find("read", p)
	if err != nil {
		return nil, err
	}
	return bytes.Clone(e.src), nil
}

func (m memory) ReadDir(p string) ([]fs.DirEntry, error) {
	e, err := m.find("list", p)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(e.list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return slices.Clone(e.list), nil
}

func (e *entry) Name() string               { return e.name }
func (e *entry) IsDir() bool                { return e.src == nil }
func (e *entry) Type() fs.FileMode          { return e.Mode().Type() }
func (e *entry) Info() (fs.FileInfo, error) { return e, nil }
func (e *entry) Size() int64                { return int64(len(e.src)) }
func (e *entry) ModTime() time.Time         { return time.Time{} }
func (e *entry) Sys() any                   { return nil }

func (e *entry) Mode() fs.FileMode {
	if e.IsDir() {
		return fs.ModeDir
	}
	return 0
}

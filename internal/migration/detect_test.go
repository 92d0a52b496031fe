package migration

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

func TestDetect(t *testing.T) {
	for _, tt := range []struct {
		files     map[string]string
		tool, why string
	}{
		{map[string]string{"00001_init.sql": "-- the start\n-- +goose Up\n"}, "goose", "-- +goose Up in 00001_init.sql"},
		{map[string]string{"00001_init.sql": "-- +goose NO TRANSACTION\r\n"}, "goose", "-- +goose NO TRANSACTION in 00001_init.sql"},
		{map[string]string{"00001_init.sql": "-- ported from +goose\n"}, "plain", "00001_init.sql"},
		{map[string]string{"init.sql": "-- +goose Up\n"}, "goose", "-- +goose Up in init.sql"},
		{map[string]string{"1_init.up.sql": "-- +goose Up\n"}, "goose", "-- +goose Up in 1_init.up.sql"},
		{map[string]string{"1.sql": "\xef\xbb\xbf-- migrate:up transaction:false\n"}, "dbmate", "-- migrate:up transaction:false in 1.sql"},
		{map[string]string{"1_init.up.sql": "", "1_init.down.sql": ""}, "golang-migrate", "1_init.up.sql"},
		{map[string]string{"1_init.down.sql": ""}, "golang-migrate", "1_init.down.sql"},
		{map[string]string{"1_init.up.sql": "", "schema.sql": ""}, "golang-migrate", "1_init.up.sql"},
		{map[string]string{"1_init.up.sql": "", "2_more.sql": ""}, "plain", "1_init.up.sql"},
		{map[string]string{"1_init.up.json": ""}, "", ""},
		{map[string]string{"1_init.up.sql": "-- safemig:no-transaction\n"}, "plain", "-- safemig:no-transaction in 1_init.up.sql"},
		{map[string]string{"schema.sql": "", "0001-x.sql": ""}, "plain", "0001-x.sql"},
		{map[string]string{"schema.sql": ""}, "plain", "schema.sql"},
		{map[string]string{"main.go": ""}, "", ""},
		{map[string]string{"1_a.up.fizz": "", "1_a.down.fizz": "", "2_b.up.sql": ""}, "popx", "1_a.down.fizz"},
		{map[string]string{"1_a.up.sql": "", "1_a.mysql.up.sql": "", "1_a.down.sql": ""}, "popx", "1_a.mysql.up.sql"},
		{map[string]string{"1_a_mysql.up.sql": "", "1_a_mysql.down.sql": ""}, "golang-migrate", "1_a_mysql.up.sql"},
		{nil, "", ""},
	} {
		fsys := fstest.MapFS{}
		for name, text := range tt.files {
			fsys[name] = &fstest.MapFile{Data: []byte(text)}
		}
		c := Detect(fsys)
		f, why := c.Format, c.Why
		if f.Name != tt.tool || why != tt.why {
			t.Errorf("%v: %s (%s), want %s (%s)", tt.files, f.Name, why, tt.tool, tt.why)
		}
	}
}

// opens counts the files that are opened.
type opens struct {
	fs.FS
	n map[string]int
}

func (o opens) Open(name string) (fs.File, error) {
	o.n[name]++
	return o.FS.Open(name)
}

func TestDetectReadsFewFiles(t *testing.T) {
	fsys := fstest.MapFS{}
	for i := range 1000 {
		fsys[fmt.Sprintf("%04d_x.sql", i)] = &fstest.MapFile{Data: []byte("SELECT 1;\n")}
	}
	o := opens{fsys, map[string]int{}}
	if f := Detect(o).Format; f.Name != "plain" {
		t.Error(f.Name)
	}
	files := 0
	for name, n := range o.n {
		if n > 1 {
			t.Errorf("%s is opened %d times", name, n)
		}
		if strings.HasSuffix(name, ".sql") {
			files++
		}
	}
	if files > 4 {
		t.Errorf("%d files are opened", files)
	}
}

func TestFormatByName(t *testing.T) {
	for _, f := range Formats() {
		got, ok := FormatByName(f.Name)
		if !ok || got.Name != f.Name || f.Detect == nil || f.Owns == nil || f.Read == nil || f.ReadFile == nil {
			t.Errorf("%s: %+v", f.Name, got)
		}
	}
	if _, ok := FormatByName("nothing"); ok {
		t.Error("there is no such format")
	}
}

func TestUnreadableFileIsAnError(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("nowhere", filepath.Join(dir, "1_x.up.sql")); err != nil {
		t.Skip(err)
	}
	for _, f := range Formats() {
		if _, err := f.Read(os.DirFS(dir)); f.Owns("1_x.up.sql") && (err == nil || !strings.Contains(err.Error(), "1_x.up.sql")) {
			t.Errorf("%s: %v", f.Name, err)
		}
		if _, err := f.Read(os.DirFS(filepath.Join(dir, "none"))); err == nil {
			t.Errorf("%s: a directory that is not there", f.Name)
		}
	}
}

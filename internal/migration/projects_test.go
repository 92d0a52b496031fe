package migration

import (
	"os"
	"testing"
)

func TestProjectsAreReadByTheirTool(t *testing.T) {
	for dir, want := range map[string]struct {
		tool     string
		up, down int
	}{
		"goose/migrations":             {"goose", 8, 8},
		"golang-migrate/db/migrations": {"golang-migrate", 7, 7},
		"dbmate/db/migrations":         {"dbmate", 8, 8},
		"plain/schema":                 {"plain", 7, 2},
	} {
		fsys := os.DirFS("../../testdata/projects/" + dir)
		f, why := Detect(fsys)
		if f.Name != want.tool {
			t.Errorf("%s: %q (%s), want %s", dir, f.Name, why, want.tool)
			continue
		}
		ms, err := f.Read(fsys)
		if err != nil {
			t.Error(err)
		}
		up, down := 0, 0
		for _, m := range ms {
			checkRead(t, m)
			for _, e := range m.Errs {
				t.Error(e)
			}
			up, down = up+len(m.Up), down+len(m.Down)
		}
		if up != want.up || down != want.down {
			t.Errorf("%s: %d up and %d down sections, want %d and %d", dir, up, down, want.up, want.down)
		}
	}
}

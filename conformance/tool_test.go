package conformance

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A tool is a migration tool that can be run here. The zero value of a field that
// is not needed is right.
type tool struct {
	name    string // safemig's
	variant string // of a tool that is there already: other settings, other names
	release string // what was run
	dir     string // of the migrations, in a project laid out as the tool's manual says

	// project is what is there beside the migrations: settings, manifests.
	project map[string]string

	// migration gives the files, in dir, of a migration with a number from 1 to 9
	// that consists of some SQL, and with optOut of what turns the transaction off.
	migration func(n int, optOut bool, sql string) map[string]string

	canOptOut bool

	// ready installs what is needed; an error says what cannot be had.
	ready func() error

	// up applies all migrations of a project to a database.
	up func(t *testing.T, root, dsn string) error
}

var only = flag.String("tools", "", "comma-separated `names`: only these tools")

// each runs a test for every tool.
func each(t *testing.T, f func(t *testing.T, tool *tool)) {
	for _, tool := range tools() {
		if *only != "" && !slices.Contains(strings.Split(*only, ","), tool.name) {
			continue
		}
		t.Run(tool.dirName(), func(t *testing.T) {
			if tool.ready != nil {
				if err := tool.ready(); err != nil {
					t.Fatalf("%s cannot be had: %v", tool.name, err)
				}
			}
			f(t, &tool)
		})
	}
}

// dirName is the name of the tool's observations.
func (tool *tool) dirName() string {
	if tool.variant != "" {
		return tool.name + "@" + tool.variant
	}
	return tool.name
}

func tools() []tool {
	return slices.Concat(goTools, nodeTools, rustTools, javaTools, psqlTools)
}

// lay writes the files of a project, and gives its root.
func (tool *tool) lay(t *testing.T, migrations ...map[string]string) string {
	t.Helper()
	root := t.TempDir()
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{".git/HEAD": ""} // safemig looks no further up for settings
	maps.Copy(all, tool.project)
	for _, m := range migrations {
		for name, text := range m {
			all[filepath.Join(tool.dir, name)] = text
		}
	}
	for name, text := range all {
		p := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// tree reads the files of a directory.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == observedName {
			return err
		}
		src, err := os.ReadFile(p)
		rel, _ := filepath.Rel(dir, p)
		files[rel] = string(src)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// one is a migration in one file.
func one(name, text string) map[string]string { return map[string]string{name: text} }

// marked puts a line above the text where it is asked for.
func marked(mark string, asked bool, text string) string {
	if asked {
		return mark + "\n" + text
	}
	return text
}

package migration

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// maxDepth is how far below a directory migrations are looked for.
const maxDepth = 8

// ownedBelow lists the files at and below the directory that the tool would run,
// as slash-separated paths in lexical order. Directories whose names begin with a
// dot are left out.
func ownedBelow(fsys fs.FS, owns func(string) bool) ([]string, error) {
	var names []string
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && p == ".":
			return err
		case err != nil:
			return nil // a directory that may not be read holds nothing that the tool runs
		case d.IsDir() && p != "." && (strings.HasPrefix(d.Name(), ".") || strings.Count(p, "/") >= maxDepth):
			return fs.SkipDir
		case !d.IsDir() && owns(p) && regular(fsys, p, d):
			names = append(names, p)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	slices.Sort(names)
	return names, nil
}

// regular is isFile for a path.
func regular(fsys fs.FS, p string, d fs.DirEntry) bool {
	if d.Type()&fs.ModeSymlink == 0 {
		return d.Type().IsRegular()
	}
	info, err := fs.Stat(fsys, p)
	return err != nil || info.Mode().IsRegular()
}

// folders gives the names of the directory's directories, in lexical order.
func folders(fsys fs.FS) []string {
	var names []string
	for _, e := range entriesOf(fsys) {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names
}

// folderWith gives the first directory of the first and last few that holds a file
// of the name and that the test takes; "" where there is none.
func folderWith(fsys fs.FS, file string, test func(folder string) bool) string {
	names := folders(fsys)
	if len(names) > 6 {
		names = append(names[:3:3], names[len(names)-3:]...)
	}
	for _, name := range names {
		if !test(name) {
			continue
		}
		if _, err := fs.Stat(fsys, path.Join(name, file)); err == nil {
			return name
		}
	}
	return ""
}

// has tells whether the directory has an entry of the name.
func has(fsys fs.FS, name string) bool {
	return slices.ContainsFunc(entriesOf(fsys), func(e fs.DirEntry) bool { return e.Name() == name })
}

// entriesOf lists the directory; one that cannot be read is empty.
func entriesOf(fsys fs.FS) []fs.DirEntry {
	g, ok := fsys.(*glance)
	if ok && g.listed {
		return g.entries
	}
	entries, _ := fs.ReadDir(fsys, ".")
	if ok {
		g.entries, g.listed = entries, true
	}
	return entries
}

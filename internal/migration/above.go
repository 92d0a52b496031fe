package migration

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Rooted is a directory that knows where it stands. Tools keep their settings
// further up (flyway.toml, atlas.hcl); a format that is given another fs.FS does
// without them.
type Rooted interface {
	fs.FS

	// Where is the slash-separated path of the directory, as far as it is known.
	Where() string

	// Above reads the nearest file of a name in the directory and in those above it,
	// up to the top of the project. at leads there from the directory: "../../go.mod".
	Above(name string) (src []byte, at string, ok bool)
}

// Sub is a directory of a tree of files, as a Rooted.
func Sub(tree fs.FS, dir string) Rooted {
	sub, err := fs.Sub(tree, dir)
	if err != nil {
		sub = tree
	}
	return &subdir{FS: sub, tree: tree, dir: dir}
}

type subdir struct {
	fs.FS
	tree fs.FS
	dir  string
}

func (s *subdir) Where() string { return s.dir }

func (s *subdir) Above(name string) (src []byte, at string, ok bool) {
	for dir, up := path.Clean(s.dir), ""; ; dir, up = path.Dir(dir), up+"../" {
		if src, err := fs.ReadFile(s.tree, path.Join(dir, name)); err == nil {
			return src, up + name, true
		}
		if dir == "." || dir == "/" {
			return nil, "", false
		}
	}
}

// found is a file that above came upon.
type found struct {
	src []byte
	at  string
}

// above gives the nearest of the files at or above the directory that have one of
// the names; of two in one directory, the first name.
func above(fsys fs.FS, names ...string) (best found, ok bool) {
	for _, name := range names {
		f, has := above1(fsys, name)
		if has && (!ok || strings.Count(f.at, "../") < strings.Count(best.at, "../")) {
			best, ok = f, true
		}
	}
	return best, ok
}

func above1(fsys fs.FS, name string) (f found, ok bool) {
	g, glancing := fsys.(*glance)
	if glancing {
		if f, known := g.above[name]; known {
			return f, f.at != ""
		}
		defer func() { g.above[name] = f }()
		fsys = g.FS
	}
	if r, rooted := fsys.(Rooted); rooted {
		f.src, f.at, ok = r.Above(name)
		return f, ok
	}
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return found{}, false
	}
	return found{src, name}, true
}

// aboveMentions tells whether the nearest file of a name says the word: go.mod
// the tool's module, package.json its package.
func aboveMentions(fsys fs.FS, name, word string) bool {
	f, ok := above(fsys, name)
	return ok && strings.Contains(string(f.src), word)
}

// where is the path of the directory as far as it is known.
func where(fsys fs.FS) string {
	if g, ok := fsys.(*glance); ok {
		fsys = g.FS
	}
	if r, ok := fsys.(Rooted); ok {
		return r.Where()
	}
	return ""
}

// stands tells whether the directory's path ends with the elements.
func stands(fsys fs.FS, elements ...string) bool {
	all := strings.Split(where(fsys), "/")
	return len(all) >= len(elements) && slices.Equal(all[len(all)-len(elements):], elements)
}

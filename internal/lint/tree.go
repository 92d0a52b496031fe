package lint

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// tree is the files of a run. Paths are slash-separated and relative to its
// root; on the operating system's files they may lead out of it, or be absolute.
type tree struct {
	fsys fs.FS
	dir  string
	over map[string][]byte
}

// show makes a path that the user gave one of the tree's: relative to the
// working directory, with slashes.
func (t *tree) show(p string) string {
	if t.fsys == nil && filepath.IsAbs(p) {
		if rel, err := filepath.Rel(t.dir, p); err == nil {
			p = rel
		}
	}
	return path.Clean(filepath.ToSlash(p))
}

func (t *tree) native(p string) string {
	if q := filepath.FromSlash(p); filepath.IsAbs(q) {
		return q
	}
	return filepath.Join(t.dir, filepath.FromSlash(p))
}

func (t *tree) stat(p string) (fs.FileInfo, error) {
	if src, ok := t.over[p]; ok {
		return memInfo{path.Base(p), len(src)}, nil
	}
	if t.fsys != nil {
		return fs.Stat(t.fsys, p)
	}
	return os.Stat(t.native(p))
}

func (t *tree) read(p string) ([]byte, error) {
	if src, ok := t.over[p]; ok {
		return src, nil
	}
	if t.fsys != nil {
		return fs.ReadFile(t.fsys, p)
	}
	return os.ReadFile(t.native(p))
}

// sub gives the files of one directory.
func (t *tree) sub(dir string) fs.FS {
	var fsys fs.FS
	if t.fsys == nil {
		fsys = os.DirFS(t.native(dir))
	} else if sub, err := fs.Sub(t.fsys, dir); err == nil {
		fsys = sub
	}
	over := map[string][]byte{}
	for p, src := range t.over {
		if path.Dir(p) == dir {
			over[path.Base(p)] = src
		}
	}
	if len(over) == 0 {
		return fsys
	}
	return &overlay{fsys, over}
}

// walk gives every directory at and below dir that may hold migrations.
func (t *tree) walk(dir string, excluded func(string) bool, f func(dir string)) error {
	fsys := t.sub(dir)
	return fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		full := path.Join(dir, p)
		if err != nil {
			if p == "." {
				return err
			}
			return nil // a directory that may not be read holds no migrations of ours
		}
		if !d.IsDir() {
			return nil
		}
		if p != "." && (skipped(d.Name()) || excluded(full)) {
			return fs.SkipDir
		}
		f(full)
		return nil
	})
}

// skipped are directories in which nobody keeps migrations.
func skipped(name string) bool {
	return strings.HasPrefix(name, ".") || name == "node_modules" || name == "vendor"
}

// overlay is a directory of which some files have other contents.
type overlay struct {
	fs.FS
	files map[string][]byte
}

func (o *overlay) Open(name string) (fs.File, error) {
	if src, ok := o.files[name]; ok {
		return &memFile{memInfo{name, len(src)}, bytes.NewReader(src)}, nil
	}
	if name == "." {
		entries, err := o.ReadDir(name)
		return &memDir{entries: entries}, err
	}
	return o.FS.Open(name)
}

func (o *overlay) ReadFile(name string) ([]byte, error) {
	if src, ok := o.files[name]; ok {
		return src, nil
	}
	return fs.ReadFile(o.FS, name)
}

func (o *overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(o.FS, name)
	if name != "." || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return entries, err // a directory that does not exist yet may have an unsaved buffer
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { _, ok := o.files[e.Name()]; return ok })
	for name, src := range o.files {
		entries = append(entries, fs.FileInfoToDirEntry(memInfo{name, len(src)}))
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

type memInfo struct {
	name string
	size int
}

func (i memInfo) Name() string     { return i.name }
func (i memInfo) Size() int64      { return int64(i.size) }
func (memInfo) Mode() fs.FileMode  { return 0o444 }
func (memInfo) ModTime() time.Time { return time.Time{} }
func (memInfo) IsDir() bool        { return false }
func (memInfo) Sys() any           { return nil }

type memFile struct {
	info memInfo
	*bytes.Reader
}

func (f *memFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *memFile) Close() error               { return nil }

// memDir lists an overlay's directory.
type memDir struct{ entries []fs.DirEntry }

func (d *memDir) Stat() (fs.FileInfo, error) { return dirInfo{}, nil }
func (d *memDir) Read([]byte) (int, error)   { return 0, io.EOF }
func (d *memDir) Close() error               { return nil }
func (d *memDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		n = len(d.entries)
	} else if len(d.entries) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(d.entries))
	out := d.entries[:n]
	d.entries = d.entries[n:]
	return out, nil
}

type dirInfo struct{ memInfo }

func (dirInfo) Name() string      { return "." }
func (dirInfo) Mode() fs.FileMode { return fs.ModeDir | 0o555 }
func (dirInfo) IsDir() bool       { return true }

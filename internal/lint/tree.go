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

// sub gives the files of one directory. It is a migration.Rooted: tools keep their
// settings further up.
func (t *tree) sub(dir string) fs.FS {
	var fsys fs.FS
	if t.fsys == nil {
		fsys = os.DirFS(t.native(dir))
	} else if sub, err := fs.Sub(t.fsys, dir); err == nil {
		fsys = sub
	}
	over := map[string][]byte{}
	for p, src := range t.over {
		if rel, below := strings.CutPrefix(p, dir+"/"); below {
			over[rel] = src
		} else if dir == "." && !strings.HasPrefix(p, "../") && !path.IsAbs(p) {
			over[p] = src
		}
	}
	if len(over) > 0 {
		fsys = &overlay{fsys, over}
	}
	return &rooted{fsys, t, dir}
}

// rooted is a directory of a tree that knows where it stands.
type rooted struct {
	fs.FS
	tree *tree
	dir  string
}

func (r *rooted) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(r.FS, name) }
func (r *rooted) ReadFile(name string) ([]byte, error)       { return fs.ReadFile(r.FS, name) }
func (r *rooted) Stat(name string) (fs.FileInfo, error)      { return fs.Stat(r.FS, name) }

// Where is the directory's path, from the root of the file system where that is
// known.
func (r *rooted) Where() string {
	if r.tree.fsys != nil {
		return r.dir
	}
	return filepath.ToSlash(r.tree.native(r.dir))
}

// Above looks no further up than the directory that holds .git, the root of the
// tree's file system, or ten directories.
func (r *rooted) Above(name string) (src []byte, at string, ok bool) {
	dir, up := r.dir, ""
	for range 10 {
		p := path.Join(dir, name)
		if src, err := r.tree.read(p); err == nil {
			return src, up + name, true
		}
		if _, err := r.tree.stat(path.Join(dir, ".git")); err == nil {
			break
		}
		if r.tree.fsys != nil && dir == "." || r.tree.fsys == nil && dir != "." && path.Dir(dir) == dir {
			break
		}
		up += "../"
		if dir = path.Join(dir, ".."); r.tree.fsys != nil && strings.HasPrefix(dir, "..") {
			break
		}
	}
	return nil, "", false
}

// walk gives every directory at and below dir that may hold migrations. f tells
// whether to look below one; ahead is told of directories that come soon.
func (t *tree) walk(dir string, excluded func(string) bool, f func(dir string) (below bool), ahead func([]string)) error {
	if !f(dir) {
		return nil
	}
	entries, err := fs.ReadDir(t.sub(dir), ".")
	if err != nil {
		return err
	}
	var below []string
	for _, e := range entries {
		if full := path.Join(dir, e.Name()); e.IsDir() && !skipped(e.Name()) && !excluded(full) {
			below = append(below, full)
		}
	}
	ahead(below)
	for _, dir := range below {
		_ = t.walk(dir, excluded, f, ahead) // a directory that may not be read holds no migrations of ours
	}
	return nil
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
		return &memFile{memInfo{path.Base(name), len(src)}, bytes.NewReader(src)}, nil
	}
	if o.folder(name) {
		entries, err := o.ReadDir(name)
		return &memDir{dirInfo{memInfo{name: path.Base(name)}}, entries}, err
	}
	return o.FS.Open(name)
}

// folder tells whether the directory holds one of the files.
func (o *overlay) folder(name string) bool {
	for p := range o.files {
		if name == "." || strings.HasPrefix(p, name+"/") {
			return true
		}
	}
	return false
}

func (o *overlay) ReadFile(name string) ([]byte, error) {
	if src, ok := o.files[name]; ok {
		return src, nil
	}
	return fs.ReadFile(o.FS, name)
}

func (o *overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(o.FS, name)
	if !o.folder(name) || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return entries, err // a directory that does not exist yet may have an unsaved buffer
	}
	for p, src := range o.files {
		rel, below := strings.CutPrefix(p, name+"/")
		if !below && name != "." {
			continue
		}
		base, _, deeper := strings.Cut(rel, "/")
		i := slices.IndexFunc(entries, func(e fs.DirEntry) bool { return e.Name() == base })
		switch info := (memInfo{base, len(src)}); {
		case deeper && i < 0:
			entries = append(entries, fs.FileInfoToDirEntry(dirInfo{info}))
		case !deeper && i < 0:
			entries = append(entries, fs.FileInfoToDirEntry(info))
		case !deeper:
			entries[i] = fs.FileInfoToDirEntry(info)
		}
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
type memDir struct {
	info    dirInfo
	entries []fs.DirEntry
}

func (d *memDir) Stat() (fs.FileInfo, error) { return d.info, nil }
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

func (dirInfo) Mode() fs.FileMode { return fs.ModeDir | 0o555 }
func (dirInfo) IsDir() bool       { return true }

package lint

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/migration"
)

// UnreadError names the files of migrations that could not be read. Run gives it
// together with the Result of the others.
type UnreadError struct{ Files []Unread }

// Unread is one of them.
type Unread struct {
	Path string
	Err  error
}

func (e *UnreadError) Error() string {
	lines := make([]string, len(e.Files))
	for i, f := range e.Files {
		lines[i] = f.Path + ": " + f.Err.Error()
	}
	return strings.Join(lines, "\n") + "\nwhat it would run was not checked, and the rest without it"
}

// unread gives the error of histories, nil where all was read.
func unread(hs []*History, more []Unread) error {
	all := slices.Clone(more)
	for _, h := range hs {
		all = append(all, h.unread...)
	}
	if len(all) == 0 {
		return nil
	}
	slices.SortFunc(all, func(a, b Unread) int { return cmp.Compare(a.Path, b.Path) })
	return &UnreadError{slices.CompactFunc(all, func(a, b Unread) bool { return a.Path == b.Path })}
}

// lenient is a directory of which a file that cannot be read is empty, and noted:
// one of them is no reason to say nothing of its neighbours.
type lenient struct {
	*rooted
	unread map[string]error
}

func (l *lenient) ReadFile(name string) ([]byte, error) {
	src, err := fs.ReadFile(l.rooted, name)
	if err == nil || errors.Is(err, fs.ErrNotExist) && !l.dangles(name) {
		return src, err
	}
	l.unread[name] = cause(err)
	if l.dangles(name) {
		l.unread[name] = errors.New("the link leads nowhere")
	}
	return nil, nil
}

// dangles tells whether a file is a link to nothing.
func (l *lenient) dangles(name string) bool {
	if l.tree.fsys != nil {
		return false
	}
	p := l.tree.native(path.Join(l.dir, name))
	_, gone := os.Stat(p)
	_, err := os.Lstat(p)
	return err == nil && errors.Is(gone, fs.ErrNotExist)
}

// take takes out of the migrations what was not read.
func (h *History) take(l *lenient, ms []migration.Migration) []migration.Migration {
	for name, err := range l.unread {
		h.unread = append(h.unread, Unread{path.Join(h.Dir, name), err})
	}
	lost := func(s migration.Section) bool { return l.unread[s.File.Path] != nil }
	return slices.DeleteFunc(ms, func(m migration.Migration) bool {
		if len(l.unread) == 0 {
			return false
		}
		return l.unread[m.File.Path] != nil || slices.ContainsFunc(m.Up, lost) || slices.ContainsFunc(m.Down, lost)
	})
}

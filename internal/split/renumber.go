package split

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/migration"
)

// move is a later migration that gets a later version, since the sequence needs its
// own: the files of it, by the paths that they get.
type move struct {
	from  *migration.Migration
	files map[string]string // new path → old path
}

// room makes room behind the last version of a sequence: later migrations get the next
// free versions, as long as nobody has applied them.
func (l *layout) room(last string, later []migration.Migration) (moves []move, why string) {
	for i := range later {
		m := &later[i]
		if m.Version == "" || before(last, m.Version) {
			break
		}
		name := path.Base(m.File.Path)
		if l.style.folders {
			name = path.Base(path.Dir(m.File.Path))
		}
		if l.o.Pending != nil && !l.o.Pending(path.Join(l.w.h.Dir, m.File.Path)) {
			return nil, fmt.Sprintf("the sequence needs the version of %s, which has been applied, or may have been: give this migration a version behind all that are applied", name)
		}
		next, ok := following(l.spelledAs(last, m))
		if !ok {
			return nil, "what comes after version " + last + " is not clear"
		}
		mv := move{from: m, files: map[string]string{}}
		for _, p := range l.pathsOf(m) {
			to, ok := renumbered(p, l.spelledAs(m.Version, m), next, l.style.folders)
			if !ok {
				return nil, fmt.Sprintf("the sequence needs the version of %s: give that one a later version, if nobody has applied it", name)
			}
			mv.files[path.Join(l.w.h.Dir, to)] = path.Join(l.w.h.Dir, p)
		}
		moves = append(moves, mv)
		last = next
	}
	return moves, ""
}

// spelledAs is a version as the names of a migration's files have it.
func (l *layout) spelledAs(version string, m *migration.Migration) string {
	if l.tool != "diesel" || strings.Contains(version, "-") {
		return version
	}
	if folder := path.Base(path.Dir(m.File.Path)); strings.Contains(folder, "-") && len(version) == len("20060102150405") {
		return version[:4] + "-" + version[4:6] + "-" + version[6:8] + "-" + version[8:]
	}
	return version
}

// pathsOf gives the files of a migration, relative to the directory of the history:
// those that the tool reads, and what lies beside them under the same name.
func (l *layout) pathsOf(m *migration.Migration) []string {
	var out []string
	put := func(p string) {
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	put(m.File.Path)
	for _, sections := range [][]migration.Section{m.Up, m.Down} {
		for _, s := range sections {
			put(s.File.Path)
		}
	}
	for _, p := range slices.Clone(out) {
		dir := path.Dir(p)
		entries, err := fs.ReadDir(dirFS(l.o.Lint, l.w.h.Dir), dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			if beside := path.Join(dir, e.Name()); l.style.folders || strings.HasPrefix(e.Name(), path.Base(p)+".") {
				put(beside)
			}
		}
	}
	return out
}

// renumbered gives the path of a file under another version. The version stands at
// the beginning of the name, behind Flyway's letter.
func renumbered(p, from, to string, folder bool) (string, bool) {
	dir, base := path.Split(p)
	if folder {
		up, name := path.Split(path.Clean(dir))
		rest, ok := strings.CutPrefix(name, from)
		return path.Join(up, to+rest, base), ok && !digit(rest)
	}
	letter := ""
	if base != "" && strings.ContainsAny(base[:1], "VU") {
		letter, base = base[:1], base[1:]
	}
	rest, ok := strings.CutPrefix(base, from)
	return dir + letter + to + rest, ok && !digit(rest)
}

func digit(s string) bool { return s != "" && '0' <= s[0] && s[0] <= '9' }

// moved gives what moving does to files. Another migration's file may get the place
// of one that moves.
func (l *layout) moved(moves []move) (out []Change, why string) {
	at := map[string]*Change{}
	get := func(p string) *Change {
		if at[p] == nil {
			at[p] = &Change{Path: p}
		}
		return at[p]
	}
	for _, m := range moves {
		for to, from := range m.files {
			src, err := readFile(l.o, from)
			if err != nil {
				return nil, err.Error()
			}
			get(from).Was = src
			if c := get(to); c.Now == nil {
				c.Now = src
				if c.Now == nil {
					c.Now = []byte{}
				}
			}
		}
	}
	for p, c := range at {
		if c.Was == nil && exists(l.o, p) {
			return nil, p + " is there already"
		}
		out = append(out, *c)
	}
	return out, ""
}

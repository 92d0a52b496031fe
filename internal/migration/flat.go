package migration

import (
	"io/fs"
	"slices"
	"strings"
)

// flat is a tool whose migrations stand side by side in one directory. file reads
// one of them; settings are what the tool's configuration says for the directory.
type flat[S any] struct {
	format    Format
	settings  func(fsys fs.FS) S
	file      func(f *File, s S) Migration
	pairs     bool   // up and down files are joined
	byName    bool   // order is that of the names, not of the versions
	asWritten bool   // versions are compared as text
	duplicate string // why two files of a version are refused; "" where they are not
	after     func(ms []Migration)
}

// build gives the format.
func (t flat[S]) build() Format {
	f := t.format
	var none S
	f.ReadFile = func(file *File) Migration { return t.file(file, none) }
	f.Read = func(fsys fs.FS) ([]Migration, error) {
		names, err := owned(fsys, f.Owns)
		if err != nil {
			return nil, err
		}
		s := none
		if t.settings != nil {
			s = t.settings(fsys)
		}
		ms, err := readAll(fsys, names, func(file *File) Migration { return t.file(file, s) })
		if err != nil {
			return nil, err
		}
		if t.pairs {
			ms = pair(ms)
		}
		if !t.byName {
			sortByNumber(ms)
		} else {
			slices.SortStableFunc(ms, func(a, b Migration) int { return strings.Compare(a.File.Path, b.File.Path) })
		}
		key := number
		if t.asWritten {
			key = func(version string) string { return version }
		}
		if t.duplicate != "" {
			refuseDuplicates(ms, key, t.duplicate)
		}
		if t.after != nil {
			t.after(ms)
		}
		return ms, nil
	}
	return f
}

// none is for tools without settings.
type none struct{}

// whole is the file behind a byte order mark, sent as one message.
func (f *File) whole(run Run) Section {
	start := textStart(f.Src)
	run.Batches = []Span{{0, len(f.Src) - start}}
	return f.section(start, len(f.Src), run)
}

// each is the file behind a byte order mark, every statement a message of its own.
func (f *File) each(run Run) Section {
	return f.section(textStart(f.Src), len(f.Src), run)
}

// put makes the section the migration's up or down.
func (m *Migration) put(s Section, down bool) {
	if down {
		m.Down = append(m.Down, s)
	} else {
		m.Up = append(m.Up, s)
	}
}

// ownFile is what the author does with a statement that must be alone in its file.
const ownFile = "give it a migration file of its own"

// bomIsSyntax is why a byte order mark does harm with most tools.
const bomIsSyntax = "which PostgreSQL takes for a syntax error"

package migration

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// bom is how some editors begin UTF-8. No tool but psql takes it off.
var bom = []byte("\xef\xbb\xbf")

// textStart is the offset of the first byte after a byte order mark.
func textStart(src []byte) int {
	if bytes.HasPrefix(src, bom) {
		return len(bom)
	}
	return 0
}

// owned lists the directory's files that the tool would run, in lexical order.
func owned(fsys fs.FS, owns func(string) bool) ([]string, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	var names []string
	for _, e := range entries {
		if owns(e.Name()) && isFile(fsys, e) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// isFile is false for directories and for what blocks when read (pipes, devices).
// A link that leads nowhere counts as a file, so that reading it is an error.
func isFile(fsys fs.FS, e fs.DirEntry) bool {
	if e.Type()&fs.ModeSymlink == 0 {
		return e.Type().IsRegular()
	}
	info, err := fs.Stat(fsys, e.Name())
	return err != nil || info.Mode().IsRegular()
}

func readFile(fsys fs.FS, name string) (*File, error) {
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return &File{Path: name, Src: src}, nil
}

// readAll reads the files of names, each by read.
func readAll(fsys fs.FS, names []string, read func(*File) Migration) ([]Migration, error) {
	ms := make([]Migration, 0, len(names))
	for _, name := range names {
		f, err := readFile(fsys, name)
		if err != nil {
			return nil, err
		}
		ms = append(ms, read(f))
	}
	return ms, nil
}

// section is the part of the file between two offsets.
func (f *File) section(start, end int, run Run) Section {
	return Section{File: f, Text: f.Src[start:end:end], Map: SourceMap{Base: start}, Run: run}
}

func (m *Migration) refuse(at Span, msg, hint string) {
	m.Errs = append(m.Errs, &Error{File: m.File, Span: at, Msg: msg, Hint: hint})
}

// refuseBOM reports a byte order mark to users of tools that do not take it off.
func (m *Migration) refuseBOM(why string) {
	if n := textStart(m.File.Src); n > 0 {
		m.refuse(Span{0, n}, "the file starts with a byte order mark, "+why,
			"save it as UTF-8 without a byte order mark")
	}
}

// refuseDuplicates reports every migration whose version another one has already.
// Migrations without a version have nothing to share.
func refuseDuplicates(ms []Migration, key func(version string) string, why string) {
	first := make(map[string]string, len(ms))
	for i := range ms {
		m := &ms[i]
		if m.Version == "" {
			continue
		}
		k := key(m.Version)
		other, dup := first[k]
		if !dup {
			first[k] = m.File.Path
			continue
		}
		name := path.Base(other)
		if folder := folderOf(other); folder != "" && (name == "up.sql" || name == "down.sql") {
			name = folder
		}
		m.refuse(Span{}, fmt.Sprintf("version %s is taken by %s: %s", m.Version, name, why),
			"give this file a version of its own")
	}
}

// splitDigits cuts a name behind its leading ASCII digits.
func splitDigits(name string) (digits, rest string) {
	i := 0
	for i < len(name) && '0' <= name[i] && name[i] <= '9' {
		i++
	}
	return name[:i], name[i:]
}

// number makes versions that are equal as numbers equal as strings.
func number(digits string) string {
	if n := strings.TrimLeft(digits, "0"); n != "" || digits == "" {
		return n
	}
	return "0"
}

// compareNumbers orders strings of digits as numbers of any size.
func compareNumbers(a, b string) int {
	a, b = number(a), number(b)
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// sortByNumber puts migrations in numeric order, then in that of their names;
// those without a version follow.
func sortByNumber(ms []Migration) {
	slices.SortStableFunc(ms, func(a, b Migration) int {
		if (a.Version == "") != (b.Version == "") {
			return len(b.Version) - len(a.Version)
		}
		return cmp.Or(compareNumbers(a.Version, b.Version), strings.Compare(a.File.Path, b.File.Path))
	})
}

// pair joins each migration that is a down file with the up file of its version
// (of its name, where there is no version), preferring the one of the same name.
// A down file that finds none stays a migration of its own.
func pair(ms []Migration) []Migration {
	key := func(m *Migration) string {
		if m.Version == "" {
			return "/" + m.Name
		}
		return number(m.Version)
	}
	var all, downs []Migration
	byKey := make(map[string][]int, len(ms))
	for i := range ms {
		if len(ms[i].Up) == 0 {
			downs = append(downs, ms[i])
			continue
		}
		byKey[key(&ms[i])] = append(byKey[key(&ms[i])], len(all))
		all = append(all, ms[i])
	}
	for _, d := range downs {
		best := -1
		for _, i := range byKey[key(&d)] {
			if len(all[i].Down) == 0 && (best < 0 || all[i].Name == d.Name) {
				best = i
			}
		}
		if best < 0 {
			all = append(all, d)
			continue
		}
		all[best].Down = d.Down
		all[best].Errs = append(all[best].Errs, d.Errs...)
	}
	return all
}

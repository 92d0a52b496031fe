package migration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// drizzleBreak separates the messages of a drizzle file; the rest of its line is
// sent with the next one, as a comment or SQL.
const drizzleBreak = "--> statement-breakpoint"

// drizzle reads directories of drizzle-kit: the files that meta/_journal.json
// names, in its order, or <version>_<name>/migration.sql folders in the order of
// their names. All pending migrations are one transaction, from which there is no
// way out; a file is cut at "--> statement-breakpoint" wherever that stands, and
// each piece is one message.
func drizzle() Format {
	f := Format{Name: "drizzle", Recursive: true, Detect: detectDrizzle, ReadFile: drizzleFile,
		Late: "never runs it, where its time in the journal is older than that of the last one applied"}
	f.Owns = func(p string) bool {
		dir, base := path.Split(p)
		return dir == "" && ownsPlain(base) || base == "migration.sql" && strings.Count(dir, "/") == 1
	}
	f.Read = func(fsys fs.FS) ([]Migration, error) {
		src, err := fs.ReadFile(fsys, "meta/_journal.json")
		if err != nil {
			names, err := ownedBelow(fsys, f.Owns)
			if err != nil {
				return nil, err
			}
			return readAll(fsys, names, drizzleFile)
		}
		return drizzleJournal(fsys, &File{Path: "meta/_journal.json", Src: src})
	}
	return f
}

func drizzleJournal(fsys fs.FS, journal *File) ([]Migration, error) {
	var j struct {
		Entries []struct {
			Tag  string
			When int64
		}
	}
	if err := json.Unmarshal(journal.Src, &j); err != nil {
		return nil, fmt.Errorf("read %s: %w", journal.Path, err)
	}
	var ms []Migration
	named := map[string]bool{}
	newest := int64(0)
	for _, e := range j.Entries {
		name := e.Tag + ".sql"
		if !fs.ValidPath(name) || !has(fsys, name) {
			return nil, fmt.Errorf("read %s: there is no %s: drizzle stops here", journal.Path, name)
		}
		named[name] = true
		f, err := readFile(fsys, name)
		if err != nil {
			return nil, err
		}
		m := drizzleFile(f)
		if e.When < newest {
			m.refuse(Span{}, fmt.Sprintf("drizzle never runs this file where %s is applied: its time in %s is older", path.Base(ms[len(ms)-1].File.Path), journal.Path),
				"generate it again, so that its time in the journal is the newest")
		}
		newest = max(newest, e.When)
		ms = append(ms, m)
	}
	names, err := owned(fsys, ownsPlain)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.DeleteFunc(names, func(name string) bool { return named[name] }) {
		f, err := readFile(fsys, name)
		if err != nil {
			return nil, err
		}
		m := drizzleFile(f)
		m.refuse(Span{}, "drizzle does not run this file: "+journal.Path+" does not name it", "make it with drizzle-kit generate --custom, or remove it")
		ms = append(ms, m)
	}
	return ms, nil
}

func drizzleFile(f *File) Migration {
	m := Migration{File: f}
	name := strings.TrimSuffix(f.base(), ".sql")
	if f.base() == "migration.sql" && folderOf(f.Path) != "" {
		name = folderOf(f.Path)
	}
	m.Version, m.Name = name, name
	if digits, rest := splitDigits(name); digits != "" {
		m.Version, m.Name = digits, strings.TrimPrefix(rest, "_")
	}
	m.refuseBOM(bomIsSyntax)
	start := textStart(f.Src)
	s := f.section(start, len(f.Src), Run{Wrap: WrapAll, Batches: []Span{},
		Whole: "remove the '" + drizzleBreak + "' inside of it"})
	for off := 0; off <= len(s.Text); {
		end, next := len(s.Text), len(s.Text)+1
		if i := bytes.Index(s.Text[off:], []byte(drizzleBreak)); i >= 0 {
			end, next = off+i, off+i+len(drizzleBreak)
		}
		if len(bytes.TrimSpace(s.Text[off:end])) > 0 {
			s.Run.Batches = append(s.Run.Batches, Span{off, end})
		}
		off = next
	}
	m.put(s, false)
	return m
}

func detectDrizzle(fsys fs.FS) (int, string) {
	if _, err := fs.Stat(fsys, "meta/_journal.json"); err == nil {
		return 98, "meta/_journal.json"
	}
	if dir := folderWith(fsys, "snapshot.json", func(string) bool { return true }); dir != "" {
		if _, err := fs.Stat(fsys, dir+"/migration.sql"); err == nil {
			return 96, dir + "/snapshot.json"
		}
	}
	return marked(fsys, ownsPlain, func(line []byte) bool { return bytes.Contains(line, []byte(drizzleBreak)) })
}

package migration

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// graphileOptOut is what the body of a graphile-migrate file must begin with to be
// run outside a transaction.
const graphileOptOut = "--! no-transaction"

// graphile reads the migrations folder of graphile-migrate: committed/<number>
// [-<name>].sql in numeric order, then current.sql, or the files of current/,
// which become the next one. A migration is one message in a transaction, together
// with its record; with "--! no-transaction" on the first line below the headers
// it is one message without. :NAME placeholders are taken for names. Files that
// "--!include" names are not followed: commit writes their text into the file.
func graphile() Format {
	return Format{
		Name: "graphile-migrate", Recursive: true, Detect: detectGraphile, ReadFile: graphileFile,
		Owns: func(p string) bool {
			dir, base := path.Split(p)
			return dir == "" && base == "current.sql" || (dir == "committed/" || dir == "current/") && graphileName.MatchString(base)
		},
		Read: readGraphile,
	}
}

var (
	graphileName   = regexp.MustCompile(`^([0-9]+)(?:-([-_a-zA-Z0-9]*))?\.sql$`)
	graphileHeader = regexp.MustCompile(`^--! ([A-Z][a-zA-Z0-9_]*)(?::(.*))?$`)
	graphileNoTx   = regexp.MustCompile(`^--!\s*no-transaction\b`)
)

func readGraphile(fsys fs.FS) ([]Migration, error) {
	var ms []Migration
	if _, err := fs.ReadDir(fsys, "."); err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	for _, dir := range []string{"committed", "current"} {
		sub, err := fs.Sub(fsys, dir)
		if err != nil || !has(fsys, dir) {
			continue
		}
		names, err := owned(sub, graphileName.MatchString)
		if err != nil {
			return nil, err
		}
		for i := range names {
			names[i] = dir + "/" + names[i]
		}
		part, err := readAll(fsys, names, graphileFile)
		if err != nil {
			return nil, err
		}
		sortByNumber(part)
		refuseDuplicates(part, number, "graphile-migrate refuses two files of one number in "+dir)
		ms = append(ms, part...)
	}
	if !has(fsys, "current.sql") {
		return ms, nil
	}
	f, err := readFile(fsys, "current.sql")
	if err != nil {
		return nil, err
	}
	m := graphileFile(f)
	if has(fsys, "current") {
		m.refuse(Span{}, "graphile-migrate refuses current.sql beside the folder current", "keep one of the two")
	}
	return append(ms, m), nil
}

func graphileFile(f *File) Migration {
	m := Migration{File: f}
	if match := graphileName.FindStringSubmatch(f.base()); match != nil {
		m.Version, m.Name = match[1], match[2]
	} else {
		m.Version, m.Name = "current", "current"
	}
	m.refuseBOM(bomIsSyntax)
	committed := path.Base(path.Dir(f.Path)) == "committed"
	seen := map[string]bool{}
	off := textStart(f.Src)
	for off < len(f.Src) {
		line, next := cutLine(f.Src, off)
		match := graphileHeader.FindSubmatch(line)
		if match == nil {
			if committed && len(line) > 0 {
				m.refuse(Span{off, off + len(line)}, "graphile-migrate refuses a committed migration without an empty line below its headers", "put an empty line here")
			}
			break
		}
		if key := string(match[1]); seen[key] {
			m.refuse(Span{off, off + len(line)}, fmt.Sprintf("graphile-migrate refuses a second header %s", key), "remove one of the two")
		} else {
			seen[key] = true
		}
		off = next
	}
	for _, key := range []string{"Previous", "Hash"} {
		if committed && !seen[key] {
			m.refuse(Span{0, min(1, len(f.Src))}, "graphile-migrate refuses a committed migration without the header "+key, "make it with graphile-migrate commit")
		}
	}
	m.Up = []Section{graphileBody(f, off)}
	return m
}

// graphileBody is the section; its body begins at an offset.
func graphileBody(f *File, off int) Section {
	s := f.whole(Run{Wrap: WrapFile, OptOut: graphileOptOut, Alone: "give it a migration of its own"})
	body := bytes.TrimLeft(f.Src[off:], " \t\r\n")
	line, _ := cutLine(body, 0)
	if graphileNoTx.Match(line) {
		s.Run.Wrap = WrapNone
	} else if at, ok := lateMark(f.Src, func(line []byte) bool {
		return bytes.HasPrefix(line, []byte("--")) && bytes.HasSuffix(bytes.TrimSpace(line), []byte("no-transaction"))
	}); ok {
		s.Notes = append(s.Notes, Note{NoteOptOutIgnored, f, at, "graphile-migrate sees '" + graphileOptOut + "' only on the first line below the headers: this one runs in a transaction",
			"write " + graphileOptOut + " on the first line that is no header"})
	}
	return s.colonNames(func(name []byte, _ bool) bool { return bytes.Equal(bytes.ToUpper(name), name) })
}

func detectGraphile(fsys fs.FS) (int, string) {
	if has(fsys, "committed") {
		if dir, err := fs.Sub(fsys, "committed"); err == nil {
			for _, name := range sqlNames(dir) {
				if graphileName.MatchString(name) && bytes.HasPrefix(head(dir, name), []byte("--! ")) {
					return 98, "--! headers in committed/" + name
				}
			}
		}
	}
	if !has(fsys, "current.sql") && !has(fsys, "current") {
		return 0, ""
	}
	for _, name := range []string{".gmrc", ".gmrc.js", ".gmrc.cjs"} {
		if f, ok := above(fsys, name); ok {
			return 94, f.at
		}
	}
	return 0, ""
}

// refinery reads directories of refinery (Rust): V<version>__<name>.sql, in folders
// below too; U files, which refinery takes in any order, are read as V files. Each
// is one message in a transaction, with no way down and no way out.
func refinery() Format {
	return Format{
		Name: "refinery", Recursive: true, Detect: detectRefinery, ReadFile: refineryFile, Late: "refuses it",
		Owns: func(p string) bool { return refineryName.MatchString(path.Base(p)) && strings.HasSuffix(p, ".sql") },
		Read: func(fsys fs.FS) ([]Migration, error) {
			names, err := ownedBelow(fsys, func(p string) bool { return refineryName.MatchString(path.Base(p)) && strings.HasSuffix(p, ".sql") })
			if err != nil {
				return nil, err
			}
			ms, err := readAll(fsys, names, refineryFile)
			if err != nil {
				return nil, err
			}
			sortByNumber(ms)
			refuseDuplicates(ms, number, "refinery refuses two files of one version")
			return ms, nil
		},
	}
}

var refineryName = regexp.MustCompile(`^([UV])(\d+(?:\.\d+)?)__(\w+)\.(rs|sql)$`)

func refineryFile(f *File) Migration {
	m := Migration{File: f, Name: strings.TrimSuffix(f.base(), ".sql")}
	if match := refineryName.FindStringSubmatch(f.base()); match != nil {
		m.Version, m.Name = match[2], match[3]
	}
	m.refuseBOM(bomIsSyntax)
	m.put(f.whole(Run{Wrap: WrapFile}), false)
	return m
}

func detectRefinery(fsys fs.FS) (int, string) {
	name := firstNamed(fsys, func(name string) bool { return refineryName.MatchString(name) })
	if name == "" {
		return 0, ""
	}
	if f, ok := above(fsys, "refinery.toml"); ok {
		return 96, f.at
	}
	if aboveMentions(fsys, "Cargo.toml", "refinery") {
		return 94, "refinery in Cargo.toml"
	}
	return 0, ""
}

// firstNamed is the first SQL file of the directory that the test takes by its
// base name.
func firstNamed(fsys fs.FS, test func(name string) bool) string {
	for _, name := range sqlNames(fsys) {
		if test(name) {
			return name
		}
	}
	return ""
}

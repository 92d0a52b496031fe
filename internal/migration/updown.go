package migration

import (
	"bytes"
	"io/fs"
	"strings"
)

// popxOptOut is the part of a popx file's name that runs it outside a transaction.
const popxOptOut = ".autocommit in the file's name"

// popx reads directories of ory/x/popx, and of gobuffalo/pop, whose names and
// transactions it has: <version>_<name>[.<dialect>][.autocommit]
// .up.sql and .down.sql, in the order of the versions as text. A file is one
// message, in a transaction unless its name says .autocommit. Of a version that
// has a file for PostgreSQL and one for all dialects, the former is run; files of
// other dialects are not owned.
func popx() Format {
	t := flat[none]{
		format: Format{Name: "popx", Detect: detectPopx, Owns: ownsPopx},
		file:   func(f *File, _ none) Migration { return popxFile(f) },
		pairs:  true, byName: true,
	}
	f := t.build()
	read := f.Read
	f.Read = func(fsys fs.FS) ([]Migration, error) {
		ms, err := read(without(fsys, func(name string, has map[string]bool) bool {
			stem, direction, _ := popxStem(name)
			return !strings.Contains(stem, ".postgres") &&
				(has[popxKey(stem)+".postgres"+direction] || has[popxKey(stem)+".postgres.autocommit"+direction])
		}))
		return ms, err
	}
	return f
}

// popxStem cuts .up.sql or .down.sql off.
func popxStem(name string) (stem, direction string, ok bool) {
	for _, d := range []string{".up.sql", ".down.sql"} {
		if stem, ok := strings.CutSuffix(name, d); ok {
			return stem, d, true
		}
	}
	return "", "", false
}

func popxKey(stem string) string { return strings.TrimSuffix(stem, ".autocommit") }

// ownsPopx is ^(\d+)_([^.]+)(\.[a-z0-9]+)?(\.autocommit)?\.(up|down)\.(sql)$ for
// PostgreSQL.
func ownsPopx(name string) bool {
	stem, _, ok := popxStem(name)
	digits, rest := splitDigits(stem)
	if !ok || digits == "" || len(rest) < 2 || rest[0] != '_' {
		return false
	}
	_, dialect, _ := strings.Cut(popxKey(rest), ".")
	return dialect == "" || dialect == "postgres" || dialect == "postgresql" || dialect == "pg"
}

func popxFile(f *File) Migration {
	m := Migration{File: f}
	stem, direction, ok := popxStem(f.base())
	if !ok {
		stem = strings.TrimSuffix(f.base(), ".sql")
	}
	digits, rest := splitDigits(stem)
	m.Version = digits
	m.Name, _, _ = strings.Cut(strings.TrimPrefix(rest, "_"), ".")
	m.refuseBOM(bomIsSyntax)
	run := Run{Wrap: WrapFile, OptOut: popxOptOut, Alone: ownFile}
	if strings.HasSuffix(stem, ".autocommit") {
		run.Wrap = WrapNone
	}
	m.put(f.whole(run).masked(goTemplate), direction == ".down.sql")
	return m
}

// isPops tells whether a file is one of pop's that nobody else has: in its own
// language, or for another server.
func isPops(name string) bool {
	for _, d := range []string{".up", ".down"} {
		stem, ext, _ := cutLast(name, d+".")
		switch _, dialect, _ := cutLast(stem, "."); {
		case stem == "":
		case ext == "fizz":
			return true
		case ext == "sql":
			return dialect == "mysql" || dialect == "sqlite3" || dialect == "cockroach"
		}
	}
	return false
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return "", "", false
}

func detectPopx(fsys fs.FS) (int, string) {
	names := sqlNames(fsys)
	for _, name := range names {
		stem, _, ok := popxStem(name)
		if !ok || !ownsPopx(name) {
			continue
		}
		if strings.HasSuffix(stem, ".autocommit") || strings.HasSuffix(stem, ".postgres") {
			return 90, name
		}
		for _, module := range []string{"github.com/ory/x", "github.com/gobuffalo/pop"} {
			if aboveMentions(fsys, "go.mod", module) {
				return 80, module + " in go.mod"
			}
		}
	}
	if len(names) == 0 {
		return 0, ""
	}
	for _, e := range entriesOf(fsys) {
		if digits, _ := splitDigits(e.Name()); digits != "" && isPops(e.Name()) {
			return 75, e.Name()
		}
	}
	return 0, ""
}

// morphOptOut is what a file must start with to be run outside a transaction.
const morphOptOut = "-- morph:nontransactional"

// morph reads directories of mattermost/morph: golang-migrate's names, but a file
// is one message in a transaction together with its record, unless it starts with
// "-- morph:nontransactional".
func morph() Format {
	return flat[none]{
		format: Format{Name: "morph", Detect: detectMorph, Owns: ownsGolangMigrate},
		file: func(f *File, _ none) Migration {
			m := golangMigrateFile(f, false)
			for _, ss := range [][]Section{m.Up, m.Down} {
				for i := range ss {
					s := &ss[i]
					s.Run.Wrap, s.Run.OptOut, s.Run.Alone = WrapFile, morphOptOut, ownFile
					if bytes.HasPrefix(f.Src, []byte(morphOptOut)) {
						s.Run.Wrap = WrapNone
					} else if at, ok := lateMark(f.Src, isMorphMark); ok {
						s.Notes = append(s.Notes, Note{NoteOptOutIgnored, f, at, "morph sees '" + morphOptOut + "' only where the file starts with it: this one runs in a transaction", "make it the first bytes of the file"})
					}
				}
			}
			return m
		},
		pairs: true, duplicate: "morph refuses two files of one version and direction",
	}.build()
}

func isMorphMark(line []byte) bool { return bytes.Contains(line, []byte("morph:nontransactional")) }

func detectMorph(fsys fs.FS) (int, string) {
	if score, why := marked(fsys, ownsGolangMigrate, isMorphMark); score > 0 {
		return score, why
	}
	for _, name := range sqlNames(fsys) {
		if ownsGolangMigrate(name) && aboveMentions(fsys, "go.mod", "github.com/mattermost/morph") {
			return 85, "github.com/mattermost/morph in go.mod"
		}
	}
	return 0, ""
}

var riverSchema = []byte("/* TEMPLATE: schema */")

// river reads the migrations of riverqueue/river: golang-migrate's names, each file
// one message in a transaction of its own. /* TEMPLATE: schema */ stands for the
// schema and a dot, by default for nothing, in quotes too: there are blanks in the
// section's text.
func river() Format {
	return flat[none]{
		format: Format{Name: "river", Owns: ownsGolangMigrate, Detect: func(fsys fs.FS) (int, string) {
			return marked(fsys, ownsGolangMigrate, func(line []byte) bool { return bytes.Contains(line, riverSchema) })
		}},
		file: func(f *File, _ none) Migration {
			m := golangMigrateFile(f, false)
			for _, ss := range [][]Section{m.Up, m.Down} {
				for i := range ss {
					ss[i].Run.Wrap, ss[i].Run.Alone = WrapFile, ""
					ss[i].Text = bytes.ReplaceAll(ss[i].Text, riverSchema, bytes.Repeat([]byte{' '}, len(riverSchema)))
				}
			}
			return m
		},
		pairs: true, duplicate: "river refuses two files of one version and direction",
	}.build()
}

// without hides files of a directory, as far as the test says, which is given the
// names of all.
func without(fsys fs.FS, hidden func(name string, has map[string]bool) bool) fs.FS {
	return &hiding{fsys, hidden}
}

type hiding struct {
	fs.FS
	hidden func(name string, has map[string]bool) bool
}

func (h *hiding) ReadFile(name string) ([]byte, error) { return fs.ReadFile(h.FS, name) }

func (h *hiding) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(h.FS, name)
	has := map[string]bool{}
	for _, e := range entries {
		has[e.Name()] = true
	}
	kept := entries[:0:0]
	for _, e := range entries {
		if !h.hidden(e.Name(), has) {
			kept = append(kept, e)
		}
	}
	return kept, err
}

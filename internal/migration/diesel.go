package migration

import (
	"bytes"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// What authors of Diesel migrations write, in messages and hints.
const (
	dieselOptOut = "run_in_transaction = false in its metadata.toml"
	ownFolder    = "give it a migration folder of its own"
)

// diesel reads directories of Diesel (Rust): <version>_<name>/up.sql, down.sql and
// metadata.toml; the version is the folder's name up to the first underscore,
// without its dashes. A file is one message in a transaction together with its
// record. run_in_transaction = false in metadata.toml turns the transaction off;
// so does a metadata.toml that does not say. The file is one message still, so
// that several statements are one implicit transaction.
//
// Folders of the same layout with a metadata.yaml are another runner's, which does
// the same and has createIndexConcurrently: true there for files that it runs
// outside a transaction.
func diesel() Format {
	f := folderFormat("diesel", "up.sql", "down.sql")
	f.Detect = detectDiesel
	f.ReadFile = func(f *File) Migration { return dieselFile(f, nil) }
	f.Read = func(fsys fs.FS) ([]Migration, error) {
		ms, err := readFolders(fsys, f.Owns, func(f *File) Migration {
			src, err := fs.ReadFile(fsys, path.Join(path.Dir(f.Path), "metadata.toml"))
			if err != nil {
				m := dieselFile(f, nil)
				if src, err := fs.ReadFile(fsys, path.Join(path.Dir(f.Path), "metadata.yaml")); err == nil {
					m.buildsConcurrently(src)
				}
				return m
			}
			return dieselFile(f, &File{Path: path.Join(path.Dir(f.Path), "metadata.toml"), Src: src})
		})
		if err != nil {
			return nil, err
		}
		asWritten := func(version string) string { return version }
		refuseDuplicates(ms, asWritten, "the version is the primary key of __diesel_schema_migrations, so one of the two fails or never runs")
		return ms, nil
	}
	return f
}

// buildsConcurrently follows a metadata.yaml.
func (m *Migration) buildsConcurrently(metadata []byte) {
	wrap := WrapFile
	if concurrently.Match(metadata) {
		wrap = WrapNone
	}
	for i := range m.Up {
		m.Up[i].Run.Wrap, m.Up[i].Run.OptOut = wrap, "createIndexConcurrently: true in its metadata.yaml"
	}
}

var concurrently = regexp.MustCompile(`(?m)^createIndexConcurrently:\s*true\b`)

// readFolders reads up and down files and joins those of a folder, in the order of
// the folders' names.
func readFolders(fsys fs.FS, owns func(string) bool, read func(*File) Migration) ([]Migration, error) {
	names, err := ownedBelow(fsys, owns)
	if err != nil {
		return nil, err
	}
	all, err := readAll(fsys, names, read)
	if err != nil {
		return nil, err
	}
	var ms []Migration
	for _, m := range all {
		if n := len(ms); n > 0 && path.Dir(ms[n-1].File.Path) == path.Dir(m.File.Path) {
			last := &ms[n-1]
			if len(m.Up) > 0 {
				last.File = m.File
			}
			last.Up, last.Down = append(last.Up, m.Up...), append(last.Down, m.Down...)
			last.Errs = append(last.Errs, m.Errs...)
			continue
		}
		ms = append(ms, m)
	}
	for i := range ms {
		if len(ms[i].Up) == 0 {
			ms[i].refuse(Span{}, "down.sql stands without an up.sql", "add up.sql beside it")
		}
	}
	return ms, nil
}

func dieselFile(f, metadata *File) Migration {
	m := Migration{File: f}
	version, name, _ := strings.Cut(folderOf(f.Path), "_")
	m.Version, m.Name = strings.ReplaceAll(version, "-", ""), name
	m.refuseBOM(bomIsSyntax)
	s := f.whole(Run{Wrap: WrapFile, OptOut: dieselOptOut, Alone: ownFolder})
	if len(bytes.TrimSpace(f.Src)) == 0 && f.base() == "up.sql" {
		m.refuse(Span{}, "Diesel refuses an empty up.sql", "write SQL, or remove the folder")
	}
	if metadata != nil {
		runs, said := tomlBool(metadata.Src, "run_in_transaction")
		if !runs {
			s.Run.Wrap = WrapNone
		}
		if !said {
			s.Notes = append(s.Notes, Note{NoteTransactionOff, f, Span{0, min(1, len(f.Src))},
				"metadata.toml without run_in_transaction turns the transaction off: the key is false where it is missing",
				"write run_in_transaction = true in " + metadata.Path + ", or remove the file"})
		}
	}
	m.put(s, f.base() == "down.sql")
	return m
}

func detectDiesel(fsys fs.FS) (int, string) {
	dir := folderWith(fsys, "up.sql", func(folder string) bool { return !hasuraFolder(folder) })
	if dir == "" {
		return 0, ""
	}
	if _, ok := above(fsys, "diesel.toml"); ok {
		return 96, "diesel.toml, " + dir + "/up.sql"
	}
	digits, _ := splitDigits(dir)
	if digits == "" {
		return 0, ""
	}
	return 85, dir + "/up.sql"
}

// hasuraFolder tells folders of Hasura, whose versions are milliseconds, from
// those of Diesel, whose versions are dates.
func hasuraFolder(folder string) bool {
	digits, rest := splitDigits(folder)
	return len(digits) == 13 && (rest == "" || rest[0] == '_')
}

// hasura reads a database's directory of Hasura: <milliseconds>_<name>/up.sql and
// down.sql, in numeric order. Each is one run_sql, which is one transaction.
func hasura() Format {
	f := folderFormat("hasura", "up.sql", "down.sql")
	f.Detect = func(fsys fs.FS) (int, string) {
		if dir := folderWith(fsys, "up.sql", hasuraFolder); dir != "" {
			return 92, dir + "/up.sql"
		}
		return 0, ""
	}
	f.ReadFile = hasuraFile
	f.Read = func(fsys fs.FS) ([]Migration, error) {
		ms, err := readFolders(fsys, f.Owns, hasuraFile)
		if err == nil {
			sortByNumber(ms)
			refuseDuplicates(ms, number, "hasura refuses two migrations of one version")
		}
		return ms, err
	}
	return f
}

func hasuraFile(f *File) Migration {
	m := Migration{File: f}
	digits, rest := splitDigits(folderOf(f.Path))
	m.Version, m.Name = digits, strings.TrimPrefix(rest, "_")
	m.put(f.whole(Run{Wrap: WrapFile}), f.base() == "down.sql")
	return m
}

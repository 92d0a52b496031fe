package migration

import (
	"bytes"
	"io/fs"
	"strconv"
	"strings"
)

// multiStatementOption is the parameter of golang-migrate's database URL, as a
// configuration or --tool says it: golang-migrate?x-multi-statement=true.
const multiStatementOption = "x-multi-statement=true"

// multiStatementFiles are where projects keep the database URL, or the command.
var multiStatementFiles = []string{"Makefile", "Taskfile.yml", "justfile", ".env", ".env.example", "docker-compose.yml", "docker-compose.yaml",
	"compose.yml", "compose.yaml", "Dockerfile", "config.yaml", "config.yml"}

// multiStatementIn gives the file at or above the directory that has the option.
func multiStatementIn(fsys fs.FS) (at string) {
	for _, name := range multiStatementFiles {
		if f, ok := above(fsys, name); ok && bytes.Contains(f.src, []byte(multiStatementOption)) {
			return f.at
		}
	}
	return ""
}

// GolangMigrate reads directories of golang-migrate: <version>_<name>.up.<ext> and
// .down.<ext>, each direction a file, either may be missing. The tool opens no
// transaction and sends a file as one message, so that several statements are one
// implicit transaction. multiStatement is its connection parameter
// x-multi-statement: the file is cut behind every semicolon, those in literals and
// function bodies too, and each piece is sent alone. So it is where one of
// multiStatementFiles, at or above the directory, has the parameter.
//
// A file whose version does not fit into 64 bits is not owned: the tool passes it
// over in silence.
func GolangMigrate(multiStatement bool) Format {
	read := func(f *File) Migration { return golangMigrateFile(f, multiStatement) }
	return Format{
		Name:     "golang-migrate",
		Detect:   detectGolangMigrate,
		Owns:     ownsGolangMigrate,
		ReadFile: read,
		Late:     "never runs it",
		Read: func(fsys fs.FS) ([]Migration, error) {
			names, err := owned(fsys, ownsGolangMigrate)
			if err != nil {
				return nil, err
			}
			multiStatement := multiStatement || multiStatementIn(fsys) != ""
			ms, err := readAll(fsys, names, func(f *File) Migration { return golangMigrateFile(f, multiStatement) })
			if err != nil {
				return nil, err
			}
			ms = pair(ms)
			sortByNumber(ms)
			refuseDuplicates(ms, number, "golang-migrate refuses two files of one version and direction")
			return ms, nil
		},
	}
}

func ownsGolangMigrate(name string) bool {
	_, _, _, ok := golangMigrateName(name)
	return ok
}

// golangMigrateName is ^([0-9]+)_(.*)\.(down|up)\.(.*)$, the last direction of the
// name counting.
func golangMigrateName(base string) (version, name string, down, ok bool) {
	version, rest := splitDigits(base)
	if _, err := strconv.ParseUint(version, 10, 64); err != nil || !strings.HasPrefix(rest, "_") || strings.Contains(rest, "\n") {
		return "", "", false, false
	}
	up, dn := strings.LastIndex(rest, ".up."), strings.LastIndex(rest, ".down.")
	if up < 0 && dn < 0 {
		return "", "", false, false
	}
	return version, rest[1:max(up, dn)], dn > up, true
}

func golangMigrateFile(f *File, multiStatement bool) Migration {
	m := Migration{File: f}
	version, name, down, ok := golangMigrateName(f.base())
	if ok {
		m.Version, m.Name = version, name
	} else {
		_, m.Name, down = plainName(f.base())
	}
	m.refuseBOM("which PostgreSQL takes for a syntax error")
	start := textStart(f.Src)
	s := f.section(start, len(f.Src), Run{Wrap: WrapNone, Batches: []Span{{0, len(f.Src) - start}}})
	if multiStatement {
		s.Run.Batches = cutAtSemicolons(s.Text)
		s.Run.Whole = "take x-multi-statement out of the database URL, and give statements that must be alone a file of their own"
	} else {
		s.Run.Alone = "give it a migration file of its own"
	}
	if down {
		m.Down = []Section{s}
	} else {
		m.Up = []Section{s}
	}
	return m
}

// cutAtSemicolons gives the pieces that are more than space, each with its
// semicolon.
func cutAtSemicolons(text []byte) []Span {
	batches := []Span{}
	for start := 0; start < len(text); {
		end := len(text)
		if i := bytes.IndexByte(text[start:], ';'); i >= 0 {
			end = start + i + 1
		}
		if len(bytes.TrimSpace(text[start:end])) > 0 {
			batches = append(batches, Span{start, end})
		}
		start = end
	}
	return batches
}

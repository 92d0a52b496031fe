package migration

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// Formats gives every format that safemig reads, the most telling first and plain,
// which takes any SQL file, last.
func Formats() []Format {
	return []Format{
		goose(), dbmate(), sqlMigrate(), tern(), liquibase(), flyway(), refinery(), prisma(), drizzle(), supabase(), sqlx(), diesel(), hasura(),
		sqitch(), graphile(), nodePgMigrate(), postgresMigrations(), bun(), popx(), morph(), river(), atlas(), alembic(), django(), rails(),
		GolangMigrate(false), Plain(WrapFile),
	}
}

// FormatByName gives the format of a --tool name; golang-migrate's may have an option
// behind it, as its database URL has: golang-migrate?x-multi-statement=true.
func FormatByName(name string) (Format, bool) {
	if name == "golang-migrate?"+multiStatementOption {
		return GolangMigrate(true), true
	}
	for _, f := range Formats() {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}

// Claim is a directory's format, how sure that is (see Format.Detect) and by what.
type Claim struct {
	Format Format
	Score  int
	Why    string
}

// Detect gives the format that claims the directory most surely. A directory
// without any SQL gives the zero Claim. It reads the names and the beginnings of a
// few files.
func Detect(fsys fs.FS) Claim {
	fsys = &glance{FS: fsys, heads: map[string][]byte{}, above: map[string]found{}}
	var best Claim
	for _, f := range Formats() {
		if s, w := f.Detect(fsys); s > best.Score {
			best = Claim{f, s, w}
		}
	}
	return best
}

// glance remembers the names and beginnings that one format has asked for, for
// the next.
type glance struct {
	fs.FS
	names   []string
	read    bool
	heads   map[string][]byte
	above   map[string]found
	entries []fs.DirEntry
	listed  bool
}

// sqlNames gives the directory's files that end in .sql, in lexical order. A
// directory that cannot be read has none.
func sqlNames(fsys fs.FS) []string {
	g, ok := fsys.(*glance)
	if ok && g.read {
		return g.names
	}
	var names []string
	for _, e := range entriesOf(fsys) {
		if ownsPlain(e.Name()) && isFile(fsys, e) {
			names = append(names, e.Name())
		}
	}
	if ok {
		g.names, g.read = names, true
	}
	return names
}

// headSize is how much of a file Detect looks at.
const headSize = 8 << 10

// head gives the beginning of a file; of one that cannot be read, nothing.
func head(fsys fs.FS, name string) []byte {
	g, ok := fsys.(*glance)
	if ok && g.heads[name] != nil {
		return g.heads[name]
	}
	src := []byte{}
	if f, err := fsys.Open(name); err == nil {
		src, _ = io.ReadAll(io.LimitReader(f, headSize)) // what could be read is enough
		f.Close()
	}
	src = src[textStart(src):]
	if ok {
		g.heads[name] = src
	}
	return src
}

// marked looks for a line that is a tool's own in the first and last two SQL files.
// A file that the tool would not take by its name proves less: it may be given
// alone.
func marked(fsys fs.FS, owns func(string) bool, isMark func(line []byte) bool) (score int, why string) {
	names := sqlNames(fsys)
	if len(names) > 4 {
		names = append(names[:2:2], names[len(names)-2:]...)
	}
	for _, name := range names {
		src := head(fsys, name)
		for off := 0; off < len(src); {
			line, next := cutLine(src, off)
			off = next
			if !isMark(line) {
				continue
			}
			why = fmt.Sprintf("%s in %s", bytes.TrimSpace(line), name)
			if owns(name) {
				return 95, why
			}
			score = 60
		}
	}
	return score, why
}

func detectGoose(fsys fs.FS) (int, string) {
	return marked(fsys, ownsGoose, func(line []byte) bool {
		_, _, known := gooseCommand(string(line))
		return known && isGooseAnnotation(bytes.TrimSpace(line))
	})
}

func detectDbmate(fsys fs.FS) (int, string) {
	return marked(fsys, ownsDbmate, func(line []byte) bool { return len(dbmateDirectives(line, 0)) > 0 })
}

// detectGolangMigrate goes by names alone, as the tool does. Other tools use the
// same names, so that any mark of theirs wins. A numbered file that the tool would
// pass over says that the directory is not its own.
func detectGolangMigrate(fsys fs.FS) (score int, why string) {
	for _, name := range sqlNames(fsys) {
		if !ownsGolangMigrate(name) {
			if version, _, _ := plainName(name); version != "" {
				return 0, ""
			}
			continue
		}
		if up := strings.HasSuffix(name, ".up.sql"); up && score < 70 {
			score, why = 70, name
		} else if score == 0 {
			score, why = 50, name
		}
	}
	if score > 0 {
		if at := multiStatementIn(fsys); at != "" {
			why += ", " + multiStatementOption + " in " + at
		}
	}
	return score, why
}

// detectPlain takes whatever has SQL, and is sure where a file speaks to safemig
// about its transaction.
func detectPlain(fsys fs.FS) (int, string) {
	score, why := marked(fsys, ownsPlain, isPlainOptOut)
	if score > 0 {
		return score, why
	}
	names := sqlNames(fsys)
	if len(names) == 0 {
		return 0, ""
	}
	for _, name := range names {
		if version, _, _ := plainName(name); version != "" {
			return 20, name
		}
	}
	return 10, names[0]
}

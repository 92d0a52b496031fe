package migration

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// nodePgMigrate reads the SQL files of node-pg-migrate: <digits>_<name>.sql, beside
// migrations in JavaScript and TypeScript, which have a version and no sections. A
// line "-- Up Migration" or "-- Down Migration" begins a part; without any the
// file is up. Each part is one message, and all pending migrations are one
// transaction (singleTransaction, the default).
func nodePgMigrate() Format {
	return flat[none]{
		format: Format{Name: "node-pg-migrate", Detect: detectNodePgMigrate, Owns: ownsNode, Late: "refuses it without --no-check-order"},
		file:   func(f *File, _ none) Migration { return nodeFile(f) },
	}.build()
}

var nodeSuffixes = []string{".sql", ".js", ".ts", ".mjs", ".cjs", ".mts", ".cts"}

func ownsNode(name string) bool {
	digits, _ := splitDigits(name)
	_, known := nodeSuffix(name)
	return digits != "" && known && !strings.HasSuffix(name, ".d.ts")
}

func nodeSuffix(name string) (suffix string, known bool) {
	for _, s := range nodeSuffixes {
		if strings.HasSuffix(name, s) {
			return s, true
		}
	}
	return "", false
}

var (
	nodeUp   = regexp.MustCompile(`(?im)^\s*--[\s-]*up\s+migration`)
	nodeDown = regexp.MustCompile(`(?im)^\s*--[\s-]*down\s+migration`)
)

func nodeFile(f *File) Migration {
	m := Migration{File: f}
	suffix, _ := nodeSuffix(f.base())
	digits, rest := splitDigits(strings.TrimSuffix(f.base(), suffix))
	m.Version, m.Name = digits, strings.TrimLeft(rest, "_-")
	if suffix != ".sql" && suffix != "" {
		return m
	}
	m.refuseBOM(bomIsSyntax)
	run := Run{Wrap: WrapAll, OptOut: "pgm.noTransaction() (JavaScript and TypeScript only)"}
	start := textStart(f.Src)
	var up, down []int
	if mentions(f.Src, "migration") { // for the sake of speed
		up, down = nodeUp.FindIndex(f.Src), nodeDown.FindIndex(f.Src)
	}
	part := func(from, end int) Section {
		run.Batches = []Span{{0, end - from}}
		return f.section(from, end, run)
	}
	from, end := start, len(f.Src)
	if up != nil {
		from = up[0]
	}
	if down != nil && down[0] >= from {
		end = down[0]
	}
	if up == nil && down != nil { // without an up mark all of the file is up, the down part too
		end = len(f.Src)
		m.refuse(Span{down[0], down[1]}, "node-pg-migrate runs the down part when it migrates up: there is no '-- Up Migration'", "write '-- Up Migration' above the first statement")
	} else if text := dbmateText(f.Src, start, from); text.Len() == 0 && (down == nil || down[0] > from) {
		from = start // comments may speak to safemig
	} else if text.Len() > 0 && (down == nil || down[0] > text.Start) {
		m.refuse(text, "node-pg-migrate drops what stands above '-- Up Migration'", "move it below '-- Up Migration'")
	}
	m.Up = []Section{part(from, end)}
	if down != nil {
		stop := len(f.Src)
		if up != nil && up[0] > down[0] {
			stop = up[0]
		}
		m.Down = []Section{part(down[0], stop)}
	}
	return m
}

// mentions tells whether the text has a word of at least two ASCII letters, in any case.
func mentions(text []byte, word string) bool {
	first, second := word[0]|0x20, word[1]|0x20
	for i := 0; i+len(word) <= len(text); i++ {
		if text[i]|0x20 == first && text[i+1]|0x20 == second && strings.EqualFold(string(text[i:i+len(word)]), word) {
			return true
		}
	}
	return false
}

func detectNodePgMigrate(fsys fs.FS) (int, string) {
	score, why := marked(fsys, ownsNode, func(line []byte) bool { return nodeUp.Match(line) || nodeDown.Match(line) })
	if score == 0 && len(sqlNames(fsys)) > 0 && ownsNode(sqlNames(fsys)[0]) && aboveMentions(fsys, "package.json", `"node-pg-migrate"`) {
		return 85, "node-pg-migrate in package.json"
	}
	return score, why
}

// postgresMigrationsOptOut may stand anywhere in a file.
const postgresMigrationsOptOut = "-- postgres-migrations disable-transaction"

// postgresMigrations reads directories of ThomWright/postgres-migrations: <id>
// [-_]<name>.sql and .js, with ids from 1 (or from 0, which is then refused: it is
// the tool's own) without a gap. A file is one message in a transaction together
// with its record, unless it says "-- postgres-migrations disable-transaction".
func postgresMigrations() Format {
	return flat[none]{
		format: Format{Name: "postgres-migrations", Detect: detectPostgresMigrations, Owns: func(name string) bool {
			digits, _ := splitDigits(name)
			lower := strings.ToLower(name)
			return digits != "" && (strings.HasSuffix(lower, ".sql") || strings.HasSuffix(lower, ".js"))
		}},
		file: func(f *File, _ none) Migration { return postgresMigrationsFile(f) },
		after: func(ms []Migration) {
			want := 1
			named := map[string]string{}
			for i := range ms {
				if first, dup := named[ms[i].Name]; dup {
					ms[i].refuse(Span{}, fmt.Sprintf("the name %q is taken by %s: it is unique in postgres-migrations' table, so this one fails", ms[i].Name, first), "give this file a name of its own")
				} else {
					named[ms[i].Name] = path.Base(ms[i].File.Path)
				}
				if n, err := strconv.Atoi(ms[i].Version); err == nil && n != want {
					ms[i].refuse(Span{}, fmt.Sprintf("postgres-migrations refuses id %d where %d is due", n, want), "number migrations from 1 without a gap")
					want = n
				}
				want++
			}
		},
	}.build()
}

func postgresMigrationsFile(f *File) Migration {
	m := Migration{File: f}
	ext := f.base()[strings.LastIndexByte(f.base(), '.')+1:]
	digits, rest := splitDigits(strings.TrimSuffix(f.base(), "."+ext))
	m.Version, m.Name = digits, strings.TrimLeft(rest, "-_")
	if strings.EqualFold(ext, "js") {
		return m
	}
	m.refuseBOM(bomIsSyntax)
	s := f.whole(Run{Wrap: WrapFile, OptOut: postgresMigrationsOptOut, Alone: ownFile})
	if bytes.Contains(f.Src, []byte(postgresMigrationsOptOut)) {
		s.Run.Wrap = WrapNone
	} else if at := bytes.Index(f.Src, []byte("postgres-migrations disable-transaction")); at >= 0 {
		s.Notes = append(s.Notes, Note{NoteOptOutIgnored, f, Span{at, at + len("postgres-migrations disable-transaction")},
			"postgres-migrations does not see this: the file runs in a transaction", "write " + postgresMigrationsOptOut})
	}
	m.put(s, false)
	return m
}

func detectPostgresMigrations(fsys fs.FS) (int, string) {
	owns := func(name string) bool { d, _ := splitDigits(name); return d != "" }
	score, why := marked(fsys, owns, func(line []byte) bool { return bytes.Contains(line, []byte(postgresMigrationsOptOut)) })
	if score == 0 && len(sqlNames(fsys)) > 0 && owns(sqlNames(fsys)[0]) && aboveMentions(fsys, "package.json", `"postgres-migrations"`) {
		return 85, "postgres-migrations in package.json"
	}
	return score, why
}

package migration

import (
	"bytes"
	"io/fs"
	"strconv"
	"strings"
)

// sqlxOptOut are the bytes that a file must start with to be run outside a
// transaction.
const sqlxOptOut = "-- no-transaction"

// sqlx reads directories of sqlx (Rust): <version>_<name>.sql, or .up.sql and
// .down.sql pairs, in numeric order. A file is one message in a transaction
// together with its record. A file that starts with "-- no-transaction" has no
// transaction, but is one message still, so that several statements are one
// implicit transaction.
func sqlx() Format {
	return flat[none]{
		format: Format{Name: "sqlx", Detect: detectSqlx, Owns: ownsSqlx},
		file:   func(f *File, _ none) Migration { return sqlxFile(f) },
		pairs:  true, duplicate: "sqlx records a version once, so one of the two files fails or never runs",
	}.build()
}

func ownsSqlx(name string) bool {
	_, _, _, ok := sqlxName(name)
	return ok
}

// sqlxName: sqlx cuts the name at the first underscore, and refuses what stands
// before it unless it is a number.
func sqlxName(base string) (version, name string, down, ok bool) {
	version, rest, cut := strings.Cut(base, "_")
	if _, err := strconv.ParseInt(version, 10, 64); !cut || err != nil || !strings.HasSuffix(rest, ".sql") {
		return "", "", false, false
	}
	version = strings.TrimPrefix(version, "+")
	if name, ok := strings.CutSuffix(rest, ".down.sql"); ok {
		return version, name, true, true
	}
	name = strings.TrimSuffix(strings.TrimSuffix(rest, ".sql"), ".up")
	return version, name, false, true
}

func sqlxFile(f *File) Migration {
	m := Migration{File: f}
	var down, ok bool
	if m.Version, m.Name, down, ok = sqlxName(f.base()); !ok {
		_, m.Name, down = plainName(f.base())
	}
	m.refuseBOM(bomIsSyntax)
	s := f.whole(Run{Wrap: WrapFile, OptOut: sqlxOptOut, Alone: ownFile})
	if bytes.HasPrefix(f.Src, []byte(sqlxOptOut)) {
		s.Run.Wrap = WrapNone
	} else if at, ok := lateMark(f.Src, isSqlxOptOut); ok {
		s.Notes = append(s.Notes, Note{NoteOptOutIgnored, f, at, "sqlx sees '" + sqlxOptOut + "' only where the file starts with it: this one runs in a transaction",
			"make it the first bytes of the file, with no comment, blank line or byte order mark above"})
	}
	m.put(s, down)
	return m
}

func isSqlxOptOut(line []byte) bool {
	line, ok := bytes.CutPrefix(bytes.TrimLeft(line, " \t\xef\xbb\xbf"), []byte("--"))
	return ok && bytes.EqualFold(bytes.TrimSpace(line), []byte("no-transaction"))
}

// lateMark finds the first line that is a mark among the comments that the file
// begins with.
func lateMark(src []byte, isMark func(line []byte) bool) (Span, bool) {
	for off := 0; off < len(src); {
		line, next := cutLine(src, off)
		text := bytes.TrimSpace(bytes.TrimPrefix(line, bom))
		switch {
		case isMark(line):
			return Span{off, off + len(line)}, true
		case len(text) > 0 && !bytes.HasPrefix(text, []byte("--")):
			return Span{}, false
		}
		off = next
	}
	return Span{}, false
}

// detectSqlx: the names are golang-migrate's and others'. Cargo.toml, or what
// sqlx-cli itself writes into files and beside them, tells.
func detectSqlx(fsys fs.FS) (int, string) {
	names := sqlNames(fsys)
	owns := false
	for _, name := range names {
		owns = owns || ownsSqlx(name)
	}
	if !owns {
		return 0, ""
	}
	if score, why := marked(fsys, ownsSqlx, isSqlxTemplate); score > 0 {
		return score, why
	}
	if f, ok := above(fsys, "sqlx.toml"); ok {
		return 92, f.at
	}
	if aboveMentions(fsys, "Cargo.toml", "sqlx") {
		return 88, "sqlx in Cargo.toml"
	}
	if _, ok := above(fsys, "sqlx-data.json"); ok {
		return 85, "sqlx-data.json"
	}
	return 0, ""
}

// isSqlxTemplate knows the comments that sqlx-cli begins new files with.
func isSqlxTemplate(line []byte) bool {
	text, ok := bytes.CutPrefix(line, []byte("-- Add "))
	if !ok {
		return bytes.HasPrefix(line, []byte(sqlxOptOut))
	}
	text = bytes.TrimPrefix(bytes.TrimPrefix(text, []byte("up ")), []byte("down "))
	return bytes.HasPrefix(text, []byte("migration script here"))
}

package migration

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"
)

// bunSplit is the line that separates the messages of a bun file.
const bunSplit = "--bun:split"

// bun reads directories of uptrace/bun: <digits>_<name>.up.sql and .down.sql,
// or .tx.up.sql and .tx.down.sql, which alone are run in a transaction. The file
// is cut at lines that are "--bun:split"; each piece is one message. Files may be
// Go templates.
func bun() Format {
	return flat[none]{
		format: Format{Name: "bun", Detect: detectBun, Owns: ownsBun},
		file:   func(f *File, _ none) Migration { return bunFile(f) },
		pairs:  true, asWritten: true,
	}.build()
}

func ownsBun(name string) bool {
	_, _, ok := bunName(name)
	return ok && (strings.HasSuffix(name, ".up.sql") || strings.HasSuffix(name, ".down.sql"))
}

// bunName is ^(\d{1,14})_([0-9a-z_\-]+)\.
func bunName(base string) (version, name string, ok bool) {
	digits, rest := splitDigits(base)
	if digits == "" || len(digits) > 14 || !strings.HasPrefix(rest, "_") {
		return "", "", false
	}
	name, _, ok = strings.Cut(rest[1:], ".")
	bad := strings.IndexFunc(name, func(r rune) bool { return !('a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '_' || r == '-') })
	return digits, name, ok && name != "" && bad < 0
}

func bunFile(f *File) Migration {
	m := Migration{File: f}
	var ok bool
	if m.Version, m.Name, ok = bunName(f.base()); !ok {
		_, m.Name, _ = plainName(f.base())
	}
	m.refuseBOM(bomIsSyntax)
	base := strings.TrimSuffix(f.base(), ".sql")
	run := Run{Wrap: WrapNone, Batches: []Span{}, Alone: "separate it with '" + bunSplit + "'", Whole: "remove the '" + bunSplit + "' inside of it"}
	if strings.HasSuffix(base, ".tx.up") || strings.HasSuffix(base, ".tx.down") {
		run.Wrap, run.OptOut, run.Alone = WrapFile, "no .tx in the file's name", ""
	}
	start := textStart(f.Src)
	s := f.section(start, len(f.Src), run)
	from := 0
	send := func(end int) {
		if len(bytes.TrimSpace(s.Text[from:end])) > 0 {
			s.Run.Batches = append(s.Run.Batches, Span{from, end})
		}
	}
	for off := 0; off < len(s.Text); {
		line, next := cutLine(s.Text, off)
		if word, ok := bytes.CutPrefix(line, []byte("--bun:")); ok {
			if string(word) != "split" {
				m.refuse(Span{start + off, start + off + len(line)}, fmt.Sprintf("bun does not know the directive %q", word), "the only one is "+bunSplit)
			}
			send(off)
			from = next
		}
		off = next
	}
	send(len(s.Text))
	m.put(s.masked(goTemplate), strings.HasSuffix(base, ".down"))
	return m
}

func detectBun(fsys fs.FS) (int, string) {
	score, why := marked(fsys, ownsBun, func(line []byte) bool { return bytes.HasPrefix(line, []byte("--bun:")) })
	if score >= 95 {
		return score, why
	}
	for _, name := range sqlNames(fsys) {
		if ownsBun(name) && (strings.HasSuffix(name, ".tx.up.sql") || strings.HasSuffix(name, ".tx.down.sql")) {
			return 92, name
		}
	}
	for _, name := range sqlNames(fsys) {
		if ownsBun(name) && aboveMentions(fsys, "go.mod", "github.com/uptrace/bun") && !aboveMentions(fsys, "go.mod", "golang-migrate") {
			return 80, "github.com/uptrace/bun in go.mod"
		}
	}
	return score, why
}

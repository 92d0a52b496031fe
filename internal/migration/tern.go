package migration

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"
)

// tern's own lines.
const (
	ternSplit  = "---- create above / drop below ----"
	ternOptOut = "---- tern: disable-tx ----"
)

// tern reads directories of tern v2: <number>_<name>.sql, numbered from 1 without
// a gap. What stands above "---- create above / drop below ----", wherever in a
// line it is, is up, the rest down. Each part is one message in a transaction,
// unless a line of it is "---- tern: disable-tx ----": then each statement is sent
// alone. Files are Go templates: what an action puts out is not known, and of
// {{ if }} both branches are read. *.sql in folders below are parts of templates.
func tern() Format {
	return flat[none]{
		format: Format{Name: "tern", Detect: detectTern, Owns: ownsTern, Late: "refuses a gap, and never runs what is numbered below its version"},
		file:   func(f *File, _ none) Migration { return ternFile(f) },
		after:  refuseTernNumbers,
	}.build()
}

func ownsTern(name string) bool {
	digits, rest := splitDigits(name)
	return digits != "" && len(rest) > len("_.sql") && rest[0] == '_' && strings.HasSuffix(rest, ".sql")
}

func ternFile(f *File) Migration {
	m := Migration{File: f}
	digits, rest := splitDigits(strings.TrimSuffix(f.base(), ".sql"))
	m.Version, m.Name = digits, strings.TrimPrefix(rest, "_")
	m.refuseBOM(bomIsSyntax)
	start, up, down := textStart(f.Src), len(f.Src), -1
	if i := bytes.Index(f.Src, []byte(ternSplit)); i >= 0 {
		up, down = i, i+len(ternSplit)
	}
	m.Up = []Section{ternSection(f, start, up)}
	if down >= 0 {
		m.Down = []Section{ternSection(f, down, len(f.Src))}
	}
	for off := start; ; {
		if off >= up {
			m.refuse(Span{start, min(up, start+1)}, "tern refuses a file without SQL above '"+ternSplit+"'", "write the SQL of the migration above it")
			break
		}
		line, next := cutLine(f.Src[:up], off)
		if text := bytes.TrimSpace(line); len(text) > 0 && !bytes.HasPrefix(text, []byte("--")) {
			break
		}
		off = next
	}
	return m
}

func ternSection(f *File, start, end int) Section {
	s := f.section(start, end, Run{Wrap: WrapFile, Batches: []Span{{0, end - start}}, OptOut: ternOptOut})
	body := trimSpan(f.Src, Span{start, end}) // tern looks for its line in the text without the space around it
	for off := body.Start; off < body.End; {
		raw, next := f.Src[off:body.End], body.End
		if i := bytes.IndexByte(raw, '\n'); i >= 0 {
			raw, next = raw[:i], off+i+1
		}
		if string(raw) == ternOptOut {
			s.Run.Wrap, s.Run.Batches = WrapNone, nil
		} else if text := bytes.TrimSpace(raw); bytes.HasPrefix(text, []byte("--")) && bytes.Contains(text, []byte("disable-tx")) {
			s.Notes = append(s.Notes, Note{NoteOptOutIgnored, f, Span{off, off + len(raw)},
				"tern does not take this line for '" + ternOptOut + "': the part runs in a transaction", "write exactly " + ternOptOut + " on a line that ends with \\n alone"})
		}
		off = next
	}
	if s.Run.Wrap == WrapNone {
		s.Notes = nil
	}
	return s.masked(goTemplate)
}

// refuseTernNumbers reports gaps and numbers that are taken.
func refuseTernNumbers(ms []Migration) {
	for i, want := 0, 1; i < len(ms); i++ {
		switch n := number(ms[i].Version); {
		case i > 0 && n == number(ms[i-1].Version):
			ms[i].refuse(Span{}, fmt.Sprintf("tern refuses a second migration %s", n), "give this file the next free number")
		case n != fmt.Sprint(want):
			ms[i].refuse(Span{}, fmt.Sprintf("tern refuses migration %s: migration %d is missing", n, want), "number migrations from 1 without a gap")
			fmt.Sscan(n, &want)
			want++
		default:
			want++
		}
	}
}

func detectTern(fsys fs.FS) (int, string) {
	score, why := marked(fsys, ownsTern, func(line []byte) bool {
		return bytes.Contains(line, []byte(ternSplit)) || string(line) == ternOptOut
	})
	if score >= 95 {
		return score, why
	}
	if f, ok := above(fsys, "tern.conf"); ok {
		for _, name := range sqlNames(fsys) {
			if ownsTern(name) {
				return 90, f.at
			}
		}
	}
	return score, why
}

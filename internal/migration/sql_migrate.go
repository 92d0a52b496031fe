package migration

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"
)

// What authors of sql-migrate files write, in messages and hints.
const (
	sqlMigratePrefix = "-- +migrate "
	sqlMigrateWhole  = "put it between '-- +migrate StatementBegin' and '-- +migrate StatementEnd'"
)

// sqlMigrate reads directories of rubenv/sql-migrate: every *.sql, those that begin
// with digits in numeric order, then the others; the name is the version. Up and
// Down parts are transactions, unless "notransaction" follows the word. A
// statement ends as goose's do (see gooseParser); lines that begin with "-- " are
// dropped wherever they stand.
func sqlMigrate() Format {
	return flat[none]{
		format: Format{Name: "sql-migrate", Detect: detectSQLMigrate, Owns: func(name string) bool { return strings.HasSuffix(name, ".sql") }},
		file:   func(f *File, _ none) Migration { return sqlMigrateFile(f) },
	}.build()
}

func sqlMigrateFile(f *File) Migration {
	m := Migration{File: f, Name: strings.TrimSuffix(f.base(), ".sql")}
	if digits, rest := splitDigits(m.Name); digits != "" {
		m.Version, m.Name = digits, strings.TrimLeft(rest, "-_.")
	}
	p := sqlMigrateParser{m: &m, src: f.Src}
	p.parse()
	for i := range p.parts {
		s := &p.parts[i]
		for k := range s.section.Run.Batches {
			s.section.Run.Batches[k].Start -= s.section.Map.Base
			s.section.Run.Batches[k].End -= s.section.Map.Base
		}
		m.put(s.section, s.down)
	}
	return m
}

// sqlMigrateParser is ParseMigration of sql-migrate's sqlparse package.
type sqlMigrateParser struct {
	m     *Migration
	src   []byte
	parts []sqlMigratePart

	buf    Span // of the statement under way, Start < 0 for none
	block  Span // the open StatementBegin
	ignore bool // inside of it
}

type sqlMigratePart struct {
	section Section
	down    bool
}

func (p *sqlMigrateParser) parse() {
	p.buf.Start = -1
	for off := 0; off < len(p.src); {
		line, next := cutLine(p.src, off)
		at := Span{off, off + len(line)}
		off = next
		ended := false
		if bytes.HasPrefix(line, []byte(sqlMigratePrefix)) {
			ended = p.command(at, string(line[len(sqlMigratePrefix):]))
		}
		if bytes.HasPrefix(line, []byte("-- ")) && !bytes.HasPrefix(line, []byte("-- +")) || len(p.parts) == 0 {
			continue
		}
		if !bytes.HasPrefix(line, []byte("-- +")) && (p.buf.Start >= 0 || len(bytes.TrimSpace(line)) > 0) {
			if p.buf.Start < 0 {
				p.buf.Start = at.Start
			}
			p.buf.End = at.End
		}
		if !p.ignore && gooseEndsStatement(line) || ended {
			p.send()
		}
	}
	start := textStart(p.src)
	switch {
	case p.ignore:
		p.m.refuse(p.block, "sql-migrate refuses '-- +migrate StatementBegin' without '-- +migrate StatementEnd'", "add '-- +migrate StatementEnd' below the statement")
	case len(p.parts) == 0:
		p.m.refuse(Span{start, start}, "sql-migrate refuses a file without '-- +migrate Up'", "put '-- +migrate Up' on a line of its own above the first statement")
		p.part(Span{start, start}, false, "")
		p.send()
	default:
		p.open("at the end of the file")
	}
	p.send()
	if len(p.parts) > 0 {
		p.close(len(p.src))
	}
}

// command takes a line with +migrate; true: it ends a statement.
func (p *sqlMigrateParser) command(at Span, text string) bool {
	words := strings.Fields(text)
	if len(words) == 0 {
		p.m.refuse(at, "sql-migrate refuses '-- +migrate' without a command", "write Up, Down, StatementBegin or StatementEnd behind it")
		return false
	}
	switch words[0] {
	case "Up", "Down":
		p.open("above '-- +migrate " + words[0] + "'")
		p.send()
		p.part(at, words[0] == "Down", strings.Join(words[1:], " "))
	case "StatementBegin":
		if len(p.parts) > 0 {
			p.ignore, p.block = true, at
		}
	case "StatementEnd":
		ended := p.ignore
		p.ignore = false
		return ended
	default:
		p.m.refuse(at, fmt.Sprintf("sql-migrate takes no notice of '-- +migrate %s'", words[0]), "write Up, Down, StatementBegin or StatementEnd, in these letters")
	}
	return false
}

// part begins an Up or Down part.
func (p *sqlMigrateParser) part(at Span, down bool, options string) {
	optOut := "-- +migrate Up notransaction"
	if down {
		optOut = "-- +migrate Down notransaction"
	}
	from := at.Start
	if len(p.parts) == 0 {
		from = p.header(at.Start)
	} else {
		p.close(at.Start)
	}
	s := p.m.File.section(from, len(p.src), Run{Wrap: WrapFile, Batches: []Span{}, OptOut: optOut, Alone: gooseAlone, Whole: sqlMigrateWhole})
	for _, word := range strings.Fields(options) {
		if word == "notransaction" {
			s.Run.Wrap = WrapNone
		}
	}
	if options != "" && s.Run.Wrap == WrapFile {
		s.Notes = append(s.Notes, Note{NoteOptOutIgnored, p.m.File, at, fmt.Sprintf("sql-migrate takes no notice of %q: the part runs in a transaction", options), "write " + optOut})
	}
	p.parts = append(p.parts, sqlMigratePart{s, down})
}

// header is where the section begins that a marker opens: with the comments above
// it, if there is nothing else.
func (p *sqlMigrateParser) header(at int) int {
	start := textStart(p.src)
	if text := dbmateText(p.src, start, at); text.Len() > 0 {
		p.m.refuse(text, "sql-migrate drops what stands above '-- +migrate Up'", "move it below '-- +migrate Up'")
		return at
	}
	return start
}

// close ends the last part.
func (p *sqlMigrateParser) close(end int) {
	s := &p.parts[len(p.parts)-1].section
	s.Text = s.Text[: end-s.Map.Base : end-s.Map.Base]
}

// open reports a statement that is not finished.
func (p *sqlMigrateParser) open(where string) {
	if p.buf.Start < 0 {
		return
	}
	if rest := trimSpan(p.src, p.buf); rest.Len() > 0 {
		p.m.refuse(rest, "sql-migrate refuses a statement that is unfinished "+where, "end its last line with a semicolon, or put it between StatementBegin and StatementEnd")
	}
}

// send makes a batch of the statement under way.
func (p *sqlMigrateParser) send() {
	if p.buf.Start >= 0 && len(p.parts) > 0 {
		if b := trimSpan(p.src, p.buf); b.Len() > 0 {
			run := &p.parts[len(p.parts)-1].section.Run
			run.Batches = append(run.Batches, b)
		}
	}
	p.buf = Span{-1, -1}
}

func detectSQLMigrate(fsys fs.FS) (int, string) {
	return marked(fsys, ownsPlain, func(line []byte) bool {
		return bytes.HasPrefix(line, []byte(sqlMigratePrefix+"Up")) || bytes.HasPrefix(line, []byte(sqlMigratePrefix+"Down"))
	})
}

package migration

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// maxIncludes is how many files a script may include, all told.
const maxIncludes = 1000

// psqlScripts reads what scripts of psql include, in its place; each file once.
type psqlScripts struct {
	fsys  fs.FS
	files map[string]*File

	// apart tells whether a file runs by itself, so that what includes it is not read as
	// running it. Nil: none does.
	apart func(p string) bool

	included map[string]bool
	n        int              // files that the migration includes so far
	said     map[refused]bool // of the migration
}

// refused is the place of a command that ends its script.
type refused struct {
	file *File
	at   int
}

func newScripts(fsys fs.FS) *psqlScripts {
	return &psqlScripts{fsys: fsys, files: map[string]*File{}, included: map[string]bool{}}
}

// include puts what a migration's scripts include where psql reads it: \i and \ir,
// at any depth. What they include is in sections of its own, which go on in the
// session and transaction of the one before. What psql would not find, and a file
// that includes itself, is in the migration's Errs; of what only psql knows
// (another database after \c, names in variables) Opaque has a note.
//
// \ir is relative to the script. \i is relative to where psql was started, which
// nobody knows: the directory of the migrations is tried, that of the script, and those
// above.
func (x *psqlScripts) include(m *Migration) {
	x.n, x.said = 0, map[refused]bool{}
	for _, ss := range []*[]Section{&m.Up, &m.Down} {
		var all []Section
		for _, s := range *ss {
			all = append(all, x.section(m, s, []string{s.File.Path})...)
		}
		*ss = all
	}
}

// section takes a section apart at what it includes. open are the files that are
// being read, the outermost first.
func (x *psqlScripts) section(m *Migration, s Section, open []string) []Section {
	src := s.File.Src[s.Map.Base:][:len(s.Text)] // a name may have a variable in it, which Text has not
	var out []Section
	start, later := 0, s.Run.Continues
	cut := func(end int) {
		piece := s.part(start, end)
		piece.Run.Continues = later
		if !later || len(bytes.TrimSpace(piece.Text)) > 0 || len(piece.Opaque) > 0 {
			out, later = append(out, piece), true
		}
	}
	for _, c := range psqlCommands(src) {
		switch c.name {
		case "i", "include", "ir", "include_relative":
			f, err := x.find(c, s.File.Path, open)
			switch {
			case err == errRunsApart, c.inside:
				continue
			case err == errOnlyPsql:
				s.Opaque = append(s.Opaque, Opaque{s.File, s.Map.Span(c.at), "psql's " + c.text(src)})
				continue
			case x.n > maxIncludes:
				continue
			case err != nil, slices.Contains(open, f.Path), x.n == maxIncludes:
				e := x.refusal(s, c, f, err)
				if at := (refused{s.File, e.Span.Start}); !x.said[at] {
					x.said[at] = true
					m.Errs = append(m.Errs, e)
				}
				if x.n == maxIncludes {
					x.n++ // it is said once
				}
				continue
			}
			x.n++
			x.included[f.Path] = true
			cut(c.at.Start)
			inner := psqlSection(f.each(s.Run), true)
			inner.Run.Continues = later
			out = append(out, x.section(m, inner, append(slices.Clip(open), f.Path))...)
			start = c.at.End
		case "c", "connect":
			s.Opaque = append(s.Opaque, Opaque{s.File, s.Map.Span(c.at), "psql's " + c.text(src) + ": what follows runs in another session"})
		default:
			if c.decides() {
				s.Opaque = append(s.Opaque, Opaque{s.File, s.Map.Span(c.at), "psql's " + c.text(src)})
			}
		}
	}
	if start == 0 && len(out) == 0 {
		return []Section{s}
	}
	cut(len(s.Text))
	return out
}

// part is a range of the section's text, with what belongs to it.
func (s Section) part(start, end int) Section {
	p := s
	p.Text, p.Map = s.Text[start:end:end], SourceMap{Base: s.Map.Base + start}
	p.Filled, p.Opaque = nil, nil
	for _, at := range s.Filled {
		if start <= at.Start && at.End <= end {
			p.Filled = append(p.Filled, Span{at.Start - start, at.End - start})
		}
	}
	for _, o := range s.Opaque {
		if at := o.Span.Start - s.Map.Base; start <= at && at < end {
			p.Opaque = append(p.Opaque, o)
		}
	}
	return p
}

// Why a file is not included.
var (
	errOnlyPsql  = errors.New("only psql knows the file's name")
	errRunsApart = errors.New("the file runs by itself")
)

// find reads the file that a command of a script includes.
func (x *psqlScripts) find(c psqlCommand, script string, open []string) (*File, error) {
	apart := func(p string) bool { return x.apart != nil && x.apart(p) && !slices.Contains(open, p) }
	if c.arg == "" || strings.ContainsAny(c.arg, "`:") || path.IsAbs(c.arg) || strings.HasPrefix(c.arg, "~") {
		return nil, errOnlyPsql
	}
	beside := path.Join(path.Dir(script), c.arg)
	places := []string{beside}
	if c.name == "i" || c.name == "include" {
		places = []string{path.Clean(c.arg), beside}
	}
	for _, p := range places {
		if apart(p) {
			return nil, errRunsApart
		}
		if f := x.read(p); f != nil {
			return f, nil
		}
	}
	if r, ok := x.fsys.(Rooted); ok && len(places) > 1 {
		if src, at, ok := r.Above(path.Clean(c.arg)); ok {
			p := at
			if below, ok := strings.CutPrefix(path.Join(r.Where(), at), path.Clean(r.Where())+"/"); ok {
				p = below // it was a way round
			}
			if apart(p) {
				return nil, errRunsApart
			}
			return x.keep(p, src), nil
		}
	}
	return nil, fs.ErrNotExist
}

// read gives the file at a path from the directory, which may lead out of it.
func (x *psqlScripts) read(p string) *File {
	if f, ok := x.files[p]; ok {
		return f
	}
	if fs.ValidPath(p) {
		if src, err := fs.ReadFile(x.fsys, p); err == nil {
			return x.keep(p, src)
		}
		return nil
	}
	if r, ok := x.fsys.(Rooted); ok {
		if src, at, ok := r.Above(p); ok && at == p {
			return x.keep(p, src)
		}
	}
	return nil
}

func (x *psqlScripts) keep(p string, src []byte) *File {
	if x.files[p] == nil {
		x.files[p] = &File{Path: p, Src: src}
	}
	return x.files[p]
}

// refusal says why an include ends the script.
func (x *psqlScripts) refusal(s Section, c psqlCommand, f *File, err error) *Error {
	e := &Error{File: s.File, Span: s.Map.Span(c.at)}
	switch {
	case err != nil && strings.HasSuffix(c.name, "r") || err != nil && c.name == "include_relative":
		e.Msg, e.Hint = fmt.Sprintf("psql does not find %s beside this script", c.arg), "add the file, or mend its name"
	case err != nil:
		e.Msg = fmt.Sprintf("there is no %s where the migrations are, beside this script, or above", c.arg)
		e.Hint = "add the file, or mend its name: psql looks for it in the directory that it is started in, and with \\ir beside the script"
	case x.n == maxIncludes:
		e.Msg, e.Hint = fmt.Sprintf("the script includes more than %d files", maxIncludes), "put what belongs together into one file"
	default:
		e.Msg, e.Hint = fmt.Sprintf("%s includes itself: psql opens it until it has no more files to open", path.Base(f.Path)), "take one of the includes out"
	}
	return e
}

// psqlCommand is a command of psql's: \i x.sql.
type psqlCommand struct {
	name, arg string // arg is the first one
	at        Span   // from the backslash to the end of the line
	inside    bool   // of a statement
	bang      bool   // \! runs a program
}

func (c psqlCommand) text(src []byte) string {
	return strings.TrimSpace(string(src[c.at.Start:c.at.End]))
}

// quietPsql are the commands that change neither what the server is sent nor where
// it is sent: they print, set how psql prints, or set a variable, which shows where
// it stands (psql's manual page, meta-commands).
var quietPsql = strings.Fields("echo qecho warn set unset getenv setenv prompt timing pset x t a f H html C T conninfo errverbose " +
	"restrict unrestrict h help copyright o out w write p print s l list z sf sv g gx i include ir include_relative c connect")

// decides tells whether the command makes the server do something that the text does
// not say, or not do what it says: \if, \copy, \gexec, \q, \!.
func (c psqlCommand) decides() bool {
	if c.name == "" { // \! and, of no consequence, \; and \.
		return c.bang
	}
	return !slices.Contains(quietPsql, c.name) && c.name[0] != 'd' // \d and its kin show
}

// psqlCommands finds the commands of a script, outside of quotes, comments and rows
// of COPY.
func psqlCommands(src []byte) []psqlCommand {
	if bytes.IndexByte(src, '\\') < 0 {
		return nil
	}
	var all []psqlCommand
	first := Span{-1, -1} // of the statement: its first word
	stdin := false        // the statement names it
	for i := 0; ; {
		t := scanSQL(src, i)
		i = t.end
		switch {
		case t.kind == sqlEnd:
			return all
		case t.kind == sqlComment:
		case t.kind == sqlOther && src[t.start] == '\\':
			line, next := cutLine(src, t.start)
			c := psqlCommand{at: Span{t.start, t.start + len(line)}, inside: first.Start >= 0}
			c.bang = len(line) > 1 && line[1] == '!'
			if c.name, c.arg = psqlWords(line[1:]); c.name != "" && c.name[0] == 'g' {
				first = Span{-1, -1} // it sends the statement
			}
			all = append(all, c)
			i = next
		case t.kind == sqlOther && src[t.start] == ';':
			if stdin && first.Start >= 0 && isWord(src[first.Start:first.End], "COPY") {
				i = copyRows(src, i)
			}
			first, stdin = Span{-1, -1}, false
		case first.Start < 0:
			first = Span{t.start, t.end}
		case t.kind == sqlWord && isWord(src[t.start:t.end], "STDIN"):
			stdin = true
		}
	}
}

// copyRows is the offset behind the rows of a COPY that ends before i.
func copyRows(src []byte, i int) int {
	for i < len(src) {
		line, next := cutLine(src, i)
		if i = next; string(line) == `\.` {
			break
		}
	}
	return i
}

// psqlWords gives the name of a command and its first argument, without quotes and
// without the semicolons that psql takes off.
func psqlWords(line []byte) (name, arg string) {
	end := 0
	for end < len(line) && isWordByte(line[end]) {
		end++
	}
	name = string(line[:end])
	rest := bytes.TrimLeft(line[end:], " \t")
	if len(rest) > 0 && rest[0] == '\'' {
		text := rest[1:max(1, quoteEnd(rest, 0, true)-1)]
		return name, strings.ReplaceAll(string(text), "''", "'")
	}
	if i := bytes.IndexAny(rest, " \t"); i >= 0 {
		rest = rest[:i]
	}
	return name, strings.TrimRight(string(rest), ";")
}

// psqlSection takes psql's variables out of the way: those in quotes, and with sure,
// or where a command shows that the script is psql's, bare ones.
func psqlSection(s Section, sure bool) Section {
	if bytes.IndexByte(s.Text, ':') < 0 {
		return s
	}
	sure = sure || len(psqlCommands(s.Text)) > 0
	return s.colonNames(func(_ []byte, quoted bool) bool { return sure || quoted })
}

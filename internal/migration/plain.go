package migration

import (
	"bytes"
	"io/fs"
	"slices"
	"strings"
)

// plainOptOut is the line that runs a file of safemig's own layout outside a
// transaction.
const plainOptOut = "-- safemig:no-transaction"

// Plain reads directories of SQL files: safemig's own layout, and whatever no
// other format claims. Files are <digits>_<name>.sql (- and . separate too), or
// .up.sql and .down.sql pairs; the digits are the version, in numeric order.
// Other .sql files are not skipped: they follow in lexical order, without a
// version. wrap is the transaction around a file; the line
// "-- safemig:no-transaction" before the first statement turns it off. Every
// statement is sent alone. What psql would include is read in its place.
func Plain(wrap Wrap) Format {
	read := func(f *File) Migration { return plainFile(f, wrap) }
	return Format{
		Name:     "plain",
		Detect:   detectPlain,
		Owns:     ownsPlain,
		ReadFile: read,
		Include:  func(fsys fs.FS, m *Migration) { newScripts(fsys).include(m) },
		Read: func(fsys fs.FS) ([]Migration, error) {
			ms, err := readPlain(fsys, read)
			refuseDuplicates(ms, number, "a version names one file")
			return ms, err
		},
	}
}

// readPlain reads a directory's .sql files, in order.
func readPlain(fsys fs.FS, read func(*File) Migration) ([]Migration, error) {
	names, err := owned(fsys, ownsPlain)
	if err != nil {
		return nil, err
	}
	ms, err := readAll(fsys, names, read)
	if err != nil {
		return nil, err
	}
	ms = plainIncludes(fsys, ms)
	ms = pair(ms)
	sortByNumber(ms)
	return ms, nil
}

// plainIncludes puts in place what scripts include. A file without a version that
// another one includes is a part of it and no migration; one with a version is run
// by itself, and what includes it is a script to make everything anew.
func plainIncludes(fsys fs.FS, ms []Migration) []Migration {
	x := newScripts(fsys)
	versioned := map[string]bool{}
	for i := range ms {
		versioned[ms[i].File.Path] = ms[i].Version != ""
		x.files[ms[i].File.Path] = ms[i].File
	}
	x.apart = func(p string) bool { return versioned[p] }
	for i := range ms {
		x.include(&ms[i])
	}
	return slices.DeleteFunc(ms, func(m Migration) bool { return m.Version == "" && x.included[m.File.Path] })
}

func ownsPlain(name string) bool {
	return len(name) > len(".sql") && strings.EqualFold(name[len(name)-len(".sql"):], ".sql")
}

// plainName takes the base name of a file apart. Without digits and a separator
// (or nothing) behind them there is no version.
func plainName(base string) (version, name string, down bool) {
	if ownsPlain(base) {
		base = base[:len(base)-len(".sql")]
	}
	if up, ok := strings.CutSuffix(base, ".up"); ok {
		base = up
	} else {
		base, down = strings.CutSuffix(base, ".down")
	}
	digits, rest := splitDigits(base)
	switch {
	case digits == "":
		return "", base, down
	case rest == "":
		return digits, "", down
	case strings.ContainsRune("-_.", rune(rest[0])):
		return digits, rest[1:], down
	}
	return "", base, down
}

func plainFile(f *File, wrap Wrap) Migration {
	m := Migration{File: f}
	var down bool
	m.Version, m.Name, down = plainName(f.base())
	start := textStart(f.Src)
	run := Run{Wrap: wrap}
	if wrap != WrapNone {
		run.OptOut = plainOptOut
	}
	first, optOut := plainHeader(f.Src, start)
	if optOut {
		run.Wrap = WrapNone
	} else if at, ok := plainLateOptOut(f.Src, first); ok && wrap != WrapNone {
		m.refuse(at, plainOptOut+" has no effect after the first statement", "move it above the first statement")
	}
	s := psqlSection(f.section(start, len(f.Src), run), false)
	if down {
		m.Down = []Section{s}
	} else {
		m.Up = []Section{s}
	}
	return m
}

// plainHeader gives the offset of the first byte that is neither space nor
// comment, and whether one of the comments before it is the opt-out.
func plainHeader(src []byte, off int) (first int, optOut bool) {
	for off < len(src) {
		rest := src[off:]
		switch {
		case bytes.HasPrefix(rest, []byte("--")):
			line, next := cutLine(src, off)
			optOut = optOut || isPlainOptOut(line)
			off = next
		case bytes.HasPrefix(rest, []byte("/*")):
			off += blockComment(rest)
		case strings.IndexByte(" \t\r\n\f\v", rest[0]) >= 0:
			off++
		default:
			return off, optOut
		}
	}
	return off, optOut
}

// plainLateOptOut finds the opt-out in a line behind the first statement.
func plainLateOptOut(src []byte, off int) (Span, bool) {
	word := []byte("safemig:no-transaction")
	for {
		i := bytes.Index(src[off:], word)
		if i < 0 {
			return Span{}, false
		}
		start := max(bytes.LastIndexByte(src[:off+i], '\n')+1, textStart(src))
		line, next := cutLine(src, start)
		if isPlainOptOut(bytes.TrimLeft(line, " \t")) {
			return Span{start, start + len(line)}, true
		}
		off = next
	}
}

// isPlainOptOut: a reason may follow behind a space.
func isPlainOptOut(line []byte) bool {
	text, ok := bytes.CutPrefix(line, []byte("--"))
	if !ok {
		return false
	}
	rest, ok := bytes.CutPrefix(bytes.TrimLeft(text, " \t"), []byte("safemig:no-transaction"))
	return ok && (len(rest) == 0 || strings.IndexByte(" \t\r", rest[0]) >= 0)
}

// blockComment is the length of the comment that text starts with; comments nest.
func blockComment(text []byte) int {
	depth := 0
	for i := 0; i+1 < len(text); i++ {
		switch {
		case text[i] == '/' && text[i+1] == '*':
			depth++
			i++
		case text[i] == '*' && text[i+1] == '/':
			depth--
			i++
			if depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}

package migration

import (
	"bytes"
	"io/fs"
	"slices"
	"strings"
)

// dbmate reads directories of dbmate: ^(\d+).*\.sql$, in the order of the file
// names; the digits, as written, are the version. A file is one or more pairs of
// "-- migrate:up" and "-- migrate:down" blocks. Each block, its directive
// included, is one message in a transaction of its own, unless its directive has
// the option transaction:false. The rules are those of dbmate 2.33 (before 2.30 or
// so it took one pair per file, and the rest of the file for its down block).
//
// The first section's Text begins with the file's leading comments, which dbmate
// does not send.
func dbmate() Format {
	return Format{
		Name:     "dbmate",
		Detect:   detectDbmate,
		Owns:     ownsDbmate,
		ReadFile: dbmateFile,
		Read: func(fsys fs.FS) ([]Migration, error) {
			names, err := owned(fsys, ownsDbmate)
			if err != nil {
				return nil, err
			}
			ms, err := readAll(fsys, names, dbmateFile)
			if err != nil {
				return nil, err
			}
			asWritten := func(version string) string { return version }
			refuseDuplicates(ms, asWritten, "dbmate records a version once, so one of the two files fails or never runs")
			return ms, nil
		},
	}
}

func ownsDbmate(name string) bool {
	digits, rest := splitDigits(name)
	return digits != "" && strings.HasSuffix(rest, ".sql")
}

// dbmateDirective is a "-- migrate:up" or "-- migrate:down".
type dbmateDirective struct {
	at   int // offset of the --
	down bool
}

func dbmateFile(f *File) Migration {
	m := Migration{File: f}
	version, rest := splitDigits(strings.TrimSuffix(f.base(), ".sql"))
	m.Version, m.Name = version, strings.TrimLeft(rest, "_-.")
	m.refuseBOM("which dbmate takes for text before '-- migrate:up'")
	start := textStart(f.Src)
	found := m.refuseDbmateOrder(dbmateDirectives(f.Src, start), start)
	if len(found) == 0 {
		m.Up = []Section{f.section(start, len(f.Src), dbmateRun(f.Src[start:], false, 0))}
		return m
	}
	for i, d := range found {
		from, end := d.at, len(f.Src)
		if i+1 < len(found) {
			end = found[i+1].at
		}
		if i == 0 && dbmateText(f.Src, start, d.at).Len() == 0 {
			from = start // leading comments may speak to safemig
		}
		s := f.section(from, end, dbmateRun(f.Src[from:end], d.down, d.at-from))
		if d.down {
			m.Down = append(m.Down, s)
		} else {
			m.Up = append(m.Up, s)
		}
	}
	return m
}

// refuseDbmateOrder reports what is wrong with the blocks and gives back those
// that dbmate sees: a down directive above the first up is a comment to it.
func (m *Migration) refuseDbmateOrder(found []dbmateDirective, start int) []dbmateDirective {
	line := func(at int) Span {
		text, _ := cutLine(m.File.Src, at)
		return Span{at, at + len(text)}
	}
	up := slices.IndexFunc(found, func(d dbmateDirective) bool { return !d.down })
	if up < 0 {
		m.refuse(dbmateText(m.File.Src, start, len(m.File.Src)), "dbmate refuses a file without '-- migrate:up'",
			"put '-- migrate:up' on a line of its own above the first statement, and '-- migrate:down' below the last")
		return found
	}
	if text := dbmateText(m.File.Src, start, found[up].at); text.Len() > 0 && up > 0 {
		m.refuse(line(found[0].at), "dbmate refuses '-- migrate:down' above '-- migrate:up'", "put the up block first")
	} else if text.Len() > 0 {
		m.refuse(text, "dbmate refuses a statement above '-- migrate:up'", "move it below '-- migrate:up'")
	} else {
		found, up = found[up:], 0
	}
	for i := up; i < len(found); i++ {
		if i > up && !found[i].down {
			// Seen with 2.33.0: INSERT INTO schema_migrations runs after every block.
			m.refuse(line(found[i].at), "dbmate records the version after each up block, so the second one fails on the primary key of schema_migrations",
				"give this block a file of its own")
		}
		switch last := i+1 == len(found); {
		case found[i].down && found[i-1].down:
			m.refuse(line(found[i].at), "dbmate refuses a second '-- migrate:down' for one '-- migrate:up'",
				"join the two down blocks")
		case !found[i].down && (last || !found[i+1].down):
			m.refuse(line(found[i].at), "dbmate refuses '-- migrate:up' without '-- migrate:down'",
				"add '-- migrate:down' below the last statement, with nothing after it if there is nothing to undo")
		}
	}
	return found
}

// dbmateRun: text is the section, its directive is at an offset in it.
func dbmateRun(text []byte, down bool, at int) Run {
	run := Run{
		Wrap:    WrapFile,
		Batches: []Span{{at, len(text)}},
		OptOut:  "-- migrate:up transaction:false",
		Alone:   "give it a migration file of its own",
	}
	if down {
		run.OptOut = "-- migrate:down transaction:false"
	}
	if !dbmateTransaction(text[at:]) {
		run.Wrap = WrapNone
	}
	return run
}

// dbmateDirectives finds (?m)^--\s*migrate:(up|down)(\s*$|\s+\S+).
func dbmateDirectives(src []byte, off int) []dbmateDirective {
	var found []dbmateDirective
	word := []byte("migrate:")
	for start := off; ; {
		i := bytes.Index(src[off:], word)
		if i < 0 {
			return found
		}
		before := bytes.TrimRight(src[start:off+i], dbmateSpace)
		off += i + len(word)
		at := start + len(before) - len("--")
		if !bytes.HasSuffix(before, []byte("--")) || at > start && src[at-1] != '\n' {
			continue
		}
		for _, dir := range []string{"up", "down"} {
			rest, ok := bytes.CutPrefix(src[off:], []byte(dir))
			if ok && (len(rest) == 0 || strings.IndexByte(dbmateSpace, rest[0]) >= 0) {
				found = append(found, dbmateDirective{at, dir == "down"})
			}
		}
	}
}

// dbmateSpace is what \s matches in Go's regular expressions.
const dbmateSpace = "\t\n\f\r "

// dbmateTransaction is false when the directive that text starts with says
// transaction:false. Of options given twice the last one counts.
func dbmateTransaction(text []byte) bool {
	line, _ := cutLine(text, 0)
	_, options, _ := strings.Cut(string(line), "migrate:")
	options = strings.TrimPrefix(strings.TrimPrefix(options, "up"), "down")
	isSpace := func(r rune) bool { return strings.ContainsRune(dbmateSpace, r) }
	transaction := true
	for _, option := range strings.FieldsFunc(strings.TrimSpace(options), isSpace) {
		if key, value, _ := strings.Cut(option, ":"); key == "transaction" && !strings.Contains(value, ":") {
			transaction = value != "false"
		}
	}
	return transaction
}

// dbmateText is the first line of the range that is neither blank nor a comment;
// the zero Span where there is none.
func dbmateText(src []byte, start, end int) Span {
	for off := start; off < end; {
		line, next := cutLine(src[:end], off)
		text := bytes.Trim(line, dbmateSpace)
		if len(text) > 0 && !bytes.HasPrefix(text, []byte("--")) {
			return Span{off, off + len(line)}
		}
		off = next
	}
	return Span{}
}

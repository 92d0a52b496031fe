package migration

import (
	"cmp"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// What authors of goose files write, in messages and hints.
const (
	gooseOptOut = "-- +goose NO TRANSACTION"
	gooseAlone  = "end it with a semicolon at the end of a line, outside StatementBegin and StatementEnd, with no other statement on its lines"
	gooseWhole  = "put it between '-- +goose StatementBegin' and '-- +goose StatementEnd'"
)

// goose reads directories of goose v3: <version>_<name>.sql and .go, in numeric
// order. One file is one transaction, unless it says NO TRANSACTION. Batches are
// the statements that goose's own splitter, which knows lines and not SQL, sends
// one by one; see gooseParser.
//
// A migration in Go has a version and no sections, and its bytes are not read:
// nobody knows what it does to the schema. Text that ENVSUB would replace is masked
// (see mask.go).
//
// The Up section's Text begins with the file's leading comments.
func goose() Format {
	return Format{
		Name:     "goose",
		Detect:   detectGoose,
		Owns:     ownsGoose,
		ReadFile: gooseFile,
		Late:     "refuses it without -allow-missing",
		Read: func(fsys fs.FS) ([]Migration, error) {
			names, err := owned(fsys, ownsGoose)
			if err != nil {
				return nil, err
			}
			// goose lists *.sql before *.go: of two files of a version, that is the second.
			slices.SortStableFunc(names, func(a, b string) int { return -cmp.Compare(path.Ext(a), path.Ext(b)) })
			ms := make([]Migration, 0, len(names))
			for _, name := range names {
				f := &File{Path: name}
				if path.Ext(name) == ".sql" {
					if f, err = readFile(fsys, name); err != nil {
						return nil, err
					}
				}
				ms = append(ms, gooseFile(f))
			}
			refuseDuplicates(ms, number, "goose refuses a directory with two files of one version")
			slices.SortStableFunc(ms, func(a, b Migration) int { return compareNumbers(a.Version, b.Version) })
			return ms, nil
		},
	}
}

func ownsGoose(name string) bool {
	_, _, ok := gooseName(name)
	return ok
}

// gooseName is goose's NumericComponent: the version is what stands before the
// first underscore, from 1 to the largest int64.
func gooseName(base string) (version, name string, ok bool) {
	ext := path.Ext(base)
	if ext != ".sql" && ext != ".go" || strings.HasSuffix(base, "_test.go") {
		return "", "", false
	}
	version, name, ok = strings.Cut(strings.TrimSuffix(base, ext), "_")
	if n, err := strconv.ParseInt(version, 10, 64); !ok || err != nil || n < 1 {
		return "", "", false
	}
	return strings.TrimPrefix(version, "+"), name, true
}

func gooseFile(f *File) Migration {
	m := Migration{File: f}
	var ok bool
	if m.Version, m.Name, ok = gooseName(f.base()); !ok {
		m.Name = strings.TrimSuffix(f.base(), ".sql")
	}
	if path.Ext(f.Path) == ".go" {
		return m
	}
	m.refuseBOM("which goose takes for text before '-- +goose Up'")
	p := gooseParser{m: &m, src: f.Src, start: textStart(f.Src)}
	p.parse()
	run := Run{Wrap: WrapFile, OptOut: gooseOptOut, Alone: gooseAlone, Whole: gooseWhole}
	if p.noTransaction {
		run.Wrap = WrapNone
	}
	for _, part := range p.parts {
		for i := range part.batches {
			part.batches[i].Start -= part.at.Start
			part.batches[i].End -= part.at.Start
		}
		run.Batches = part.batches
		s := f.section(part.at.Start, part.at.End, run)
		if len(p.env) > 0 {
			s = s.masked(p.environment(part.at.Start))
		}
		if part.down {
			m.Down = append(m.Down, s)
		} else {
			m.Up = append(m.Up, s)
		}
	}
	return m
}

// environment finds what ENVSUB replaces in a section that begins at an offset.
func (p *gooseParser) environment(base int) placeholder {
	return func(src []byte, from int) (int, int) {
		for {
			start, end := environment(src, from)
			if start < 0 || slices.ContainsFunc(p.env, func(s Span) bool { return s.Contains(base + start) }) {
				return start, end
			}
			from = end
		}
	}
}

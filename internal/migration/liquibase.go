package migration

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// liquibaseOptOut is the attribute that runs a changeset outside a transaction.
const liquibaseOptOut = "runInTransaction:false"

// liquibase reads changelogs of Liquibase in formatted SQL, XML, YAML and JSON, in
// folders below too. A file is a migration, each of its
// changesets a section: a transaction of its own, of which each statement is a
// message. Rollback lines and blocks are the way down. Changesets for other
// databases (dbms) are left out. The order is that of a master changelog's
// includes where there is one, else that of the names; contexts and labels are not
// followed, and what preconditions decide is not known.
//
// Changes (<createTable>) become the SQL that Liquibase makes of them; of those that
// are programs or data (<customChange>, <loadData>) nobody knows what they do.
func liquibase() Format {
	return Format{
		Name: "liquibase", Recursive: true, Detect: detectLiquibase, ReadFile: liquibaseFile, Read: readLiquibase,
		Owns: func(p string) bool { return ownsPlain(path.Base(p)) || isTree(p) },
	}
}

var (
	liquibaseSet  = regexp.MustCompile(`(?i)^\s*--\s*changeset\s+("[^"]+"|[^:]+):\s*("[^"]+"|\S+)(.*)$`)
	liquibaseAttr = regexp.MustCompile(`(?i)\b(\w+):("[^"]*"|\S+)`)
	liquibaseBack = regexp.MustCompile(`(?i)^\s*--\s*rollback\s+(.*)$`)
)

// isFormatted knows the first line of formatted SQL.
func isFormatted(line []byte) bool {
	for _, want := range []string{"--", "liquibase", "formatted"} {
		line = bytes.TrimLeft(line, " \t\f\r")
		if len(line) < len(want) || !strings.EqualFold(string(line[:len(want)]), want) {
			return false
		}
		line = line[len(want):]
	}
	return true
}

func liquibaseFile(f *File) Migration {
	base := strings.TrimSuffix(f.base(), path.Ext(f.base()))
	digits, rest := splitDigits(base)
	m := Migration{File: f, Version: digits, Name: strings.TrimLeft(rest, "-_.")}
	if digits == "" {
		m.Version = base
	}
	if isTree(f.Path) {
		liquibaseTree(&m, nil)
		return m
	}
	p := liquibaseParser{m: &m, src: f.Src, seen: map[string]bool{}}
	p.parse()
	return m
}

type liquibaseParser struct {
	m    *Migration
	src  []byte
	seen map[string]bool

	open  bool // a changeset is
	start int  // of its section
	head  string
	at    Span
}

func (p *liquibaseParser) parse() {
	p.start = textStart(p.src)
	line, _ := cutLine(p.src, p.start)
	if !isFormatted(line) {
		p.m.refuse(Span{p.start, p.start + len(line)}, "liquibase takes a file for formatted SQL only if its first line says so", "begin the file with --liquibase formatted sql")
	}
	for off := p.start; off < len(p.src); {
		line, next := cutLine(p.src, off)
		if set := changeSetLine(line); set != nil {
			if p.open {
				p.section(off)
				p.start = off
			}
			p.open, p.head, p.at = true, string(set[3]), Span{off, off + len(line)}
			id := strings.Trim(string(set[1]), `" `) + ":" + strings.Trim(string(set[2]), `"`)
			if p.seen[id] {
				p.m.refuse(p.at, fmt.Sprintf("liquibase refuses a second changeset %s", id), "give the changeset an id of its own")
			}
			p.seen[id] = true
		}
		off = next
	}
	if !p.open && isFormatted(line) {
		p.m.refuse(Span{p.start, p.start + len(line)}, "liquibase runs nothing of a file without a changeset", "put --changeset author:id above the first statement")
	}
	p.section(len(p.src))
}

// changeSetLine is liquibaseSet, asked only of comments.
func changeSetLine(line []byte) [][]byte {
	if !bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte("--")) || !mentions(line, "changeset") {
		return nil
	}
	return liquibaseSet.FindSubmatch(line)
}

// section makes the changeset's sections.
func (p *liquibaseParser) section(end int) {
	attrs := map[string]string{}
	for _, a := range liquibaseAttr.FindAllStringSubmatch(p.head, -1) {
		attrs[strings.ToLower(a[1])] = strings.Trim(a[2], `"`)
	}
	if !liquibaseRuns(attrs["dbms"]) || strings.EqualFold(attrs["ignore"], "true") {
		return
	}
	run := Run{Wrap: WrapFile, OptOut: liquibaseOptOut}
	if strings.EqualFold(attrs["runintransaction"], "false") {
		run.Wrap = WrapNone
	}
	s := p.m.File.section(p.start, end, run).withoutIgnored()
	if split := attrs["splitstatements"]; strings.EqualFold(split, "false") {
		s.Run.Batches = []Span{{0, len(s.Text)}}
		s.Run.Alone = "give it a changeset of its own"
	}
	s = s.masked(between("${", "}"))
	if s.Run.Batches == nil {
		s = s.split(strings.TrimPrefix(attrs["enddelimiter"], ";"))
	}
	p.m.Up = append(p.m.Up, s)
	if back, ok := liquibaseRollback(p.m.File.section(p.start, end, run)); ok {
		p.m.Down = append([]Section{back.masked(between("${", "}"))}, p.m.Down...)
	}
}

// liquibaseIgnored takes out lines that follow: a number of them, or those up to end.
var liquibaseIgnored = regexp.MustCompile(`(?i)^\s*--\s*ignoreLines:(\d+|start|end)\b`)

// withoutIgnored blanks the lines that Liquibase is told to ignore.
func (s Section) withoutIgnored() Section {
	if !mentions(s.Text, "ignorelines") {
		return s
	}
	text := bytes.Clone(s.Text)
	left, until := 0, false
	for off := 0; off < len(s.Text); {
		line, next := cutLine(s.Text, off)
		m := liquibaseIgnored.FindSubmatch(line)
		switch {
		case until:
			blankBytes(text, off, next)
			until = m == nil || !strings.EqualFold(string(m[1]), "end")
		case left > 0:
			blankBytes(text, off, next)
			left--
		case m != nil && strings.EqualFold(string(m[1]), "start"):
			until = true
		case m != nil:
			left, _ = strconv.Atoi(string(m[1]))
		}
		off = next
	}
	s.Text = text
	return s
}

// liquibaseRuns tells whether a list of databases has PostgreSQL.
func liquibaseRuns(dbms string) bool {
	if dbms == "" || strings.EqualFold(dbms, "all") {
		return true
	}
	runs := strings.HasPrefix(strings.TrimSpace(dbms), "!")
	for _, d := range strings.Split(dbms, ",") {
		switch d = strings.ToLower(strings.TrimSpace(d)); d {
		case "postgresql", "all":
			return true
		case "!postgresql", "none":
			return false
		}
	}
	return runs
}

// liquibaseRollback leaves nothing of a changeset but what its rollback comments
// say, at its place.
func liquibaseRollback(s Section) (Section, bool) {
	if !mentions(s.Text, "rollback") {
		return s, false
	}
	text, found := bytes.Clone(s.Text), false
	blankBytes(text, 0, len(text))
	block := false
	for off := 0; off < len(s.Text); {
		line, next := cutLine(s.Text, off)
		trimmed := bytes.ToLower(bytes.TrimSpace(line))
		switch m := liquibaseBack.FindSubmatchIndex(line); {
		case block && bytes.Contains(line, []byte("*/")):
			copy(text[off:], line[:bytes.Index(line, []byte("*/"))])
			block = false
		case block:
			copy(text[off:], line)
		case m != nil && m[2] < m[3]:
			switch word := strings.ToLower(string(line[m[2]:m[3]])); {
			case word == "empty", word == "not required", strings.HasPrefix(word, "changesetid:"):
			default:
				copy(text[off+m[2]:], line[m[2]:m[3]])
				found = true
			}
		case bytes.HasPrefix(trimmed, []byte("/*")) && bytes.HasPrefix(bytes.TrimSpace(trimmed[2:]), []byte("liquibase rollback")):
			block, found = true, true
		}
		off = next
	}
	s.Text = text
	return s, found
}

func readLiquibase(fsys fs.FS) ([]Migration, error) {
	names, err := ownedBelow(fsys, func(p string) bool {
		return ownsPlain(path.Base(p)) || isTree(p) && bytes.Contains(head(fsys, p), []byte("databaseChangeLog"))
	})
	if err != nil {
		return nil, err
	}
	place := liquibaseOrder(fsys)
	slices.SortStableFunc(names, func(a, b string) int { return place(a) - place(b) })
	var ms []Migration
	for _, name := range names {
		f, err := readFile(fsys, name)
		if err != nil {
			return nil, err
		}
		if isTree(name) {
			m := liquibaseFile(&File{Path: name})
			m.File = f
			liquibaseTree(&m, func(p string) (*File, bool) {
				file, err := readFile(fsys, p)
				return file, err == nil
			})
			if len(m.Up)+len(m.Errs) > 0 {
				ms = append(ms, m)
			}
			continue
		}
		if line, _ := cutLine(f.Src, textStart(f.Src)); !isFormatted(line) {
			continue // what <sqlFile> names, or nothing of Liquibase's
		}
		ms = append(ms, liquibaseFile(f))
	}
	return ms, nil
}

var liquibaseInclude = regexp.MustCompile(`(?:\bfile|\bpath)["']?\s*[=:]\s*["']?([^"'\s,>}]+)`)

// liquibaseOrder gives each file its place among the includes of the directory's
// changelogs; those that none includes come last.
func liquibaseOrder(fsys fs.FS) func(name string) int {
	var order []string
	for _, e := range entriesOf(fsys) {
		switch path.Ext(e.Name()) {
		case ".xml", ".yaml", ".yml", ".json":
			src, err := fs.ReadFile(fsys, e.Name())
			if err != nil || !bytes.Contains(src, []byte("include")) {
				continue
			}
			for _, m := range liquibaseInclude.FindAllSubmatch(src, -1) {
				order = append(order, strings.TrimPrefix(string(m[1]), "./"))
			}
		}
	}
	return func(name string) int {
		if len(order) == 0 {
			return 0
		}
		for i, o := range order {
			o = strings.TrimSuffix(o, "/")
			if name == o || strings.HasSuffix(o, "/"+name) || strings.HasPrefix(name, o+"/") || strings.HasSuffix(o, "/"+path.Dir(name)) {
				return i
			}
		}
		return len(order)
	}
}

// isTree tells whether a file may be a changelog of elements.
func isTree(p string) bool {
	switch path.Ext(p) {
	case ".xml", ".yaml", ".yml", ".json":
		return true
	}
	return false
}

func detectLiquibase(fsys fs.FS) (int, string) {
	mark := func(line []byte) bool { return isFormatted(line) || liquibaseSet.Match(line) }
	if score, why := marked(fsys, ownsPlain, mark); score > 0 {
		return score, why
	}
	named := stands(fsys, "changelog") || stands(fsys, "changelogs") || stands(fsys, "liquibase")
	for _, e := range entriesOf(fsys) {
		telling := named || strings.Contains(e.Name(), "changelog") || strings.Contains(e.Name(), "master")
		if !e.IsDir() && isTree(e.Name()) && telling &&
			bytes.Contains(head(fsys, e.Name()), []byte("databaseChangeLog")) {
			return 96, e.Name()
		}
	}
	return 0, ""
}

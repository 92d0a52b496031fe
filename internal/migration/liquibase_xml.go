package migration

import (
	"bytes"
	"cmp"
	"path"
	"regexp"
	"strings"
)

var (
	xmlChangeSet = regexp.MustCompile(`(?s)<changeSet\b([^>]*)>(.*?)</changeSet>`)
	xmlChange    = regexp.MustCompile(`(?s)<(\w+)\b([^>]*?)(/?)>`)
	xmlAttr      = regexp.MustCompile(`(\w+)\s*=\s*"([^"]*)"`)
	xmlComment   = regexp.MustCompile(`(?s)<!--.*?-->`)
)

// liquibaseXML reads the changesets of an XML changelog. Of each, Text has the SQL
// at its place and blanks for the rest; read gives the files that <sqlFile> names,
// nil: they are not read.
func liquibaseXML(m *Migration, read func(p string) (*File, bool)) {
	src := bytes.Clone(m.File.Src)
	for _, c := range xmlComment.FindAllIndex(src, -1) {
		blankBytes(src, c[0], c[1])
	}
	for _, at := range xmlChangeSet.FindAllSubmatchIndex(src, -1) {
		attrs := attributes(src[at[2]:at[3]])
		if !liquibaseRuns(attrs["dbms"]) {
			continue
		}
		run := Run{Wrap: WrapFile, OptOut: `runInTransaction="false"`}
		if attrs["runInTransaction"] == "false" {
			run.Wrap = WrapNone
		}
		x := xmlSet{m: m, src: src, run: run, read: read, body: m.File.section(at[4], at[5], run)}
		x.body.Text = bytes.Clone(x.body.Text)
		blankBytes(x.body.Text, 0, len(x.body.Text))
		x.changes(at[4], at[5])
		x.flush()
	}
}

// xmlSet is one changeset of XML.
type xmlSet struct {
	m    *Migration
	src  []byte
	run  Run
	read func(p string) (*File, bool)
	body Section
	any  bool // body has something
}

// changes reads the elements between two offsets.
func (x *xmlSet) changes(off, end int) {
	for off < end {
		at := xmlChange.FindSubmatchIndex(x.src[off:end])
		if at == nil {
			return
		}
		name, attrs := string(x.src[off+at[2]:off+at[3]]), attributes(x.src[off+at[4]:off+at[5]])
		from, stop, next := off+at[1], off+at[1], off+at[1]
		if at[6] == at[7] { // not <x/>
			closing := bytes.Index(x.src[from:end], []byte("</"+name+">"))
			if closing < 0 {
				return
			}
			stop, next = from+closing, from+closing+len("</"+name+">")
		}
		switch name {
		case "sql":
			if liquibaseRuns(attrs["dbms"]) {
				x.put(from, stop, attrs)
			}
		case "sqlFile":
			x.sqlFile(attrs)
		case "rollback":
			down := x.m.File.section(from, stop, x.run)
			changes := bytes.Contains(bytes.ReplaceAll(down.Text, []byte("<![CDATA["), nil), []byte("<"))
			down.Text = xmlText(down.Text)
			if !changes && len(bytes.TrimSpace(down.Text)) > 0 {
				x.m.Down = append([]Section{down.masked(between("${", "}"))}, x.m.Down...)
			}
		case "comment", "preConditions", "validCheckSum", "modifySql", "tagDatabase", "empty", "output":
		default:
			// A change that is no SQL: a call of which nobody knows what it does.
			if call := "CALL " + name + "();"; off+at[1]-(off+at[0]) >= len(call) {
				copy(x.body.Text[off+at[0]-x.body.Map.Base:], call)
				x.any = true
			}
		}
		off = next
	}
}

// put copies SQL into the body, with a semicolon behind it where there is none.
// Statements outside of the batches are messages of their own.
func (x *xmlSet) put(from, stop int, attrs map[string]string) {
	base := x.body.Map.Base
	sql := Section{Text: xmlText(x.src[from:stop])}
	run := &x.body.Run
	if attrs["splitStatements"] == "false" {
		sql.Run.Batches = []Span{{0, len(sql.Text)}}
	} else {
		sql = sql.split(strings.TrimPrefix(attrs["endDelimiter"], ";"))
		run.Whole = cmp.Or(run.Whole, sql.Run.Whole)
	}
	for _, b := range sql.Run.Batches {
		run.Batches = append(run.Batches, Span{b.Start + from - base, b.End + from - base})
	}
	copy(x.body.Text[from-base:], sql.Text)
	if t := bytes.TrimSpace(sql.Text); len(t) > 0 && t[len(t)-1] != ';' && stop-base < len(x.body.Text) {
		x.body.Text[stop-base] = ';'
	}
	x.any = true
}

func (x *xmlSet) sqlFile(attrs map[string]string) {
	if x.read == nil || !liquibaseRuns(attrs["dbms"]) {
		return
	}
	p := path.Clean(attrs["path"])
	relative := path.Join(path.Dir(x.m.File.Path), p)
	for _, name := range []string{relative, p} {
		if f, ok := x.read(name); ok {
			x.flush()
			s := f.each(x.run)
			if attrs["splitStatements"] == "false" {
				s = f.whole(x.run)
			}
			x.m.Up = append(x.m.Up, s.masked(between("${", "}")))
			return
		}
	}
}

// flush makes a section of the body.
func (x *xmlSet) flush() {
	if x.any {
		x.m.Up = append(x.m.Up, x.body.masked(between("${", "}")))
		x.body.Text = bytes.Clone(x.body.Text)
		blankBytes(x.body.Text, 0, len(x.body.Text))
		x.body.Run, x.any = x.run, false
	}
}

// xmlText is the text of an element, entities and CDATA marks being replaced by
// what they stand for and blanks.
func xmlText(raw []byte) []byte {
	text := bytes.Clone(raw)
	for _, mark := range []string{"<![CDATA[", "]]>"} {
		replaceEach(text, mark, ' ')
	}
	for _, entity := range []struct {
		name string
		is   byte
	}{{"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&amp;", '&'}} {
		replaceEach(text, entity.name, entity.is)
	}
	return text
}

// replaceEach puts a byte and blanks in place of a word.
func replaceEach(text []byte, word string, b byte) {
	for off := 0; ; {
		i := bytes.Index(text[off:], []byte(word))
		if i < 0 {
			return
		}
		off += i
		blankBytes(text, off, off+len(word))
		text[off] = b
		off += len(word)
	}
}

// blankBytes leaves nothing of a text but its lines.
func blankBytes(text []byte, from, to int) {
	for i := from; i < to; i++ {
		if text[i] != '\n' && text[i] != '\r' {
			text[i] = ' '
		}
	}
}

func attributes(text []byte) map[string]string {
	attrs := map[string]string{}
	for _, a := range xmlAttr.FindAllSubmatch(text, -1) {
		attrs[string(a[1])] = strings.TrimSpace(string(a[2]))
	}
	return attrs
}

package migration

import (
	"bytes"
	"cmp"
	"path"
	"regexp"
	"strings"
)

// liquibaseTree reads the changesets of a changelog of XML, YAML or JSON. Each is a section of the
// SQL that Liquibase makes of its changes for PostgreSQL (liquibase_change.go), with
// a map to the elements; what it does that is no SQL is Section.Opaque. read gives
// the files that <sqlFile> names, nil: they are not read.
func liquibaseTree(m *Migration, read func(p string) (*File, bool)) {
	language, parse := "XML", readXML
	if path.Ext(m.File.Path) != ".xml" {
		language, parse = "YAML", readYAML
	}
	root, fault, err := parse(m.File.Src)
	if err != nil && bytes.Contains(m.File.Src, []byte("databaseChangeLog")) { // else it is another program's
		m.refuse(Span{fault, fault}, "liquibase cannot read this "+language+": "+strings.TrimPrefix(strings.TrimPrefix(err.Error(), "XML syntax error on "), "yaml: "), "nothing behind this place was checked")
	}
	x := xmlLog{m: m, read: read, sets: map[string]*xmlElement{}, quoting: "LEGACY"}
	for _, log := range append(root.all("databaseChangeLog"), root) {
		x.quoting = cmp.Or(log.get("objectQuotingStrategy"), x.quoting)
		for _, set := range log.all("changeSet") {
			x.changeSet(set)
		}
	}
}

// xmlLog is a changelog being read.
type xmlLog struct {
	m       *Migration
	read    func(p string) (*File, bool)
	sets    map[string]*xmlElement // by id and author
	quoting string                 // objectQuotingStrategy
}

func (x *xmlLog) changeSet(set *xmlElement) {
	id := set.get("author") + ":" + set.get("id")
	if !liquibaseRuns(set.get("dbms")) || set.yes("ignore") || set.at.End <= set.at.Start || holds("and", set.all("preConditions")) == never {
		return
	}
	if x.sets[id] != nil {
		x.m.refuse(set.at, "liquibase refuses a second changeset "+id, "give the changeset an id of its own")
	}
	x.sets[id] = set
	run := Run{Wrap: WrapFile, OptOut: `runInTransaction="false"`}
	if strings.EqualFold(set.get("runInTransaction"), "false") {
		run.Wrap = WrapNone
	}
	up := x.writer(set, run, false)
	for _, change := range set.kids {
		up.comments(set, change)
		up.change(change)
	}
	up.flush()
	x.m.Up = append(x.m.Up, up.done...)

	down := x.writer(set, run, true)
	down.rollback(set)
	down.flush()
	x.m.Down = append(down.done, x.m.Down...)
}

// outcome is what is known of a precondition where the server is PostgreSQL.
type outcome int

const (
	perhaps outcome = iota
	always
	never
)

// holds tells whether preconditions are met, joined as an element of that name joins
// them. Only <dbms> is known.
func holds(joint string, conditions []*xmlElement) outcome {
	met := map[outcome]int{}
	for _, c := range conditions {
		switch c.name {
		case "dbms":
			if liquibaseRuns(c.get("type")) {
				met[always]++
			} else {
				met[never]++
			}
		case "preConditions":
			met[holds("and", c.kids)]++
		case "and", "or", "not":
			met[holds(c.name, c.kids)]++
		default:
			met[perhaps]++
		}
	}
	switch {
	case joint == "and" && met[never] > 0, joint == "not" && met[always] > 0, joint == "or" && met[never] == len(conditions) && met[never] > 0:
		return never
	case met[perhaps] > 0:
		return perhaps
	}
	return always
}

func (x *xmlLog) writer(set *xmlElement, run Run, back bool) *xmlSQL {
	quoting := cmp.Or(set.get("objectQuotingStrategy"), x.quoting)
	w := &xmlSQL{log: x, quoting: quoting, run: run}
	w.out.src = x.m.File.Src
	for _, modify := range set.all("modifySql") {
		if liquibaseRuns(modify.get("dbms")) && (!back || modify.yes("applyToRollback")) {
			w.modify = append(w.modify, modify.kids...)
		}
	}
	return w
}

// xmlSQL writes the sections of one direction of a changeset.
type xmlSQL struct {
	log     *xmlLog
	quoting string
	run     Run
	modify  []*xmlElement // of modifySql
	said    int           // the comments before this offset are written

	out     mapped
	batches []Span
	whole   string
	opaque  []Opaque
	done    []Section
}

// flush ends the section.
func (w *xmlSQL) flush() {
	if len(w.out.text) == 0 && len(w.opaque) == 0 {
		return
	}
	s := w.out.section(w.log.m.File, w.run)
	s.Run.Batches, s.Run.Whole, s.Opaque = w.batches, w.whole, w.opaque
	w.done = append(w.done, s.masked(between("${", "}")))
	w.out, w.batches, w.opaque, w.whole = mapped{src: w.out.src}, nil, nil, ""
}

// comments carries what is said to safemig above a change into the SQL.
func (w *xmlSQL) comments(set, change *xmlElement) {
	for _, at := range set.notes {
		text := w.out.src[at.Start:at.End]
		if at.Start >= w.said && at.End <= change.at.Start && bytes.Contains(bytes.ToLower(text), []byte("safemig:")) && !bytes.Contains(text, []byte("*/")) {
			w.out.made("/*", at.Start)
			w.out.kept(Span{at.Start + len("<!--"), at.End - len("-->")})
			w.out.made("*/\n", at.End)
			w.said = at.End
		}
	}
}

// change writes what liquibase sends for an element.
func (w *xmlSQL) change(c *xmlElement) {
	switch c.name {
	case "rollback", "comment", "preConditions", "validCheckSum", "modifySql", "tagDatabase", "empty", "output", "stop":
		return
	}
	if !liquibaseRuns(c.get("dbms")) {
		return
	}
	mark := w.out
	if write := liquibaseChanges[c.name]; write == nil || !write(w, c) {
		w.out = mark
		w.unknown(c)
	}
}

// unknown counts an element that is no SQL, or none that is known.
func (w *xmlSQL) unknown(c *xmlElement) {
	w.opaque = append(w.opaque, Opaque{File: w.log.m.File, Span: c.at, What: "liquibase " + c.name})
}

// rollback writes the way back: what the changeset says, else the opposite of each
// change, as far as every one has an opposite.
func (w *xmlSQL) rollback(set *xmlElement) {
	if said := set.all("rollback"); len(said) > 0 {
		for _, back := range said {
			w.back(back)
		}
		return
	}
	for i := len(set.kids) - 1; i >= 0; i-- {
		c := set.kids[i]
		switch c.name {
		case "comment", "preConditions", "validCheckSum", "modifySql", "tagDatabase", "empty", "output":
			continue
		}
		if undo := liquibaseOpposites[c.name]; liquibaseRuns(c.get("dbms")) && (undo == nil || !undo(w, c)) {
			w.out, w.opaque = mapped{src: w.out.src}, nil // liquibase cannot roll it back
			return
		}
	}
}

func (w *xmlSQL) back(back *xmlElement) {
	if id := back.get("changeSetId"); id != "" {
		if set := w.log.sets[back.get("changeSetAuthor")+":"+id]; set != nil && !back.has("changeSetPath") {
			for _, c := range set.kids {
				w.change(c)
			}
			return
		}
		w.unknown(back)
		return
	}
	if strings.TrimSpace(back.said()) != "" {
		w.sql(back)
	}
	for _, c := range back.kids {
		w.change(c)
	}
}

// sql copies SQL that the author wrote. Statements outside of the batches are
// messages of their own.
func (w *xmlSQL) sql(c *xmlElement) bool {
	text := mapped{src: w.out.src}
	for _, t := range c.text {
		text.value(t)
	}
	if len(bytes.TrimSpace(text.text)) == 0 {
		return true
	}
	sql := Section{Text: text.text}
	if c.get("splitStatements") == "false" || c.name == "createProcedure" {
		sql.Run.Batches = []Span{{0, len(sql.Text)}}
	} else {
		sql = sql.split(strings.TrimPrefix(c.get("endDelimiter"), ";"))
		w.whole = cmp.Or(w.whole, sql.Run.Whole)
	}
	base := len(w.out.text)
	for _, b := range sql.Run.Batches {
		w.batches = append(w.batches, Span{b.Start + base, b.End + base})
	}
	for _, s := range text.segs {
		w.out.segs = append(w.out.segs, Segment{Text: s.Text + base, File: s.File, Len: s.Len})
	}
	w.out.text = append(w.out.text, sql.Text...)
	w.end(c)
	return true
}

// end closes a statement that the author wrote.
func (w *xmlSQL) end(c *xmlElement) {
	for i := 0; ; {
		switch t := scanSQL(w.out.text, i); {
		case t.kind == sqlEnd:
			w.out.made(";\n", c.at.End)
			return
		case t.kind == sqlComment && t.end == len(w.out.text):
			w.out.made("\n;\n", c.at.End)
			return
		default:
			i = t.end
		}
	}
}

// sqlFile puts the file's section between those of the changeset.
func (w *xmlSQL) sqlFile(c *xmlElement) bool {
	if w.log.read == nil {
		return false
	}
	p := path.Clean(c.get("path"))
	for _, name := range []string{path.Join(path.Dir(w.log.m.File.Path), p), p} {
		f, ok := w.log.read(name)
		if !ok {
			continue
		}
		w.flush()
		s := f.each(w.run)
		if c.get("splitStatements") == "false" {
			s = f.whole(w.run)
		} else {
			s = s.split(strings.TrimPrefix(c.get("endDelimiter"), ";"))
		}
		w.done = append(w.done, s.masked(between("${", "}")))
		return true
	}
	return false
}

// xmlName is an identifier that liquibase quotes where it must.
type xmlName xmlValue

// say writes a statement: strings as they are, names quoted, values as they are.
func (w *xmlSQL) say(c *xmlElement, parts ...any) bool {
	parts = flattened(parts)
	var out mapped
	out.src = w.out.src
	for i, p := range parts {
		switch p := p.(type) {
		case string:
			out.made(p, w.place(c, parts, i))
		case xmlName:
			w.name(&out, p)
		case xmlValue:
			out.value(p)
		}
	}
	if len(w.modify) > 0 {
		text := modified(string(out.text), w.modify)
		out.text, out.segs = nil, nil
		out.made(text[:len(text)-1], c.at.Start)
		out.made(text[len(text)-1:], max(c.at.Start, c.at.End-1))
	}
	base := len(w.out.text)
	for _, s := range out.segs {
		w.out.segs = append(w.out.segs, Segment{Text: s.Text + base, File: s.File, Len: s.Len})
	}
	w.out.text = append(w.out.text, out.text...)
	w.out.made(";\n", c.at.End)
	return true
}

func flattened(parts []any) []any {
	var out []any
	for _, p := range parts {
		if list, ok := p.([]any); ok {
			out = append(out, flattened(list)...)
		} else {
			out = append(out, p)
		}
	}
	return out
}

// place is where a part stands that is not in the file: at what follows it.
func (w *xmlSQL) place(c *xmlElement, parts []any, i int) int {
	if i == 0 {
		return c.at.Start
	}
	for _, p := range parts[i+1:] {
		v, ok := p.(xmlValue)
		if n, is := p.(xmlName); is {
			v, ok = xmlValue(n), true
		}
		switch {
		case !ok:
		case v.in != c.at && v.in.End > 0:
			return v.in.Start
		default:
			return v.at.Start
		}
	}
	return max(c.at.Start, c.at.End-1) // the statement ends where its element does
}

func (w *xmlSQL) name(out *mapped, n xmlName) {
	if !w.quotes(n.is) {
		out.value(xmlValue(n))
		return
	}
	out.made(`"`, n.at.Start)
	out.value(xmlValue(n))
	out.made(`"`, n.at.End)
}

// quotes tells whether liquibase quotes a name (PostgresDatabase.escapeObjectName).
func (w *xmlSQL) quotes(name string) bool {
	switch {
	case strings.Contains(name, "${"), strings.HasPrefix(name, `"`), name == "":
		return false
	case w.quoting == "QUOTE_ALL_OBJECTS", liquibaseReserved[strings.ToLower(name)], notWord.MatchString(name), '0' <= name[0] && name[0] <= '9':
		return true
	}
	return w.quoting == "LEGACY" && strings.ToLower(name) != name && strings.ToUpper(name) != name
}

var notWord = regexp.MustCompile(`\W`)

// modified is a statement behind modifySql.
func modified(sql string, by []*xmlElement) string {
	for _, m := range by {
		switch m.name {
		case "replace":
			sql = strings.ReplaceAll(sql, m.attr("replace").is, m.attr("with").is)
		case "regExpReplace":
			if re, err := regexp.Compile(m.attr("replace").is); err == nil {
				sql = re.ReplaceAllString(sql, m.attr("with").is)
			}
		case "append":
			sql += m.attr("value").is
		case "prepend":
			sql = m.attr("value").is + sql
		}
	}
	return cmp.Or(sql, " ")
}

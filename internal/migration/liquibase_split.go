package migration

import (
	"bytes"
	"strings"
)

// liquibaseWhole is what the author does to a statement that liquibase cuts.
const liquibaseWhole = "give it a changeset of its own with splitStatements:false"

// split cuts a changeset as StringUtil.processMultiLineSQL of Liquibase 4.31 does:
// at semicolons, and at lines that are / or GO, outside of '…', "…" and comments,
// but in dollar quotes too. From BEGIN to the next END, whatever that ends, there
// is no cut; BEGIN TRANSACTION is no BEGIN, and $$BEGIN is another word. A
// delimiter of the author's takes the place of all that. In its place, and in that
// of / and GO, stands a semicolon.
func (s Section) split(delimiter string) Section {
	p := liquibaseSplit{src: s.Text}
	if delimiter != "" {
		p.own = []byte(strings.NewReplacer(`\n`, "", `\r`, "").Replace(delimiter))
	}
	if len(p.own) == 0 && !hasDollarTag(s.Text) && bytes.IndexByte(s.Text, '/') < 0 && !mentions(s.Text, "begin") && !mentions(s.Text, "\ngo") {
		return s // statement by statement, as PostgreSQL sees them
	}
	s.Run.Batches, s.Run.Whole = []Span{}, liquibaseWhole
	start := 0
	send := func(end int) {
		if len(bytes.TrimSpace(s.Text[start:end])) > 0 {
			s.Run.Batches = append(s.Run.Batches, Span{start, end})
		}
	}
	for {
		at, ok := p.next()
		if !ok {
			break
		}
		if s.Text[at.Start] != ';' {
			if &s.Text[0] == &p.src[0] {
				s.Text = bytes.Clone(s.Text)
			}
			blankBytes(s.Text, at.Start, at.End)
			s.Text[at.Start] = ';'
		}
		send(at.Start)
		start = at.End
	}
	send(len(s.Text))
	return s
}

type liquibaseSplit struct {
	src   []byte
	own   []byte // the author's delimiter
	i     int
	depth int
}

// next gives the next delimiter.
func (p *liquibaseSplit) next() (Span, bool) {
	for {
		i := p.i
		for i < len(p.src) && isBlank(p.src[i]) {
			i++
		}
		if i >= len(p.src) {
			return Span{}, false
		}
		if len(p.own) > 0 && bytes.HasPrefix(p.src[i:], p.own) && (!p.onLine(p.own) || p.lineIs(i, len(p.own))) {
			p.i = i + len(p.own)
			return Span{i, p.i}, true
		}
		t := scanSQL(p.src, i)
		if t.kind == sqlDollar || t.kind == sqlWord || t.kind == sqlOther && p.src[i] == '$' {
			for t.end = i + 1; t.end < len(p.src) && (isWordByte(p.src[t.end]) || p.src[t.end] == '$'); {
				t.end++
			}
		}
		p.i = t.end
		if len(p.own) > 0 {
			continue
		}
		switch word := strings.ToUpper(string(p.src[i:min(t.end, i+len("BEGIN")+1)])); {
		case word == "BEGIN" && !p.follows("TRANSACTION", "TRANS", "TRAN", "DIALOG", "CONVERSATION", "DISTRIBUTED"):
			p.depth++
		case word == "END" && p.depth > 0 && !p.follows("TRANSACTION", "TRANS", "TRAN"):
			p.depth--
		case p.depth > 0:
		case word == ";", (word == "/" || word == "GO") && p.lineIs(i, len(word)):
			return Span{i, t.end}, true
		}
	}
}

// onLine tells whether a delimiter counts only where it is alone on a line.
func (p *liquibaseSplit) onLine(d []byte) bool {
	return string(d) == "/" || strings.EqualFold(string(d), "go")
}

// lineIs tells whether a line has nothing but the n bytes at i.
func (p *liquibaseSplit) lineIs(i, n int) bool {
	before := bytes.TrimRight(p.src[:i], " \t")
	after := bytes.TrimLeft(p.src[i+n:], " \t\r")
	return (len(before) == 0 || before[len(before)-1] == '\n') && (len(after) == 0 || after[0] == '\n')
}

// follows tells whether one of the words is next.
func (p *liquibaseSplit) follows(words ...string) bool {
	t := scanSQL(p.src, p.i)
	for _, w := range words {
		if strings.EqualFold(string(p.src[t.start:t.end]), w) {
			return true
		}
	}
	return false
}

// blankBytes leaves nothing of a text but its lines.
func blankBytes(text []byte, from, to int) {
	for i := from; i < to; i++ {
		if text[i] != '\n' && text[i] != '\r' {
			text[i] = ' '
		}
	}
}

package split

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// changesetLine is the line that begins a changeset: author, id, attributes.
var changesetLine = regexp.MustCompile(`(?im)^[ \t]*--[ \t]*changeset[ \t]+("[^"]+"|[^:\r\n]+):[ \t]*("[^"\r\n]+"|[^\s"]+)([^\r\n]*)`)

// howItRuns are the attributes that each changeset of a sequence has of its own.
var howItRuns = regexp.MustCompile(`(?i)[ \t]*\b(runInTransaction|splitStatements|endDelimiter|rollbackSplitStatements|rollbackEndDelimiter):("[^"]*"|\S+)`)

// changesets puts several changesets into the place of one, in its file.
func (l *layout) changesets(steps []step) (changes []Change, names []string, why string) {
	src := l.w.sec.File.Src
	start := l.w.sec.Map.Offset(0)
	was := src[start : start+len(l.w.sec.Text)]
	head := changesetLine.FindSubmatchIndex(was)
	if head == nil {
		return nil, nil, "it has no changeset"
	}
	file, err := readFile(l.o, l.original()) // other changesets of it may be split already
	if err != nil {
		return nil, nil, err.Error()
	}
	part := was[head[0]:]
	at := bytes.Index(file, part)
	if at < 0 {
		return nil, nil, "the changeset is not where it was"
	}
	author, id := string(was[head[2]:head[3]]), strings.Trim(string(was[head[4]:head[5]]), `"`)
	attributes := howItRuns.ReplaceAllString(string(was[head[6]:head[7]]), "")
	var b strings.Builder
	used := map[string]bool{id: true}
	for i, s := range steps {
		name := id
		if i > 0 {
			name = l.unused(used, id, s.does)
			b.WriteString("\n")
		}
		quoted := name
		if strings.ContainsAny(name, " \t") {
			quoted = `"` + name + `"`
		}
		b.WriteString("--changeset " + author + ":" + quoted + attributes)
		if s.alone {
			b.WriteString(" runInTransaction:false")
		}
		up, down := l.statements(s.up, s.alone), l.statements(s.down, s.alone)
		if cut(up) {
			b.WriteString(" splitStatements:false")
		}
		if cut(down) {
			b.WriteString(" rollbackSplitStatements:false")
		}
		b.WriteString("\n" + body(up))
		if l.w.m.Down == nil {
			continue
		}
		for _, d := range down {
			for line := range strings.Lines(d + "\n") {
				b.WriteString("--rollback " + line)
			}
		}
		if len(down) == 0 {
			b.WriteString("--rollback empty\n")
		}
	}
	text := strings.TrimRight(l.newlines(b.String()), "\r\n")
	text += string(part[len(bytes.TrimRight(part, " \t\r\n")):]) // blank lines before the next one stay
	if !strings.HasSuffix(text, "\n") {
		text += l.w.nl
	}
	now := fmt.Appendf(nil, "%s%s%s", file[:at], text, file[at+len(part):])
	return []Change{{Path: l.original(), Was: src, Now: now}}, []string{l.original()}, ""
}

// cut tells whether a splitter at semicolons would cut a statement in two.
func cut(statements []string) bool {
	for _, s := range statements {
		if strings.Contains(strings.TrimSuffix(s, ";"), ";") {
			return true
		}
	}
	return false
}

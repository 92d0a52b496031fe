package migration

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// gooseParser goes over a file line by line as goose does, in one pass for both
// directions. A statement begins with the first line that is neither empty nor a
// comment and ends with a line whose last word before a comment ends with a
// semicolon, or with StatementEnd. goose stops at the first thing that it does
// not like; the parser reports it and guesses what was meant.
type gooseParser struct {
	m     *Migration
	src   []byte
	start int // of the text: behind a byte order mark

	parts         []goosePart
	noTransaction bool

	up, down bool // seen
	text     Span // first line of SQL above the first marker
	block    Span // the open StatementBegin; empty when there is none
	buf      Span // what goose has in its buffer, from the first line to the last
	full     bool // buf holds something
	blank    bool // and that is only white space
	empty    bool // an empty StatementBegin and StatementEnd stood just above

	envsub int    // where ENVSUB ON stood, -1 where it is off
	env    []Span // the text in which goose replaces $NAME and ${NAME}
}

// goosePart is the text from one Up or Down to the next.
type goosePart struct {
	at      Span
	down    bool
	batches []Span
}

// gooseLongLine is the size of goose's read buffer.
const gooseLongLine = 4 << 20

func (p *gooseParser) parse() {
	p.parts = []goosePart{{at: Span{p.start, len(p.src)}, batches: []Span{}}}
	p.envsub = -1
	for off := p.start; off < len(p.src); {
		line, next := cutLine(p.src, off)
		at := Span{off, off + len(line)}
		if n := next - off; n > gooseLongLine || n == gooseLongLine && p.src[next-1] != '\n' {
			p.refuse(Span{off, off}, "goose refuses a line of 4 MiB or more", "break the line")
		}
		if text := bytes.TrimSpace(line); isGooseAnnotation(text) {
			p.annotation(at)
		} else if !bytes.HasPrefix(text, []byte("--")) {
			p.sql(at, len(text) == 0)
		} else if p.full {
			p.sql(at, false) // a comment inside of a statement is sent
		}
		off = next
	}
	p.finish("at the end of the file")
	p.substitute(len(p.src), -1)
	if p.up || p.down {
		return
	}
	p.refuse(p.text, "goose refuses a file without '-- +goose Up'", "put '-- +goose Up' on a line of its own above the first statement")
}

// sql takes a line that is not an annotation.
func (p *gooseParser) sql(at Span, blank bool) {
	if !p.full && at.Len() == 0 || blank && !p.up && !p.down {
		return
	}
	if !p.up && !p.down && p.text.Len() == 0 {
		p.text = at
	}
	if p.empty {
		p.empty = false
		if !blank {
			p.refuse(at, "goose drops this line: it follows an empty StatementBegin and StatementEnd", "remove the empty pair")
		}
		return
	}
	if !p.full || p.blank {
		p.buf.Start = at.Start // not at blank lines that may have an annotation below
	}
	p.blank = blank && (!p.full || p.blank)
	p.full = true
	p.buf.End = at.End
	if p.block.Len() == 0 && gooseEndsStatement(p.src[at.Start:at.End]) {
		p.send()
	}
}

// send makes a batch of the buffer, trimmed as goose trims it.
func (p *gooseParser) send() {
	part := &p.parts[len(p.parts)-1]
	if b := trimSpan(p.src, p.buf); p.full && b.Len() > 0 {
		part.batches = append(part.batches, b)
	}
	p.full, p.buf = false, Span{}
}

// finish reports what is open where a part ends.
func (p *gooseParser) finish(where string) {
	if p.block.Len() > 0 {
		p.refuse(p.block, "goose refuses '-- +goose StatementBegin' without '-- +goose StatementEnd'",
			"add '-- +goose StatementEnd' below the statement")
	} else if rest := trimSpan(p.src, p.buf); (p.up || p.down) && rest.Len() > 0 {
		p.refuse(rest, "goose refuses a statement that is unfinished "+where,
			"end its last line with a semicolon, or put it between StatementBegin and StatementEnd")
	}
	p.send()
	p.block, p.empty = Span{}, false
}

// annotation takes a line with +goose.
func (p *gooseParser) annotation(at Span) {
	command := p.command(at)
	switch {
	case strings.EqualFold(command, "Up"):
		p.marker(at, false)
	case strings.EqualFold(command, "Down"):
		p.marker(at, true)
	case strings.EqualFold(command, "StatementBegin"):
		if !p.up && !p.down {
			p.refuse(at, "goose refuses '-- +goose StatementBegin' above '-- +goose Up'", "move it below '-- +goose Up'")
		} else if p.block.Len() > 0 {
			p.refuse(at, "goose refuses '-- +goose StatementBegin' inside of another", "end the one above with '-- +goose StatementEnd'")
		}
		p.block, p.empty = at, false
	case strings.EqualFold(command, "StatementEnd"):
		if p.block.Len() == 0 {
			p.refuse(at, "goose refuses '-- +goose StatementEnd' without '-- +goose StatementBegin'", "put '-- +goose StatementBegin' above the statement")
		}
		p.empty = !p.full
		p.block = Span{}
		p.send()
	case strings.EqualFold(command, "NO TRANSACTION"):
		p.noTransaction = true
	case strings.EqualFold(command, "ENVSUB ON"):
		p.substitute(at.End, at.End)
	case strings.EqualFold(command, "ENVSUB OFF"):
		p.substitute(at.Start, -1)
	}
}

// substitute ends the text in which goose replaces names, and begins another one
// at an offset, unless that is negative.
func (p *gooseParser) substitute(end, from int) {
	if p.envsub >= 0 {
		p.env = append(p.env, Span{p.envsub, end})
	}
	p.envsub = from
}

// marker takes Up or Down.
func (p *gooseParser) marker(at Span, down bool) {
	name := "'-- +goose Up'"
	if down {
		name = "'-- +goose Down'"
	}
	switch {
	case !down && p.up || down && p.down:
		p.refuse(at, "goose refuses a second "+name, "join the two parts, or make two files")
	case down && !p.up:
		p.refuse(at, "goose refuses '-- +goose Down' above '-- +goose Up'", "put the Up part first")
	case !down && p.text.Len() > 0:
		p.refuse(p.text, "goose refuses SQL above '-- +goose Up'", "move it below '-- +goose Up'")
	}
	p.finish("above " + name)
	first := !p.up && !p.down
	p.up, p.down = p.up || !down, p.down || down
	if first && !down {
		if p.text.Len() > 0 {
			p.parts[0] = goosePart{at: Span{at.Start, len(p.src)}, batches: []Span{}}
		}
		return // the comments above belong to the part
	}
	last := &p.parts[len(p.parts)-1]
	last.at.End = at.Start
	if first && p.text.Len() == 0 {
		p.parts = p.parts[:0]
		at.Start = p.start
	}
	p.parts = append(p.parts, goosePart{at: Span{at.Start, len(p.src)}, down: down, batches: []Span{}})
}

// command gives the annotation's text, and reports one that goose does not take.
func (p *gooseParser) command(at Span) string {
	line := string(p.src[at.Start:at.End])
	command, several, known := gooseCommand(line)
	switch {
	case strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t"):
		p.refuse(at, "goose refuses an annotation behind white space", "start the line with --")
	case several:
		p.refuse(at, "goose refuses two annotations on one line", "give each a line of its own")
	case !known:
		p.refuse(at, fmt.Sprintf("goose does not know the annotation %q", command),
			"it takes Up, Down, StatementBegin, StatementEnd, NO TRANSACTION, ENVSUB ON and ENVSUB OFF, and no other comment with +goose")
	}
	return command
}

func (p *gooseParser) refuse(at Span, msg, hint string) { p.m.refuse(at, msg, hint) }

// isGooseAnnotation takes a line without the white space around it.
func isGooseAnnotation(line []byte) bool {
	return bytes.HasPrefix(line, []byte("--")) && bytes.Contains(line, []byte("+goose"))
}

// gooseCommand is goose's extractAnnotation.
func gooseCommand(line string) (command string, several, known bool) {
	command = strings.Replace(strings.ReplaceAll(line, "--", ""), "+goose", "", 1)
	several = strings.Contains(command, "+goose")
	command = strings.TrimSpace(command)
	for _, c := range []string{"Up", "Down", "StatementBegin", "StatementEnd", "NO TRANSACTION", "ENVSUB ON", "ENVSUB OFF"} {
		known = known || strings.EqualFold(c, command)
	}
	return command, several, known
}

// trimSpan takes white space off both ends.
func trimSpan(src []byte, s Span) Span {
	text := bytes.TrimLeftFunc(src[s.Start:s.End], unicode.IsSpace)
	s.Start = s.End - len(text)
	s.End = s.Start + len(bytes.TrimRightFunc(text, unicode.IsSpace))
	return s
}

// gooseEndsStatement tells whether the last word before one that starts with --
// ends with a semicolon.
func gooseEndsStatement(line []byte) bool {
	if bytes.IndexByte(line, ';') < 0 {
		return false
	}
	ends, inWord := false, false
	for i := 0; i < len(line); {
		r, n := rune(line[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(line[i:])
		}
		if unicode.IsSpace(r) {
			inWord = false
		} else {
			if !inWord && bytes.HasPrefix(line[i:], []byte("--")) {
				return ends
			}
			inWord, ends = true, r == ';'
		}
		i += n
	}
	return ends
}

package rules

import (
	"bytes"
	"cmp"
	"regexp"

	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
)

// insert is an edit that puts text in at an offset of the section's file; none
// where the section's text is not that of the file.
func insert(sec *migration.Section, at int, text string) []Edit {
	if len(sec.Map.Segments) > 0 {
		return nil
	}
	return []Edit{{Start: at, End: at, Text: text}}
}

// speaksToLinter matches comments that hold for the statement below them: what is
// put in between would take them over.
var speaksToLinter = regexp.MustCompile(`(?i)ignore|nolint|disable|suppress|noqa`)

// atTop puts a statement before the first one of the transaction under way, on a
// line of its own where that one has a line of its own.
func (p *Pass) atTop(sql string) []Edit {
	tx := cmp.Or(p.Do, p.Stmt).Tx
	if !tx.Block() {
		return nil
	}
	for i := range p.Stmts {
		s := &p.Stmts[i]
		if s.Tx.ID != tx.ID || s.TxControl().Op == pgsql.TxOpBegin {
			continue
		}
		for _, c := range s.Comments() {
			if speaksToLinter.MatchString(c.Text(p.Section.File)) {
				return nil
			}
		}
		return insert(p.Section, s.Span.Start, sql+p.gap(s.Span.Start))
	}
	return nil
}

// gap is what stands between a statement that begins a line and one above it: the
// file's line end and the same indentation; else a space.
func (p *Pass) gap(at int) string {
	src := p.Section.File.Src
	line := src[bytes.LastIndexByte(src[:at], '\n')+1 : at]
	line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	if len(bytes.TrimLeft(line, " \t")) > 0 {
		return " "
	}
	end := "\n"
	if bytes.Contains(src, []byte("\r\n")) {
		end = "\r\n"
	}
	return end + string(line)
}

package rules

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

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

// speaksToLinter tells whether a comment holds for the statement below it: what is
// put in between would take it over.
func speaksToLinter(comment string) bool {
	comment = strings.ToLower(comment)
	return slices.ContainsFunc([]string{"ignore", "nolint", "disable", "suppress", "noqa"},
		func(word string) bool { return strings.Contains(comment, word) })
}

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
			if speaksToLinter(c.Text(p.Section.File)) {
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

package pgsql

import (
	"bytes"

	"github.com/safemig/safemig/internal/migration"
)

// Comment is a comment of a section, with its delimiters.
type Comment struct{ Span migration.Span } // in Section.File

// Text is the comment as it stands in its file, with its delimiters.
func (c Comment) Text(f *migration.File) string {
	return string(f.Src[max(0, c.Span.Start):min(c.Span.End, len(f.Src))])
}

// Comments gives the comments of a section in order. What looks like a comment
// inside a string, a quoted name or COPY data is none; what stands in the body
// of a function or DO block is a string.
func Comments(sec *migration.Section) []Comment {
	if !mayHaveComment(sec.Text) {
		return nil
	}
	src, _ := mask(sec.Text)
	return comments(sec, src, 0, len(src))
}

// Comments gives the comments of a statement: those before it, up to the line on
// which the statement before it ends, those inside, and those after it on the
// line where it ends.
func (s *Statement) Comments() []Comment {
	src := s.Section.Text
	start := s.lead
	if start > 0 { // the rest of that line belongs to the statement before
		for start < s.text.Start {
			t := next(src[:s.text.Start], start)
			if t.kind != tokComment || bytes.ContainsAny(src[start:t.start], "\r\n") {
				break
			}
			start = int(t.end)
		}
	}
	// After it: blanks, the semicolon, and comments that begin on the same line.
	end := s.text.End
	for i := end; ; {
		t := next(src, i)
		if t.kind == tokEOF || bytes.ContainsAny(src[i:t.start], "\r\n") || t.kind != tokComment && !isPunct(src, t, ';') {
			break
		}
		if i = int(t.end); t.kind == tokComment {
			end = i
		}
	}
	if start >= end || !mayHaveComment(src[start:end]) {
		return nil
	}
	return comments(s.Section, src, start, end)
}

func mayHaveComment(src []byte) bool {
	return bytes.Contains(src, []byte("--")) || bytes.Contains(src, []byte("/*"))
}

func comments(sec *migration.Section, src []byte, start, end int) []Comment {
	var out []Comment
	for t := next(src[:end], start); t.kind != tokEOF; t = next(src[:end], int(t.end)) {
		if t.kind == tokComment {
			out = append(out, Comment{fileSpan(sec, tokenSpan(t))})
		}
	}
	return out
}

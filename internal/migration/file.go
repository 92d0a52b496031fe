// Package migration turns the files of a migration tool into migrations:
// which SQL is run forwards, which backwards, in what order, and how the tool
// sends it to the server. It never parses SQL and never touches a database.
package migration

import "fmt"

// Span is a half-open range of byte offsets in a File (or, where said, in the
// text of a Section).
type Span struct{ Start, End int }

// Len is the number of bytes in the span.
func (s Span) Len() int { return s.End - s.Start }

// Contains tells whether the offset lies inside the span.
func (s Span) Contains(off int) bool { return s.Start <= off && off < s.End }

// File is one file of migrations, with the bytes as they were read. Path uses
// forward slashes and is what the user is shown. Src is never changed.
type File struct {
	Path string
	Src  []byte
}

// Error is what a migration tool itself would refuse: text before goose's Up
// marker, a dbmate file without a down block, two files of one version. Span
// is the place in File; Hint is what to write instead.
type Error struct {
	File *File
	Span Span
	Msg  string
	Hint string
}

// Error gives path, line and message, as compilers do.
func (e *Error) Error() string {
	line := 1
	for _, b := range e.File.Src[:min(e.Span.Start, len(e.File.Src))] {
		if b == '\n' {
			line++
		}
	}
	return fmt.Sprintf("%s:%d: %s", e.File.Path, line, e.Msg)
}

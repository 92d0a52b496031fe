package report

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/rules"
)

var formats = map[string]func(io.Writer, *lint.Result, Style) error{
	"text": writeText,
	"json": writeCheckJSON,
}

// Formats gives the names of the formats of the check report.
func Formats() []string { return slices.Sorted(maps.Keys(formats)) }

// Write writes the check report in one of Formats.
func Write(w io.Writer, format string, r *lint.Result, style Style) error {
	f, ok := formats[format]
	if !ok {
		return fmt.Errorf("unknown format %q", format)
	}
	return f(w, r, style)
}

// span is a finding's span inside its file, whatever the rule gave.
func span(f *rules.Finding) migration.Span {
	n := len(f.File.Src)
	start := max(0, min(f.Span.Start, n))
	return migration.Span{Start: start, End: max(start, min(f.Span.End, n))}
}

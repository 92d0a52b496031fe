package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/rules"
)

var formats = map[string]func(io.Writer, *lint.Result, Style) error{
	"text":       writeText,
	"compact":    writeCompact,
	"json":       writeCheckJSON,
	"sarif":      writeSARIF,
	"github":     writeGitHub,
	"gitlab":     writeGitLab,
	"junit":      writeJUnit,
	"checkstyle": writeCheckstyle,
	"rdjson":     writeRDJSON,
	"markdown":   writeMarkdown,
}

// Formats gives the names of the formats of the check report, text first.
func Formats() []string {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(formats)), func(s string) bool { return s == "text" })
	return slices.Insert(names, 0, "text")
}

// Write writes the check report in one of Formats.
func Write(w io.Writer, format string, r *lint.Result, style Style) error {
	f, ok := formats[format]
	if !ok {
		return fmt.Errorf("unknown format %q", format)
	}
	return f(w, r, style)
}

// remedy is the hint with what it is: what to write instead, or, where nobody can
// say what was meant, a note.
func remedy(f *rules.Finding) (label, hint string) {
	label = "instead"
	if f.Rule == rules.SyntaxErrors {
		label = "note"
	}
	return label, strings.TrimRight(f.Hint, "\n")
}

// withRemedy is the message, then the hint on lines of its own.
func withRemedy(f *rules.Finding) string {
	label, hint := remedy(f)
	if hint == "" {
		return f.Message
	}
	return f.Message + "\n" + label + ": " + hint
}

// span is a finding's span inside its file, whatever the rule gave.
func span(f *rules.Finding) migration.Span {
	n := len(f.File.Src)
	start := max(0, min(f.Span.Start, n))
	return migration.Span{Start: start, End: max(start, min(f.Span.End, n))}
}

package report

import (
	"bufio"
	"fmt"
	"io"

	"github.com/safemig/safemig/internal/lint"
)

// writeCompact writes a line per finding as gcc does, for editors and grep.
func writeCompact(out io.Writer, r *lint.Result, _ Style) error {
	w := bufio.NewWriter(out)
	var at places
	for i := range r.Findings {
		f := &r.Findings[i]
		p := at.at(f.File, span(f).Start)
		fmt.Fprintf(w, "%s:%d:%d: %s: %s [%s]\n", visible(f.File.Path), p.Line, p.Column, f.Severity, visible(f.Message), f.Rule.ID)
	}
	return w.Flush()
}

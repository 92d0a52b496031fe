package analyzer

import (
	"cmp"
	"fmt"
	"go/token"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/rules"
)

// add takes a finding in, unless a comment takes it out.
func (p *pkg) add(f rules.Finding) {
	if p.tokens[f.File] == nil {
		for _, e := range p.embeds {
			if e.one == f.File {
				p.found = append(p.found, found{f, e})
			}
		}
		if p.opts.all {
			p.result.Findings = append(p.result.Findings, f)
		}
		return
	}
	if !p.goComment(&f) {
		p.result.Findings = append(p.result.Findings, f)
	}
}

// report makes diagnostics of the findings.
func (p *pkg) report() {
	slices.SortStableFunc(p.result.Findings, func(a, b rules.Finding) int {
		return cmp.Or(cmp.Compare(a.File.Path, b.File.Path), cmp.Compare(a.Span.Start, b.Span.Start), cmp.Compare(a.Rule.ID, b.Rule.ID))
	})
	for i := range p.result.Findings {
		f := &p.result.Findings[i]
		if p.tokens[f.File] == nil {
			continue
		}
		pos, end := p.span(f)
		p.pass.Report(analysis.Diagnostic{Pos: pos, End: end, Category: f.Rule.ID, Message: oneLine(f), SuggestedFixes: p.fixes(f)})
	}
	if p.opts.EmbedAt == EmbedAtDirective {
		p.reportDirectives()
		return
	}
	p.reportFiles()
}

// oneLine is a finding on one line: golangci-lint prints neither the category nor
// related places.
func oneLine(f *rules.Finding) string {
	s := f.Message + " [" + f.Rule.ID + "]"
	if f.Consequence != "" {
		s += ": " + f.Consequence
	}
	if hint := strings.ReplaceAll(strings.TrimSpace(f.Hint), "\n", " "); hint != "" {
		s += "; instead: " + hint
	}
	return s
}

// reportFiles puts findings where they stand in the .sql files. Such positions
// are shown by go vet and singlechecker, and dropped by golangci-lint.
func (p *pkg) reportFiles() {
	files := map[*migration.File]*token.File{}
	for i := range p.found {
		f := &p.found[i]
		tf := files[f.File]
		if tf == nil {
			name := filepath.Join(p.base, filepath.FromSlash(f.File.Path))
			tf = p.pass.Fset.AddFile(name, -1, len(f.File.Src))
			tf.SetLinesForContent(f.File.Src)
			files[f.File] = tf
		}
		at := func(off int) token.Pos { return tf.Pos(max(0, min(off, tf.Size()))) }
		d := analysis.Diagnostic{Pos: at(f.Span.Start), End: at(max(f.Span.Start, f.Span.End)), Category: f.Rule.ID, Message: oneLine(&f.Finding)}
		if f.by != nil {
			d.Related = []analysis.RelatedInformation{{Pos: f.by.directive.Pos(), End: f.by.directive.End(), Message: "embedded here"}}
		}
		p.pass.Report(d)
	}
}

// mostListed is how many findings one directive's diagnostic names.
const mostListed = 5

// reportDirectives makes one diagnostic of all findings that a directive brings
// in: golangci-lint keeps one a line.
func (p *pkg) reportDirectives() {
	for _, e := range p.embeds {
		var list []string
		for i := range p.found {
			if f := &p.found[i]; f.by == e {
				line := 1 + strings.Count(string(f.File.Src[:min(f.Span.Start, len(f.File.Src))]), "\n")
				list = append(list, fmt.Sprintf("%s:%d %s", filepath.Base(f.File.Path), line, f.Rule.ID))
			}
		}
		if len(list) == 0 {
			continue
		}
		n := len(list)
		if n > mostListed {
			list = append(list[:mostListed:mostListed], fmt.Sprintf("%d more", n-mostListed))
		}
		what := "1 finding"
		if n > 1 {
			what = fmt.Sprintf("%d findings", n)
		}
		p.pass.Report(analysis.Diagnostic{Pos: e.directive.Pos(), End: e.directive.End(),
			Message: fmt.Sprintf("%s in the migrations embedded here: %s; safemig check shows them", what, strings.Join(list, ", "))})
	}
}

// fixes gives the edits of a finding that can be made in a Go literal.
func (p *pkg) fixes(f *rules.Finding) []analysis.SuggestedFix {
	if len(f.Fix) == 0 {
		return nil
	}
	fix := analysis.SuggestedFix{Message: "as safemig check --fix would"}
	for _, e := range f.Fix {
		if strings.ContainsAny(e.Text, "\"\\`\n\r") { // it would need other quotes
			return nil
		}
		fix.TextEdits = append(fix.TextEdits, analysis.TextEdit{Pos: p.pos(f.File, e.Start), End: p.pos(f.File, e.End), NewText: []byte(e.Text)})
	}
	return []analysis.SuggestedFix{fix}
}

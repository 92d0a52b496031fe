package report

import (
	"bytes"
	"io"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/rules"
)

type rdDoc struct {
	Source      rdSource       `json:"source"`
	Severity    string         `json:"severity"`
	Diagnostics []rdDiagnostic `json:"diagnostics"`
}

type rdSource struct {
	Name string `json:"name"`
}

type rdDiagnostic struct {
	Message     string         `json:"message"`
	Location    rdLocation     `json:"location"`
	Severity    string         `json:"severity"`
	Code        rdCode         `json:"code"`
	Suggestions []rdSuggestion `json:"suggestions,omitempty"`
}

type rdLocation struct {
	Path  string  `json:"path"`
	Range rdRange `json:"range"`
}

type rdRange struct {
	Start rdPosition `json:"start"`
	End   rdPosition `json:"end"`
}

// rdPosition counts columns in UTF-8 bytes, from 1.
type rdPosition struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

type rdCode struct {
	Value string `json:"value"`
}

type rdSuggestion struct {
	Range rdRange `json:"range"`
	Text  string  `json:"text"`
}

// writeRDJSON writes Reviewdog Diagnostic Format; fixes become suggestions.
// https://github.com/reviewdog/reviewdog/tree/master/proto/rdf
func writeRDJSON(w io.Writer, r *lint.Result, _ Style) error {
	severity := map[rules.Severity]string{rules.Error: "ERROR", rules.Warning: "WARNING", rules.Info: "INFO"}
	doc := rdDoc{Source: rdSource{"safemig"}, Severity: "ERROR", Diagnostics: []rdDiagnostic{}}
	var at places
	for i := range r.Findings {
		f := &r.Findings[i]
		d := rdDiagnostic{
			Message:  withRemedy(f),
			Location: rdLocation{f.File.Path, at.bytes(f.File, span(f))},
			Severity: severity[f.Severity],
			Code:     rdCode{f.Rule.ID},
		}
		for _, e := range f.Fix {
			d.Suggestions = append(d.Suggestions, rdSuggestion{at.bytes(f.File, migration.Span{Start: e.Start, End: e.End}), e.Text})
		}
		doc.Diagnostics = append(doc.Diagnostics, d)
	}
	return writeJSON(w, doc)
}

// bytes gives a span's places with columns in bytes.
func (p *places) bytes(f *migration.File, s migration.Span) rdRange {
	at := func(off int) rdPosition {
		off = max(0, min(off, len(f.Src)))
		return rdPosition{p.at(f, off).Line, off - (bytes.LastIndexByte(f.Src[:off], '\n') + 1) + 1}
	}
	return rdRange{at(s.Start), at(s.End)}
}

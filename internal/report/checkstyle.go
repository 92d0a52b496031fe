package report

import (
	"encoding/xml"
	"io"

	"github.com/safemig/safemig/internal/lint"
)

type checkstyleDoc struct {
	XMLName xml.Name         `xml:"checkstyle"`
	Version string           `xml:"version,attr"`
	Files   []checkstyleFile `xml:"file"`
}

type checkstyleFile struct {
	Name   string            `xml:"name,attr"`
	Errors []checkstyleError `xml:"error"`
}

type checkstyleError struct {
	Line     int    `xml:"line,attr"`
	Column   int    `xml:"column,attr"`
	Severity string `xml:"severity,attr"`
	Message  string `xml:"message,attr"`
	Source   string `xml:"source,attr"`
}

// writeCheckstyle writes Checkstyle's XML, which many CI servers read.
func writeCheckstyle(w io.Writer, r *lint.Result, _ Style) error {
	doc := checkstyleDoc{Version: "4.3"}
	var at places
	for i := range r.Findings {
		f := &r.Findings[i]
		if n := len(doc.Files); n == 0 || doc.Files[n-1].Name != xmlText(f.File.Path) {
			doc.Files = append(doc.Files, checkstyleFile{Name: xmlText(f.File.Path)})
		}
		p := at.at(f.File, span(f).Start)
		file := &doc.Files[len(doc.Files)-1]
		file.Errors = append(file.Errors, checkstyleError{p.Line, p.Column, f.Severity.String(), xmlText(f.Message), "safemig." + f.Rule.ID})
	}
	return writeXML(w, doc)
}

package report

import (
	"encoding/xml"
	"fmt"
	"io"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/rules"
)

type junitDoc struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name      string        `xml:"name,attr"`
	Classname string        `xml:"classname,attr"`
	File      string        `xml:"file,attr,omitempty"`
	Failure   *junitFailure `xml:"failure"`
	SystemOut string        `xml:"system-out,omitempty"`
}

type junitFailure struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// writeJUnit writes a suite for each file that has findings and a case for each
// finding; advice does not fail. Without findings one case passes, since many
// readers take an empty report for a broken one.
func writeJUnit(w io.Writer, r *lint.Result, _ Style) error {
	doc := junitDoc{}
	var at places
	for i := range r.Findings {
		f := &r.Findings[i]
		path := xmlText(f.File.Path)
		if n := len(doc.Suites); n == 0 || doc.Suites[n-1].Name != path {
			doc.Suites = append(doc.Suites, junitSuite{Name: path})
		}
		s := &doc.Suites[len(doc.Suites)-1]
		p := at.at(f.File, span(f).Start)
		place := fmt.Sprintf("%s:%d:%d", path, p.Line, p.Column)
		c := junitCase{Name: fmt.Sprintf("%s (line %d)", f.Rule.ID, p.Line), Classname: path, File: path}
		text := place + ": " + xmlText(withRemedy(f))
		if f.Severity >= rules.Warning {
			c.Failure = &junitFailure{Type: f.Severity.String(), Message: xmlText(f.Message), Text: text}
			s.Failures++
			doc.Failures++
		} else {
			c.SystemOut = text
		}
		s.Cases = append(s.Cases, c)
		s.Tests++
		doc.Tests++
	}
	if len(doc.Suites) == 0 {
		doc.Tests = 1
		doc.Suites = []junitSuite{{Name: "safemig", Tests: 1, Cases: []junitCase{{Name: count(r.Stats.Migrations, "migration"), Classname: "safemig"}}}}
	}
	return writeXML(w, doc)
}

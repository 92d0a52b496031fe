package report

import (
	"io"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/rules"
)

// jsonFinding is a finding as scripts read it; every key is always there.
type jsonFinding struct {
	Rule      string       `json:"rule"`
	Category  string       `json:"category"`
	Severity  string       `json:"severity"`
	Path      string       `json:"path"`
	Line      int          `json:"line"`
	Column    int          `json:"column"`
	EndLine   int          `json:"end_line"`
	EndColumn int          `json:"end_column"`
	Start     int          `json:"start"`
	End       int          `json:"end"`
	Migration string       `json:"migration"`
	Direction string       `json:"direction"`
	Message   string       `json:"message"`
	Hint      string       `json:"hint"`
	Relation  string       `json:"relation"`
	Lock      string       `json:"lock"`
	Fix       []rules.Edit `json:"fix"`
}

// writeCheckJSON writes one document; see product.md.
func writeCheckJSON(w io.Writer, r *lint.Result, _ Style) error {
	findings := make([]jsonFinding, 0, len(r.Findings))
	var at places
	for i := range r.Findings {
		f := &r.Findings[i]
		s := span(f)
		start, end := at.at(f.File, s.Start), at.at(f.File, s.End)
		fix := f.Fix
		if fix == nil {
			fix = []rules.Edit{}
		}
		findings = append(findings, jsonFinding{
			Rule: f.Rule.ID, Category: string(f.Rule.Category), Severity: f.Severity.String(),
			Path: f.File.Path, Line: start.Line, Column: start.Column, EndLine: end.Line, EndColumn: end.Column,
			Start: s.Start, End: s.End, Migration: f.Migration, Direction: f.Direction,
			Message: f.Message, Hint: f.Hint, Relation: f.Relation, Lock: f.Lock, Fix: fix,
		})
	}
	return writeJSON(w, struct {
		Schema   int           `json:"schema"`
		PG       int           `json:"pg"`
		Findings []jsonFinding `json:"findings"`
		Stats    lint.Stats    `json:"stats"`
	}{1, r.PG, findings, r.Stats})
}

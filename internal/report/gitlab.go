package report

import (
	"io"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/rules"
)

type gitlabIssue struct {
	Description string         `json:"description"`
	CheckName   string         `json:"check_name"`
	Fingerprint string         `json:"fingerprint"`
	Severity    string         `json:"severity"`
	Location    gitlabLocation `json:"location"`
}

type gitlabLocation struct {
	Path  string      `json:"path"`
	Lines gitlabLines `json:"lines"`
}

type gitlabLines struct {
	Begin int `json:"begin"`
	End   int `json:"end"`
}

// writeGitLab writes a Code Quality report.
// https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
func writeGitLab(w io.Writer, r *lint.Result, _ Style) error {
	severity := map[rules.Severity]string{rules.Error: "critical", rules.Warning: "major", rules.Info: "info"}
	issues := make([]gitlabIssue, 0, len(r.Findings))
	prints := lint.Fingerprints(r.Findings)
	var at places
	for i := range r.Findings {
		f := &r.Findings[i]
		s := span(f)
		issues = append(issues, gitlabIssue{f.Message, f.Rule.ID, prints[i], severity[f.Severity],
			gitlabLocation{f.File.Path, gitlabLines{at.at(f.File, s.Start).Line, at.at(f.File, s.End).Line}}})
	}
	return writeJSON(w, issues)
}

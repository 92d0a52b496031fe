package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/rules"
)

// writeGitHub writes workflow commands, which GitHub Actions shows as annotations.
// It shows ten of a kind for each step: the worst come first.
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
func writeGitHub(out io.Writer, r *lint.Result, _ Style) error {
	w := bufio.NewWriter(out)
	var at places
	findings := slices.Clone(r.Findings)
	slices.SortStableFunc(findings, func(a, b rules.Finding) int { return cmp.Compare(b.Severity, a.Severity) })
	for i := range findings {
		f := &findings[i]
		s := span(f)
		start, end := at.at(f.File, s.Start), at.at(f.File, s.End)
		command := map[rules.Severity]string{rules.Error: "error", rules.Warning: "warning"}[f.Severity]
		place := fmt.Sprintf("file=%s,line=%d,endLine=%d", githubProperty(f.File.Path), start.Line, end.Line)
		if start.Line == end.Line { // GitHub takes columns within one line only
			place += fmt.Sprintf(",col=%d,endColumn=%d", start.Column, end.Column)
		}
		fmt.Fprintf(w, "::%s %s,title=%s::%s\n", cmp.Or(command, "notice"), place, githubProperty("safemig "+f.Rule.ID), githubData.Replace(withRemedy(f)))
	}
	return w.Flush()
}

var githubData = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")

func githubProperty(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(githubData.Replace(s))
}

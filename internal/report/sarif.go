package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/rules"
)

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool               sarifTool            `json:"tool"`
	ColumnKind         string               `json:"columnKind"`
	OriginalURIBaseIDs map[string]sarifBase `json:"originalUriBaseIds"`
	Results            []sarifResult        `json:"results"`
	Invocations        []sarifInvocation    `json:"invocations,omitempty"`
}

type sarifInvocation struct {
	ExecutionSuccessful bool                `json:"executionSuccessful"`
	Notifications       []sarifNotification `json:"toolExecutionNotifications"`
}

type sarifNotification struct {
	Level   string    `json:"level"`
	Message sarifText `json:"message"`
}

type sarifBase struct {
	Description sarifText `json:"description"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name    string      `json:"name"`
	Version string      `json:"version,omitempty"`
	Rules   []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID                   string          `json:"id"`
	ShortDescription     sarifText       `json:"shortDescription"`
	FullDescription      sarifText       `json:"fullDescription"`
	Help                 sarifHelp       `json:"help"`
	DefaultConfiguration sarifConfig     `json:"defaultConfiguration"`
	Properties           sarifProperties `json:"properties"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifHelp struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown"`
}

type sarifConfig struct {
	Level string `json:"level"`
}

type sarifProperties struct {
	Tags            []string `json:"tags"`
	Precision       string   `json:"precision"`
	ProblemSeverity string   `json:"problem.severity"`
}

type sarifResult struct {
	RuleID              string            `json:"ruleId"`
	RuleIndex           int               `json:"ruleIndex"`
	Level               string            `json:"level"`
	Message             sarifText         `json:"message"`
	Locations           []sarifLocation   `json:"locations"`
	PartialFingerprints map[string]string `json:"partialFingerprints"`
	Fixes               []sarifFix        `json:"fixes,omitempty"`
}

type sarifLocation struct {
	PhysicalLocation sarifPhysical `json:"physicalLocation"`
}

type sarifPhysical struct {
	ArtifactLocation sarifArtifact `json:"artifactLocation"`
	Region           sarifRegion   `json:"region"`
}

type sarifArtifact struct {
	URI       string `json:"uri"`
	URIBaseID string `json:"uriBaseId,omitempty"`
}

// sarifRegion gives both lines and bytes; columns count code points.
type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn"`
	EndLine     int `json:"endLine"`
	EndColumn   int `json:"endColumn"`
	ByteOffset  int `json:"byteOffset"`
	ByteLength  int `json:"byteLength"`
}

type sarifFix struct {
	Description     sarifText     `json:"description"`
	ArtifactChanges []sarifChange `json:"artifactChanges"`
}

type sarifChange struct {
	ArtifactLocation sarifArtifact      `json:"artifactLocation"`
	Replacements     []sarifReplacement `json:"replacements"`
}

type sarifReplacement struct {
	DeletedRegion   sarifRegion `json:"deletedRegion"`
	InsertedContent sarifText   `json:"insertedContent"`
}

// writeSARIF writes SARIF 2.1.0, one run, for GitHub code scanning and others.
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
func writeSARIF(w io.Writer, r *lint.Result, style Style) error {
	all := rules.All()
	run := sarifRun{
		Tool:               sarifTool{sarifDriver{Name: "safemig", Version: style.Version, Rules: []sarifRule{}}},
		ColumnKind:         "unicodeCodePoints",
		OriginalURIBaseIDs: map[string]sarifBase{"%SRCROOT%": {sarifText{"The directory in which safemig was run."}}},
		Results:            []sarifResult{},
	}
	for _, rule := range all {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRuleOf(rule))
	}
	prints := lint.Fingerprints(r.Findings)
	keep, left := sarifKept(r.Findings)
	if left > 0 {
		run.Invocations = []sarifInvocation{{true, []sarifNotification{{"warning",
			sarifText{fmt.Sprintf("%s of the least severity are left out: GitHub takes %d results", count(left, "finding"), sarifLimit)}}}}}
	}
	var at places
	for i := range r.Findings {
		f := &r.Findings[i]
		if left > 0 && !keep[i] {
			continue
		}
		text := f.Message
		if f.Consequence != "" {
			text += ": " + f.Consequence
		}
		if label, hint := remedy(f); hint != "" {
			text += "\n\n" + label + ":\n" + hint
		}
		res := sarifResult{
			RuleID: f.Rule.ID, RuleIndex: slices.Index(all, f.Rule), Level: sarifLevel(f.Severity), Message: sarifText{text},
			Locations:           []sarifLocation{{sarifPhysical{sarifArtifactOf(f.File), at.region(f.File, span(f))}}},
			PartialFingerprints: map[string]string{"safemig/v1": prints[i]},
		}
		if len(f.Fix) > 0 {
			c := sarifChange{ArtifactLocation: sarifArtifactOf(f.File)}
			for _, e := range f.Fix {
				c.Replacements = append(c.Replacements, sarifReplacement{at.region(f.File, migration.Span{Start: e.Start, End: e.End}), sarifText{e.Text}})
			}
			res.Fixes = []sarifFix{{sarifText{"the edit that safemig check --fix makes"}, []sarifChange{c}}}
		}
		run.Results = append(run.Results, res)
	}
	return writeJSON(w, sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
}

// sarifLimit is how many results GitHub takes of a run; a file with more is refused.
// https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning#file-limits
const sarifLimit = 25000

// sarifKept says which findings go into the report, the most severe first, and how
// many do not.
func sarifKept(findings []rules.Finding) (keep map[int]bool, left int) {
	if left = len(findings) - sarifLimit; left <= 0 {
		return nil, 0
	}
	order := make([]int, len(findings))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(findings[b].Severity) - int(findings[a].Severity) })
	keep = map[int]bool{}
	for _, i := range order[:sarifLimit] {
		keep[i] = true
	}
	return keep, left
}

func sarifRuleOf(r *rules.Rule) sarifRule {
	page, _ := rules.Page(r.ID)
	page, _, _ = strings.Cut(page, "\n-- ") // the comment of the txtar
	page = strings.TrimSpace(page)
	if page == "" {
		page = r.Summary
	}
	kind := map[rules.Severity]string{rules.Error: "error", rules.Warning: "warning"}[r.Severity]
	if kind == "" {
		kind = "recommendation"
	}
	return sarifRule{
		ID: r.ID, ShortDescription: sarifText{r.Summary}, FullDescription: sarifText{r.Summary},
		Help:                 sarifHelp{strings.ReplaceAll(page, "## ", ""), page},
		DefaultConfiguration: sarifConfig{sarifLevel(r.Severity)},
		Properties:           sarifProperties{[]string{"postgresql", "migration", string(r.Category)}, "high", kind},
	}
}

func sarifLevel(s rules.Severity) string {
	switch s {
	case rules.Error:
		return "error"
	case rules.Warning:
		return "warning"
	case rules.Info:
		return "note"
	}
	return "none"
}

func sarifArtifactOf(f *migration.File) sarifArtifact {
	a := sarifArtifact{URI: uri(f.Path)}
	if !strings.HasPrefix(f.Path, "../") && !strings.HasPrefix(f.Path, "/") {
		a.URIBaseID = "%SRCROOT%"
	}
	return a
}

// uri writes a path as a relative URI reference.
func uri(p string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/!$&'()*+,;=@"
	var b strings.Builder
	for i := 0; i < len(p); i++ {
		if strings.IndexByte(plain, p[i]) >= 0 {
			b.WriteByte(p[i])
		} else {
			const hex = "0123456789ABCDEF"
			b.Write([]byte{'%', hex[p[i]>>4], hex[p[i]&15]})
		}
	}
	return b.String()
}

func (p *places) region(f *migration.File, s migration.Span) sarifRegion {
	start, end := p.at(f, s.Start), p.at(f, s.End)
	return sarifRegion{start.Line, start.Column, end.Line, end.Column, s.Start, s.Len()}
}

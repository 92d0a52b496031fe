package report

import (
	"io"
	"time"

	"github.com/safemig/safemig/internal/audit"
)

// auditDocument is the JSON of an audit; see design/product.md.
type auditDocument struct {
	Schema   int            `json:"schema"`
	Verdict  audit.Verdict  `json:"verdict"`
	Versions []auditVersion `json:"versions"`
	Stats    auditStats     `json:"stats"`
}

type auditVersion struct {
	Version  string         `json:"version"` // "" for what belongs to no version
	Verdict  audit.Verdict  `json:"verdict"`
	Recorded bool           `json:"recorded"`
	Table    string         `json:"table,omitempty"`
	Database string         `json:"database,omitempty"`
	Title    string         `json:"title,omitempty"`
	Down     bool           `json:"down,omitempty"`
	Findings []auditFinding `json:"findings"`
	Locks    []auditLock    `json:"locks"`
}

type auditFinding struct {
	Rule      string          `json:"rule"`
	Severity  audit.Severity  `json:"severity"`
	Certainty audit.Certainty `json:"certainty"`
	Path      string          `json:"path"`
	Line      int             `json:"line"`
	Message   string          `json:"message"`
	Hint      string          `json:"hint,omitempty"`
}

// auditLock is a lock that was held; the lines are of the log.
type auditLock struct {
	Key      string `json:"key"`
	Owner    string `json:"owner,omitempty"`
	Class    string `json:"class"`
	Session  string `json:"session"`
	Taken    int    `json:"taken"`    // line, 0 before the log begins
	Released int    `json:"released"` // line, 0 for never
	How      string `json:"how,omitempty"`
	Failed   bool   `json:"failed,omitempty"` // the release failed
	Inferred bool   `json:"inferred,omitempty"`
}

type auditStats struct {
	Lines      int            `json:"lines"`
	Bytes      int64          `json:"bytes"`
	Statements int            `json:"statements"`
	Formats    map[string]int `json:"formats"`
	Skipped    int            `json:"skipped"`
	Cut        int            `json:"cut"`
}

func writeAuditJSON(w io.Writer, r *audit.Report, _ Style) error {
	doc := auditDocument{Schema: 1, Verdict: r.Verdict, Versions: []auditVersion{}, Stats: auditStats{r.Stats.Lines, r.Stats.Bytes,
		r.Stats.Statements, r.Stats.Formats, r.Stats.Skipped, r.Stats.Cut}}
	for _, v := range r.Versions {
		out := auditVersion{Version: v.Version, Verdict: v.Verdict, Recorded: v.Recorded, Table: v.Table, Title: v.Title, Down: v.Down,
			Findings: []auditFinding{}, Locks: []auditLock{}}
		if v.DB != "" && v.DB[0] != 0 {
			out.Database = v.DB
		}
		for _, f := range v.Findings {
			out.Findings = append(out.Findings, auditFinding{f.Rule, f.Severity, f.Certainty, f.At.Path, f.At.Line, f.Message, f.Hint})
		}
		for _, s := range v.Spans {
			l := auditLock{Key: s.Key, Owner: s.Owner, Class: s.Class, Session: s.Session, Taken: s.From.Line, How: s.How, Failed: s.Intended, Inferred: s.Doubtful}
			if !s.Open && !s.Intended {
				l.Released = s.To.Line
			}
			out.Locks = append(out.Locks, l)
		}
		doc.Versions = append(doc.Versions, out)
	}
	return writeJSON(w, doc)
}

// clockOf is a point's time as a report shows it; its line stands beside it.
func clockOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("15:04:05.000")
}

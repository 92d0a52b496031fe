package verify

import (
	"encoding/json"
	"io"
)

type jsonLock struct {
	Lock string   `json:"lock"` // "" for none
	Work []string `json:"work"`
}

type jsonRelation struct {
	Relation  string   `json:"relation"`
	Kind      string   `json:"kind"`
	New       bool     `json:"new"`
	Predicted jsonLock `json:"predicted"`
	Measured  jsonLock `json:"measured"`
}

type jsonDifference struct {
	Relation  string `json:"relation"` // "" when it is about the statement
	What      string `json:"what"`     // lock, scan, rewrite, build, transaction, failure
	Predicted string `json:"predicted"`
	Measured  string `json:"measured"`
}

type jsonStatement struct {
	Path        string           `json:"path"`
	Line        int              `json:"line"`
	Column      int              `json:"column"`
	Start       int              `json:"start"`
	End         int              `json:"end"`
	Migration   string           `json:"migration"`
	Direction   string           `json:"direction"`
	Tx          int              `json:"tx"`
	SQL         string           `json:"sql"`
	Status      Status           `json:"status"`
	SQLState    string           `json:"sqlstate,omitempty"`
	Error       string           `json:"error,omitempty"`
	Seconds     float64          `json:"seconds"`
	Relations   []jsonRelation   `json:"relations"`
	Differences []jsonDifference `json:"differences"`
	NotCompared []string         `json:"not_compared"`
}

type jsonBroken struct {
	Path      string `json:"path"`
	Migration string `json:"migration"`
	Direction string `json:"direction"`
	Why       string `json:"why"`
	Predicted bool   `json:"predicted"`
}

// WriteJSON writes one document.
func WriteJSON(w io.Writer, r *Result) error {
	doc := struct {
		Schema     int             `json:"schema"`
		PG         int             `json:"pg"`
		Version    string          `json:"version"`
		Verdict    string          `json:"verdict"` // pass or fail
		Statements []jsonStatement `json:"statements"`
		Failed     []jsonBroken    `json:"failed_migrations"`
		Roles      []string        `json:"created_roles"`
		Stats      map[string]int  `json:"stats"`
	}{1, r.Major, r.Version, "fail", []jsonStatement{}, []jsonBroken{}, orEmpty(r.Roles), map[string]int{}}
	if r.OK() {
		doc.Verdict = "pass"
	}
	for _, o := range r.Outcomes {
		doc.Statements = append(doc.Statements, jsonOf(o))
	}
	for _, b := range r.Broken {
		doc.Failed = append(doc.Failed, jsonBroken{b.Path, b.Migration, direction(b.Down), b.Why, b.Predicted})
	}
	doc.Stats["migrations"], doc.Stats["statements"] = r.Migrations, len(r.Outcomes)
	for key, s := range map[string]Status{"agreed": Agrees, "differed": Differs, "refused": Refused, "failed": Failed,
		"not_compared": NotCompared, "not_run": NotRun} {
		doc.Stats[key] = r.Count(s)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(doc)
}

func direction(down bool) string {
	if down {
		return "down"
	}
	return "up"
}

func jsonOf(o *Outcome) jsonStatement {
	s := jsonStatement{Path: o.Path, Line: o.Line, Column: o.Column, Start: o.Start, End: o.End, Migration: o.Migration,
		Direction: direction(o.Down), Tx: o.Tx.ID, SQL: o.SQL, Status: o.Status, SQLState: o.SQLState, Error: o.Error,
		Seconds: o.Duration.Seconds(), Relations: []jsonRelation{}, Differences: []jsonDifference{}, NotCompared: []string{}}
	for _, l := range o.Relations {
		s.Relations = append(s.Relations, jsonRelation{l.Name, l.Kind, l.New,
			jsonLock{l.PredictedLock.String(), orEmpty(l.PredictedWork)}, jsonLock{l.MeasuredLock.String(), orEmpty(l.MeasuredWork)}})
	}
	for _, d := range o.Differences {
		s.Differences = append(s.Differences, jsonDifference(d))
	}
	s.NotCompared = append(s.NotCompared, o.NotCompared...)
	return s
}

func orEmpty(names []string) []string {
	if names == nil {
		return []string{}
	}
	return names
}

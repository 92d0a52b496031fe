package runner

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/rules"
)

// checked is what may be run, and what the checks said of it.
type checked struct {
	jobs     []*job
	findings []Finding
}

// check lints the bytes that will be run against this server: its major, its
// catalog, its sizes. The error is a *RefusedError; nothing was run.
func (s *session) check(ctx context.Context, items []*item, x *recorded, down bool) (*checked, error) {
	p := &checked{}
	wanted := map[*migration.Migration]bool{}
	for _, it := range items {
		if it.m != nil {
			wanted[it.m] = true
		}
	}
	stmts := statements{}
	allowed := map[string]map[string]string{}
	if len(wanted) > 0 {
		schema := &serverSchema{size: s.size}
		if !s.r.files {
			var err error
			if schema, err = s.schema(ctx); err != nil {
				return p, err
			}
		}
		result, err := s.r.src.lint.Judge(ctx, lint.Judging{PG: min(s.server.Major, lint.MaxPG), Schema: schema.sql, Path: schema.path, Visit: stmts.visit,
			Pending: func(m *migration.Migration) bool { return wanted[m] }})
		if err != nil {
			return p, err
		}
		s.judge(p, result, schema, down, allowed)
	}
	for _, it := range items {
		var own []*stmt
		if both := stmts[it.m]; both != nil && it.m != nil {
			own = both[0]
			if down {
				own = both[1]
			}
		}
		j, err := newJob(it, own, down)
		if err != nil {
			return p, &StateError{Problems: []string{err.Error()}}
		}
		why := allowed[it.version]
		if !down && x != nil {
			why = s.allowances(it, x, why)
		}
		if len(why) > 0 {
			if j.allowed, err = json.Marshal(why); err != nil {
				return p, err
			}
		}
		p.jobs = append(p.jobs, j)
		p.pass(j, x)
	}
	for _, f := range p.findings {
		s.r.emit(Event{Kind: KindFinding, Version: f.Version, Path: f.Path, Line: f.Line, Finding: &f})
	}
	for _, f := range p.findings {
		if f.Refused {
			return p, &RefusedError{Findings: p.findings}
		}
	}
	return p, nil
}

// pass lets the statements through that an earlier run has begun or done: the
// server's schema has what they did.
func (p *checked) pass(j *job, x *recorded) {
	if x == nil || len(x.steps[j.version]) == 0 {
		return
	}
	begun := map[int]bool{}
	for _, st := range x.steps[j.version] {
		begun[st.Ordinal] = true
	}
	for _, g := range j.groups {
		for _, st := range g.stmts {
			for i := range p.findings {
				if f := &p.findings[i]; begun[g.ordinal] && f.Refused && f.Path == st.path && f.statement == st.start {
					f.Refused, f.Because = false, "an earlier run has begun it"
				}
			}
		}
	}
}

// allowances adds what was allowed and is no finding of a rule.
func (s *session) allowances(it *item, x *recorded, why map[string]string) map[string]string {
	reason := s.r.o.Allow[AllowOutOfOrder]
	if reason == "" || it.repeatable {
		return why
	}
	after := false
	for _, o := range s.r.src.items {
		if after && x.applied(o.version) && !o.repeatable {
			if why == nil {
				why = map[string]string{}
			}
			why[AllowOutOfOrder] = reason
			return why
		}
		after = after || o == it
	}
	return why
}

// judge makes Findings of what lint found, and says what refuses.
func (s *session) judge(p *checked, result *lint.Result, schema *serverSchema, down bool, allowed map[string]map[string]string) {
	note := func(version, rule, reason string) {
		if allowed[version] == nil {
			allowed[version] = map[string]string{}
		}
		allowed[version][rule] = reason
	}
	direction := "up"
	if down {
		direction = "down"
	}
	for i := range result.Findings {
		f := &result.Findings[i]
		if f.Direction != direction {
			continue
		}
		out := finding(f)
		version := s.versionOf(f)
		if f.Severity == rules.Error {
			out.Refused = true
			if reason := s.r.o.Allow[f.Rule.ID]; reason != "" {
				out.Refused, out.Because = false, reason
				note(version, f.Rule.ID, reason)
			} else if why := schema.harmless(f); why != "" {
				out.Refused, out.Because = false, why
			}
		}
		p.findings = append(p.findings, out)
	}
	for _, a := range result.Answered {
		if a.Finding.Direction != direction {
			continue
		}
		out := finding(&a.Finding)
		out.Because = a.Reason
		p.findings = append(p.findings, out)
		note(s.versionOf(&a.Finding), a.Finding.Rule.ID, a.Reason)
	}
}

// versionOf is the ledger's version of a finding's migration.
func (s *session) versionOf(f *rules.Finding) string {
	for _, it := range s.r.src.items {
		if it.m != nil && (it.m.File == f.File && it.m.Version == f.Migration) {
			return it.version
		}
	}
	return f.Migration
}

func finding(f *rules.Finding) Finding {
	src := f.File.Src
	before := src[:max(0, min(f.Span.Start, len(src)))]
	line := bytes.LastIndexByte(before, '\n') + 1
	return Finding{Rule: f.Rule.ID, Severity: f.Severity.String(), Path: f.File.Path, Line: 1 + bytes.Count(before, []byte("\n")),
		Column: 1 + utf8.RuneCount(before[line:]), Version: f.Migration, Message: f.Message, Hint: f.Hint, Relation: f.Relation, statement: f.Statement.Start}
}

// CheckAllow says whether the names of Options.Allow mean something and have a
// reason.
func CheckAllow(allow map[string]string) error {
	for name, reason := range allow {
		if _, ok := rules.Find(name); !ok && name != AllowDrift && name != AllowOutOfOrder && name != AllowNewer {
			known := []string{AllowDrift, AllowOutOfOrder, AllowNewer}
			for _, r := range rules.All() {
				known = append(known, r.ID)
			}
			return fmt.Errorf("there is no rule %s%s", name, lint.DidYouMean(name, known))
		}
		if strings.TrimSpace(reason) == "" {
			return fmt.Errorf("%s needs a reason: %s=why this is safe here", name, name)
		}
	}
	return nil
}

package runner

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/safemig/safemig/internal/effect"
)

// Migration is what is known of one migration.
type Migration struct {
	Version   string        `json:"version"`
	Name      string        `json:"name,omitempty"`
	Path      string        `json:"path,omitempty"`
	State     string        `json:"state"` // applied, baseline, reverted, pending, half applied, half reverted, in doubt, not run
	At        time.Time     `json:"at,omitzero"`
	Took      time.Duration `json:"took_ns,omitempty"`
	By        string        `json:"by,omitempty"`
	Run       string        `json:"run,omitempty"`
	Problem   string        `json:"problem,omitempty"` // changed since, gone, refused by its tool, …
	Steps     []Step        `json:"steps,omitempty"`   // of one that stopped half-way
	TxMode    string        `json:"tx_mode,omitempty"` // of a plan: transaction, or none
	HasDown   bool          `json:"has_down"`
	Statement []Planned     `json:"statements,omitempty"` // of a plan
}

// Step is a statement that ran outside a transaction, in a migration that is not
// at its end.
type Step struct {
	N         int    `json:"step"`
	Kind      string `json:"kind"`
	State     string `json:"state"`
	Attempt   int    `json:"attempt"`
	Error     string `json:"error,omitempty"`
	Statement string `json:"statement,omitempty"`
}

// Planned is a statement that Up would run.
type Planned struct {
	Path  string   `json:"path"`
	Line  int      `json:"line"`
	SQL   string   `json:"sql"`
	Tx    int      `json:"tx"`    // statements of equal numbers commit together
	Alone bool     `json:"alone"` // outside a transaction
	Locks []string `json:"locks,omitempty"`
}

// Overview is what Status and Plan give.
type Overview struct {
	Server     Server      `json:"server"`
	Dir        string      `json:"dir,omitempty"`
	Tool       string      `json:"tool,omitempty"`
	History    string      `json:"history"` // whose table says what is applied
	Migrations []Migration `json:"migrations"`
	Findings   []Finding   `json:"findings,omitempty"` // of a plan
	Problems   []string    `json:"problems,omitempty"` // why Up would not begin
	Holder     *Holder     `json:"holder,omitempty"`   // who has the lock now
}

// Pending gives the migrations that Up would run.
func (o *Overview) Pending() []Migration {
	return slices.DeleteFunc(slices.Clone(o.Migrations), func(m Migration) bool { return m.State != "pending" && m.State != "half applied" })
}

// Status says what is applied and what is pending. It writes nothing and takes no
// lock.
func (r *Runner) Status(ctx context.Context) (*Overview, error) {
	return r.overview(ctx, nil)
}

// Plan says what Up would do: Status, the statements, what they lock, and what the
// checks say of them. It writes nothing and takes no lock. Why Up would not begin
// is in Overview.Problems and Findings.
func (r *Runner) Plan(ctx context.Context) (*Overview, error) {
	return r.overview(ctx, func(ctx context.Context, s *session, x *recorded, o *Overview) error {
		if err := s.r.agree(x); err != nil {
			return err
		}
		items, err := s.pending(ctx, x)
		var state *StateError
		var unresolved *UnresolvedError
		switch {
		case errors.As(err, &state):
			o.Problems = state.Problems
			return nil
		case errors.As(err, &unresolved):
			o.Problems = []string{unresolved.Error()}
			return nil
		case err != nil:
			return err
		}
		p, err := s.check(ctx, items, x, false)
		o.Findings = p.findings
		var refused *RefusedError
		if errors.As(err, &state) {
			o.Problems = state.Problems
		} else if err != nil && !errors.As(err, &refused) {
			return err
		}
		o.Migrations = slices.DeleteFunc(o.Migrations, func(m Migration) bool {
			return !slices.ContainsFunc(p.jobs, func(j *job) bool { return j.version == m.Version })
		})
		for _, j := range p.jobs {
			i := slices.IndexFunc(o.Migrations, func(m Migration) bool { return m.Version == j.version })
			if i >= 0 {
				o.Migrations[i].TxMode, o.Migrations[i].Statement = j.mode, j.planned()
			}
		}
		return nil
	})
}

func (j *job) planned() []Planned {
	var out []Planned
	for i, g := range j.groups {
		for _, st := range g.stmts {
			out = append(out, Planned{Path: st.path, Line: st.line, SQL: st.sql, Tx: i + 1, Alone: g.alone, Locks: st.locks})
		}
	}
	return out
}

// lockList writes what a statement locks, the relations that are new left out.
func lockList(effects []effect.Effect) []string {
	var out []string
	for _, e := range effect.Merge(effects) {
		if e.New || e.Lock == 0 {
			continue
		}
		text := e.Lock.String() + " on " + e.Target.Short()
		if work := strings.Join(e.Work.Names(), ", "); work != "" {
			text += ", " + work
		}
		out = append(out, text)
	}
	return out
}

func (r *Runner) overview(ctx context.Context, more func(context.Context, *session, *recorded, *Overview) error) (*Overview, error) {
	run := r.newRun()
	o := &Overview{Dir: r.src.dir, Tool: r.src.tool, History: "safemig"}
	if r.o.History != nil {
		o.History = r.o.History.Name()
	}
	err := run.sessions(ctx, func(ctx context.Context, s *session) error {
		o.Server, o.Migrations = s.server, nil
		x, err := s.state(ctx)
		if err != nil {
			return err
		}
		o.Holder = s.holder(ctx, r.o.Key)
		for _, it := range r.src.items {
			m, err := s.describe(ctx, x, it)
			if err != nil {
				return err
			}
			o.Migrations = append(o.Migrations, m)
		}
		for _, e := range x.entries {
			if x.applied(e.Version) && !slices.ContainsFunc(r.src.items, func(it *item) bool { return it.version == e.Version }) {
				o.Migrations = append(o.Migrations, Migration{Version: e.Version, Name: e.Name, State: string(e.State), At: e.Finished, By: e.By, Run: e.Run, Problem: "its file is gone"})
			}
		}
		if more != nil {
			return more(ctx, s, x, o)
		}
		return nil
	})
	return o, err
}

// describe says how it stands with one migration.
func (s *session) describe(ctx context.Context, x *recorded, it *item) (Migration, error) {
	m := Migration{Version: it.version, Name: it.name, Path: it.path, State: "pending", Problem: it.refused}
	m.HasDown = it.revertible() == nil
	if it.never != "" {
		m.State, m.Problem = "not run", it.never
	}
	if e := x.by[it.version]; e != nil {
		m.At, m.Took, m.By, m.Run = e.Finished, e.Finished.Sub(e.Started), e.By, e.Run
		if e.State == Reverted {
			m.State = string(Reverted)
		}
	}
	if x.applied(it.version) {
		m.State = string(Applied)
		if e := x.by[it.version]; e != nil && e.State == Baseline {
			m.State = string(Baseline)
		}
		if x.foreign != nil && m.At.IsZero() {
			m.At = x.foreign[it.version].At
		}
		changed, err := s.drift(ctx, x, it)
		if err != nil {
			return m, err
		}
		if changed != "" && it.repeatable {
			m.State = "pending"
		} else if changed != "" {
			m.Problem = changed
		}
	}
	if m.State == string(Reverted) {
		m.State = "pending"
	}
	s.unfinished(x, it, &m)
	return m, nil
}

// unfinished adds the steps of a migration that stopped half-way.
func (s *session) unfinished(x *recorded, it *item, m *Migration) {
	for _, st := range x.steps[it.version] {
		half := "half applied"
		if st.Ordinal < 0 {
			half = "half reverted"
		}
		if (st.Ordinal > 0) == x.applied(it.version) {
			continue // the way that was gone to its end
		}
		if m.State != "in doubt" {
			m.State = half
		}
		if st.State == stepUnknown {
			m.State = "in doubt"
		}
		m.Steps = append(m.Steps, Step{N: st.Ordinal, Kind: st.Kind, State: st.State, Attempt: st.Attempt, Error: st.Error})
	}
}

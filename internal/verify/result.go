package verify

import (
	"cmp"
	"slices"
	"time"

	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/observe"
)

// Status says how a statement came out.
type Status string

// The outcomes of a statement.
const (
	Agrees      Status = "ok"
	Differs     Status = "differs"
	Refused     Status = "refused"      // it failed, as predicted
	Failed      Status = "failed"       // it failed, and nothing predicted it
	NotCompared Status = "not compared" // it ran; see Outcome.NotCompared
	NotRun      Status = "not run"      // its migration had failed before
)

// Outcome is one statement, predicted and measured.
type Outcome struct {
	*Statement
	Status      Status
	Relations   []Relation
	Differences []Difference
	NotCompared []string // why parts of the prediction, or all of it, could not be measured
	SQLState    string   // of the failure
	Error       string
	Duration    time.Duration
}

// Relation is what a statement takes of one relation.
type Relation struct {
	Name, Kind        string
	New               bool // created in this transaction: nobody waits for it
	PredictedLock     effect.LockMode
	MeasuredLock      effect.LockMode
	PredictedWork     []string
	MeasuredWork      []string
	predicted, locked bool
}

// Result is what a run found.
type Result struct {
	Major      int
	Version    string // of the server: 17.10
	Outcomes   []*Outcome
	Migrations int // run, as far as they went
	Broken     []Broken
	Opaque     []string // what the tool does beside SQL, with its place: it was not run
	Roles      []string // created, because the migrations name them and do not create them
}

// Broken is a migration that failed, or that its tool would not run.
type Broken struct {
	Path, Migration string
	Down            bool
	Why             string
	Predicted       bool
}

// OK tells whether every prediction held and every migration ran.
func (r *Result) OK() bool {
	return len(r.Broken) == 0 && !slices.ContainsFunc(r.Outcomes, func(o *Outcome) bool { return o.Status == Differs })
}

// Count counts the statements of a status.
func (r *Result) Count(s Status) int {
	n := 0
	for _, o := range r.Outcomes {
		if o.Status == s {
			n++
		}
	}
	return n
}

// relations puts what was predicted beside what was measured, relation by
// relation.
func relations(effects []effect.Effect, o observe.Observation) []Relation {
	at := map[string]*Relation{}
	get := func(name, kind string) *Relation {
		if at[name] == nil {
			at[name] = &Relation{Name: name, Kind: kind}
		}
		return at[name]
	}
	for _, e := range effect.Merge(effects) {
		r := get(e.Target.String(), string(e.Kind))
		r.PredictedLock, r.PredictedWork, r.New, r.predicted = e.Lock, e.Work.Names(), e.New, true
	}
	for _, l := range o.Locks {
		r := get(l.Relation, l.Kind)
		r.MeasuredLock, r.locked = measuredLock(l), true
		r.New = r.New || l.New
	}
	for _, w := range []struct {
		name string
		of   []string
	}{{"rewrite", o.Rewritten}, {"scan", o.Began}, {"build", o.Built}} {
		for _, name := range w.of {
			if r := get(name, ""); !ignored(name) {
				r.MeasuredWork = append(r.MeasuredWork, w.name)
			}
		}
	}
	var out []Relation
	for name, r := range at {
		if !ignored(name) && (r.predicted || r.MeasuredLock != effect.NoLock || len(r.MeasuredWork) > 0) {
			out = append(out, *r)
		}
	}
	slices.SortFunc(out, func(a, b Relation) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// measuredLock is what the statement itself took: not what its transaction held
// before.
func measuredLock(l observe.Lock) effect.LockMode {
	m := effect.NoLock
	for _, name := range l.Modes {
		if !slices.Contains(l.Before, name) {
			m = m.Union(effect.ParseLockMode(name))
		}
	}
	return m
}

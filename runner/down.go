package runner

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// Down reverts the migration that was applied last, or with Options.To all that
// were applied after that version; To "0" is all of them.
func (r *Runner) Down(ctx context.Context) (*Result, error) {
	run := r.newRun()
	run.files = true
	res := &Result{Run: run.id}
	wanted, decided := []string(nil), false
	err := run.sessions(ctx, func(ctx context.Context, s *session) error {
		x, err := s.state(ctx)
		if err != nil {
			return err
		}
		if !decided {
			items, err := s.revertible(x)
			if err != nil {
				return err
			}
			for _, it := range items {
				wanted = append(wanted, it.version)
			}
			decided = true
		}
		items := run.remaining(x, wanted, true)
		if len(items) == 0 {
			return errIdle
		}
		return s.revert(ctx, x, items, res)
	})
	res.Versions = run.did
	return res, run.finish(err)
}

// revert takes the lock and runs the down parts.
func (s *session) revert(ctx context.Context, x *recorded, items []*item, res *Result) error {
	p, err := s.check(ctx, items, x, true)
	res.Findings = append(res.Findings, p.findings...)
	if err != nil {
		return err
	}
	if x, err = s.enter(ctx, nil, nil); err != nil {
		return err
	}
	left := s.r.remaining(x, versionsOf(items), true)
	if !slices.Equal(left, items) {
		return &StateError{Problems: []string{"another runner has changed what is applied meanwhile: look at safemig status and say again what to revert"}}
	}
	return s.apply(ctx, p.jobs, x)
}

func versionsOf(items []*item) []string {
	out := make([]string, len(items))
	for i, it := range items {
		out[i] = it.version
	}
	return out
}

// remaining gives the items of versions that are applied, or are not.
func (r *run) remaining(x *recorded, versions []string, applied bool) []*item {
	var out []*item
	for _, v := range versions {
		if x.applied(v) != applied {
			continue
		}
		if i := slices.IndexFunc(r.src.items, func(it *item) bool { return it.version == v }); i >= 0 {
			out = append(out, r.src.items[i])
		}
	}
	return out
}

// revertible gives what Down is to revert, newest first. The error says why it
// cannot.
func (s *session) revertible(x *recorded) ([]*item, error) {
	r := s.r
	var done []string // versions, in the order in which they were applied
	for _, it := range r.src.items {
		if x.applied(it.version) && !it.repeatable {
			done = append(done, it.version)
		}
	}
	for _, e := range x.entries {
		if x.applied(e.Version) && !slices.Contains(done, e.Version) {
			done = append(done, e.Version)
		}
	}
	if x.foreign == nil {
		slices.SortStableFunc(done, func(a, b string) int { return cmp.Compare(x.by[a].Seq, x.by[b].Seq) })
	}
	slices.Reverse(done)
	for v, steps := range x.steps {
		for _, st := range steps {
			if st.State == stepUnknown {
				return nil, &UnresolvedError{Version: v, Step: st.Ordinal, Statement: st.Kind, Why: "it is not known whether it took effect (" + st.Error + ")"}
			}
			if st.Ordinal > 0 && !x.applied(v) {
				return nil, &StateError{Problems: []string{fmt.Sprintf("%s is half applied: finish with safemig up", v)}}
			}
		}
	}
	n := min(1, len(done))
	if r.o.To == "0" {
		n = len(done)
	} else if r.o.To != "" {
		it, err := r.src.find(r.o.To)
		if err != nil {
			return nil, err
		}
		if n = slices.Index(done, it.version); n < 0 {
			return nil, &StateError{Problems: []string{it.version + " is not applied: there is nothing to go back to"}}
		}
	}
	var out []*item
	for _, v := range done[:n] {
		i := slices.IndexFunc(r.src.items, func(it *item) bool { return it.version == v })
		if i < 0 {
			return nil, &StateError{Problems: []string{v + " cannot be reverted: its file is gone"}}
		}
		it := r.src.items[i]
		if err := it.revertible(); err != nil {
			return nil, err
		}
		out = append(out, it)
	}
	return out, nil
}

func (it *item) revertible() error {
	switch {
	case it.refused != "":
		return &StateError{Problems: []string{it.refused}}
	case it.code != nil && it.code.Down == nil, it.m != nil && len(it.m.Down) == 0:
		return &StateError{Problems: []string{fmt.Sprintf("%s has no down part: write a new migration that takes back what it did", it.path)}}
	}
	return nil
}

// Redo reverts the migration that was applied last and applies it again, under one
// lock.
func (r *Runner) Redo(ctx context.Context) (*Result, error) {
	run := r.newRun()
	run.files = true
	res := &Result{Run: run.id}
	if run.o.To != "" {
		return res, &StartError{Why: "redo takes no version: it is about the one that was applied last"}
	}
	version := ""
	err := run.sessions(ctx, func(ctx context.Context, s *session) error {
		x, err := s.state(ctx)
		if err != nil {
			return err
		}
		if version == "" {
			items, err := s.revertible(x)
			if err != nil {
				return err
			}
			if len(items) == 0 {
				return errIdle
			}
			version = items[0].version
		}
		it, err := r.src.find(version)
		if err != nil {
			return err
		}
		again, err := s.check(ctx, []*item{it}, x, false)
		if err != nil {
			res.Findings = again.findings
			return err
		}
		if x.applied(version) {
			if err := s.revert(ctx, x, []*item{it}, res); err != nil {
				return err
			}
		} else if _, err := s.enter(ctx, nil, nil); err != nil {
			return err
		}
		if x, err = s.state(ctx); err != nil {
			return err
		}
		return s.apply(ctx, again.jobs, x)
	})
	res.Versions = run.did
	return res, run.finish(err)
}

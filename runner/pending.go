package runner

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

// The names under which Options.Allow lets pass what is no finding of a rule.
const (
	AllowOutOfOrder = "out-of-order"
	AllowDrift      = "drift"
)

// state reads what is recorded, on any connection.
func (s *session) state(ctx context.Context) (*recorded, error) {
	x, err := readLedger(ctx, s.conn)
	if err != nil {
		return nil, err
	}
	if h := s.r.o.History; h != nil {
		rows, exists, err := h.Read(ctx, s.conn, s.r.src.known())
		if err != nil {
			return nil, err
		}
		x.foreign, x.fexists = map[string]Row{}, exists
		for _, row := range rows {
			x.foreign[row.Version] = row
		}
	}
	for v, state := range s.r.doubt { // this is the answer that COMMIT did not give
		delete(s.r.doubt, v)
		e := x.by[v]
		if x.applied(v) != (state == Applied) || e != nil && e.Run != s.r.id || slices.Contains(s.r.did, v) {
			continue
		}
		kind, name := KindApplied, ""
		if state == Reverted {
			kind = KindReverted
		}
		if e != nil {
			name = e.Name
		}
		s.r.did = append(s.r.did, v)
		s.r.emit(Event{Kind: kind, Version: v, Name: name, Message: "its COMMIT had got no answer"})
	}
	return x, nil
}

// pending gives what Up has to run, in order. The error says why the directory and
// the record do not fit.
func (s *session) pending(ctx context.Context, x *recorded) ([]*item, error) {
	r := s.r
	last := len(r.src.items) - 1
	if r.o.To != "" {
		it, err := r.src.find(r.o.To)
		if err != nil {
			return nil, err
		}
		last = slices.Index(r.src.items, it)
	}
	if err := x.unresolved(r.src); err != nil {
		return nil, err
	}
	newest := -1
	for i, it := range r.src.items {
		if x.applied(it.version) && !it.repeatable {
			newest = i
		}
	}
	var out []*item
	var problems []string
	for i, it := range r.src.items {
		switch {
		case it.never != "":
			if i <= last {
				r.warn("%s is not run: %s", it.path, it.never)
			}
		case x.applied(it.version):
			changed, err := s.drift(ctx, x, it)
			if err != nil {
				return nil, err
			}
			switch {
			case changed == "":
			case it.repeatable:
				out = append(out, it)
			case r.o.Allow[AllowDrift] != "":
				r.warn("%s; allowed: %s", changed, r.o.Allow[AllowDrift])
			default:
				problems = append(problems, changed+"; restore the file and put the change into a new migration, or say: safemig resolve "+it.version+" --accept")
			}
		case i > last:
		case it.refused != "":
			problems = append(problems, it.refused)
		default:
			if i < newest && !it.repeatable && !r.o.OutOfOrder && r.o.Allow[AllowOutOfOrder] == "" && !x.begun(it.version) {
				problems = append(problems, fmt.Sprintf("%s: version %s is older than %s, which is applied; give it a newer version, or run it all the same with --allow %s=reason",
					it.path, it.version, r.src.items[newest].version, AllowOutOfOrder))
			}
			out = append(out, it)
		}
	}
	if newest >= 0 {
		for _, e := range x.entries {
			if e.State == Applied && x.applied(e.Version) && !slices.ContainsFunc(r.src.items, func(it *item) bool { return it.version == e.Version }) &&
				compareVersions(e.Version, r.src.items[newest].version) < 0 {
				r.warn("%s is applied, and its file is gone", e.Version)
			}
		}
	}
	if len(problems) > 0 {
		return nil, &StateError{Problems: problems}
	}
	return out, nil
}

// begun tells whether a migration stopped between two of its statements.
func (x *recorded) begun(version string) bool {
	return slices.ContainsFunc(x.steps[version], func(s *stepRow) bool { return s.Ordinal > 0 })
}

// unresolved finds what a person has to decide first, or a down to finish.
func (x *recorded) unresolved(src *source) error {
	for v, steps := range x.steps {
		for _, st := range steps {
			if st.State == stepUnknown {
				return &UnresolvedError{Version: v, Step: st.Ordinal, Statement: st.Kind, Why: "it is not known whether it took effect (" + st.Error + ")"}
			}
			if st.State != stepDone && st.Ordinal > 0 && x.applied(v) {
				continue // the other tool says that it is applied
			}
			if st.Ordinal < 0 && x.applied(v) {
				return &StateError{Problems: []string{fmt.Sprintf("%s is half reverted: finish with safemig down", v)}}
			}
		}
		if _, err := src.find(v); err != nil && !x.applied(v) && len(steps) > 0 {
			return &StateError{Problems: []string{fmt.Sprintf("%s stopped half-way (%d statements done), and its file is gone: restore it", v, len(steps))}}
		}
	}
	return nil
}

// drift says how the file of an applied migration differs from what was run; ""
// where it does not, or only in comments and blanks, which is worth a warning.
func (s *session) drift(ctx context.Context, x *recorded, it *item) (string, error) {
	e := x.by[it.version]
	if e == nil || e.Raw == nil || it.m == nil || e.State == Reverted || bytes.Equal(e.Raw, it.raw) {
		return "", nil
	}
	normal := it.normal()
	if bytes.Equal(e.SQL, checksumSQL(normal)) {
		if !it.repeatable {
			s.r.warn("%s was changed after it was applied: comments or blanks only", it.path)
		}
		return "", nil
	}
	var text *string
	err := s.conn.QueryRow(ctx, "/* safemig:read */ SELECT statements::pg_catalog.text FROM safemig.migration WHERE version = $1", it.version).Scan(&text)
	if err != nil {
		return "", ledgerError("safemig.migration", err)
	}
	var was []gistOf
	if text != nil {
		if err := json.Unmarshal([]byte(*text), &was); err != nil {
			return "", &HistoryError{Tool: "safemig", Table: "safemig.migration", Why: "statements of " + it.version + ": " + err.Error()}
		}
	}
	return fmt.Sprintf("%s was changed after it was applied on %s: %s", it.path, e.Finished.UTC().Format("2006-01-02 15:04 UTC"), difference(was, normal)), nil
}

// difference names the first statement that is not what it was.
func difference(was []gistOf, now []text) string {
	n := 0
	for n < len(was) && n < len(now) && was[n].Hash == shortHash(now[n].normal) {
		n++
	}
	switch {
	case len(was) == 0:
		return "its SQL differs"
	case n == len(was) && n == len(now), n == mostGists:
		return fmt.Sprintf("its SQL differs behind statement %d", n)
	case n == len(was):
		return fmt.Sprintf("%s added: %s", count(len(now)-n, "statement"), oneLine(now[n].sql, 80))
	case n == len(now):
		return fmt.Sprintf("%s gone: %s", count(len(was)-n, "statement"), was[n].Text)
	}
	return fmt.Sprintf("statement %d was %s and is %s", n+1, was[n].Text, oneLine(now[n].sql, 100))
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

package verify

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/observe"
)

// judge holds an observation against the prediction.
func (r *runner) judge(ctx context.Context, s *observe.Session, st *Statement, o observe.Observation) *Outcome {
	if r.o.Predict != nil {
		changed := *st
		changed.Effects = r.o.Predict(st)
		st = &changed
	}
	r.note(st)
	out := &Outcome{Statement: st, Status: Agrees, SQLState: o.SQLState, Error: o.Error, Duration: o.Duration}
	out.Relations = relations(st.Effects, o)
	_, state := st.refusal()
	switch {
	case o.Failed() && (o.SQLState == state || o.TxForbidden && state == "25001"):
		out.Status = Refused
		return out
	case o.Failed():
		out.Status = Failed
		return out
	case st.Unknown:
		out.Status, out.NotCompared = NotCompared, []string{"safemig does not model it"}
		return out
	}
	for _, d := range Compare(st.SQL, st.Effects, o) {
		if why := cmp.Or(notReached(st, d, o), excuse(ctx, s, st, d, o), r.unseen(d)); why != "" {
			out.NotCompared = append(out.NotCompared, why)
		} else {
			out.Differences = append(out.Differences, d)
		}
	}
	out.NotCompared = append(out.NotCompared, heldAlready(st.Effects, o)...)
	if len(out.Differences) > 0 {
		out.Status = Differs
	}
	return out
}

// note remembers what the history spoke of, and whether it ran what nobody looks into.
func (r *runner) note(st *Statement) {
	if r.named == nil {
		r.named = map[string]bool{}
	}
	for _, e := range st.Effects {
		r.named[e.Target.String()] = true
		if e.Op == effect.Call && e.Detail.Unknown == catalog.Yes || e.Op == effect.Do && e.Object == "opaque" || st.Unknown {
			r.dark = true
		}
	}
}

// unseen excuses what was measured of a relation that no statement created or
// spoke of: something that nobody looks into did, a function that adds partitions.
func (r *runner) unseen(d Difference) string {
	if d.Predicted != "" || d.Relation == "" || !r.dark || r.named[d.Relation] {
		return ""
	}
	return fmt.Sprintf("the %s of %s: no statement speaks of it", d.What, d.Relation)
}

// heldAlready names the locks that cannot be seen to be taken again: the
// transaction held them before the statement.
func heldAlready(effects []effect.Effect, o observe.Observation) []string {
	var out []string
	for _, e := range effect.Merge(effects) {
		for _, l := range o.Locks {
			if l.Relation == e.Target.String() && !e.New && len(l.Before) > 0 && compared(e.Lock, false) != measuredLock(l) {
				out = append(out, fmt.Sprintf("the lock on %s: its transaction held it already", l.Relation))
			}
		}
	}
	return out
}

// excuse says why a difference proves nothing: on a throw-away server most tables
// are empty. What an empty table hides is what a query need not read, because
// what it is joined to has no rows, and the locks that writing a row takes. What
// the server did and nobody predicted is excused only where code ran that nobody
// looks into, or that a DO puts together; a lock stronger than queries take never.
func excuse(ctx context.Context, s *observe.Session, st *Statement, d Difference, o observe.Observation) string {
	switch {
	case d.Relation == "":
		return ""
	case d.Predicted == "" && slices.ContainsFunc(st.Effects, func(e effect.Effect) bool { return e.Op == effect.Do && e.Object == "opaque" }):
		return fmt.Sprintf("the %s of %s: the block runs SQL that it makes itself", d.What, d.Relation)
	case d.Predicted == "" && d.What == "lock":
		return opaque(ctx, s, st, d.Relation)
	case d.Measured != "":
		return ""
	}
	lock := effect.ParseLockMode(d.Predicted)
	switch {
	case d.What == "scan":
		return unread(ctx, s, st, d.Relation, o)
	case d.What == "lock" && o.Rows == 0 && lock.Union(effect.RowExclusive) == effect.RowExclusive && noneWritten(ctx, s, st, d.Relation):
		return fmt.Sprintf("the lock on %s: no row was written", d.Relation)
	}
	return ""
}

// notReached excuses what is predicted of a branch, a loop or an undone block of a
// DO that was not run, where no less was measured than what is run in any case.
func notReached(st *Statement, d Difference, o observe.Observation) string {
	if d.Predicted == "" || d.What == "transaction" {
		return ""
	}
	sure := slices.DeleteFunc(slices.Clone(st.Effects), func(e effect.Effect) bool { return e.In != nil && e.In.Perhaps })
	if len(sure) == len(st.Effects) {
		return ""
	}
	all, measured := effect.ParseLockMode(d.Predicted), effect.ParseLockMode(d.Measured)
	if d.What == "lock" && all.Union(measured) != all {
		return ""
	}
	for _, left := range Compare(st.SQL, sure, o) {
		if left.Relation != d.Relation || left.What != d.What || left.Predicted == "" {
			continue
		}
		if d.What != "lock" || effect.ParseLockMode(left.Predicted).Union(measured) != measured {
			return "" // what is surely run was not seen
		}
	}
	return fmt.Sprintf("the %s of %s: not all of the block was run", d.What, cmp.Or(d.Relation, "the statement"))
}

// opaque says what ran that safemig does not look into: functions that the
// statement calls, and triggers.
func opaque(ctx context.Context, s *observe.Session, st *Statement, relation string) string {
	for _, e := range st.Effects {
		switch {
		case e.Op == effect.Call && e.Detail.Unknown == catalog.Yes:
			return fmt.Sprintf("the lock on %s: nobody looks into %s", relation, e.Object)
		case e.Op == effect.Do && e.Object == "opaque":
			return fmt.Sprintf("the lock on %s: what the block runs is not in the text", relation)
		}
	}
	if !plainDML.MatchString(st.SQL) {
		return ""
	}
	for _, e := range effect.Merge(st.Effects) {
		if name := e.Target.String(); name != relation && s.Triggers(ctx, name) {
			return fmt.Sprintf("the lock on %s: nobody looks into the triggers of %s", relation, name)
		}
	}
	return ""
}

// unread says why a table that was to be read was not: a join with a table without
// rows, or, of a foreign key, so few that an index did. That the server checked the
// key it says itself.
func unread(ctx context.Context, s *observe.Session, st *Statement, relation string, o observe.Observation) string {
	for _, e := range effect.Merge(st.Effects) {
		if name := e.Target.String(); e.Work.Has(effect.Scan) && s.Empty(ctx, name) {
			return fmt.Sprintf("the scan of %s: %s is empty", relation, name)
		}
	}
	for _, m := range o.Debug {
		if strings.HasPrefix(m, "validating foreign key constraint") {
			return fmt.Sprintf("the scan of %s: the key was checked, but over few rows", relation)
		}
	}
	return ""
}

// noneWritten tells whether the statement writes rows of tables that have none,
// so that no trigger, foreign key or default of theirs was run.
func noneWritten(ctx context.Context, s *observe.Session, st *Statement, relation string) bool {
	if plainDML.MatchString(st.SQL) {
		return true // it says itself that it touched no row
	}
	for _, e := range effect.Merge(st.Effects) {
		if name := e.Target.String(); name != relation && e.Work.Has(effect.Rewrite) && !s.Empty(ctx, name) {
			return false
		}
	}
	return strings.HasPrefix(strings.ToUpper(st.SQL), "ALTER TABLE")
}

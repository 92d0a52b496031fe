package audit

import (
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/trace"
)

// inBody tells whether an application takes a lock inside a migration: not by its
// migrator, which locks before it says that the migration runs.
func (a *Auditor) inBody(s *session, e *trace.Event) bool {
	r := s.client.run
	if s.server || r == nil || r.server || r.recorded || r.done {
		return false
	}
	return !strings.HasSuffix(s.id, "/lock")
}

// failure follows an error of the server's: what the session's last statement did is
// undone, and an open transaction is over.
func (a *Auditor) failure(s *session, e *trace.Event) {
	at := a.point(e)
	if len(e.Ops) > 0 && len(s.lastOps) > 0 && e.Ops[0].Text != s.lastOps[0].Text {
		if s.tx == open {
			s.tx = aborted
		}
		return // of a statement that the log did not show, or that is none of ours
	}
	for _, undo := range slices.Backward(s.undo) {
		undo(at)
	}
	s.undo = s.undo[:0]
	if s.tx == open {
		s.tx = aborted
	}
	if len(s.lastOps) == 0 {
		return
	}
	s.moment(Trouble, at, spoken(e.Code, oneLine(e.Message, 160)), 0)
	for i := range s.lastOps {
		switch op := &s.lastOps[i]; op.Kind {
		case trace.OpDDL:
			a.failedDDL(s, e, op, at)
		case trace.OpRecord:
			if e.Code == "23505" {
				a.recordedTwice(s, op, at)
			}
		case trace.OpAcquire:
			if e.Code == "40P01" && strings.Contains(e.Detail, "virtual transaction") {
				a.report(s, a.deadlocked(at, op.Key.String(), s.show, "", op.Text))
			}
		}
	}
}

// failedDDL follows the error of a statement of a body.
func (a *Auditor) failedDDL(s *session, e *trace.Event, op *trace.Op, at Point) {
	for _, d := range slices.Backward(a.recent) {
		if d.session == s && d.op.Text == op.Text {
			d.failed, d.failedAt = spokenCode(e.Code), at
			break
		}
	}
	switch e.Code {
	case "40P01":
		if key, holder := deadlockKey(e.Detail); key != "" {
			a.report(s, a.deadlocked(at, key, holder, s.show, op.Text))
		}
	case "42P07", "42701", "42710":
		a.alreadyThere(s, op, at)
	}
}

func spokenCode(code string) string {
	if code == "" {
		return "?"
	}
	return code
}

// deadlockKey reads who waited for an advisory lock while a build waited for its
// transaction.
func deadlockKey(detail string) (key, waiter string) {
	if !strings.Contains(detail, "virtual transaction") {
		return "", ""
	}
	_, rest, ok := strings.Cut(detail, "advisory lock [")
	if !ok {
		return "", ""
	}
	list, _, _ := strings.Cut(rest, "]")
	if f := strings.Split(list, ","); len(f) == 4 {
		key = f[2]
		if f[3] == "2" {
			key = f[1] + ", " + f[2]
		}
	}
	for _, line := range strings.Split(detail, "\n") {
		if strings.Contains(line, "advisory lock") {
			if f := strings.Fields(line); len(f) > 1 {
				waiter = f[1]
			}
		}
	}
	return key, waiter
}

// alreadyThere: a statement failed since another session has run it.
func (a *Auditor) alreadyThere(s *session, op *trace.Op, at Point) {
	if op.IfNotExists {
		return
	}
	for _, d := range slices.Backward(a.recent) {
		if d.session == s || d.failed != "" || d.op.Text != op.Text || d.session.client == s.client || d.session.db != s.db || d.session.gone && d.recorded == nil {
			continue
		}
		f := a.bothRan(d, s, at)
		for _, v := range a.versions {
			if v.rec != nil && v.rec.session.db == s.db && slices.Contains(v.hashes, op.Text) {
				v.add(f)
				return
			}
		}
		a.report(d.session, f)
		return
	}
}

// recordedTwice: the version table had the version already.
func (a *Auditor) recordedTwice(s *session, op *trace.Op, at Point) {
	name := "?"
	if len(op.Versions) > 0 {
		name = op.Versions[0]
	}
	f := a.duplicate(s, name, at)
	if v := a.index[s.db+"\x00"+spokenTable(op)+"\x00"+name]; v != nil {
		v.add(f)
		return
	}
	a.report(s, f)
}

func (a *Auditor) notice(s *session, e *trace.Event) {
	at := a.point(e)
	if e.NotOwner() {
		a.notOwned(s, e, at)
		return
	}
	if !strings.Contains(e.Message, "already exists, skipping") {
		return
	}
	for i := range s.lastOps {
		if op := &s.lastOps[i]; op.Kind == trace.OpDDL && op.Concurrently && op.IfNotExists {
			for _, d := range slices.Backward(a.recent) {
				if d.op.Object != op.Object || d.session == s && d.op.Text == op.Text && d.failed == "" {
					continue
				}
				if d.failed != "" && d.op.Concurrently && len(s.ddl) > 0 {
					s.ddl[len(s.ddl)-1].skipped = d
				}
				return
			}
		}
	}
}

// notOwned follows the server's answer to a release of what the session does not
// hold.
func (a *Auditor) notOwned(s *session, e *trace.Event, at Point) {
	s.moment(Trouble, at, e.Message, 0)
	var op *trace.Op
	for i := range s.lastOps {
		if s.lastOps[i].Kind == trace.OpRelease {
			op = &s.lastOps[i]
		}
	}
	if op == nil { // the statement is not in the log
		a.warnings = append(a.warnings, warning{at, s.show})
		return
	}
	m := s.missed
	s.missed = nil
	if m == nil { // it was taken to be released
		for _, undo := range slices.Backward(s.undo) {
			undo(at)
		}
		s.undo = s.undo[:0]
	} else if m.guess != nil {
		a.intervals = slices.DeleteFunc(a.intervals, func(x *interval) bool { return x == m.guess })
	}
	for _, iv := range s.own {
		if iv.class == "session" && iv.id == lockID(s.db, "advisory", keyForm(op.Key)) && iv.shared == op.Shared {
			a.drop(iv) // the log has it, the server has not
			break
		}
	}
	for _, iv := range s.own {
		if iv.class == "session" && iv.id == lockID(s.db, "advisory", keyForm(op.Key)) && iv.shared != op.Shared {
			end := at
			iv.failed, iv.certain = &end, true
			a.report(s, a.mismatch(iv, op, at))
			return
		}
	}
	if m != nil && m.holder != nil && m.holder.session == s && m.holder.class == "transaction" {
		a.report(s, a.unlockXact(m.holder, at))
		return
	}
	if m != nil && m.holder != nil && m.holder.open {
		h := m.holder
		end := m.at
		h.failed, h.failedOn, h.certain = &end, s.show, true
		a.report(h.session, a.otherSession(h, at, s.show, Certain, 0, 0))
		if t := a.pooler(h, s, at); t != nil {
			a.report(h.session, *t)
		}
		return
	}
	for _, iv := range s.own {
		switch {
		case iv.id == lockID(s.db, "advisory", keyForm(op.Key)) && iv.class == "transaction":
			a.report(s, a.unlockXact(iv, at))
			return
		case iv.class == "session":
			end := at
			iv.failed, iv.certain = &end, true
			a.report(s, a.mismatch(iv, op, at))
			return
		}
	}
	a.report(s, a.notOwner(at, s.show, *op))
}

// otherKey: an application releases a key that it has not taken.
func (a *Auditor) otherKey(s *session, op *trace.Op, at Point) {
	for _, iv := range slices.Backward(a.intervals) {
		if iv.open && iv.session.client == s.client && iv.body && iv.class == "session" && iv.failed == nil {
			end := at
			iv.failed, iv.certain = &end, true
			a.report(s, a.mismatch(iv, op, at))
			return
		}
	}
}

// waiting follows "process N still waiting for …".
func (a *Auditor) waiting(s *session, e *trace.Event) {
	if e.Kind == trace.Granted {
		return
	}
	at := a.point(e)
	s.moment(Trouble, at, oneLine(e.Message, 160), 0)
	if e.Wait.Key.Text != "?" {
		if s.waits != nil {
			s.waits.waited = &at
		}
		for _, h := range e.Wait.Holders {
			if x := a.sessions[h]; x != nil && x.building() != nil {
				a.report(x, a.deadlocked(at, e.Wait.Key.String(), s.show, x.show, x.building().op.Text))
			}
		}
		return
	}
	if !strings.HasPrefix(e.Wait.Object, "virtual transaction") {
		return
	}
	d := s.building()
	if d == nil {
		return
	}
	for _, pid := range e.Wait.Holders {
		x := a.sessions[pid]
		switch {
		case x == nil:
		case x.waits != nil && x.waits.class == "session":
			a.report(s, a.deadlocked(at, x.waits.name, x.show, s.show, d.op.Text))
		case x.waits != nil || x.tx != auto:
			for _, iv := range append(slices.Clone(x.own), x.waits) {
				if iv != nil && iv.class != "session" && (iv.class != "transaction" || x.client.migrates) {
					a.report(s, a.hang(iv, d, at, Certain))
				}
			}
		}
	}
}

// building is the concurrent build that a session runs now.
func (s *session) building() *ddl {
	if n := len(s.ddl); n > 0 && s.ddl[n-1].op.Concurrently && s.ddl[n-1].failed == "" && len(s.lastOps) > 0 && s.lastOps[0].Kind == trace.OpDDL {
		return s.ddl[n-1]
	}
	return nil
}

// concurrently looks at a lock under which a concurrent build begins.
func (a *Auditor) concurrently(s *session, d *ddl, iv *interval) {
	switch {
	case iv.class != "session" && iv.session != s:
		d.under = iv
	case iv.class == "session" && iv.blocking && len(a.lock(iv.id).waiting) > 0:
		w := a.lock(iv.id).waiting[0]
		a.report(s, a.deadlocked(d.at, iv.name, w.session.show, s.show, d.op.Text))
	}
}

// blocked reports what a version's locks do to its concurrent builds.
func (iv *interval) blocked(a *Auditor, v *Version, done []*ddl, r *record, cover *interval) {
	for _, d := range done {
		if !d.op.Concurrently {
			continue
		}
		if d.under == iv {
			v.add(a.hang(iv, d, d.at, Possible))
		}
		if iv.class == "session" && iv.blocking && (iv.isBody(r) || iv.has(d)) {
			v.add(a.blockingLock(iv, d, iv.isBody(r) && (cover == nil || cover == iv))) // under another lock nobody comes to wait
			return
		}
	}
}

// ownLock judges a lock that the migration itself took.
func (a *Auditor) ownLock(v *Version, r *record, iv *interval, done []*ddl) {
	pooled := iv.own == trace.Yes
	if pooled {
		v.add(a.pooled(iv, Certain))
	} else if iv.failedOn != "" && iv.session.server {
		v.add(a.pooled(iv, Certain))
	} else if r.session.server && iv.class == "session" && slices.ContainsFunc(done, func(d *ddl) bool { return d.session != iv.session }) {
		v.add(a.pooled(iv, Possible))
	}
	if iv.try && iv.bare && (iv.queued || r.session.id != "" && !r.session.server && v.client.format == "sql") && len(done) > 0 {
		v.add(a.ignored(iv, Certain, nil))
	}
	switch {
	case iv.failed != nil:
		c := Possible
		if iv.certain {
			c = Certain
		}
		if iv.open {
			v.add(a.leaked(iv, c))
		}
	case iv.open && iv.class == "session" && iv.given > 0 && iv.count > 0:
		v.add(a.unbalanced(iv))
	case iv.open && iv.class == "session" && iv.given == 0 && pooled:
		v.add(a.leaked(iv, Certain))
	}
}

// overlapping reports another client that runs the same statements meanwhile.
func (a *Auditor) overlapping(v *Version, r *record, done []*ddl) {
	if !r.session.server {
		return
	}
	for _, d := range done {
		d.recorded = v
	}
	for _, d := range slices.Backward(a.recent) {
		if len(done) == 0 || d.at.seq < done[0].at.seq {
			return
		}
		if d.session == r.session || d.session.client == r.session.client || d.recorded != nil || d.failed != "" || d.session.db != r.session.db || d.session.records > 0 {
			continue
		}
		for _, x := range done {
			if x.op.Text == d.op.Text && x.session != d.session && x.at.seq < d.at.seq && !d.op.IfNotExists && x.session.client != d.session.client {
				v.add(a.bothRan(x, d.session, d.at))
				return
			}
		}
	}
}

// invalid reports a version that is recorded though its concurrent build failed.
func (a *Auditor) invalid(v *Version, r *record, body []*ddl) {
	if v.Down || r.op.Down {
		return
	}
	for i, d := range body {
		if !d.op.Concurrently || strings.HasPrefix(d.op.What, "DROP") {
			continue
		}
		if d.skipped != nil {
			v.add(a.invalidIndex(d, d.skipped))
			continue
		}
		if d.failed == "" || d.failed == "42P07" || d.failed == "25001" {
			continue
		}
		again := slices.ContainsFunc(body[i+1:], func(x *ddl) bool { return x.op.Object == d.op.Object && x.failed == "" })
		if !again {
			v.add(a.invalidIndex(d, d))
		}
	}
}

package audit

import (
	"slices"
	"strconv"

	"github.com/safemig/safemig/internal/trace"
)

// close judges what the end of the log leaves open.
func (a *Auditor) close() {
	for _, c := range a.apps {
		a.closeRun(c)
		a.flush(c)
		a.closeScript(c)
	}
	seen := map[*client]bool{}
	for _, s := range a.sessions {
		if s.server && !seen[s.client] {
			seen[s.client] = true
			a.closeClient(s.client)
		}
	}
	for _, c := range a.gone {
		if !seen[c] {
			seen[c] = true
			a.closeClient(c)
		}
	}
	a.explain()
	a.unify()
}

// closeRun ends an application's migration: one that has no record yet gets none.
func (a *Auditor) closeRun(c *client) {
	r := c.run
	c.run = nil
	if r == nil || r.recorded || r.server {
		if r != nil && !r.recorded && r.server {
			c.run = r
		}
		return
	}
	v := &Version{Version: r.version, Title: r.title, Down: r.down, client: c, Tool: c.tool}
	a.versions = append(a.versions, v)
	v.Moments, c.moments = c.moments, nil
	for _, f := range c.pending {
		v.add(f)
	}
	c.pending = nil
	var open []*interval
	for _, iv := range held(c.sessions) {
		open = append(open, iv)
		v.intervals = append(v.intervals, iv)
	}
	if c.format == "ecto" && !c.migrator && r.done {
		v.add(Finding{Rule: "no-lock", Severity: Warning, Certainty: NotObservable, At: r.at,
			Message: "the log cannot show whether a lock protects this: the migrator's own statements are not in it",
			Hint:    "mix ecto.migrate --log-migrations-sql --log-migrator-sql"})
		return
	}
	a.hanging(c, r, v, open)
	if c.migrator || c.format != "ecto" {
		for _, d := range r.ddl {
			if d.txn == 0 && !d.tx && !a.protected(c, r.ddl) {
				v.add(a.noLock(v, &record{session: d.session}, []*ddl{d}))
				break
			}
		}
	}
	for _, d := range slices.Backward(r.ddl) {
		if d.failed == "" && (d.txn == 0 && !d.tx) {
			v.add(a.unrecorded(d, Possible, c.crashed))
			for _, iv := range open {
				if iv.session != d.session && iv.class == "session" && !iv.body {
					v.add(a.otherHolder(iv, d, Certain, Warning))
				}
			}
			break
		}
	}
}

// hanging: the log ends with a command that has begun and not ended, under the
// migrator's own transaction.
func (a *Auditor) hanging(c *client, r *run, v *Version, open []*interval) {
	if r.pending == "" || r.done {
		return
	}
	for _, iv := range open {
		if iv.class != "table" || c.inOtherTx(iv.session) {
			continue
		}
		certainty := Possible
		if r.hint {
			certainty = Certain
		}
		d := &ddl{at: r.pendingAt, session: iv.session, hangs: true, op: trace.Op{What: oneLine(r.pending, 80)}}
		v.add(a.hang(iv, d, r.pendingAt, certainty))
	}
}

// inOtherTx tells whether a connection other than the lock's is in a transaction: no
// concurrent build runs there.
func (c *client) inOtherTx(lock *session) bool {
	return slices.ContainsFunc(c.stack, func(s *session) bool { return s != lock && s.tx != auto })
}

// closeScript judges SQL that records no version: the dry run of a tool that shows
// neither its lock nor its record.
func (a *Auditor) closeScript(c *client) {
	if c.format != "sql" || len(a.versions) > 0 {
		return
	}
	for _, s := range c.sessions {
		if len(s.ddl) > 0 {
			a.ensureLoose(c)
			f := a.unseen(s.ddl[0].at, false)
			f.Message = "the script cannot show whether a lock protects this: it holds neither a lock nor the record of a version"
			f.Hint = "audit the log of a run: the server's with log_statement = all, or the tool's own"
			a.loosely(c, f)
			return
		}
	}
}

// flush gives an application's findings that belong to no version a place.
func (a *Auditor) flush(c *client) {
	for _, f := range c.pending {
		a.loosely(c, f)
	}
	c.pending = nil
}

// closeClient ends a client of a server's log.
func (a *Auditor) closeClient(c *client) {
	var left []*ddl
	reads, sampled := false, false
	for _, s := range c.sessions {
		reads = reads || s.reads || a.reads[s.user+"@"+s.db]
		sampled = sampled || s.sampled
		for _, d := range s.ddl {
			if d.failed == "" && d.txn == 0 && !d.hung {
				left = append(left, d)
			}
		}
	}
	proven := slices.ContainsFunc(c.pending, func(f Finding) bool { return f.Certainty == Certain && f.Rule != "xact-lock-outside-transaction" })
	if len(left) > 0 || c.migrates || proven || c.didDDL() {
		if len(c.pending) > 0 {
			a.ensureLoose(c)
		}
		a.flush(c)
		a.closeLocks(c)
	}
	if len(left) == 0 {
		return
	}
	last := left[len(left)-1]
	switch {
	case !reads || sampled:
		if c.migrates || len(a.versions) == 0 {
			a.ensureLoose(c)
			a.loosely(c, a.unseen(left[0].at, sampled))
		}
	case c.migrates && c.check.seq > 0 && c.check.seq < last.at.seq:
		a.ensureLoose(c)
		a.loosely(c, a.unrecorded(last, Possible, false))
		for _, iv := range held(a.relatives(last.session)) {
			a.loose.intervals = append(a.loose.intervals, iv)
			if iv.session != last.session && iv.class == "session" {
				a.loosely(c, a.otherHolder(iv, last, Certain, Warning))
			}
		}
	}
}

func (c *client) didDDL() bool {
	return slices.ContainsFunc(c.moments, func(m Moment) bool { return m.Role == Body })
}

// closeLocks judges the locks of a client that are open at the end, and that no
// version has been judged with.
func (a *Auditor) closeLocks(c *client) {
	for _, s := range c.sessions {
		for _, iv := range s.own {
			if iv.class != "session" || iv.version != nil || iv.tentative {
				continue
			}
			switch {
			case iv.failed != nil && !a.told("missing-unlock", iv.name):
				a.ensureLoose(c)
				a.loosely(c, a.leaked(iv, Certain))
			case iv.count > 0 && iv.given > 0:
				a.ensureLoose(c)
				a.loosely(c, a.unbalanced(iv))
			}
		}
	}
}

// told tells whether a version has a finding already.
func (a *Auditor) told(rule, key string) bool {
	for _, v := range a.versions {
		for i := range v.Findings {
			if v.Findings[i].Rule == rule && v.Findings[i].key == rule+"\x00"+key {
				return true
			}
		}
	}
	return false
}

func (a *Auditor) ensureLoose(c *client) {
	if a.loose == nil {
		a.loose = &Version{client: c, Tool: c.tool}
	}
	a.loose.Moments = append(a.loose.Moments, c.moments...)
	c.moments = nil
	for _, s := range c.sessions {
		for _, iv := range a.intervals {
			if iv.session == s && !slices.Contains(a.loose.intervals, iv) && len(a.loose.intervals) < 100 {
				a.loose.intervals = append(a.loose.intervals, iv)
			}
		}
	}
}

// explain matches the server's warnings that stand alone in a log with releases that
// an application's log shows: the same minute, second and millisecond, whatever the
// zone.
func (a *Auditor) explain() {
	for _, w := range a.warnings {
		matched := false
		for _, v := range a.versions {
			for i := range v.Findings {
				f := &v.Findings[i]
				if f.Rule != "unlock-on-other-session" || !sameMoment(f.At, w.at) {
					continue
				}
				matched = true
				f.Certainty = Certain
				f.Message += "; the server's warning is in the log (" + spoken("line", itoa(w.at.Line)+",", "session", w.session) + ")"
				for k := range v.Findings {
					if v.Findings[k].Rule == "missing-unlock" {
						v.Findings[k].Certainty = Certain
					}
				}
			}
		}
		if !matched {
			a.loosely(nil, a.notOwner(w.at, w.session, trace.Op{}))
			a.loose.Moments = append(a.loose.Moments, Moment{At: w.at, Session: w.session, Role: Trouble, Text: "WARNING:  you don't own a lock of type ExclusiveLock"})
		}
	}
}

func sameMoment(p, q Point) bool {
	if p.Time.IsZero() || q.Time.IsZero() {
		return false
	}
	const hour = 3_600_000
	d := (p.Time.UnixMilli()%hour - q.Time.UnixMilli()%hour + hour) % hour
	return d < 50 || d > hour-50
}

// draw makes what is shown of a version's locks.
func (a *Auditor) draw(v *Version) {
	for _, iv := range v.intervals {
		s := Span{Session: iv.session.show, Key: iv.name, Owner: a.owner(iv), Class: iv.class, From: iv.grant, To: iv.release, Open: iv.open,
			How: iv.how, Doubtful: iv.doubtful || iv.tentative}
		if iv.failed != nil {
			s.Intended = true
			s.To = *iv.failed
		}
		if !slices.ContainsFunc(v.Spans, func(x Span) bool { return x.From.seq == s.From.seq && x.Key == s.Key && x.Session == s.Session }) {
			v.Spans = append(v.Spans, s)
		}
	}
	slices.SortStableFunc(v.Moments, func(x, y Moment) int { return x.At.seq - y.At.seq })
}

func itoa(n int) string { return strconv.Itoa(n) }

package audit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/trace"
)

// body gives a record the statements that it stands for: those that the application
// says belong to the version; in a server's log those of the session, and of its
// client's other sessions, that no other record stands for.
func (a *Auditor) body(r *record) {
	s := r.session
	c := s.client
	if c.run != nil && !c.run.recorded {
		r.run = c.run
		c.run.recorded = true
	}
	if !s.server {
		if r.run != nil {
			r.body = r.run.ddl
		} else {
			r.body = a.takeDDL(c.sessions)
		}
		for _, x := range c.sessions {
			x.ddl = nil
		}
		return
	}
	related := a.relatives(s)
	// what was done before the version table was read is of no version
	first := 0
	for _, x := range related {
		if x.firstCheck.seq > 0 && (first == 0 || x.firstCheck.seq < first) {
			first = x.firstCheck.seq
		}
		if x.checks.seq > r.check.seq {
			r.check = x.checks
		}
		x.firstCheck = Point{}
	}
	early := func(d *ddl) bool { return d.at.seq < first }
	if r.body = slices.DeleteFunc(a.takeDDL(c.sessions), early); len(r.body) == 0 {
		r.body = slices.DeleteFunc(a.takeDDL(related), early)
	}
}

func (a *Auditor) takeDDL(sessions []*session) []*ddl {
	var out []*ddl
	for _, s := range sessions {
		out = append(out, s.ddl...)
		s.ddl = nil
	}
	slices.SortStableFunc(out, func(x, y *ddl) int { return x.at.seq - y.at.seq })
	return out
}

// judge judges the versions of a record that has been committed.
func (a *Auditor) judge(r *record) {
	if r.dead {
		return
	}
	c := r.session.client
	names := r.op.Versions
	if r.run != nil && r.run.server && trace.Tool(r.op.Table) == "Prisma" {
		names = nil // the row is named by an id that only its beginning explains
	}
	if len(names) == 0 && r.run != nil {
		names = []string{r.run.version}
	}
	if len(names) == 0 {
		names = []string{"?"}
	}
	for i, name := range names {
		if i >= 1000 {
			break
		}
		body := r.body
		if i > 0 {
			body = nil
		}
		if name == "0" && len(body) == 0 && trace.Tool(r.op.Table) == "goose" {
			continue // goose's first row, which is no migration
		}
		v := a.version(r, name)
		a.cover(v, r, body)
		for _, f := range c.pending {
			v.add(f)
		}
		c.pending = nil
		v.Moments, c.moments = append(v.Moments, c.moments...), nil
		v.Dropped += c.dropped
		c.dropped = 0
		if len(v.Moments) > 300 {
			v.Dropped += len(v.Moments) - 300
			v.Moments = append(v.Moments[:150], v.Moments[len(v.Moments)-150:]...)
		}
	}
	c.lastRec = r.commit
	c.refused = nil
}

// version finds or makes the entry of a version: one for each version of a table, of
// a database.
func (a *Auditor) version(r *record, name string) *Version {
	s := r.session
	table := spokenTable(&r.op)
	key := s.db + "\x00" + table + "\x00" + name
	v := a.index[key]
	if v == nil {
		v = &Version{Version: name, Table: table, DB: s.db, Tool: s.client.tool}
		a.index[key] = v
		a.versions = append(a.versions, v)
	} else if v.Recorded && !v.Down && !r.op.Down && s.server && v.rec != nil && v.rec.session != s && trace.Tool(r.op.Table) != "Flyway" {
		v.add(a.twice(v, r))
	}
	v.Recorded, v.Down, v.client, v.rec = true, r.op.Down, s.client, r
	if r.run != nil {
		v.Title, v.Down = r.run.title, r.op.Down || r.run.down
	}
	r.version = v
	return v
}

// cover compares the locks that were held with what they should protect.
func (a *Auditor) cover(v *Version, r *record, body []*ddl) {
	var done []*ddl
	for _, d := range body {
		if d.failed == "" {
			done = append(done, d)
		}
		v.hashes = append(v.hashes, d.op.Text)
	}
	if len(v.hashes) > 50 {
		v.hashes = v.hashes[:50]
	}
	v.begin = r.at
	if r.run != nil {
		v.begin = r.run.at
	}
	if len(body) > 0 && (r.run == nil || body[0].at.seq < v.begin.seq) {
		v.begin = body[0].at
	}
	a.apart(v, r, done)
	a.invalid(v, r, body)
	a.overlapping(v, r, done)
	locks := a.candidates(r, done)
	v.intervals = append(v.intervals, locks...)
	var cover, weak *interval
	for _, iv := range locks {
		if iv.covers(r, done) && !a.proven(iv, r) {
			weak = iv
			continue
		}
		if iv.covers(r, done) && (cover == nil || iv.grant.seq < cover.grant.seq && !iv.doubtful) {
			cover = iv
		}
		if iv.tentative {
			iv.version = v
		}
	}
	for _, iv := range locks {
		if iv.isBody(r) {
			a.ownLock(v, r, iv, done)
		}
		if a.proven(iv, r) {
			iv.blocked(a, v, done, r, cover)
		}
	}
	if cover != nil {
		a.covered(v, r, cover, done)
		return
	}
	if len(done) == 0 {
		return
	}
	if weak != nil {
		v.add(a.doubtfulCover(v, weak))
		return
	}
	a.uncovered(v, r, locks, done)
}

// candidates are the exclusive locks of the version's client that overlap its time.
func (a *Auditor) candidates(r *record, done []*ddl) []*interval {
	related := a.relatives(r.session)
	start := r.at.seq
	if len(done) > 0 {
		start = done[0].at.seq
	}
	if r.run != nil {
		start = min(start, r.run.at.seq)
	}
	after := r.check.seq // what was taken and given back after the version table was read is meant for the body
	var out []*interval
	for _, iv := range a.intervals {
		if iv.shared || iv.grant.seq > r.commit.seq {
			continue
		}
		if !slices.Contains(related, iv.session) && iv.session.client != r.session.client {
			if iv.session.db != r.session.db || a.owner(iv) == "" || iv.open && iv.session.client.migrates && iv.session.records > 0 {
				continue
			}
		}
		over := iv.open || iv.release.seq >= start || iv.failed != nil
		if !over && !(after > 0 && iv.grant.seq > after && !iv.check && r.session.server) {
			continue
		}
		out = append(out, iv)
	}
	return out
}

// proven tells whether a lock is the migrator's: that of its own sessions, one whose
// key is a tool's, or of a session that has read the version table.
func (a *Auditor) proven(iv *interval, r *record) bool {
	return iv.session.client == r.session.client || iv.class == "table" || iv.class == "row" || iv.session.checks.seq > 0 || a.owner(iv) != ""
}

// end is where an interval ends, or was meant to end; ok is false while it is open.
func (iv *interval) end() (p Point, ok bool) {
	if iv.failed != nil {
		return *iv.failed, true
	}
	return iv.release, !iv.open
}

// covers tells whether one interval holds from before the body to the commit of the
// record. What has the same time in two sessions has no order.
func (iv *interval) covers(r *record, done []*ddl) bool {
	for _, d := range done {
		if !iv.has(d) {
			return false
		}
	}
	if iv.grant.seq > r.at.seq && !iv.before {
		return false
	}
	end, ended := iv.end()
	return !ended || end.seq >= r.commit.seq || tie(iv, end, r.commit, r.session)
}

// has tells whether a statement ran inside an interval.
func (iv *interval) has(d *ddl) bool {
	if !iv.before && iv.grant.seq > d.at.seq && !tie(iv, iv.grant, d.at, d.session) {
		return false
	}
	end, ended := iv.end()
	return !ended || end.seq > d.at.seq || tie(iv, end, d.at, d.session)
}

func tie(iv *interval, p, q Point, s *session) bool {
	return iv.session != s && s.server && !p.Time.IsZero() && p.Time.Equal(q.Time) && !(p.coarse && q.coarse)
}

// isBody tells whether the migration itself took the lock, after the tool had read
// which versions there are.
func (iv *interval) isBody(r *record) bool {
	if iv.body {
		return true
	}
	return r.session.server && !iv.check && iv.class != "table" && r.check.seq > 0 && r.check.seq < iv.grant.seq && !iv.before
}

// covered has what is to be said of a version that one lock covers.
func (a *Auditor) covered(v *Version, r *record, iv *interval, done []*ddl) {
	for _, d := range done {
		if d.session != iv.session && iv.session.client == d.session.client && d.txn == 0 && !d.tx || d.session != iv.session && iv.session.server && d.txn == 0 && d.session.server {
			c := Certain
			if v.client != nil && !v.client.server && v.client.format != "ecto" {
				c = Possible
			}
			v.add(a.otherHolder(iv, d, c, Info))
			break
		}
	}
	if iv.isBody(r) && len(done) > 0 {
		a.checkedBefore(v, r, iv)
	}
}

// uncovered finds why no lock covers a version.
func (a *Auditor) uncovered(v *Version, r *record, locks []*interval, done []*ddl) {
	var mine []*interval
	for _, iv := range locks {
		if iv.isBody(r) || slices.ContainsFunc(done, iv.has) {
			mine = append(mine, iv)
		}
	}
	for _, t := range r.session.client.refused {
		if t.grant.seq < done[len(done)-1].at.seq && t.grant.seq > r.check.seq && !slices.ContainsFunc(mine, func(iv *interval) bool { return iv.has(done[0]) }) {
			v.add(a.ignored(t, Certain, t.from))
			mine = append(mine, nil)
		}
	}
	for _, iv := range a.intervals {
		if iv.shared && iv.session.client == r.session.client && iv.has(done[0]) {
			v.add(a.sharedLock(iv))
		}
	}
	if len(mine) == 0 {
		a.unlocked(v, r, done)
		return
	}
	var last *interval
	for _, iv := range mine {
		if iv != nil && (last == nil || iv.grant.seq > last.grant.seq) {
			last = iv
		}
	}
	if last == nil {
		return
	}
	best := last
	for _, iv := range mine {
		if iv != nil && slices.ContainsFunc(done, iv.has) && !slices.ContainsFunc(done, best.has) {
			best = iv
		}
	}
	var outside *ddl
	for _, d := range done {
		if !best.has(d) && !slices.ContainsFunc(mine, func(iv *interval) bool { return iv != nil && iv != best && iv.has(d) }) {
			outside = d
		}
	}
	if outside != nil {
		v.add(a.outside(best, outside))
	}
	end, ended := best.end()
	if ended && end.seq < r.commit.seq && !tie(best, end, r.commit, r.session) {
		v.add(a.releasedEarly(v, best, end, r))
		if best.how != "" && best.how != "released" && (strings.Contains(strings.ToLower(best.how), "unlock_all") || strings.EqualFold(strings.TrimRight(best.how, ";"), "discard all")) {
			v.add(a.releasesForeign(best, end))
		}
	} else if outside == nil {
		v.add(a.gap(best, r))
	}
	if best.isBody(r) && slices.ContainsFunc(done, best.has) {
		a.checkedBefore(v, r, best)
	}
}

// unlocked: no lock at all; unless the log cannot show one.
func (a *Auditor) unlocked(v *Version, r *record, done []*ddl) {
	s := r.session
	seen := !s.server || s.reads || a.reads[s.user+"@"+s.db] || slices.ContainsFunc(a.relatives(s), func(x *session) bool { return x.reads })
	if !seen || s.sampled {
		v.add(a.unseen(r.at, s.sampled))
		return
	}
	v.add(a.noLock(v, r, done))
}

// apart reports a record that commits apart from what it stands for.
func (a *Auditor) apart(v *Version, r *record, done []*ddl) {
	var worst *ddl
	for _, d := range done {
		same := d.txn != 0 && d.txn == r.txn || d.vxid != "" && d.vxid == r.vxid && d.session == r.session || d.tx
		if same {
			continue
		}
		if worst == nil || worst.op.Concurrently && !d.op.Concurrently {
			worst = d
		}
	}
	if worst == nil {
		return
	}
	v.add(a.notAtomic(v, worst, r.run != nil && r.run.server))
}

func (a *Auditor) report(s *session, f Finding) {
	s.client.pending = append(s.client.pending, f)
	if n := len(s.client.pending); n > 100 || n > 8 && !s.client.migrates {
		s.client.pending = append(s.client.pending[:0], s.client.pending[n/2:]...)
	}
}

// loosely adds a finding that belongs to no version.
func (a *Auditor) loosely(c *client, f Finding) {
	if a.loose == nil {
		a.loose = &Version{}
	}
	if c != nil && a.loose.client == nil {
		a.loose.client = c
	}
	a.loose.add(f)
}

func (p Point) clockText() string {
	if p.Time.IsZero() {
		return fmt.Sprintf("line %d", p.Line)
	}
	return p.Time.Format("15:04:05.000")
}

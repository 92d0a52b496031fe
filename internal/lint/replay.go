package lint

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
	"github.com/safemig/safemig/internal/window"
	"github.com/safemig/safemig/rules"
)

// run replays histories one after the other.
type run struct {
	tree     *tree
	opts     *Options
	out      Result
	seen     map[*migration.File]bool // files counted
	checks   []use
	sections []use
	ends     []*rules.Rule
	tx       int // the last transaction number given

	h    *History
	cat  *catalog.Catalog
	prep effect.Preparer

	orders  rules.LockOrders
	ordered bool // lock-order-inconsistent is on
	win     window.Window
	ign     ignores
	of      map[*migration.File]*History // of files with findings

	uses *codeReader // of the application; nil where it gave none
}

// use is a rule that is on, and whether the user turned it on by name.
type use struct {
	*rules.Rule
	asked bool
}

func newRun(t *tree, o *Options) *run {
	r := &run{tree: t, opts: o, seen: map[*migration.File]bool{}, ign: ignores{},
		of: map[*migration.File]*History{}}
	for _, rule := range rules.All() {
		if o.NoRules || r.severity(rule, rule.Severity) == rules.Off && (!o.Config.someOn(rule.ID) || r.flagged(rule)) {
			continue
		}
		switch {
		case rule.Check != nil:
			r.ordered = r.ordered || rule == rules.LockOrderInconsistent
			r.checks = append(r.checks, use{rule, r.asked(rule)})
		case rule.Section != nil:
			r.sections = append(r.sections, use{rule, r.asked(rule)})
		case rule.History != nil:
			r.ends = append(r.ends, rule)
		}
	}
	return r
}

// asked tells whether the flags or the configuration turn the rule on by name.
func (r *run) asked(rule *rules.Rule) bool {
	s, ok := r.opts.Severity[rule.ID]
	if !ok {
		s, ok = r.opts.Config.severity(rule.ID)
		if !ok && r.opts.Config.someOn(rule.ID) {
			return true
		}
	}
	return ok && s != rules.Off
}

// severity is what the flags or the configuration make of a rule's own.
func (r *run) severity(rule *rules.Rule, own rules.Severity) rules.Severity {
	if s, ok := r.opts.Severity[rule.ID]; ok {
		return s
	}
	if s, ok := r.opts.Config.severity(rule.ID); ok {
		return s
	}
	return own
}

// history replays one history.
func (r *run) history(ctx context.Context, h *History, shards int) error {
	for job := range readAhead(ctx, r.tree, r.opts, h, shards) {
		select {
		case <-job.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if job.bug != nil {
			panic(job.bug)
		}
		if job.err != nil {
			return job.err
		}
		r.job(job)
		job.release()
	}
	return ctx.Err()
}

// job replays one migration. Each is judged as if it alone were pending: what
// earlier ones did is committed, their session is gone.
func (r *run) job(j *job) {
	defer func() {
		if p := recover(); p != nil {
			panic(caught(p, j.m.File.Path))
		}
	}()
	if r.h != j.h {
		r.h, r.cat, r.orders = j.h, catalog.New(), rules.LockOrders{}
		r.cat.Zone = r.opts.Zone
		r.replaySchema(j.schema)
		r.cat.Path = j.h.path
	}
	r.cat.Migration, r.cat.Sure = j.n, j.h.sure
	if j.wanted {
		r.count(j)
		if !r.opts.NoRules {
			r.refused(j)
			r.late(j)
		}
	}
	r.direction(j, j.up, false)
	if len(j.down) > 0 {
		mark := r.cat.Mark()
		r.direction(j, j.down, true)
		r.cat.Rollback(mark)
	}
	r.cat.Forget()
	r.prep.Forget()
	r.win = window.Window{}
	j.forget()
	if j.all != nil {
		r.uses.end(r)
	}
	if j.all != nil && len(r.ends) > 0 {
		r.end(j)
	}
}

// replaySchema fills the catalog with what stood before the first migration.
func (r *run) replaySchema(parts []part) {
	for _, p := range parts {
		for i := range p.stmts {
			if r.opts.VisitAll {
				r.opts.Visit(Visit{History: r.h, Stmt: &p.stmts[i], Before: true, Catalog: r.cat})
			}
			_, apply := r.prep.Prepare(&p.stmts[i], r.cat, r.h.PG)
			apply()
		}
	}
	r.cat.EndTx()
	r.cat.Reset("") // a dump sets search_path for itself alone
	r.cat.Forget()
}

func (r *run) count(j *job) {
	r.out.Stats.Migrations++
	for _, f := range append([]*migration.File{j.m.File}, files(j)...) {
		if !r.seen[f] && r.h.wanted(f.Path) {
			r.seen[f] = true
			r.out.Stats.Files++
		}
	}
}

func files(j *job) []*migration.File {
	var out []*migration.File
	for _, ps := range [][]part{j.up, j.down} {
		for _, p := range ps {
			if p.wanted {
				out = append(out, p.sec.File)
			}
		}
	}
	return out
}

// refused reports what the migration's tool would refuse.
func (r *run) refused(j *job) {
	for _, e := range j.m.Errs {
		if r.h.wanted(e.File.Path) {
			r.report(rules.Finding{Rule: rules.MigrationRefused, Severity: rules.MigrationRefused.Severity,
				File: e.File, Span: e.Span, Migration: j.m.Version, Direction: "up", Message: e.Msg, Hint: e.Hint})
		}
	}
}

// late reports a migration that comes before one which was there when it came.
func (r *run) late(j *job) {
	if m := j.before; m != nil {
		r.report(rules.Finding{Rule: rules.VersionOutOfOrder, Severity: rules.VersionOutOfOrder.Severity,
			File: j.m.File, Migration: j.m.Version, Direction: "up",
			Message: fmt.Sprintf("version %s is older than %s of %s, which was there before it: where that is applied, %s %s",
				j.m.Version, m.Version, path.Base(m.File.Path), r.h.Tool, r.h.format.Late),
			Hint: "give the migration a version above " + m.Version})
	}
}

// direction replays the up or the down sections of a migration on a session of
// their own.
func (r *run) direction(j *job, parts []part, down bool) {
	var session pgsql.Session
	base := r.tx
	tx := &tx{cat: r.cat, marks: map[string]int{}}
	r.cat.Reset("")
	r.cat.Loose = down
	r.win = window.Window{}
	for _, p := range parts {
		session.Assign(p.sec, p.stmts)
		for i := range p.stmts {
			p.stmts[i].Tx.ID += base
			r.tx = max(r.tx, p.stmts[i].Tx.ID)
		}
		r.section(j, p, down, tx)
	}
	tx.end()
	r.cat.Tx = 0
}

// tx follows the transaction under way through the catalog.
type tx struct {
	cat   *catalog.Catalog
	id    int
	begin int            // the catalog's mark at its beginning
	marks map[string]int // and at its savepoints
}

// enter is called before each statement.
func (t *tx) enter(s *pgsql.Statement) {
	if s.Tx.ID == t.id {
		return
	}
	t.end()
	t.id, t.begin = s.Tx.ID, t.cat.Mark()
	t.cat.Tx = t.id
}

// leave is called after each statement.
func (t *tx) leave(s *pgsql.Statement) {
	switch c := s.TxControl(); c.Op {
	case pgsql.TxOpRollback:
		t.cat.Rollback(t.begin)
	case pgsql.TxOpSavepoint:
		t.marks[c.Name] = t.cat.Mark()
	case pgsql.TxOpRollbackTo:
		if m, ok := t.marks[c.Name]; ok {
			t.cat.Rollback(m)
		}
	}
}

func (t *tx) end() {
	t.cat.EndTx()
	clear(t.marks)
}

func (r *run) section(j *job, p part, down bool, tx *tx) {
	ctx := rules.Context{PG: r.h.PG, Tool: r.h.Tool, Migration: j.m, Section: p.sec, Down: down, Later: j.later, Stmts: p.stmts, Catalog: r.cat, Orders: r.orders}.With(r.report)
	pass := &rules.Pass{Context: ctx, Window: &r.win}
	var all [][]effect.Effect
	var ops effect.Ops // of all
	if p.wanted && len(r.sections) > 0 {
		all = make([][]effect.Effect, len(p.stmts))
	}
	for i := range p.stmts {
		s := &p.stmts[i]
		tx.enter(s)
		r.win.Begin(s)
		effects, apply := r.prep.Prepare(s, r.cat, r.h.PG)
		if all != nil {
			all[i] = effects
		}
		if !down && p.wanted {
			r.uses.meet(r, j, s, effects)
		}
		if r.opts.Visit != nil && (p.wanted || r.opts.VisitAll) {
			r.opts.Visit(Visit{r.h, j.m, down, s, effects, &r.win, !p.wanted, r.cat})
		}
		if p.wanted {
			r.out.Stats.Statements++
			r.unknown(p.sec.File, s, effects)
			pass.Index = i
			pass.On(s, effects)
			ops.Union(pass.Ops)
			r.check(pass)
		} else if r.ordered && !down {
			pass.Index = i
			pass.On(s, effects)
			pass.Remember()
		}
		r.win.Add(s, effects)
		apply()
		if r.cat.Sure {
			doubt(r.cat, effects)
		}
		tx.leave(s)
	}
	r.opaque(p)
	if !p.wanted || r.opts.NoRules {
		return
	}
	sp := &rules.SectionPass{Context: ctx, Effects: all}
	for _, u := range r.sections {
		if u.Concerns(&ops) {
			sp.Use(u.Rule, u.asked)
			u.Section(sp)
		}
	}
	r.ign.read(j, p, down)
}

// check lets the rules judge one statement. Of one that does not parse there is
// nothing to judge but that. Of a DO they judge every statement of the body,
// under the locks of those before it.
func (r *run) check(pass *rules.Pass) {
	if r.opts.NoRules {
		return
	}
	if pass.Stmt.Err != nil {
		pass.Use(rules.SyntaxErrors, false)
		rules.SyntaxErrors.Check(pass)
		return
	}
	if !inBody(pass.Effects) {
		r.judge(pass)
		return
	}
	body := *pass
	body.Do, body.Window = pass.Stmt, pass.Window.Clone()
	for rest := pass.Effects; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].In == rest[0].In {
			n++
		}
		body.On(cmp.Or(rest[0].In, pass.Stmt), rest[:n])
		r.judge(&body)
		body.Window.Add(body.Stmt, body.Effects)
		rest = rest[n:]
	}
}

// inBody tells whether some of the effects are those of a DO's body.
func inBody(effects []effect.Effect) bool {
	for i := range effects {
		if effects[i].In != nil {
			return true
		}
	}
	return false
}

func (r *run) judge(pass *rules.Pass) {
	for _, u := range r.checks {
		if u.Concerns(&pass.Ops) {
			pass.Use(u.Rule, u.asked)
			u.Check(pass)
		}
	}
}

// unknown counts the statements of which safemig cannot tell what they do.
func (r *run) unknown(f *migration.File, s *pgsql.Statement, effects []effect.Effect) {
	if s.Err != nil {
		r.out.Stats.SyntaxErrors++
		return
	}
	for i := range effects {
		if e := &effects[i]; e.Op == effect.Unknown {
			r.out.Stats.Unknown++
			r.out.Unmodelled = append(r.out.Unmodelled, Unmodelled{f, s.Span, e.Object})
			return
		}
	}
}

// end lets the rules judge a history as a whole.
func (r *run) end(j *job) {
	ctx := rules.Context{PG: r.h.PG, Tool: r.h.Tool, Catalog: r.cat}.With(func(f rules.Finding) {
		if f.File != nil && r.h.wanted(f.File.Path) && (r.h.after == "" || afterVersion(f.Migration, r.h.after)) {
			r.report(f)
		}
	})
	hp := &rules.HistoryPass{Context: ctx, Migrations: j.all}
	for _, rule := range r.ends {
		hp.Use(rule, r.asked(rule))
		rule.History(hp)
	}
}

// flagged tells whether a flag speaks of the rule.
func (r *run) flagged(rule *rules.Rule) bool {
	_, ok := r.opts.Severity[rule.ID]
	return ok
}

// severityAt is severity for a file.
func (r *run) severityAt(rule *rules.Rule, own rules.Severity, path string) rules.Severity {
	if s, ok := r.opts.Config.severityAt(rule.ID, path); ok && !r.flagged(rule) {
		return s
	}
	return r.severity(rule, own)
}

// report takes a finding.
func (r *run) report(f rules.Finding) {
	if f.Severity = r.severityAt(f.Rule, f.Severity, f.File.Path); f.Severity != rules.Off {
		r.of[f.File] = r.h
		if n := len(r.out.Findings); n == cap(r.out.Findings) {
			r.out.Findings = slices.Grow(r.out.Findings, max(n, 16)) // append alone would copy them more often
		}
		r.out.Findings = append(r.out.Findings, f)
	}
}

// result sorts the findings of this run and others and takes out what was
// answered for.
func (r *run) result(histories []*History, others []*run) *Result {
	for _, o := range others {
		maps.Copy(r.seen, o.seen)
		r.out.Findings = append(r.out.Findings, o.out.Findings...)
		r.out.Unmodelled = append(r.out.Unmodelled, o.out.Unmodelled...)
		r.out.Opaque = append(r.out.Opaque, o.out.Opaque...)
		r.out.Stats.add(o.out.Stats)
		maps.Copy(r.ign, o.ign)
		maps.Copy(r.of, o.of)
	}
	slices.SortStableFunc(r.out.Unmodelled, func(a, b Unmodelled) int {
		return cmp.Or(cmp.Compare(a.File.Path, b.File.Path), cmp.Compare(a.Span.Start, b.Span.Start))
	})
	r.out.Histories = histories
	r.out.PG = cmp.Or(r.opts.PG, DefaultPG)
	if r.opts.PG == 0 && len(histories) > 0 {
		r.out.PG = histories[0].PG
		for _, h := range histories {
			r.out.PG = min(r.out.PG, h.PG)
		}
	}
	r.unique()
	r.ign.apply(r)
	sortFindings(r.out.Findings)
	r.once()
	if r.opts.Baseline != nil {
		r.out.Findings, r.out.Baselined = r.opts.Baseline.filter(r.out.Findings, r.looked())
	}
	return &r.out
}

// looked tells which files were judged, or are gone.
func (r *run) looked() func(path string) bool {
	judged := map[string]bool{}
	for f := range r.seen {
		judged[f.Path] = true
	}
	return func(p string) bool {
		if judged[p] {
			return true
		}
		_, err := r.tree.stat(p)
		return errors.Is(err, fs.ErrNotExist)
	}
}

// unique takes out a rule's second finding at a place.
func (r *run) unique() {
	type place struct {
		rule *rules.Rule
		file *migration.File
		span migration.Span
	}
	seen := map[place]bool{}
	r.out.Findings = slices.DeleteFunc(r.out.Findings, func(f rules.Finding) bool {
		p := place{f.Rule, f.File, f.Span}
		dup := seen[p]
		seen[p] = true
		return dup
	})
}

func sortFindings(fs []rules.Finding) {
	slices.SortStableFunc(fs, func(a, b rules.Finding) int {
		return cmp.Or(cmp.Compare(a.File.Path, b.File.Path), cmp.Compare(a.Span.Start, b.Span.Start),
			cmp.Compare(a.Rule.ID, b.Rule.ID))
	})
}

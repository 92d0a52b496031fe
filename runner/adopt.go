package runner

import (
	"context"
	"slices"
	"time"
)

// Adopt writes into safemig's own ledger, as baseline, what another tool's table
// says is applied; where from is nil, everything up to Options.To. It runs nothing
// of the migrations and leaves the other table as it is. What the ledger has
// already stays.
func (r *Runner) Adopt(ctx context.Context, from History) (*Result, error) {
	own := *r
	own.o.History = nil
	run := own.newRun()
	res := &Result{Run: run.id}
	if from == nil && r.o.To == "" {
		return res, &StartError{Why: "nothing says what is applied", Remedy: "name the tool whose table tells with --history, or the newest version that is applied with --to"}
	}
	err := run.sessions(ctx, func(ctx context.Context, s *session) error {
		var others []AdvisoryLock
		if from != nil {
			var err error
			if others, err = from.Locks(ctx, s.conn); err != nil {
				return err
			}
		}
		x, err := s.enter(ctx, others, nil)
		if err != nil {
			return err
		}
		jobs, err := s.adoptable(ctx, x, from)
		if err != nil {
			return err
		}
		return s.adopt(x, jobs)
	})
	res.Versions = run.did
	return res, run.finish(err)
}

// adoptable gives what is applied and not in the ledger, in order.
func (s *session) adoptable(ctx context.Context, x *recorded, from History) ([]*job, error) {
	var jobs []*job
	if from == nil {
		last, err := s.r.src.find(s.r.o.To)
		if err != nil {
			return nil, err
		}
		for _, it := range s.r.src.items {
			if it.never == "" && !it.repeatable && !x.applied(it.version) {
				jobs = append(jobs, it.baseline(time.Time{}))
			}
			if it == last {
				break
			}
		}
		return jobs, nil
	}
	rows, exists, err := from.Read(ctx, s.conn, s.r.src.known())
	if err != nil {
		return nil, err
	}
	if !exists {
		return nil, &StartError{Why: "this database has no version table of " + from.Name() + "'s", Remedy: "say what is applied with --to VERSION"}
	}
	if s.r.o.To != "" {
		it, err := s.r.src.find(s.r.o.To)
		if err != nil {
			return nil, err
		}
		rows = slices.DeleteFunc(rows, func(row Row) bool { return compareVersions(row.Version, it.version) > 0 })
	}
	for _, row := range rows {
		if x.applied(row.Version) {
			continue
		}
		i := slices.IndexFunc(s.r.src.items, func(it *item) bool { return it.version == row.Version })
		if i >= 0 {
			jobs = append(jobs, s.r.src.items[i].baseline(row.At))
			continue
		}
		s.r.warn("%s is applied, and its file is gone", row.Version)
		jobs = append(jobs, &job{item: &item{version: row.Version, name: row.Name, tool: from.Name()}, mode: "baseline", at: row.At})
	}
	return jobs, nil
}

// baseline is a job that is recorded and not run.
func (it *item) baseline(at time.Time) *job {
	j := &job{item: it, mode: "baseline", at: at}
	if it.m == nil {
		return j
	}
	texts := it.normal()
	j.sql, j.count, j.gist = checksumSQL(texts), len(texts), gist(texts)
	return j
}

// adopt records jobs as baseline, all or none.
func (s *session) adopt(x *recorded, jobs []*job) error {
	if len(jobs) == 0 {
		return errIdle
	}
	xid, err := s.begin("BEGIN", s.r.o.LockTimeout)
	if err != nil {
		return err
	}
	for _, j := range jobs {
		w := &work{j: j, known: x.by[j.version] != nil, began: j.at}
		if w.began.IsZero() {
			w.began = time.Now()
		}
		if err := s.writeRecord(context.Background(), w, Baseline, s.fence(xid)); err != nil {
			if !s.conn.IsClosed() {
				_ = s.simple(context.Background(), "/* safemig:rollback */ ROLLBACK") // the error is the one that counts
			}
			return err
		}
	}
	if err := s.simple(context.Background(), "/* safemig:commit */ COMMIT"); err != nil {
		return err
	}
	for _, j := range jobs {
		s.r.did = append(s.r.did, j.version)
		s.r.emit(Event{Kind: KindApplied, Version: j.version, Name: j.name, Path: j.path, Message: "baseline"})
	}
	return nil
}

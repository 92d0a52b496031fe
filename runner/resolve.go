package runner

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Resolution is what a person decided.
type Resolution struct {
	Version string
	Step    int  // of the version; 0: the only one that is open
	Done    bool // it took effect
	Rerun   bool // it did not
	Accept  bool // the file of an applied migration may be as it is now; Step is of no use
}

// Resolve writes down what a person decided about a step of which nothing tells
// whether it took effect, or about a file that was changed after it was applied.
// It runs nothing of the migration.
func (r *Runner) Resolve(ctx context.Context, how Resolution) error {
	run := r.newRun()
	err := run.sessions(ctx, func(ctx context.Context, s *session) error {
		x, err := s.state(ctx)
		if err != nil {
			return err
		}
		if !x.exists {
			return &StartError{Why: "there is nothing to resolve: this database has no ledger of safemig's"}
		}
		if x, err = s.enter(ctx, nil, nil); err != nil {
			return err
		}
		if how.Accept {
			return s.accept(x, how.Version)
		}
		return s.settle(x, how)
	})
	return run.finish(err)
}

// settle writes the decision about a step.
func (s *session) settle(x *recorded, how Resolution) error {
	version := how.Version
	if it, err := s.r.src.find(version); err == nil {
		version = it.version
	}
	var open []*stepRow
	for _, st := range x.steps[version] {
		if st.State != stepDone && (how.Step == 0 || how.Step == st.Ordinal) {
			open = append(open, st)
		}
	}
	switch {
	case len(open) == 0 && how.Step != 0:
		return &StartError{Why: fmt.Sprintf("%s has no open step %d", version, how.Step), Remedy: "safemig status lists them"}
	case len(open) == 0:
		return &StartError{Why: version + " has no open step", Remedy: "safemig status lists what is half done"}
	case len(open) > 1:
		return &StartError{Why: version + " has several open steps", Remedy: "name one with --step"}
	}
	state := stepFailed // which is run again
	if how.Done {
		state = stepDone
	}
	return s.fenced(func(fence Fence) (int64, error) {
		tag, err := s.conn.Exec(context.Background(), `/* safemig:step */ UPDATE safemig.step SET state = $3::pg_catalog.text, finished_at = pg_catalog.clock_timestamp(),
	error = $4::pg_catalog.text WHERE version = $1::pg_catalog.text AND ordinal = $2::pg_catalog.int4 AND `+string(fence), version, open[0].Ordinal, state, "resolved by "+s.r.by())
		if err != nil {
			return 0, err
		}
		s.r.did = append(s.r.did, version)
		return tag.RowsAffected(), nil
	})
}

// accept makes the file as it is now what was applied.
func (s *session) accept(x *recorded, version string) error {
	it, err := s.r.src.find(version)
	if err != nil {
		return err
	}
	if !x.applied(it.version) || x.by[it.version] == nil || it.m == nil {
		return &StartError{Why: it.version + " is not recorded as applied: there is nothing to accept"}
	}
	b := it.baseline(time.Time{})
	return s.fenced(func(fence Fence) (int64, error) {
		tag, err := s.conn.Exec(context.Background(), `/* safemig:record */ UPDATE safemig.migration SET checksum_raw = $2::pg_catalog.bytea, checksum_sql = $3::pg_catalog.bytea,
	statements = $4::pg_catalog.jsonb, stmt_count = $5::pg_catalog.int4 WHERE version = $1::pg_catalog.text AND `+string(fence), it.version, b.raw, b.sql, jsonText(b.gist), b.count)
		if err != nil {
			return 0, err
		}
		s.r.did = append(s.r.did, it.version)
		return tag.RowsAffected(), nil
	})
}

// fenced runs one write in a transaction of its own, under the fence.
func (s *session) fenced(write func(Fence) (int64, error)) error {
	xid, err := s.begin("BEGIN", s.r.o.LockTimeout)
	if err != nil {
		return err
	}
	n, err := write(s.fence(xid))
	if err == nil && n != 1 {
		err = ErrLockLost
	}
	if err == nil {
		return s.simple(context.Background(), "/* safemig:commit */ COMMIT")
	}
	if !s.conn.IsClosed() {
		_ = s.simple(context.Background(), "/* safemig:rollback */ ROLLBACK") // the error is the one that counts
	}
	return err
}

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

package runner

import (
	"context"
	"fmt"
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

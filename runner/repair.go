package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/safemig/safemig/internal/pgsql"
)

// ready says why a statement must not be sent as things stand, or puts them right.
func (s *session) ready(ctx context.Context, w *work, pre *indexState) error {
	st := w.g.stmts[0]
	if st.conc == nil {
		return nil
	}
	refuse := func(format string, args ...any) error {
		return &MigrationError{Version: w.j.version, Path: st.path, Line: st.line, Statement: st.String(), Down: w.j.down, Err: fmt.Errorf(format, args...)}
	}
	if st.conc.Do != pgsql.CreateIndexConcurrently {
		return nil
	}
	if st.conc.Index.Name == "" {
		return refuse("the index needs a name, or nobody can tell later whether it was built: CREATE INDEX CONCURRENTLY name ON …")
	}
	if pre.Index == 0 || pre.Valid {
		return nil // one that is there already: the server says so, or IF NOT EXISTS is verified
	}
	return s.repair(ctx, w, pre)
}

// repair takes away what an interrupted statement left, so that it can be run
// again. What others may need is left, with an error that says what to do.
func (s *session) repair(ctx context.Context, w *work, pre *indexState) error {
	st := w.g.stmts[0]
	if st.conc == nil {
		return nil
	}
	x, err := s.inspect(ctx, st)
	if err != nil {
		return err
	}
	switch st.conc.Do {
	case pgsql.CreateIndexConcurrently:
		if x.Index == 0 || x.Valid {
			return nil
		}
		return s.dropCarcass(ctx, w, x, pre)
	case pgsql.ReindexConcurrently:
		for _, name := range x.Left {
			if err := s.drop(ctx, w, name); err != nil {
				return err
			}
		}
	case pgsql.DetachPartitionConcurrently:
		if x.Pending {
			return s.fix(ctx, w, fmt.Sprintf("ALTER TABLE %s DETACH PARTITION %s FINALIZE", written(st.conc.Table), written(st.conc.Part)))
		}
	}
	return nil
}

// dropCarcass drops an invalid index of the name that is to be built, if it can
// only be the rest of such a build.
func (s *session) dropCarcass(ctx context.Context, w *work, x, pre *indexState) error {
	st := w.g.stmts[0]
	name := quoteIdent(x.Schema) + "." + quoteIdent(x.Name)
	ours := w.row != nil && (pre == nil || pre.Index != x.Index)
	same, known := st.parsed(x.Def)
	why := ""
	switch {
	case x.Of != x.Table:
		why = "it is of another table"
	case x.Constraint:
		why = "it backs a constraint"
	case x.Attached:
		why = "it is part of a partitioned index"
	case !ours && !(same && known):
		why = "safemig did not begin it, and its definition is another: " + x.Def
	}
	if why == "" {
		var pid int
		err := s.conn.QueryRow(context.WithoutCancel(ctx), "/* safemig:verify */ SELECT coalesce(max(pid), 0) FROM pg_catalog.pg_stat_progress_create_index WHERE index_relid = $1", x.Index).Scan(&pid)
		if err != nil {
			return err
		}
		if pid != 0 {
			why = fmt.Sprintf("session %d is building it", pid)
		}
	}
	if why != "" {
		return &MigrationError{Version: w.j.version, Path: st.path, Line: st.line, Statement: st.String(),
			Err: fmt.Errorf("an invalid index %s is in the way, and %s; look at it, then: DROP INDEX CONCURRENTLY %s", name, why, name)}
	}
	return s.drop(ctx, w, name)
}

func (s *session) drop(ctx context.Context, w *work, name string) error {
	return s.fix(ctx, w, "DROP INDEX CONCURRENTLY IF EXISTS "+name)
}

// fix runs a statement that puts right what another left.
func (s *session) fix(ctx context.Context, w *work, sql string) error {
	st := w.g.stmts[0]
	s.r.emit(Event{Kind: KindRepair, Version: w.j.version, Path: st.path, Line: st.line, Statement: sql, Message: "an interrupted statement left this"})
	restore, err := s.patient(st)
	if err != nil {
		return err
	}
	for n := 1; ; n++ {
		err := s.watched(&stmt{sql: sql, path: st.path, line: st.line}, w.j, func() error { return s.hurried("/* safemig:repair */ " + sql) })
		if s.hurry && sqlState(err) == "57014" {
			err = errors.New("it waits for others, too; the next safemig up does it")
		}
		if err != nil && !s.conn.IsClosed() && again(err, n) && n < 5 {
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
		break
	}
	if restore == "" {
		return nil
	}
	return s.simple(context.Background(), restore)
}

// mostHurry bounds a repair after an interrupt.
const mostHurry = 5 * time.Second

// hurried runs a statement, and when there is no time for long.
func (s *session) hurried(sql string) error {
	if !s.hurry {
		return s.simple(context.Background(), sql)
	}
	told := make(chan struct{})
	timer := time.AfterFunc(mostHurry, func() {
		defer close(told)
		s.cancel()
	})
	err := s.simple(context.Background(), sql)
	if !timer.Stop() {
		<-told
	}
	return err
}

package verify

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/safemig/safemig/internal/observe"
	"github.com/safemig/safemig/internal/pgsql"
)

// execution is one migration's session.
type execution struct {
	r    *runner
	s    *observe.Session
	tx   int // the transaction that is open, by its number in the prediction
	done bool
}

func (r *runner) open(ctx context.Context) (*execution, error) {
	s, err := observe.Open(ctx, r.dsn)
	if err != nil {
		return nil, err
	}
	return &execution{r: r, s: s}, nil
}

// close ends the session; a transaction that is still open is rolled back.
func (e *execution) close() {
	if e.done {
		return
	}
	e.done = true
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	_ = e.s.Close(ctx) // nothing is lost with it
}

// needsBlock matches statements that the server refuses outside of a transaction
// block, or that mean nothing there.
var needsBlock = regexp.MustCompile(`(?is)^(LOCK|SAVEPOINT|RELEASE|DECLARE|ROLLBACK\s+(WORK\s+|TRANSACTION\s+)?TO)\b`)

// statement runs one statement in the transaction that its tool runs it in, and
// compares. more: others of that transaction follow.
func (e *execution) statement(ctx context.Context, s *Statement, more bool) (*Outcome, error) {
	alone := s.Tx.Kind == pgsql.TxNone && !more
	if e.tx != s.Tx.ID {
		e.tx = s.Tx.ID
		begins := s.Tx.Kind == pgsql.TxTool || s.Tx.Kind == pgsql.TxImplicit || s.Tx.Kind == pgsql.TxPipeline
		if (begins || s.Tx.Kind == pgsql.TxNone && more) && !e.s.InTransaction() { // AND CHAIN has begun already
			if err := e.s.Exec(ctx, "BEGIN"); err != nil {
				return nil, fmt.Errorf("open a transaction: %w", err)
			}
		}
	}
	end := observe.Leave
	if alone {
		end = observe.Commit
	}
	o, err := e.observe(ctx, s, end, alone)
	if err != nil {
		return nil, err
	}
	if s.Tx.Kind == pgsql.TxNone && more && o.TxForbidden { // the first of a pipeline is in no block yet
		if err := e.s.Exec(ctx, "ROLLBACK"); err != nil {
			return nil, fmt.Errorf("end a transaction: %w", err)
		}
		e.tx = 0
		if o, err = e.s.Statement(ctx, s.SQL, observe.Commit); err != nil {
			return nil, err
		}
	}
	return e.r.judge(ctx, e.s, s, o), nil
}

// observe runs the statement. Where a transaction would change what the server
// says of it, there is none.
func (e *execution) observe(ctx context.Context, s *Statement, end observe.End, alone bool) (observe.Observation, error) {
	steers := needsBlock.MatchString(s.SQL)
	if steers && s.Tx.Kind == pgsql.TxImplicit && !strings.EqualFold(s.SQL[:4], "LOCK") && !strings.EqualFold(s.SQL[:4], "DECL") {
		// an implicit block has no savepoints (RequireTransactionBlock, xact.c), and ours would have
		return observe.Observation{SQLState: "25P01", Error: "savepoints can only be used in transaction blocks"}, nil
	}
	if !steers || !alone {
		return e.s.Statement(ctx, s.SQL, end)
	}
	return e.unseen(ctx, s)
}

// refused keeps what the server answers; any other error is returned.
func refused(err error, o *observe.Observation) error {
	var answer *pgconn.PgError
	if errors.As(err, &answer) && answer.Severity != "FATAL" {
		o.SQLState, o.Error = answer.Code, answer.Message
		return nil
	}
	return err
}

// commit ends the open transaction, if any, as the tool does after its last
// statement. That fails where deferred constraints do.
func (e *execution) commit(ctx context.Context, o *Outcome) error {
	if !e.s.InTransaction() || o.control.Chain {
		return nil
	}
	e.tx = 0
	var answer observe.Observation
	if err := refused(e.s.Exec(ctx, "COMMIT"), &answer); err != nil {
		return err
	}
	if answer.Failed() {
		o.Status, o.SQLState, o.Error = Failed, answer.SQLState, "at COMMIT: "+answer.Error
	}
	return nil
}

// loose applies statements one by one, each in no transaction of its tool's;
// what fails is left out.
func (r *runner) loose(ctx context.Context, ss []*Statement) error {
	e, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer e.close()
	for _, s := range ss {
		if s.control.Op != pgsql.TxOpNone {
			continue
		}
		if _, err := e.unseen(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// unseen runs a statement as it stands, unobserved.
func (e *execution) unseen(ctx context.Context, s *Statement) (observe.Observation, error) {
	e.r.now = s
	if len(s.SQL) > 4 && strings.EqualFold(s.SQL[:4], "COPY") {
		return e.s.Statement(ctx, s.SQL, observe.Commit) // which has no rows for it, but does not wait for them
	}
	start := time.Now()
	err := e.s.Exec(ctx, s.SQL)
	o := observe.Observation{Duration: time.Since(start)}
	return o, refused(err, &o)
}

// schema runs what the history starts from. What is left of psql in it (\connect,
// \restrict) is not for the server.
func (r *runner) schema(ctx context.Context, ss []*Statement) error {
	if len(ss) == 0 {
		return nil
	}
	e, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer e.close()
	for _, s := range ss {
		if strings.HasPrefix(s.SQL, `\`) {
			continue
		}
		o, err := e.unseen(ctx, s)
		if err != nil {
			return err
		}
		if o.Failed() {
			return fmt.Errorf("schema %s:%d: %s (SQLSTATE %s)", s.Path, s.Line, o.Error, o.SQLState)
		}
	}
	return nil
}

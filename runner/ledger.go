package runner

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// The tables of safemig's own. A row of migration is written in the transaction of
// the body; one of step before and after what cannot run in a transaction.
const ledgerDDL = `CREATE SCHEMA IF NOT EXISTS safemig;
CREATE TABLE IF NOT EXISTS safemig.migration (
	version      text PRIMARY KEY,
	seq          bigint NOT NULL UNIQUE GENERATED ALWAYS AS IDENTITY,
	name         text NOT NULL,
	checksum_raw bytea,
	checksum_sql bytea,
	tx_mode      text NOT NULL,
	state        text NOT NULL CHECK (state IN ('applied', 'reverted', 'baseline')),
	run_id       uuid NOT NULL,
	applied_by   text NOT NULL,
	tool         text NOT NULL,
	started_at   timestamptz NOT NULL,
	finished_at  timestamptz NOT NULL,
	stmt_count   integer NOT NULL,
	allowed      jsonb,
	statements   jsonb
);
CREATE TABLE IF NOT EXISTS safemig.step (
	version       text NOT NULL,
	ordinal       integer NOT NULL,
	sql_hash      bytea NOT NULL,
	kind          text NOT NULL,
	state         text NOT NULL CHECK (state IN ('started', 'done', 'failed', 'unknown')),
	attempt       integer NOT NULL,
	pre           jsonb,
	post          jsonb,
	sqlstate      text,
	error         text,
	backend_pid   integer NOT NULL,
	backend_start timestamptz NOT NULL,
	started_at    timestamptz NOT NULL,
	finished_at   timestamptz,
	PRIMARY KEY (version, ordinal)
);
COMMENT ON TABLE safemig.migration IS 'which migrations are applied; written by safemig';
COMMENT ON TABLE safemig.step IS 'statements of migrations that ran outside a transaction; down parts have ordinals below 0';`

// State is what the ledger says of a migration.
type State string

// The states of a migration.
const (
	Applied  State = "applied"
	Reverted State = "reverted"
	Baseline State = "baseline" // was there before safemig
)

// entry is a row of safemig.migration.
type entry struct {
	Version   string
	Seq       int64
	Name      string
	Raw, SQL  []byte // checksums; nil where nobody knows
	TxMode    string
	State     State
	Run       string
	By, Tool  string
	Started   time.Time
	Finished  time.Time
	StmtCount int
}

// The states of a step.
const (
	stepStarted = "started"
	stepDone    = "done"
	stepFailed  = "failed"
	stepUnknown = "unknown"
)

// stepRow is a row of safemig.step.
type stepRow struct {
	Version  string
	Ordinal  int
	Hash     []byte
	Kind     string
	State    string
	Attempt  int
	Pre      *indexState
	SQLState string
	Error    string
	Started  time.Time
}

// recorded is all that the ledger says at one time.
type recorded struct {
	exists  bool
	entries []*entry
	by      map[string]*entry
	steps   map[string][]*stepRow // by version, in order
	foreign map[string]Row        // with Options.History: what its table says, by version
	fexists bool
}

// applied tells whether a migration is applied, as far as anybody wrote down.
func (x *recorded) applied(version string) bool {
	if x.foreign != nil {
		_, ok := x.foreign[version]
		return ok
	}
	e := x.by[version]
	return e != nil && e.State != Reverted
}

const ledgerExists = `/* safemig:read */ SELECT pg_catalog.count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'safemig' AND c.relname IN ('migration', 'step') AND c.relkind IN ('r', 'p')`

// readLedger reads what is recorded. It takes no lock that anybody could wait for.
func readLedger(ctx context.Context, q Queryer) (*recorded, error) {
	x := &recorded{by: map[string]*entry{}, steps: map[string][]*stepRow{}}
	var n int
	if err := q.QueryRow(ctx, ledgerExists).Scan(&n); err != nil {
		return nil, fmt.Errorf("look for the ledger: %w", err)
	}
	if n == 0 {
		return x, nil
	}
	x.exists = n == 2
	if n == 1 {
		return nil, &HistoryError{Tool: "safemig", Table: "safemig.migration", Why: "one of safemig.migration and safemig.step is missing"}
	}
	rows, err := q.Query(ctx, `/* safemig:read */ SELECT version, seq, name, checksum_raw, checksum_sql, tx_mode, state, run_id::pg_catalog.text, applied_by, tool,
	started_at, finished_at, stmt_count FROM safemig.migration ORDER BY seq`)
	if err == nil {
		x.entries, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (*entry, error) {
			var e entry
			err := row.Scan(&e.Version, &e.Seq, &e.Name, &e.Raw, &e.SQL, &e.TxMode, &e.State, &e.Run, &e.By, &e.Tool, &e.Started, &e.Finished, &e.StmtCount)
			return &e, err
		})
	}
	if err != nil {
		return nil, ledgerError("safemig.migration", err)
	}
	for _, e := range x.entries {
		x.by[e.Version] = e
	}
	return x, x.readSteps(ctx, q)
}

func (x *recorded) readSteps(ctx context.Context, q Queryer) error {
	rows, err := q.Query(ctx, `/* safemig:read */ SELECT version, ordinal, sql_hash, kind, state, attempt, pre::pg_catalog.text, coalesce(sqlstate, ''), coalesce(error, ''), started_at
FROM safemig.step ORDER BY version, pg_catalog.abs(ordinal)`)
	var steps []*stepRow
	if err == nil {
		steps, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (*stepRow, error) {
			var s stepRow
			var pre *string
			if err := row.Scan(&s.Version, &s.Ordinal, &s.Hash, &s.Kind, &s.State, &s.Attempt, &pre, &s.SQLState, &s.Error, &s.Started); err != nil {
				return nil, err
			}
			if pre != nil {
				return &s, json.Unmarshal([]byte(*pre), &s.Pre)
			}
			return &s, nil
		})
	}
	if err != nil {
		return ledgerError("safemig.step", err)
	}
	for _, s := range steps {
		x.steps[s.Version] = append(x.steps[s.Version], s)
	}
	return nil
}

// ledgerError says what an error of reading a table of safemig's own means.
func ledgerError(table string, err error) error {
	switch sqlState(err) {
	case "42501":
		return &StartError{Why: "no privilege to read " + table, Err: err,
			Remedy: "GRANT USAGE ON SCHEMA safemig TO the role, and SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA safemig"}
	case "55P03":
		return &StartError{Why: "another session locks " + table, Err: err, Remedy: "find it: SELECT pid, mode FROM pg_locks WHERE relation = '" + table + "'::regclass"}
	case "42703", "42883", "42804", "42846":
		return &HistoryError{Tool: "safemig", Table: table, Why: err.Error()}
	}
	return fmt.Errorf("read %s: %w", table, err)
}

// bootstrap makes the ledger, under the lock, in one transaction.
func (s *session) bootstrap(ctx context.Context) error {
	err := s.simple(ctx, "/* safemig:bootstrap */ BEGIN; SET LOCAL lock_timeout = '5s'; "+ledgerDDL+" COMMIT")
	if err == nil {
		return nil
	}
	if !s.conn.IsClosed() && s.status() != 'I' {
		if err := s.simple(ctx, "/* safemig:rollback */ ROLLBACK"); err != nil {
			return err
		}
	}
	switch sqlState(err) {
	case "42501":
		return &StartError{Why: "no privilege to make the ledger", Err: err,
			Remedy: "GRANT CREATE ON DATABASE " + quoteIdent(s.server.Database) + " TO " + quoteIdent(s.server.User) + ", or create schema safemig for it: CREATE SCHEMA safemig AUTHORIZATION " + quoteIdent(s.server.User)}
	case "25006":
		return &StartError{Why: "the server takes no changes", Err: err, Remedy: "give the DSN of the primary"}
	case "42P07", "42704", "42703": // a table of this name and another shape
		return &HistoryError{Tool: "safemig", Table: "safemig.migration", Why: err.Error()}
	}
	return fmt.Errorf("make the ledger: %w", err)
}

func quoteIdent(name string) string { return catalog.Quote(name) }

// writeRecord writes the ledger's row, fenced. The transaction of the body is open.
func (s *session) writeRecord(ctx context.Context, w *work, state State, fence Fence) error {
	m := w.j
	var sql string
	args := []any{m.version}
	if state == Reverted && !w.known {
		return nil // another tool applied it, and its table says so
	}
	if state == Reverted {
		sql = `/* safemig:record */ UPDATE safemig.migration SET state = 'reverted', run_id = $2::pg_catalog.uuid, applied_by = $3, started_at = $4, finished_at = pg_catalog.clock_timestamp()
WHERE version = $1 AND state <> 'reverted' AND ` + string(fence)
		args = append(args, s.r.id, s.r.by(), w.began)
	} else {
		args = append(args, m.name, m.raw, m.sql, m.mode, string(state), s.r.id, s.r.by(), m.tool, w.began, m.count, jsonText(m.allowed), jsonText(m.gist))
		columns := `name, checksum_raw, checksum_sql, tx_mode, state, run_id, applied_by, tool, started_at, stmt_count, allowed, statements`
		values := `$2, $3::pg_catalog.bytea, $4::pg_catalog.bytea, $5, $6, $7::pg_catalog.uuid, $8, $9, $10::pg_catalog.timestamptz, $11::pg_catalog.int4, $12::pg_catalog.jsonb, $13::pg_catalog.jsonb`
		if w.known {
			sql = "/* safemig:record */ UPDATE safemig.migration SET seq = DEFAULT, finished_at = pg_catalog.clock_timestamp(), (" + columns + ") = (SELECT " + values + ") WHERE version = $1 AND " + string(fence)
		} else {
			sql = "/* safemig:record */ INSERT INTO safemig.migration (version, finished_at, " + columns + ") SELECT $1, pg_catalog.clock_timestamp(), " + values + " WHERE " + string(fence)
		}
	}
	tag, err := s.conn.Exec(ctx, sql, args...)
	if err != nil {
		return fmt.Errorf("record %s: %w", m.version, err)
	}
	if tag.RowsAffected() != 1 {
		return fmt.Errorf("record %s: %w", m.version, ErrLockLost)
	}
	return nil
}

func jsonText(b []byte) *string {
	if b == nil {
		return nil
	}
	s := string(b)
	return &s
}

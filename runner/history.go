package runner

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Queryer is the connection that a History works on: the one that holds the locks,
// inside or outside a transaction as the method says.
type Queryer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Known is a migration as the directory has it, in the order in which its tool
// applies them.
type Known struct {
	Version string
	Name    string
	Path    string
	Raw     []byte // the bytes of the file, for tools that keep a checksum
}

// Row is one migration that a History holds as applied.
type Row struct {
	Version string // as the migration's own file spells it, where it has one
	Name    string // "" where the table does not say
	At      time.Time
}

// Fence is a boolean SQL expression without parameters: true only where this
// backend holds safemig's lock in this database, in the transaction in which the
// body ran. Every write to a history is INSERT … SELECT … WHERE, UPDATE … WHERE or
// DELETE … WHERE with it, and must touch exactly one row; see History.
type Fence string

// AdvisoryLock is a session-level advisory lock of another tool, taken with
// pg_try_advisory_lock(key) after safemig's own and given back before it.
type AdvisoryLock struct {
	Key  int64
	Tool string // for messages: "golang-migrate"
}

// History is another tool's version table, read and written as that tool would.
// safemig's own ledger is written besides, in the same transaction, for what such
// a table has no room for: checksums, the run, the steps of what runs without a
// transaction. Which migrations are applied, the table says.
//
// The methods name everything with its schema and rely on no search_path. A table
// of an unknown shape is a *HistoryError, and nothing is written.
type History interface {
	// Name is what --history takes: "goose".
	Name() string

	// Locks gives the advisory locks that the tool itself takes. It reads only.
	Locks(ctx context.Context, q Queryer) ([]AdvisoryLock, error)

	// Read gives what is applied, oldest first. A table that does not exist is no
	// error: exists is false. It reads only, and may run without any lock. known
	// is for tables that hold no more than a high-water mark.
	Read(ctx context.Context, q Queryer, known []Known) (rows []Row, exists bool, err error)

	// Create makes the table as the tool would. It is called under the locks, in a
	// transaction of its own, where Read found none.
	Create(ctx context.Context, q Queryer) error

	// Apply and Revert write that a migration was applied or reverted, in the
	// transaction under way. ErrLockLost where the fence did not hold.
	Apply(ctx context.Context, q Queryer, m Known, fence Fence) error
	Revert(ctx context.Context, q Queryer, m Known, fence Fence) error
}

// HistoryError is a version table that is not as its tool makes it.
type HistoryError struct {
	Tool, Table string
	Why         string // "has no column version_id"
}

func (e *HistoryError) Error() string {
	return e.Table + " is no version table of " + e.Tool + "'s: " + e.Why
}

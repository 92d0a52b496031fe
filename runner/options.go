// Package runner applies migrations: one lock, one session, and a record that is
// written only where the same statement proves that this backend holds the lock.
//
//	r, err := runner.New(runner.Options{Database: dsn, FS: migrations, Dir: "migrations"})
//	…
//	result, err := r.Up(ctx)
//
// A process may be killed, a connection cut, a server stopped at any point, on any
// number of nodes that run the same migrations: what is recorded as applied took
// effect exactly once, and what is not recorded is found out by the next run, or
// named by an *UnresolvedError.
package runner

import (
	"context"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
)

// Options say what to run, where, and how patiently. The zero value takes
// DATABASE_URL and the migrations of the working directory.
type Options struct {
	Database string // DSN; "": $DATABASE_URL

	FS         fs.FS  // the files, embed.FS for one; nil: the operating system's
	Dir        string // the directory of the migrations in FS; "": the only one that is found
	Tool       string // the migration tool whose files they are; "": detected
	Config     string // path of a .safemig.yml; "": the nearest upwards; "-": none. Not read with FS
	Go         []GoMigration
	History    History // another tool's version table; nil: safemig's own ledger
	To         string  // the version to stop at; "": Up all, Down one
	OutOfOrder bool    // run migrations that are older than the newest applied

	Allow map[string]string // rule ID → why a finding of it does not refuse; recorded

	LockWait    time.Duration // for the lock, and for what holds up a concurrent build; 0: 10 minutes
	LockTimeout time.Duration // the longest lock_timeout of one attempt; 0: 3 seconds
	Tries       int           // attempts of a transaction that fails by lock_timeout; 0: 30
	Interrupt   InterruptMode // what a cancelled context does to a statement that runs alone
	Grace       time.Duration // how long InterruptWait waits; 0: 30 seconds

	Key     int64       // of the advisory lock; 0: Key("safemig", "migration")
	Product string      // in application_name; "": safemig
	Events  func(Event) // called from one goroutine at a time; nil: none
}

// InterruptMode is what a cancelled context does to a statement that runs outside
// a transaction. One inside is always cancelled and rolled back.
type InterruptMode int

// The modes. InterruptWait lets the statement end, for Options.Grace at most; then
// it is cancelled too, and what it left is taken away before the lock is given back.
const (
	InterruptWait InterruptMode = iota
	InterruptCancel
)

// GoMigration is a migration in Go. Up and Down get the connection that holds the
// lock, in a transaction together with the record, or outside of one with
// NoTransaction. They must not end the transaction, close the connection, or give
// advisory locks back; the first and the last are found out, and nothing is recorded.
type GoMigration struct {
	Version, Name string
	Up, Down      func(ctx context.Context, conn *pgx.Conn) error
	NoTransaction bool
}

package runner

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrLockLost is a record that was refused because this backend did not hold the
// lock any more: the body called pg_advisory_unlock_all or DISCARD ALL, or a
// pooler changed the backend. What the transaction did is rolled back.
var ErrLockLost = errors.New("the lock is lost")

// RefusedError says that the checks refuse what would be run. Nothing was run.
type RefusedError struct{ Findings []Finding }

func (e *RefusedError) Error() string {
	n := 0
	for _, f := range e.Findings {
		if f.Refused {
			n++
		}
	}
	noun := "findings"
	if n == 1 {
		noun = "finding"
	}
	return fmt.Sprintf("refused by the checks: %d %s; nothing was run", n, noun)
}

// StateError says that the directory and what is recorded do not fit together:
// a file changed after it was applied, a migration older than the newest that was
// applied, two files of one version. Nothing was run.
type StateError struct{ Problems []string }

func (e *StateError) Error() string { return strings.Join(e.Problems, "\n") }

// StartError says why a run could not start: no connection, no privilege, a
// read-only server, a pooler. Nothing was run.
type StartError struct {
	Why, Remedy string
	Err         error // what the server or the network said, if it did
}

func (e *StartError) Error() string {
	s := e.Why
	if e.Err != nil {
		s += ": " + oneLine(e.Err.Error(), 400) // pgx gives a line for each address
	}
	if e.Remedy != "" {
		s += "; " + e.Remedy
	}
	return s
}

func (e *StartError) Unwrap() error { return e.Err }

// LockedError says that somebody held the lock for longer than Options.LockWait.
// Nothing was run.
type LockedError struct {
	Waited time.Duration
	Holder *Holder // nil where the server does not tell
	Tool   string  // whose lock; "" is safemig's
}

func (e *LockedError) Error() string {
	whose := "the migration lock"
	if e.Tool != "" {
		whose = e.Tool + "'s lock"
	}
	s := fmt.Sprintf("%s was not free for %s", whose, e.Waited.Round(time.Second))
	if e.Holder != nil {
		s += ": held by " + e.Holder.String()
	}
	return s
}

// MigrationError says which statement of which migration failed. errors.As reaches
// the *pgconn.PgError. What was applied before stays applied.
type MigrationError struct {
	Version, Path string
	Line          int
	Statement     string
	Down          bool
	RolledBack    bool     // nothing of the migration is left
	Applied       []string // versions that this run applied before
	Err           error
}

func (e *MigrationError) Error() string {
	var b strings.Builder
	b.WriteString(e.Path)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	fmt.Fprintf(&b, ": %v", e.Err)
	if e.RolledBack {
		b.WriteString("; rolled back, nothing of this migration is left")
	}
	return b.String()
}

func (e *MigrationError) Unwrap() error { return e.Err }

// UnresolvedError names a step of which nobody but a person can tell whether it
// took effect. Nothing goes on before `safemig resolve`.
type UnresolvedError struct {
	Version   string
	Step      int
	Statement string
	Why       string
}

func (e *UnresolvedError) Error() string {
	return fmt.Sprintf("%s, step %d: %s: %s; look, then say: safemig resolve %s --step %d --done, or --rerun",
		e.Version, e.Step, e.Statement, e.Why, e.Version, e.Step)
}

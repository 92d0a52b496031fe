package trace

import (
	"strconv"
	"strings"
)

// OpKind is what a statement does that matters to migrations.
type OpKind uint8

// The kinds of operations.
const (
	OpOther      OpKind = iota // nothing of the below
	OpBegin                    // BEGIN, START TRANSACTION
	OpCommit                   // COMMIT, END
	OpRollback                 // ROLLBACK, ABORT
	OpRollbackTo               // ROLLBACK TO SAVEPOINT: the transaction goes on
	OpAcquire                  // an advisory lock is asked for: Key, Try, Xact, Shared
	OpRelease                  // pg_advisory_unlock: Key, Shared
	OpReleaseAll               // pg_advisory_unlock_all, DISCARD ALL
	OpLockTable                // LOCK TABLE: Table, Mode
	OpRowLock                  // a row that tools use as a lock is taken
	OpRowUnlock                // and given back
	OpCheck                    // a version table is read: Table
	OpRecord                   // a version table is written: Table, Versions, Down
	OpStart                    // a tool notes that a version begins: Versions
	OpTruncate                 // a version table is emptied
	OpDDL                      // What, Object, Concurrently
	OpDML                      // INSERT, UPDATE, DELETE, MERGE, COPY
	OpSetup                    // a tool's own tables are made
)

// Key is the key of an advisory lock: one bigint, or two ints, which never meet
// (objsubid 1 and 2 of pg_locks). Where it cannot be computed, Text is its SQL.
type Key struct {
	N    int64
	A, B int32
	Two  bool
	Text string
}

// String is the key as a call's arguments.
func (k Key) String() string {
	switch {
	case k.Text != "":
		return k.Text
	case k.Two:
		return strconv.Itoa(int(k.A)) + ", " + strconv.Itoa(int(k.B))
	}
	return strconv.FormatInt(k.N, 10)
}

// Op is what one statement does.
type Op struct {
	Kind         OpKind
	Key          Key
	Try          bool // pg_try_…: it answers at once
	Xact         bool // released when the transaction ends
	Shared       bool
	Bare         bool   // the call is all that its SELECT says: nothing in SQL looks at the result
	Table        string // bare, as the catalog has it
	Schema       string
	Mode         string // OpLockTable: SHARE UPDATE EXCLUSIVE
	Versions     []string
	Down         bool
	Fenced       bool   // the record changes nothing where another has written it: UPDATE … WHERE version = old
	What         string // CREATE INDEX CONCURRENTLY
	Object       string // the relation, bare
	Concurrently bool   // outside transactions only
	Temporary    bool   // no other session can see it
	IfNotExists  bool
	Text         string // of the statement, on one line, shortened
}

// SelfExclusive tells whether a mode of LOCK TABLE conflicts with itself, so that
// one transaction at a time has it.
func SelfExclusive(mode string) bool {
	switch mode {
	case "SHARE UPDATE EXCLUSIVE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE":
		return true
	}
	return false
}

// Writes tells whether log_statement = mod would log the operation.
func (o *Op) Writes() bool {
	switch o.Kind {
	case OpDDL, OpDML, OpRecord, OpStart, OpTruncate, OpSetup, OpRowLock, OpRowUnlock:
		return true
	}
	return false
}

// oneLine is SQL on one line, shortened to about n bytes at a character's border.
func oneLine(sql []byte, n int) string {
	var b strings.Builder
	space := false
	for i := 0; i < len(sql) && b.Len() < n; i++ {
		c := sql[i]
		if isSpace(c) || c == 0 {
			space = b.Len() > 0
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteByte(c)
	}
	s := strings.ToValidUTF8(b.String(), "")
	if b.Len() >= n {
		s += "…"
	}
	return s
}

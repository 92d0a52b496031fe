// Package effect says what a statement does to every relation that it touches:
// the lock it takes there, the work it does under the lock, and what the schema
// is afterwards. It is the one place that knows PostgreSQL's statements, and
// the only switch over parse trees; it is held against real servers.
package effect

// LockMode is a table-level lock mode. The numbers order by strength, but the
// order is not total: SHARE and SHARE UPDATE EXCLUSIVE do not contain each other.
// https://www.postgresql.org/docs/current/explicit-locking.html
type LockMode int

// The lock modes, numbered as in lockdefs.h.
const (
	NoLock LockMode = iota
	AccessShare
	RowShare
	RowExclusive
	ShareUpdateExclusive
	Share
	ShareRowExclusive
	Exclusive
	AccessExclusive
)

var modeNames = [...]string{"", "ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE",
	"SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"}

// String gives the mode as SQL writes it, "" for NoLock.
func (m LockMode) String() string { return modeNames[m] }

// conflicts is the server's conflict table (LockConflicts, lock.c), a bit a mode.
var conflicts = [...]uint16{
	NoLock:               0,
	AccessShare:          1 << AccessExclusive,
	RowShare:             1<<Exclusive | 1<<AccessExclusive,
	RowExclusive:         1<<Share | 1<<ShareRowExclusive | 1<<Exclusive | 1<<AccessExclusive,
	ShareUpdateExclusive: 1<<ShareUpdateExclusive | 1<<Share | 1<<ShareRowExclusive | 1<<Exclusive | 1<<AccessExclusive,
	Share:                1<<RowExclusive | 1<<ShareUpdateExclusive | 1<<ShareRowExclusive | 1<<Exclusive | 1<<AccessExclusive,
	ShareRowExclusive:    1<<RowExclusive | 1<<ShareUpdateExclusive | 1<<Share | 1<<ShareRowExclusive | 1<<Exclusive | 1<<AccessExclusive,
	Exclusive:            1<<RowShare | 1<<RowExclusive | 1<<ShareUpdateExclusive | 1<<Share | 1<<ShareRowExclusive | 1<<Exclusive | 1<<AccessExclusive,
	AccessExclusive:      0x1fe,
}

// Conflicts tells whether two sessions cannot hold the modes at once.
func (m LockMode) Conflicts(o LockMode) bool { return conflicts[m]&(1<<o) != 0 }

// BlocksReads tells whether SELECT waits.
func (m LockMode) BlocksReads() bool { return m.Conflicts(AccessShare) }

// BlocksWrites tells whether INSERT, UPDATE and DELETE wait.
func (m LockMode) BlocksWrites() bool { return m.Conflicts(RowExclusive) }

// Union gives the weakest single mode that conflicts with all that the two
// conflict with: SHARE with SHARE UPDATE EXCLUSIVE acts as SHARE ROW EXCLUSIVE.
func (m LockMode) Union(o LockMode) LockMode {
	want := conflicts[m] | conflicts[o]
	for u := NoLock; u <= AccessExclusive; u++ {
		if conflicts[u]&want == want {
			return u
		}
	}
	return AccessExclusive
}

// Work is what a statement does under its lock, a bit set.
type Work uint8

// The kinds of work.
const (
	Scan    Work = 1 << iota // every row is read
	Rewrite                  // the table is written anew, with its indexes
	Build                    // an index is built or rebuilt
	Copy                     // the files are copied, row by row untouched (SET TABLESPACE)
)

// Has tells whether any of the given work is there.
func (w Work) Has(o Work) bool { return w&o != 0 }

// Names gives the work as `safemig locks` prints it.
func (w Work) Names() []string {
	out := []string{}
	for _, k := range []struct {
		w Work
		s string
	}{{Scan, "scan"}, {Rewrite, "rewrite"}, {Build, "build"}} {
		if w.Has(k.w) {
			out = append(out, k.s)
		}
	}
	return out
}

// ParseLockMode reads a mode as SQL writes it; NoLock for anything else.
func ParseLockMode(name string) LockMode {
	for m, n := range modeNames {
		if n == name {
			return LockMode(m)
		}
	}
	return NoLock
}

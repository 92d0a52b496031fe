// Package observe measures on a real server what one statement does: which relations it locks
// and how, what it rewrites, scans and builds, and what the server says about it. It knows
// nothing of what was predicted; verify and the tests of effect compare the two.
//
// Room: internal/observe, beside pgserver and below verify. It imports pgx and nothing of
// safemig.
package observe

import (
	"cmp"
	"slices"
	"time"
)

// Lock is what the transaction holds on one relation of the user's; catalogs and TOAST are
// left out.
type Lock struct {
	Relation string   // public.t, quoted where SQL needs it; the name before the statement, if it had one
	Kind     string   // table, partitioned table, index, partitioned index, sequence, view, materialized view, foreign table, composite type
	Modes    []string // as SQL writes them, weakest first: ROW EXCLUSIVE, ACCESS EXCLUSIVE
	Before   []string // those of Modes that the transaction held before the statement
	New      bool     // the relation did not exist before the statement
}

// Observation is what one statement did.
type Observation struct {
	Locks     []Lock   // by relation; empty when the statement failed, which releases its locks
	Rewritten []string // tables and matviews with new storage: rewrites, but TRUNCATE and SET TABLESPACE too
	Scanned   []string // tables read by a sequential scan; the server does not count VACUUM's and ANALYZE's reads
	Began     []string // tables on which a sequential scan began: Scanned, and those without rows
	Built     []string // indexes built or rebuilt
	Created   []string // relations that did not exist before
	Debug     []string // messages at DEBUG1, NOTICE and INFO
	Warnings  []string // "SQLSTATE message"
	Rows      int64    // that INSERT, UPDATE, DELETE, MERGE, SELECT or COPY touched, as the server says it

	// TxForbidden says that the server refuses the statement in a transaction block. It then
	// ran alone, and its locks were watched from another session: what it wanted at any time,
	// of any strength on tables that exist. Of its indexes, new and old, a lock may be missed
	// that it takes and gives up between two writes to the catalog.
	TxForbidden bool

	SQLState string // of the statement's failure, or of its COMMIT's
	Error    string
	Duration time.Duration // of the statement alone, without what the measuring made it wait
}

// Failed tells whether the server refused the statement.
func (o *Observation) Failed() bool { return o.SQLState != "" }

// modes are the lock modes as pg_locks writes them, weakest first, and as SQL does.
var modes = []struct{ camel, sql string }{
	{"AccessShareLock", "ACCESS SHARE"},
	{"RowShareLock", "ROW SHARE"},
	{"RowExclusiveLock", "ROW EXCLUSIVE"},
	{"ShareUpdateExclusiveLock", "SHARE UPDATE EXCLUSIVE"},
	{"ShareLock", "SHARE"},
	{"ShareRowExclusiveLock", "SHARE ROW EXCLUSIVE"},
	{"ExclusiveLock", "EXCLUSIVE"},
	{"AccessExclusiveLock", "ACCESS EXCLUSIVE"},
}

// modeSet has bit i set for modes[i].
type modeSet uint8

// modeBit reads a mode of pg_locks; 0 is one that relations do not have.
func modeBit(camel string) modeSet {
	for i, m := range modes {
		if m.camel == camel {
			return 1 << i
		}
	}
	return 0
}

func (s modeSet) names() []string {
	var out []string
	for i, m := range modes {
		if s&(1<<i) != 0 {
			out = append(out, m.sql)
		}
	}
	return out
}

// kinds are the values of pg_class.relkind.
var kinds = map[string]string{
	"r": "table", "p": "partitioned table", "i": "index", "I": "partitioned index", "S": "sequence",
	"v": "view", "m": "materialized view", "f": "foreign table", "c": "composite type",
}

// compare fills in what the two snapshots and the locks say.
func (o *Observation) compare(before, after *snapshot, held, heldBefore map[uint32]modeSet) {
	locks := map[string]*Lock{}
	union := map[string][2]modeSet{}
	for oid, m := range held {
		r, isNew := resolve(before, after, oid)
		if r == nil {
			continue // a catalog, TOAST, or a relation that came and went
		}
		locks[r.name] = &Lock{Relation: r.name, Kind: kinds[r.kind], New: isNew}
		// an index that is dropped and made anew has two oids and one name
		u := union[r.name]
		union[r.name] = [2]modeSet{u[0] | m, u[1] | heldBefore[oid]}
	}
	for name, l := range locks {
		l.Modes, l.Before = union[name][0].names(), union[name][1].names()
		o.Locks = append(o.Locks, *l)
	}
	slices.SortFunc(o.Locks, func(a, b Lock) int { return cmp.Compare(a.Relation, b.Relation) })
	o.compareStorage(before, after)
}

// resolve finds the relation of a lock, by the name that it had before.
func resolve(before, after *snapshot, oid uint32) (r *relation, isNew bool) {
	if r := before.byOID[oid]; r != nil {
		return r, false
	}
	r = after.byOID[oid]
	if r == nil {
		return nil, false
	}
	return r, before.byName[r.name] == nil
}

// compareStorage finds what got new storage and what was read.
func (o *Observation) compareStorage(before, after *snapshot) {
	for oid, now := range after.byOID {
		was := before.byOID[oid]
		if was == nil {
			was = before.byName[now.name]
		}
		if was == nil {
			o.Created = append(o.Created, now.name)
		}
		switch now.kind {
		case "i":
			if was == nil {
				o.Built = append(o.Built, now.name)
			} else if was.node != now.node {
				o.Built = append(o.Built, was.name)
			}
		case "r", "m":
			if was != nil && was.node != now.node {
				o.Rewritten = append(o.Rewritten, was.name)
			}
		}
	}
	for oid, n := range after.scans {
		if was := before.scans[oid]; n.scans > was.scans {
			if r, _ := resolve(before, after, oid); r != nil {
				o.Began = append(o.Began, r.name)
				if n.tuples > was.tuples {
					o.Scanned = append(o.Scanned, r.name)
				}
			}
		}
	}
	slices.Sort(o.Built)
	slices.Sort(o.Created)
	slices.Sort(o.Rewritten)
	slices.Sort(o.Scanned)
	slices.Sort(o.Began)
}

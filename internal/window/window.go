// Package window says what a transaction holds, and since which statement.
package window

import (
	"maps"
	"slices"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/pgsql"
)

// Held is a lock that the transaction keeps until it ends.
type Held struct {
	Target catalog.Name
	OID    catalog.OID
	Kind   catalog.Kind
	Lock   effect.LockMode  // the union of all that was taken there
	Since  *pgsql.Statement // since when it is that strong
	Effect *effect.Effect   // what made it so
}

// Window is what one transaction holds so far. Relations that the transaction
// created are left out: nobody else can wait for them. The zero value is empty.
type Window struct {
	Tx   int
	Held []Held
	save map[string]int
}

// Begin empties the window for the transaction of the statement, if it is
// another one than before.
func (w *Window) Begin(s *pgsql.Statement) {
	if s.Tx.ID != w.Tx {
		*w = Window{Tx: s.Tx.ID}
	}
}

// Add records what the statement took. Call it after the rules have seen the
// statement: they ask what was held before.
func (w *Window) Add(s *pgsql.Statement, effects []effect.Effect) {
	switch c := s.TxControl(); c.Op {
	case pgsql.TxOpSavepoint:
		if w.save == nil {
			w.save = map[string]int{}
		}
		w.save[c.Name] = len(w.Held)
	case pgsql.TxOpRollbackTo: // releases what was taken since (lmgr README)
		if n, ok := w.save[c.Name]; ok && n <= len(w.Held) {
			w.Held = w.Held[:n]
		}
	}
	first := len(w.Held) // of those that are the statement's own
	for i := range effects {
		e := &effects[i]
		if e.Kind == "" || e.New || e.Brief || e.Lock == effect.NoLock {
			continue
		}
		from := 0
		if len(w.save) > 0 { // what was held before the savepoint stays what it was
			from = first
		}
		if h := w.find(e.Target, from); h != nil {
			if u := h.Lock.Union(e.Lock); u != h.Lock {
				h.Lock, h.Since, h.Effect = u, s, e
			}
			continue
		}
		w.Held = append(w.Held, Held{Target: e.Target, OID: e.OID, Kind: e.Kind, Lock: e.Lock, Since: s, Effect: e})
	}
}

func (w *Window) find(n catalog.Name, from int) *Held {
	for i := from; i < len(w.Held); i++ {
		if w.Held[i].Target == n {
			return &w.Held[i]
		}
	}
	return nil
}

// Clone gives a window that grows on its own.
func (w *Window) Clone() *Window {
	out := *w
	out.Held, out.save = slices.Clone(w.Held), maps.Clone(w.save)
	return &out
}

// On gives the lock held on a relation, NoLock for none.
func (w *Window) On(n catalog.Name) effect.LockMode {
	m := effect.NoLock
	for _, h := range w.Held {
		if h.Target == n {
			m = m.Union(h.Lock)
		}
	}
	return m
}

// Strong gives the first lock held for which the test is true.
func (w *Window) Strong(test func(effect.LockMode) bool) (Held, bool) {
	for _, h := range w.Held {
		if test(h.Lock) {
			return h, true
		}
	}
	return Held{}, false
}

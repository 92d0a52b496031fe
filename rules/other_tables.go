package rules

import (
	"slices"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/window"
)

// otherTables counts the tables that the transaction has locked by actions of
// their own, and gives the first. The table of the effect, its partitions and
// its parents are one; tables that are gone are none.
func (p *Pass) otherTables(e effect.Effect) (first window.Held, n int) {
	var seen []catalog.OID
	mine := p.root(e.OID)
	for _, h := range p.Window.Held {
		if h.OID == e.OID && (h.Lock.Union(e.Lock) == h.Lock || p.ownLock(*h.Effect)) {
			return h, 0 // held already: it waits for nothing
		}
		r := p.Catalog.Get(h.OID)
		if r == nil || !p.ownLock(*h.Effect) || !h.Lock.BlocksWrites() {
			continue
		}
		root := p.root(h.OID)
		if root == mine {
			continue
		}
		if !slices.Contains(seen, root) {
			if seen = append(seen, root); len(seen) == 1 {
				first = h
			}
		}
	}
	return first, len(seen)
}

// root gives the topmost parent of a table.
func (p *Pass) root(oid catalog.OID) catalog.OID {
	for range 32 { // partitions of partitions; a cycle cannot be
		r := p.Catalog.Get(oid)
		if r == nil || len(r.Parents) == 0 {
			break
		}
		oid = r.Parents[0]
	}
	return oid
}

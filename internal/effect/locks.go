package effect

import (
	"slices"

	"github.com/safemig/safemig/internal/catalog"
)

// phase says how far the server takes a query: each step locks more.
type phase int

const (
	named    phase = iota // parsed: CREATE VIEW
	analyzed              // and rewritten: PREPARE
	planned               // and planned: EXPLAIN, DECLARE
	executed              // and executed
)

// emit records what the query does to its relations. via is the statement's
// action where that is another than the query's own.
func (q *query) emit(via Op, ph phase) {
	o := q.o
	for _, w := range q.writes {
		if via == 0 {
			via = w.op
		}
		o.emitWrite(w, ph)
	}
	for _, r := range q.reads {
		o.emitRead(via, r, ph)
	}
	if ph == executed {
		for _, f := range q.calls {
			o.emitCall(via, f)
		}
	}
}

// emitRead records a reading; a plain SELECT has no other action.
func (o *of) emitRead(via Op, r *reading, ph phase) {
	e := o.on(Also, r.rel, r.lock)
	e.Via = via
	if via == 0 {
		e.Op = Select
		e.Detail.Columns = r.columns
	}
	if ph == executed && r.scan {
		e.Work = o.scanWork(r.rel, r.terms)
	}
	o.add(e)
	if via == 0 {
		via = Select
	}
	o.readBelow(via, r, ph, map[catalog.OID]bool{})
}

// readBelow records what stands below a relation that is read: what a view
// reads, in the same mode when FOR UPDATE is pushed down (AcquireRewriteLocks,
// rewriteHandler.c), and children and partitions once the query is planned.
func (o *of) readBelow(via Op, r *reading, ph phase, seen map[catalog.OID]bool) {
	if seen[r.rel.OID] || ph == named {
		return
	}
	seen[r.rel.OID] = true
	if r.rel.Kind == catalog.View {
		for _, oid := range r.rel.Uses {
			u := o.c.Get(oid)
			if u == nil {
				continue
			}
			b := &reading{rel: u, lock: r.lock, only: r.rel.Only[oid], scan: r.scan && slices.Contains(r.rel.Scans, oid), terms: r.terms}
			if r.rel.Inner[oid] {
				b.lock = AccessShare
			}
			o.also(via, u, b.lock, o.workIf(ph == executed && b.scan, u, b.terms))
			o.readBelow(via, b, ph, seen)
		}
		return
	}
	if ph == analyzed || r.only {
		return
	}
	for _, ch := range o.below(r.rel, r.terms) {
		o.also(via, ch, r.lock, o.workIf(ph == executed && r.scan, ch, r.terms))
	}
}

func (o *of) workIf(is bool, r *catalog.Relation, ts []catalog.Term) Work {
	if is {
		return o.scanWork(r, ts)
	}
	return 0
}

// scanWork says whether a query reads every row of a relation: not where an
// index begins with a column that is held to constants.
func (o *of) scanWork(r *catalog.Relation, ts []catalog.Term) Work {
	if !r.HasStorage() || o.indexed(r, equalColumns(ts)...) {
		return 0
	}
	if cols := equalColumns(ts); r.Assumed && slices.Contains(cols, "id") {
		return 0 // surely its key
	}
	return Scan
}

// emitWrite records a statement that writes: ROW EXCLUSIVE on the target, on
// what an automatically updatable view stands for (rewriteTargetView,
// rewriteHandler.c), and on the children and partitions that it may reach.
func (o *of) emitWrite(w *writing, ph phase) {
	e := o.on(w.op, w.rel, RowExclusive)
	e.Detail = w.detail
	if ph < executed { // EXPLAIN, PREPARE: locked, not done
		e.Op, e.Via, e.Detail = Also, w.op, Detail{}
	}
	if ph == executed && w.op != Insert && w.op != CopyTable {
		e.Work = o.scanWork(w.rel, w.terms)
	}
	base, only := o.viewBases(w.rel)
	r := w.rel
	if len(base) > 0 {
		r = base[len(base)-1]
	}
	routes := o.routes(w, r)
	if ph == executed {
		e.Change = populate(r, routes)
		if w.op == Delete && w.detail.NoWhere && r.Kind == catalog.Table && len(r.Children) == 0 {
			e.Change = swept(r.OID)
		}
	}
	o.add(e)
	for _, rule := range w.rel.Rules { // rewriting locks what the actions write, whatever the condition
		if ph >= analyzed && rule.Event == w.op.String() {
			for _, oid := range rule.Writes {
				o.also(w.op, o.c.Get(oid), RowExclusive, 0)
			}
		}
	}
	for _, b := range base {
		o.also(w.op, b, RowExclusive, o.workIf(ph == executed && w.op != Insert, b, w.terms))
	}
	if w.rel.Kind == catalog.View {
		o.readBelow(w.op, &reading{rel: w.rel, lock: AccessShare}, analyzed, map[catalog.OID]bool{})
	}
	if ph >= planned && !w.only && !only {
		for _, ch := range o.below(r, w.terms) {
			o.also(w.op, ch, RowExclusive, o.workIf(ph == executed, ch, w.terms))
		}
	}
	if ph < executed {
		return
	}
	for _, p := range routes {
		o.also(w.op, p, RowExclusive, 0)
	}
	for _, p := range w.parts {
		o.keysOf(w.op, r, p)
	}
}

// viewBases gives the relations that a write through a view reaches, from the
// view down to the table, and whether the last view says ONLY. INSTEAD OF
// triggers take the write over; a rule mostly writes to the same table.
func (o *of) viewBases(r *catalog.Relation) (out []*catalog.Relation, only bool) {
	for range 64 { // a chain of views; a cycle cannot be, but costs nothing
		if r == nil || r.Kind != catalog.View || r.Base == 0 || len(r.Triggers) > 0 {
			return out, only
		}
		only = r.Only[r.Base]
		if r = o.c.Get(r.Base); r != nil {
			out = append(out, r)
		}
	}
	return out, only
}

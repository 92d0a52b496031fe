package catalog

import "slices"

// callers knows which relations may call a function or take a default from a
// sequence: all that ever did, so that Rollback need not be told. Whoever asks looks
// whether they still do.
type callers struct {
	touched  []OID            // by the change under way
	byName   map[string][]OID // the function of a trigger
	byNumber map[OID][]OID    // what defaults, constraints, indexes and views call; sequences of defaults
}

// MayCall gives the relations that may call one of the functions, ordered by OID,
// and those with triggers that may call a function of the name.
func (c *Catalog) MayCall(name string, fns []*Function) []*Relation {
	oids := slices.Clone(c.callers.byName[name])
	for _, f := range fns {
		oids = append(oids, c.callers.byNumber[f.OID]...)
	}
	return c.among(oids)
}

// MayTakeFrom gives the relations of which a column's default may be taken from one
// of the sequences, ordered by OID.
func (c *Catalog) MayTakeFrom(seqs []OID) []*Relation {
	var oids []OID
	for _, s := range seqs {
		oids = append(oids, c.callers.byNumber[s]...)
	}
	return c.among(oids)
}

// among gives the relations that there are of some, each once, ordered by OID.
func (c *Catalog) among(oids []OID) []*Relation {
	slices.Sort(oids)
	var out []*Relation
	for _, oid := range slices.Compact(oids) {
		if r := c.Get(oid); r != nil {
			out = append(out, r)
		}
	}
	return out
}

// note is called after a change, with the relations that it touched.
func (k *callers) note(c *Catalog) {
	for _, oid := range k.touched {
		r := c.Get(oid)
		if r == nil {
			continue
		}
		for i := range r.Triggers {
			add(&k.byName, r.Triggers[i].FuncName.Name, oid)
		}
		for i := range r.Columns {
			k.calls(r.Columns[i].Default.Calls, oid)
			if s := r.Columns[i].Default.Sequence; s != 0 {
				add(&k.byNumber, s, oid)
			}
		}
		for i := range r.Constraints {
			k.calls(r.Constraints[i].Calls, oid)
		}
		k.calls(r.IndexInfo.Calls, oid)
		k.calls(r.ViewInfo.Calls, oid)
	}
	k.touched = k.touched[:0]
}

func (k *callers) calls(fns []OID, oid OID) {
	for _, f := range fns {
		add(&k.byNumber, f, oid)
	}
}

func add[K comparable](m *map[K][]OID, key K, oid OID) {
	if *m == nil {
		*m = map[K][]OID{}
	}
	if !slices.Contains((*m)[key], oid) {
		(*m)[key] = append((*m)[key], oid)
	}
}

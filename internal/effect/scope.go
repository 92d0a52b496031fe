package effect

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// reading is one mention of a relation in a FROM clause.
type reading struct {
	rel     *catalog.Relation
	lock    LockMode       // ACCESS SHARE, or ROW SHARE for FOR UPDATE and its like
	only    bool           // ONLY: the children are left alone
	columns []string       // those that the query names
	all     bool           // * or the whole row
	inner   bool           // in WITH or in a subquery outside FROM
	scan    bool           // nothing keeps the server from reading every row
	terms   []catalog.Term // what WHERE says of it
}

// use notes that a column is read.
func (r *reading) use(column string) {
	if r != nil && !slices.Contains(r.columns, column) {
		r.columns = append(r.columns, column)
	}
}

// source is an item of a FROM clause, or a WITH query.
type source struct {
	name    string // the alias, else the relation's name
	schema  string // of a relation without an alias
	columns []catalog.Column
	whole   bool              // columns has them all
	sure    bool              // and it is certain that the server's has these, and no others
	table   *catalog.Relation // of which these are the columns, nil for others
	read    *reading          // nil for subqueries, functions and WITH queries

	note func(column string, location int32) // of a table: takes down the columns that are certainly its own; may be nil
}

func (s *source) column(name string) *catalog.Column {
	for i := range s.columns {
		if s.columns[i].Name == name {
			return &s.columns[i]
		}
	}
	return nil
}

// rename gives the columns the names of an alias list.
func (s *source) rename(names []string) {
	s.columns = slices.Clone(s.columns)
	for i, n := range names {
		if i == len(s.columns) {
			if s.whole {
				return
			}
			s.columns = append(s.columns, catalog.Column{})
		}
		s.columns[i].Name = n
	}
}

// scope is what names stand for in one query level.
type scope struct {
	outer *scope
	items []*source
	with  map[string]*source
	star  source          // what * stands for
	locks map[string]bool // names in FOR UPDATE OF
	lock  bool            // FOR UPDATE of all

	merged  []string                                         // columns that USING or NATURAL made one of two; "*" where nobody can tell
	results []string                                         // names of the result's columns, where they may be spoken of
	missing func(sc *scope, qualifier []string, name string) // of a reference that stands for nothing; may be nil
	twofold func(sc *scope, name string)                     // of one that stands for two; may be nil
}

// cte finds a WITH query by name, along the levels.
func (sc *scope) cte(name string) *source {
	for s := sc; s != nil; s = s.outer {
		if w := s.with[name]; w != nil {
			return w
		}
	}
	return nil
}

// find resolves a column reference and notes its use. The column is nil where
// the source is not known whole, and for system columns.
func (sc *scope) find(ref *pg_query.ColumnRef) (*source, *catalog.Column) {
	names := make([]string, 0, 4)
	for _, f := range ref.GetFields() {
		if f.GetAStar() != nil {
			return sc.useAll(names), nil
		}
		names = append(names, text(f))
	}
	if len(names) == 0 {
		return nil, nil
	}
	last := names[len(names)-1]
	for s := sc; s != nil; s = s.outer {
		if src, col, sure, ok := s.level(names[:len(names)-1], last); ok {
			src.read.use(last)
			if len(names) == 1 && sc.twofold != nil && s.ambiguous(last) {
				sc.twofold(sc, last)
			}
			if sure && src.note != nil {
				src.note(last, ref.Location)
			}
			return src, col
		}
	}
	if sc.missing != nil {
		sc.missing(sc, names[:len(names)-1], last)
	}
	return nil, nil
}

// ambiguous tells whether two items of a query level certainly have a column.
func (sc *scope) ambiguous(name string) bool {
	n := 0
	for _, it := range sc.items {
		if it.column(name) == nil {
			continue
		}
		if !it.sure {
			return false
		}
		n++
	}
	return n > 1 && !slices.Contains(sc.merged, name) && !slices.Contains(sc.merged, "*")
}

// level looks a column up in one query level. Among sources that are not known
// whole, the first one gets the benefit of the doubt, and all of them the use;
// sure tells that the name is a column of the source and of no other.
func (sc *scope) level(qualifier []string, name string) (src *source, col *catalog.Column, sure, ok bool) {
	var unsure []*source
	for _, it := range sc.items {
		if len(qualifier) > 0 && !it.called(qualifier) {
			continue
		}
		if c := it.column(name); c != nil {
			return it, c, true, true
		}
		if !it.whole {
			unsure = append(unsure, it)
		}
	}
	if len(qualifier) == 0 {
		for _, it := range sc.items {
			if it.name == name { // the whole row
				it.useAll()
				return it, nil, false, true
			}
		}
	}
	if len(unsure) == 0 {
		return nil, nil, false, false
	}
	for _, it := range unsure {
		it.read.use(name)
	}
	return unsure[0], nil, len(unsure) == 1, true
}

func (s *source) called(qualifier []string) bool {
	if s.name != qualifier[len(qualifier)-1] {
		return false
	}
	return len(qualifier) == 1 || s.schema == qualifier[len(qualifier)-2]
}

func (s *source) useAll() {
	if s.read != nil {
		s.read.all = true
	}
}

// useStar notes that * reads the columns that there are: one that is added later it does not.
func (s *source) useStar() {
	if !s.whole {
		s.useAll()
		return
	}
	for _, c := range s.columns {
		s.read.use(c.Name)
	}
}

// useAll notes that * or t.* reads every column.
func (sc *scope) useAll(qualifier []string) *source {
	if len(qualifier) == 0 {
		for _, it := range sc.items {
			it.useStar()
		}
		return &sc.star
	}
	for s := sc; s != nil; s = s.outer {
		for _, it := range s.items {
			if it.called(qualifier) {
				it.useStar()
				return it
			}
		}
	}
	return nil
}

// locked tells whether FOR UPDATE and its like reach an item of FROM.
func (sc *scope) locked(name string) bool { return sc.lock || sc.locks[name] }

// locking reads the locking clauses of a query level.
func (sc *scope) locking(clauses []*pg_query.Node) {
	for _, n := range clauses {
		rels := n.GetLockingClause().GetLockedRels()
		sc.lock = sc.lock || len(rels) == 0
		for _, r := range rels {
			if sc.locks == nil {
				sc.locks = map[string]bool{}
			}
			sc.locks[r.GetRangeVar().GetRelname()] = true
		}
	}
}

package pgsql

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"
)

// Normal is the statement with one space between all tokens and without comments:
// two texts of equal Normal are the same to the server.
func (s *Statement) Normal() []byte {
	src := s.Section.Text
	var out []byte
	for _, t := range s.tokens() {
		if t.kind == tokComment {
			continue
		}
		if len(out) > 0 {
			out = append(out, ' ')
		}
		start, end := t.span()
		out = append(out, src[start:end]...)
	}
	return out
}

// Named is a name as it was written, unquoted and folded; Schema is "" where it
// had none.
type Named struct{ Schema, Name string }

// Concurrently is what a statement with CONCURRENTLY says. It leaves something
// behind when it is interrupted, which its catalogs tell.
type Concurrently struct {
	Do     Concurrent
	Index  Named  // CREATE INDEX: the new index, "" where the server names it; DROP INDEX; REINDEX INDEX
	Table  Named  // CREATE INDEX; REINDEX TABLE; DETACH PARTITION: the parent
	Part   Named  // DETACH PARTITION: the partition
	Whole  string // REINDEX SCHEMA, DATABASE, SYSTEM: the name
	Exists bool   // IF [NOT] EXISTS
	Unique bool
}

// Concurrent is a command that takes CONCURRENTLY.
type Concurrent string

// The commands that take CONCURRENTLY and run outside transactions only.
const (
	CreateIndexConcurrently     Concurrent = "create index"
	DropIndexConcurrently       Concurrent = "drop index"
	ReindexConcurrently         Concurrent = "reindex"
	DetachPartitionConcurrently Concurrent = "detach partition"
)

// Concurrently gives what the statement does concurrently; ok is false for others.
func (s *Statement) Concurrently() (c Concurrently, ok bool) {
	if n := s.Node.GetIndexStmt(); n != nil && n.Concurrent {
		t := ranged(n.Relation)
		return Concurrently{Do: CreateIndexConcurrently, Index: Named{t.Schema, n.Idxname}, Table: t, Exists: n.IfNotExists, Unique: n.Unique}, true
	}
	if n := s.Node.GetDropStmt(); n != nil && n.Concurrent && len(n.Objects) > 0 {
		return Concurrently{Do: DropIndexConcurrently, Index: listed(n.Objects[0]), Exists: n.MissingOk}, true
	}
	if n := s.Node.GetReindexStmt(); n != nil && reindexesConcurrently(n) {
		c := Concurrently{Do: ReindexConcurrently, Whole: n.Name}
		switch n.Kind {
		case pg_query.ReindexObjectType_REINDEX_OBJECT_INDEX:
			c.Index = ranged(n.Relation)
		case pg_query.ReindexObjectType_REINDEX_OBJECT_TABLE:
			c.Table = ranged(n.Relation)
		}
		return c, true
	}
	for _, cmd := range s.Node.GetAlterTableStmt().GetCmds() {
		d := cmd.GetAlterTableCmd()
		if d.GetSubtype() != pg_query.AlterTableType_AT_DetachPartition {
			continue
		}
		if p := d.GetDef().GetPartitionCmd(); p != nil && p.Concurrent {
			return Concurrently{Do: DetachPartitionConcurrently, Table: ranged(s.Node.GetAlterTableStmt().Relation), Part: ranged(p.Name)}, true
		}
	}
	return Concurrently{}, false
}

func reindexesConcurrently(n *pg_query.ReindexStmt) bool {
	for _, p := range n.Params {
		if d := p.GetDefElem(); d != nil && d.Defname == "concurrently" {
			return true
		}
	}
	return false
}

func ranged(r *pg_query.RangeVar) Named { return Named{r.GetSchemaname(), r.GetRelname()} }

// listed reads a name that is a list of strings.
func listed(n *pg_query.Node) Named {
	items := n.GetList().GetItems()
	if len(items) == 0 {
		return Named{}
	}
	name := Named{Name: items[len(items)-1].GetString_().GetSval()}
	if len(items) > 1 {
		name.Schema = items[len(items)-2].GetString_().GetSval()
	}
	return name
}

// SameIndex tells whether a CREATE INDEX would make the index of a definition, as
// pg_get_indexdef gives it. known is false where the texts do not tell: the server
// writes expressions its own way.
func (s *Statement) SameIndex(definition string) (same, known bool) {
	want := s.Node.GetIndexStmt()
	raw, err := rawParse(definition)
	if want == nil || err != nil || len(raw) != 1 || raw[0].Stmt.GetIndexStmt() == nil {
		return false, false
	}
	a, b := bare(want), bare(raw[0].Stmt.GetIndexStmt())
	if a == nil || b == nil {
		return false, false
	}
	return proto.Equal(a, b), true
}

// bare is the index without names, places and what is said anew for a
// definition; nil where it has expressions.
func bare(n *pg_query.IndexStmt) *pg_query.IndexStmt {
	c := proto.Clone(n).(*pg_query.IndexStmt)
	c.Relation, c.Idxname, c.Concurrent, c.IfNotExists = nil, "", false, false
	if c.AccessMethod == "" {
		c.AccessMethod = "btree"
	}
	if c.WhereClause != nil {
		return nil
	}
	for _, p := range append(c.IndexParams, c.IndexIncludingParams...) {
		e := p.GetIndexElem()
		if e == nil || e.Expr != nil || len(e.Opclass) > 0 || len(e.Collation) > 0 {
			return nil
		}
		if e.Ordering == pg_query.SortByDir_SORTBY_ASC {
			e.Ordering = pg_query.SortByDir_SORTBY_DEFAULT
		}
		desc := e.Ordering == pg_query.SortByDir_SORTBY_DESC
		if desc && e.NullsOrdering == pg_query.SortByNulls_SORTBY_NULLS_FIRST || !desc && e.NullsOrdering == pg_query.SortByNulls_SORTBY_NULLS_LAST {
			e.NullsOrdering = pg_query.SortByNulls_SORTBY_NULLS_DEFAULT
		}
	}
	return c
}

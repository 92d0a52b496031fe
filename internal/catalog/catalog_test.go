package catalog

import "testing"

// TestRollbackUndoesEveryEdit edits one relation several times in a change, links
// first and columns later, and wants the relation of before back.
func TestRollbackUndoesEveryEdit(t *testing.T) {
	c := New()
	columns := []Column{{Name: "a"}}
	var oid OID
	c.Apply(func(c *Catalog) {
		oid = c.Add(Relation{Name: Name{"public", "t"}, Kind: Table, Columns: columns, Indexes: []OID{7}})
		c.Edit(oid).Columns[0].NotNull = true
	})
	if columns[0].NotNull {
		t.Error("Add keeps the caller's columns")
	}
	mark, before := c.Mark(), c.Get(oid)
	change := func(c *Catalog) {
		c.Relink(oid).Indexes = append(c.Relink(oid).Indexes, 8)
		c.Edit(oid).Columns[0].Name = "b"
		r := c.Edit(oid)
		r.Columns = append(r.Columns, Column{Name: "c"})
		c.Rename(oid, Name{"public", "u"})
	}
	for range 2 {
		c.Apply(change)
		if r := c.Lookup(Name{"public", "u"}); r == nil || len(r.Indexes) != 2 || len(r.Columns) != 2 || r.Columns[0].Name != "b" {
			t.Fatalf("after the change: %+v", r)
		}
		undone := c.Undo(mark)
		if r := c.Lookup(Name{"public", "t"}); r != before || len(r.Indexes) != 1 || len(r.Columns) != 1 || r.Columns[0].Name != "a" {
			t.Fatalf("after the rollback: %+v", r)
		}
		c.Redo(undone)
		if r := c.Get(oid); len(r.Columns) != 2 || r.Name.Name != "u" {
			t.Fatalf("done again: %+v", r)
		}
		c.Rollback(mark)
	}
}

// A history may create a table twice, where a tool runs only one of the two: what the
// first referenced is not referenced by it any more.
func TestASecondTableOfANameReplacesTheFirst(t *testing.T) {
	c := New()
	a := c.Add(Relation{Name: Name{"public", "a"}, Kind: Table})
	first := c.Add(Relation{Name: Name{"public", "b"}, Kind: Table})
	c.Edit(a).RefBy = []OID{first}
	c.Edit(first).Constraints = []Constraint{{Kind: ForeignKey, Ref: a}}
	c.Migration = 2
	mark := c.Mark()
	second := c.Add(Relation{Name: Name{"public", "b"}, Kind: Table})
	if c.Get(first) != nil || c.Lookup(Name{"public", "b"}).OID != second || len(c.Get(a).RefBy) != 0 {
		t.Errorf("first %v, a is referenced by %v", c.Get(first), c.Get(a).RefBy)
	}
	c.Rollback(mark)
	if c.Get(first) == nil || len(c.Get(a).RefBy) != 1 {
		t.Error("rollback does not bring the first back")
	}
}

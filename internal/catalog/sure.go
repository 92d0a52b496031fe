package catalog

// Exists gives the relation of a name where it is certain that the server has it:
// a migration of a history that is Sure created it.
func (c *Catalog) Exists(n Name) *Relation {
	r := c.Lookup(n)
	if r == nil || !c.certain(r) {
		return nil
	}
	return r
}

// Gone tells whether it is certain that the server has no relation of a name any
// more: a migration dropped it, or gave it another. One that the history never
// spoke of may be there all the same, and one of that name in another schema may be
// what a role's search_path finds.
func (c *Catalog) Gone(n Name) bool {
	if !c.Sure || c.doubted || !c.gone[n] || c.names[n] != 0 {
		return false
	}
	for other := range c.names {
		if other.Name == n.Name {
			return false
		}
	}
	return true
}

// HasColumn tells whether a relation has a column, where that is certain.
func (c *Catalog) HasColumn(r *Relation, name string) Tri {
	col, known := r.Column(name)
	switch {
	case !c.Sure || c.doubted:
	case known && (c.certain(r) || col.Migration != 0):
		return Yes
	case !known && c.Complete(r):
		return No
	}
	return Unknown
}

// Complete tells whether it is certain that the server's relation has the columns,
// constraints and indexes that the catalog has of it, and no others.
func (c *Catalog) Complete(r *Relation) bool {
	if r == nil || !c.certain(r) || r.Partial || r.OfType != 0 || len(r.Columns) == 0 {
		return false
	}
	for _, p := range r.Parents {
		if !c.Complete(c.Get(p)) {
			return false
		}
	}
	switch r.Kind {
	case Table, PartitionedTable, View, MatView:
		return true
	}
	return false
}

// Knows tells whether the history is all that changes the schema, and nothing in
// it was beyond understanding.
func (c *Catalog) Knows() bool { return c.Sure && !c.doubted }

// Certain tells whether it is certain that the server has the relation.
func (c *Catalog) Certain(r *Relation) bool { return r != nil && c.certain(r) }

func (c *Catalog) certain(r *Relation) bool {
	return c.Sure && !c.doubted && !r.Assumed && r.Migration != 0 && r.Persistence != Temp
}

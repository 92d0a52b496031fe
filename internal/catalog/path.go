package catalog

import (
	"slices"
	"strings"
)

// SearchPath gives the schemas of search_path; "$user" is left out, as no
// schema of the user's name is known.
func (c *Catalog) SearchPath() []string {
	s, ok := c.Setting("search_path")
	if !ok && c.Path != nil {
		return c.Path
	}
	if !ok {
		return publicOnly
	}
	var out []string
	for _, p := range strings.Split(s, ",") {
		p = strings.TrimSpace(p)
		if q := strings.Trim(p, `"'`); q != "" && q != "$user" {
			if q == p {
				q = strings.ToLower(q)
			}
			out = append(out, q)
		}
	}
	return out
}

var publicOnly = []string{"public"}

// Resolve gives the full name that an unqualified relation name stands for: the
// first match in pg_temp and search_path, else in the schema in which it would
// be created.
func (c *Catalog) Resolve(schema, name string) Name {
	if schema != "" {
		return Name{schema, name}
	}
	if n := (Name{"pg_temp", name}); c.names[n] != 0 {
		return n
	}
	path := c.SearchPath()
	for _, s := range path {
		if n := (Name{s, name}); c.names[n] != 0 {
			return n
		}
	}
	return c.Create("", name)
}

// Create gives the full name under which CREATE makes an object.
func (c *Catalog) Create(schema, name string) Name {
	if schema != "" {
		return Name{schema, name}
	}
	if path := c.SearchPath(); len(path) > 0 {
		return Name{path[0], name}
	}
	return Name{"public", name}
}

// Setting gives a session setting that the migrations made; SET LOCAL covers SET.
func (c *Catalog) Setting(name string) (string, bool) {
	if v, ok := c.local[name]; ok {
		return v, true
	}
	v, ok := c.session[name]
	return v, ok
}

// Set makes a session setting; a local one ends with EndTx.
func (c *Catalog) Set(name, value string, local bool) {
	if local {
		set(c, c.local, name, value)
		return
	}
	unset(c, c.local, name)
	set(c, c.session, name, value)
}

// Reset removes a session setting; "" removes all.
func (c *Catalog) Reset(name string) {
	for _, m := range []map[string]string{c.local, c.session} {
		for k := range m {
			if name == "" || k == name {
				unset(c, m, k)
			}
		}
	}
}

// EndTx ends the transaction's local settings.
func (c *Catalog) EndTx() {
	for k := range c.local {
		unset(c, c.local, k)
	}
}

// Schema tells whether a schema is known to exist.
func (c *Catalog) Schema(name string) bool { return c.schemas[name] }

// AddSchema and DropSchema keep the list of schemas.
func (c *Catalog) AddSchema(name string)  { set(c, c.schemas, name, true) }
func (c *Catalog) DropSchema(name string) { unset(c, c.schemas, name) }

// RenameSchema moves every relation, type, function and object of a schema.
func (c *Catalog) RenameSchema(from, to string) {
	for _, r := range c.Relations() {
		if r.Name.Schema == from {
			c.Rename(r.OID, Name{to, r.Name.Name})
		}
	}
	for n, oid := range c.tnames {
		if n.Schema == from {
			c.RenameType(oid, Name{to, n.Name})
		}
	}
	for n, fs := range c.fnames {
		if n.Schema != from {
			continue
		}
		for _, oid := range fs {
			if f := c.funcs[oid]; f != nil {
				moved := *f
				moved.Name.Schema = to
				set(c, c.funcs, oid, &moved)
			}
		}
		unset(c, c.fnames, n)
		set(c, c.fnames, Name{to, n.Name}, fs)
	}
	for _, o := range c.objects {
		if o.Name.Schema == from {
			moved := *o
			moved.Name.Schema = to
			c.DropObject(o.Kind, o.Name)
			c.AddObject(moved)
		}
	}
	c.DropSchema(from)
	c.AddSchema(to)
}

// InSchema gives the relations of a schema, ordered by OID.
func (c *Catalog) InSchema(schema string) []*Relation {
	return slices.DeleteFunc(c.Relations(), func(r *Relation) bool { return r.Name.Schema != schema })
}

// Whole tells whether the history creates its own relations of a schema, so that one
// which it never named can be taken not to exist: it does not where a statement spoke
// of one that is taken to be there.
func (c *Catalog) Whole(schema string) bool { return c.whole && !c.doubted && !c.partial[schema] }

// Doubt says that something ran of which nobody knows what it did to the schema:
// nothing is certain from then on. Rollback does not undo it.
func (c *Catalog) Doubt() { c.doubted = true }

// Doubted tells whether there was such a thing.
func (c *Catalog) Doubted() bool { return c.doubted }

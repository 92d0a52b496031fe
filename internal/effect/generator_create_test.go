package effect_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
)

var _ = makes(5, func(g *generator) string {
	if len(g.relations(catalog.Table, catalog.PartitionedTable)) > 9 {
		return ""
	}
	name := g.newName("t")
	if g.chance(10) {
		name = "s1." + name
	}
	kind := g.one("", "", "", "", "", "", "UNLOGGED ", "TEMP ")
	if kind == "TEMP " {
		name = strings.TrimPrefix(name, "s1.")
	}
	return "CREATE " + kind + "TABLE " + g.maybe(10, "IF NOT EXISTS ") + name + " (" + strings.Join(g.elements(), ", ") + ")" + g.tail()
})

// elements gives the columns and constraints of a new table.
func (g *generator) elements() []string {
	var out []string
	var cols []catalog.Column
	names := []string{"id", "a", "b", "c", "Dé", "e"}
	for i, n := range names[:2+g.IntN(5)] {
		typ := g.typeSQL()
		if i == 0 {
			typ = g.one("int", "int", "bigint", "bigint", "serial", "int GENERATED ALWAYS AS IDENTITY", "text")
		}
		q := catalog.Quote(n)
		cols = append(cols, catalog.Column{Name: n, Type: catalog.Type{Name: map[string]string{"int": "int4", "bigint": "int8", "text": "text"}[typ]}})
		def := q + " " + typ
		switch {
		case i == 0:
			def += g.one("", " PRIMARY KEY", " PRIMARY KEY", " PRIMARY KEY", " NOT NULL", " UNIQUE")
		case g.defaultOf(typ) != "" && g.chance(20):
			def += " DEFAULT " + g.defaultOf(typ)
		case typ == "int" && g.chance(10) && cols[0].Type.Name == "int4":
			def += " GENERATED ALWAYS AS (id + 1) STORED"
		case g.chance(8):
			def += " UNIQUE"
		}
		if i > 0 {
			def += g.maybe(15, " NOT NULL")
			if (typ == "int" || typ == "bigint") && g.chance(35) {
				if r := g.referenced(); r != "" {
					def += " REFERENCES " + r + g.one("", "", " ON DELETE CASCADE", " DEFERRABLE INITIALLY DEFERRED")
				}
			}
		}
		out = append(out, def)
	}
	if g.chance(20) {
		out = append(out, g.maybe(50, "CONSTRAINT "+g.newName("k")+" ")+"CHECK ("+g.condition(&cols[g.IntN(len(cols))])+")")
	}
	return out
}

// referenced gives a table with a key of one column, as REFERENCES has it.
func (g *generator) referenced() string {
	r := g.table()
	if r == nil || r.Persistence != catalog.Permanent {
		return ""
	}
	for _, k := range r.Constraints {
		if (k.Kind == catalog.PrimaryKey || k.Kind == catalog.Unique) && len(k.Columns) == 1 {
			return g.rel(r) + g.one("", " ("+catalog.Quote(k.Columns[0])+")")
		}
	}
	return ""
}

func (g *generator) tail() string {
	if g.chance(25) {
		return g.one(" PARTITION BY RANGE (id)", " PARTITION BY RANGE (id)", " PARTITION BY LIST (id)", " PARTITION BY HASH (id)")
	}
	if g.chance(10) {
		if p := g.any(catalog.Table); p != nil && !p.IsPartition {
			return " INHERITS (" + g.rel(p) + ")"
		}
	}
	return g.maybe(10, " WITH (fillfactor = 70)")
}

var _ = makes(5, func(g *generator) string { // partitions
	p := g.any(catalog.PartitionedTable)
	if p == nil || len(p.Children) > 4 {
		return ""
	}
	return "CREATE TABLE " + g.newName("p") + " PARTITION OF " + g.rel(p) + " " + g.bound(p) + g.maybe(10, " PARTITION BY RANGE (id)")
})

// bound gives a partition bound that most likely is free.
func (g *generator) bound(p *catalog.Relation) string {
	n := len(p.Children)
	quote := ""
	if k, ok := p.Column("id"); ok && k.Type.Name == "text" {
		quote = "'"
	}
	switch {
	case p.PartStrategy == "hash":
		return fmt.Sprintf("FOR VALUES WITH (MODULUS 8, REMAINDER %d)", g.IntN(8))
	case g.chance(20):
		return "DEFAULT"
	case p.PartStrategy == "list":
		return fmt.Sprintf("FOR VALUES IN (%[1]s%[2]d%[1]s)", quote, g.IntN(9)+10*n)
	}
	return fmt.Sprintf("FOR VALUES FROM (%[1]s%[2]d%[1]s) TO (%[1]s%[3]d%[1]s)", quote, 1000*n, 1000*n+900)
}

var _ = makes(2, func(g *generator) string { // LIKE and AS
	r := g.table()
	if r == nil || len(g.relations(catalog.Table)) > 9 {
		return ""
	}
	if g.chance(60) {
		return "CREATE TABLE " + g.newName("l") + " (LIKE " + g.rel(r) + g.one("", " INCLUDING ALL", " INCLUDING INDEXES", " INCLUDING DEFAULTS INCLUDING CONSTRAINTS",
			" INCLUDING ALL EXCLUDING INDEXES", " INCLUDING IDENTITY INCLUDING GENERATED") + ")"
	}
	return "CREATE TABLE " + g.newName("ctas") + " AS SELECT * FROM " + g.rel(r) + g.maybe(30, " WITH NO DATA")
})

var _ = makes(8, func(g *generator) string { // indexes
	r := g.any(catalog.Table, catalog.Table, catalog.PartitionedTable, catalog.MatView)
	if r == nil || len(r.Columns) == 0 || len(r.Indexes) > 5 {
		return ""
	}
	c := g.column(r)
	key := catalog.Quote(c.Name)
	switch {
	case c.Type.Name == "text" && g.chance(30):
		key = "lower(" + key + ")"
	case c.Type.Name == "int4" && g.chance(20):
		key = "(" + key + " + 1)"
	case g.chance(25):
		key += ", " + catalog.Quote(g.column(r).Name)
	case g.chance(10):
		key += " DESC"
	}
	using := ""
	switch {
	case c.Type.Name == "jsonb" || c.Type.Array:
		using = g.one("", " USING gin")
	case g.chance(8):
		using = g.one(" USING hash", " USING brin")
	}
	conc := g.maybe(25, "CONCURRENTLY ")
	name := g.maybe(70, g.newName("i")+" ")
	ine := ""
	if name != "" {
		ine = g.maybe(10, "IF NOT EXISTS ")
	}
	return "CREATE " + g.maybe(15, "UNIQUE ") + "INDEX " + conc + ine + name + "ON " + g.maybe(8, "ONLY ") + g.rel(r) + using + " (" + key + ")" +
		g.maybe(8, " INCLUDE ("+catalog.Quote(g.column(r).Name)+")") + g.maybe(10, " WITH (fillfactor = 80)") +
		g.maybe(12, " WHERE "+g.condition(g.column(r)))
})

var _ = makes(3, func(g *generator) string { // views
	r := g.any(catalog.Table, catalog.Table, catalog.PartitionedTable, catalog.View, catalog.MatView)
	if r == nil || len(g.relations(catalog.View, catalog.MatView)) > 4 {
		return ""
	}
	cols := "*"
	if c := g.column(r); c != nil && g.chance(60) {
		cols = catalog.Quote(c.Name)
	}
	if g.chance(40) {
		return "CREATE MATERIALIZED VIEW " + g.newName("m") + " AS SELECT " + cols + " FROM " + g.rel(r) + g.maybe(20, " WITH NO DATA")
	}
	return "CREATE " + g.maybe(20, "OR REPLACE ") + "VIEW " + g.newName("v") + " AS SELECT " + cols + " FROM " + g.rel(r)
})

var _ = makes(4, func(g *generator) string { // types, sequences, functions, schemas
	n := g.name("y")
	switch g.IntN(8) {
	case 0:
		return "CREATE TYPE " + catalog.Quote(n) + " AS ENUM ('1', 'x', 'y')"
	case 1:
		return "CREATE DOMAIN " + catalog.Quote(n) + " AS " + g.one("int", "text", "varchar(10)", "numeric(8,2)") + g.one("", "", " NOT NULL", " CHECK (VALUE IS NOT NULL)", " DEFAULT NULL")
	case 2:
		return "CREATE TYPE " + catalog.Quote(n) + " AS (x int, y text)"
	case 3:
		if r := g.table(); r != nil && len(r.Columns) > 0 && g.chance(50) {
			return "CREATE SEQUENCE " + catalog.Quote(n) + " OWNED BY " + g.rel(r) + "." + catalog.Quote(g.column(r).Name)
		}
		return "CREATE " + g.maybe(10, "TEMP ") + "SEQUENCE " + catalog.Quote(n) + g.one("", " AS smallint", " MAXVALUE 100 CYCLE")
	case 4:
		return "CREATE OR REPLACE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
	case 5:
		return "CREATE SCHEMA IF NOT EXISTS s1"
	case 6:
		if r := g.table(); r != nil && len(r.Columns) > 1 {
			cols := []string{catalog.Quote(r.Columns[0].Name), catalog.Quote(r.Columns[1].Name)}
			return "CREATE STATISTICS " + catalog.Quote(n) + " ON " + strings.Join(cols, ", ") + " FROM " + g.rel(r)
		}
	case 7:
		if ps := g.c.Objects("publication"); len(ps) < 2 {
			if r := g.table(); r != nil {
				return "CREATE PUBLICATION " + catalog.Quote(n) + " FOR TABLE " + g.rel(r)
			}
		}
	}
	return ""
})

var _ = makes(3, func(g *generator) string { // triggers, policies, rules
	r := g.table()
	if r == nil {
		return ""
	}
	n := g.newName("tr")
	switch c := g.column(r); g.IntN(4) {
	case 0, 1:
		return "CREATE TRIGGER " + n + " " + g.one("BEFORE INSERT", "AFTER UPDATE", "AFTER DELETE") + " ON " + g.rel(r) + g.one(" FOR EACH ROW", " FOR EACH STATEMENT", "") + " EXECUTE FUNCTION tf()"
	case 2:
		if c != nil {
			return "CREATE POLICY " + n + " ON " + g.rel(r) + " USING (" + g.condition(c) + ")"
		}
	case 3:
		if slices.Contains([]int{14, 15}, g.IntN(20)) {
			return "CREATE RULE " + n + " AS ON DELETE TO " + g.rel(r) + " DO INSTEAD NOTHING"
		}
	}
	return ""
})

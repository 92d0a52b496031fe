package effect_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
)

// generator makes statements at random that the catalog says may work.
type generator struct {
	*rand.Rand
	c  *catalog.Catalog
	pg int
	n  int // names given
}

// statement makes a statement.
func (g *generator) statement() string {
	for {
		total := 0
		for _, k := range kindsOfStatement {
			total += k.weight
		}
		at := g.IntN(total)
		for _, k := range kindsOfStatement {
			if at -= k.weight; at < 0 {
				if sql := k.make(g); sql != "" {
					return sql
				}
				break
			}
		}
	}
}

// kindsOfStatement is filled by the files that make them; "" is none this time.
var kindsOfStatement []kindOfStatement

type kindOfStatement struct {
	weight int
	make   func(*generator) string
}

func makes(weight int, f func(*generator) string) bool {
	kindsOfStatement = append(kindsOfStatement, kindOfStatement{weight, f})
	return true
}

// chance is true in p of 100 cases.
func (g *generator) chance(p int) bool { return g.IntN(100) < p }

func (g *generator) maybe(p int, s string) string {
	if g.chance(p) {
		return s
	}
	return ""
}

func (g *generator) one(of ...string) string { return of[g.IntN(len(of))] }

// name gives an identifier that is new, most of the time.
func (g *generator) name(prefix string) string {
	g.n++
	switch g.IntN(14) {
	case 0:
		return fmt.Sprintf("%s Ü%d", prefix, g.n)
	case 1:
		return fmt.Sprintf("%s%d_%s", prefix, g.n, strings.Repeat("long", 13))
	case 2:
		return prefix + "0" // which may be there
	}
	return fmt.Sprintf("%s%d", prefix, g.n)
}

// newName gives a new identifier as SQL.
func (g *generator) newName(prefix string) string { return catalog.Quote(g.name(prefix)) }

// rel writes the name of a relation, with its schema where it is needed, and sometimes else.
func (g *generator) rel(r *catalog.Relation) string {
	if r.Name.Schema == "pg_temp" || g.c.Resolve("", r.Name.Name) == r.Name && g.chance(70) {
		return catalog.Quote(r.Name.Name)
	}
	return r.Name.String()
}

// relations gives those of the kinds.
func (g *generator) relations(kinds ...catalog.Kind) []*catalog.Relation {
	return slices.DeleteFunc(g.c.Relations(), func(r *catalog.Relation) bool { return !slices.Contains(kinds, r.Kind) })
}

// any gives a relation of the kinds at random, nil where there is none.
func (g *generator) any(kinds ...catalog.Kind) *catalog.Relation {
	return g.of(g.relations(kinds...))
}

func (g *generator) of(rs []*catalog.Relation) *catalog.Relation {
	if len(rs) == 0 {
		return nil
	}
	return rs[g.IntN(len(rs))]
}

func (g *generator) table() *catalog.Relation {
	return g.any(catalog.Table, catalog.Table, catalog.PartitionedTable)
}

// column gives a column of a table, of the given types where some are given.
func (g *generator) column(r *catalog.Relation, types ...string) *catalog.Column {
	cols := slices.DeleteFunc(slices.Clone(r.Columns), func(c catalog.Column) bool {
		return len(types) > 0 && (c.Type.Array || !slices.Contains(types, c.Type.Name))
	})
	if len(cols) == 0 {
		return nil
	}
	return &cols[g.IntN(len(cols))]
}

// typeSQL gives a type as SQL, one of the migrations' among them.
func (g *generator) typeSQL() string {
	if ts := g.c.Types(); len(ts) > 0 && g.chance(12) {
		return ts[g.IntN(len(ts))].Name.String()
	}
	return g.one("int", "int", "int", "bigint", "smallint", "text", "text", "varchar(10)", "varchar(20)", "varchar", "char(3)", "numeric(8,2)", "numeric(10,2)",
		"numeric", "timestamptz", "timestamp", "timestamp(3)", "date", "boolean", "uuid", "jsonb", "int[]", "varchar(5)[]", "oid", "cidr", "inet")
}

// value gives a constant of a type, as SQL.
func value(t catalog.Type) string {
	switch {
	case t.Array:
		return "'{}'"
	case t.Name == "uuid":
		return "'00000000-0000-0000-0000-000000000001'"
	case t.Name == "bool":
		return "true"
	case strings.HasPrefix(t.Name, "timestamp") || t.Name == "date":
		return "'2024-01-01'"
	case t.Name == "jsonb":
		return "'{}'"
	case t.Name == "cidr" || t.Name == "inet":
		return "'10.0.0.0/8'"
	case t.Name == "text" || t.Name == "varchar" || t.Name == "bpchar":
		return "'x'"
	}
	return "1"
}

// defaultOf gives a default for a type as written in typeSQL: constant, stable or volatile.
func (g *generator) defaultOf(typ string) string {
	switch base, _, _ := strings.Cut(typ, "("); base {
	case "int", "bigint", "numeric":
		return g.one("1", "-1", "1 + 1", "(random() * 10)::int", "length(current_user)")
	case "smallint":
		return "7"
	case "text", "varchar", "char":
		return g.one("'x'", "upper('y')", "now()::text", "'a' || 'b'")
	case "timestamptz", "timestamp", "date":
		return g.one("now()", "'2024-01-01'", "clock_timestamp()", "current_date")
	case "boolean":
		return g.one("true", "false", "random() > 0.5")
	case "jsonb":
		return "'{}'"
	}
	return ""
}

// condition gives a CHECK or WHERE expression over a column.
func (g *generator) condition(c *catalog.Column) string {
	q := catalog.Quote(c.Name)
	switch {
	case g.chance(30):
		return q + " IS NOT NULL"
	case c.Type.Array:
		return q + " <> '{7}'"
	}
	switch c.Type.Name {
	case "int4", "int8", "int2", "numeric":
		return q + g.one(" > 0", " >= 0", " < 100000", " BETWEEN 0 AND 5000", " <> 7")
	case "text", "varchar", "bpchar":
		return g.one(q+" <> ''", "length("+q+") < 100", "lower("+q+") = "+q)
	case "bool":
		return q
	}
	return q + " IS NOT NULL"
}

package effect

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// text gives the value of a String node, "" for any other.
func text(n *pg_query.Node) string { return n.GetString_().GetSval() }

// texts gives the values of a list of String nodes.
func texts(ns []*pg_query.Node) []string {
	out := make([]string, 0, len(ns))
	for _, n := range ns {
		out = append(out, text(n))
	}
	return out
}

// qualified splits a name list ("schema", "name"); a database in front is left out.
func qualified(ns []*pg_query.Node) (schema, name string) {
	t := texts(ns)
	switch len(t) {
	case 0:
		return "", ""
	case 1:
		return "", t[0]
	}
	return t[len(t)-2], t[len(t)-1]
}

// listOf gives the items of a List node, or the node itself.
func listOf(n *pg_query.Node) []*pg_query.Node {
	if l := n.GetList(); l != nil {
		return l.Items
	}
	if n == nil {
		return nil
	}
	return []*pg_query.Node{n}
}

// typeOf reads a TypeName: pg_catalog is left out, a user's type gets the schema
// in which the catalog knows it.
func (o *of) typeOf(t *pg_query.TypeName) catalog.Type {
	schema, name := qualified(t.GetNames())
	if schema == "pg_catalog" {
		schema = ""
	}
	out := catalog.Type{Schema: schema, Name: name, Array: len(t.GetArrayBounds()) > 0}
	for _, m := range t.GetTypmods() {
		if c := m.GetAConst(); c != nil && c.GetIval() != nil {
			out.Mods = append(out.Mods, int(c.GetIval().Ival))
		}
	}
	if d := o.c.LookupType(schema, name); d != nil {
		out.Schema = d.Name.Schema
	} else if alias, ok := typeAliases[name]; ok && schema == "" {
		out.Name = alias
	}
	if len(out.Mods) == 0 && (out.Name == "bpchar" || out.Name == "bit") && schema == "" && len(t.GetNames()) == 2 {
		out.Mods = []int{1} // CHAR and BIT alone mean length 1 (gram.y)
	}
	return out
}

// typeAliases are the spellings that the grammar does not turn into pg_type
// names by itself.
var typeAliases = map[string]string{"serial4": "serial", "serial8": "bigserial", "serial2": "smallserial"}

// serials gives the integer type of a serial pseudo-type.
var serials = map[string]string{"serial": "int4", "bigserial": "int8", "smallserial": "int2"}

// sqlNames are the names that SQL has for types of pg_catalog.
var sqlNames = map[string]string{"int4": "integer", "int8": "bigint", "int2": "smallint", "float8": "double precision",
	"float4": "real", "bool": "boolean", "bpchar": "character", "timestamptz": "timestamp with time zone",
	"timestamp": "timestamp without time zone", "timetz": "time with time zone", "time": "time without time zone",
	"varbit": "bit varying"}

// typeSQL writes a type as SQL does, for messages.
func typeSQL(t catalog.Type) string {
	name := catalog.Name{Schema: t.Schema, Name: t.Name}.String()
	if s, ok := sqlNames[t.Name]; ok && t.Schema == "" {
		name = s
	}
	if len(t.Mods) > 0 && t.Name != "interval" {
		var m []string
		for _, v := range t.Mods {
			m = append(m, itoa(v))
		}
		if base, zone, ok := strings.Cut(name, " with"); ok {
			name = base + "(" + strings.Join(m, ",") + ") with" + zone
		} else {
			name += "(" + strings.Join(m, ",") + ")"
		}
	}
	if t.Array {
		name += "[]"
	}
	return name
}

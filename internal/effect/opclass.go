package effect

import (
	"strings"

	"github.com/safemig/safemig/internal/catalog"
)

// opclassPrefixes are how the operator classes of extensions begin, or are called.
var opclassPrefixes = map[string][]string{
	"pg_trgm":    {"gin_trgm_ops", "gist_trgm_ops"},
	"btree_gist": {"gist_int", "gist_float", "gist_timestamp", "gist_time", "gist_date", "gist_interval", "gist_cash", "gist_oid", "gist_text", "gist_bpchar", "gist_bytea", "gist_numeric", "gist_bit", "gist_vbit", "gist_inet", "gist_cidr", "gist_macad", "gist_uuid", "gist_enum", "gist_bool"},
	"vector":     {"vector_l2_ops", "vector_ip_ops", "vector_cosine_ops", "vector_l1_ops", "halfvec_", "sparsevec_", "bit_hamming_ops", "bit_jaccard_ops"},
	"intarray":   {"gist__int", "gin__int_ops"},
}

// scalarDefaults are the types for which an extension brings the default operator
// class of an access method.
var scalarDefaults = map[string]struct{ method, types string }{
	"btree_gist": {"gist", " int2 int4 int8 float4 float8 numeric timestamp timestamptz time timetz date interval oid money text varchar bpchar bytea bit varbit macaddr uuid bool "},
	"btree_gin":  {"gin", " int2 int4 int8 float4 float8 numeric timestamp timestamptz time timetz date interval oid money text varchar bpchar bytea bit varbit macaddr inet cidr uuid bool "},
}

// indexesBy gives the indexes that an operator class of an extension orders. An
// index over an expression is one where the class is named.
func (o *of) indexesBy(extension string) []*catalog.Relation {
	if opclassPrefixes[extension] == nil && scalarDefaults[extension].method == "" || o.c.Object("extension", catalog.Name{Name: extension}) == nil {
		return nil
	}
	var out []*catalog.Relation
	for _, ix := range o.c.Relations() {
		if ix.IsIndex() && o.orderedBy(ix, extension) {
			out = append(out, ix)
		}
	}
	return out
}

func (o *of) orderedBy(ix *catalog.Relation, extension string) bool {
	table := o.c.Get(ix.Table)
	for i, key := range ix.Keys {
		if i < len(ix.OpClasses) && ix.OpClasses[i] != "" {
			for _, begins := range opclassPrefixes[extension] {
				if strings.HasPrefix(ix.OpClasses[i], begins) {
					return true
				}
			}
			continue
		}
		d := scalarDefaults[extension]
		if table == nil || key == "" || d.method != ix.Method {
			continue
		}
		if col, ok := table.Column(key); ok && !col.Type.Array && strings.Contains(d.types, " "+col.Type.Name+" ") {
			return true
		}
	}
	return false
}

// indexOfExtension drops an index with the extension: its table is locked too
// (index_drop, index.c).
func (d *dropping) indexOfExtension(ix *catalog.Relation) {
	for _, r := range []*catalog.Relation{ix, d.c.Get(ix.Table)} {
		if r == nil {
			continue
		}
		x := d.on(Also, r, AccessExclusive)
		x.Via = DropExtension
		if oid := r.OID; r == ix {
			x.Change = func(c *catalog.Catalog) { dropTree(c, oid) }
		}
		d.add(x)
	}
}

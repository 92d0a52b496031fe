package effect

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// createExtension models CREATE EXTENSION: no relation is locked. Its types
// and functions are known from then on, as far as safemig knows the extension.
func (o *of) createExtension(n *pg_query.CreateExtensionStmt) {
	name := catalog.Name{Name: n.Extname}
	e := Effect{Op: CreateExtension, Target: name, Object: n.Extname, Span: o.span(),
		Detail: Detail{Name: n.Extname, IfExists: n.IfNotExists, Cascade: option(n.Options, "cascade") != nil}}
	if old := o.c.Object("extension", name); old != nil && n.IfNotExists {
		e.NoOp = true
		o.add(e)
		return
	}
	schema := o.c.Create("", "").Schema
	if d := option(n.Options, "schema"); d != nil {
		schema = optionText(d.Arg)
	}
	all := []string{n.Extname}
	if e.Detail.Cascade {
		all = append(all, extensionNeeds[n.Extname]...)
	}
	e.Change = func(c *catalog.Catalog) {
		for _, ext := range all {
			addExtension(c, ext, schema)
		}
	}
	o.add(e)
}

// extensionNeeds are the extensions that CASCADE brings along.
var extensionNeeds = map[string][]string{"earthdistance": {"cube"}, "postgis_topology": {"postgis"}, "postgis_raster": {"postgis"},
	"postgis_tiger_geocoder": {"postgis", "fuzzystrmatch"}, "postgis_sfcgal": {"postgis"}, "vectorscale": {"vector"}}

// addExtension adds an extension and its types.
func addExtension(c *catalog.Catalog, ext, schema string) {
	if c.Object("extension", catalog.Name{Name: ext}) != nil {
		return
	}
	c.AddObject(catalog.Object{Kind: "extension", Name: catalog.Name{Name: ext}})
	for _, t := range extensionTypes(ext) {
		if c.LookupType(schema, t) == nil {
			c.AddType(catalog.TypeDef{Name: catalog.Name{Schema: schema, Name: t}, Kind: catalog.BaseType, Extension: ext})
		}
	}
}

// removeExtension removes an extension and its types.
func removeExtension(c *catalog.Catalog, ext string) {
	c.DropObject("extension", catalog.Name{Name: ext})
	for _, t := range c.Types() {
		if t.Extension == ext {
			c.DropType(t.OID)
		}
	}
}

// updateExtension models ALTER EXTENSION UPDATE, which runs a script of the
// extension's: what that locks is not in the text.
func (o *of) updateExtension(n *pg_query.AlterExtensionStmt) {
	e := Effect{Op: UpdateExtension, Object: n.Extname, Span: o.span(), Detail: Detail{Name: n.Extname}}
	if d := option(n.Options, "new_version"); d != nil {
		e.Detail.Value = optionText(d.Arg)
	}
	o.add(e)
}

// extensionMember models ALTER EXTENSION ADD and DROP: a relation that becomes
// a member is locked SHARE UPDATE EXCLUSIVE (ExecAlterExtensionContentsStmt,
// extension.c).
func (o *of) extensionMember(n *pg_query.AlterExtensionContentsStmt) {
	kind := relationKind(n.Objtype)
	names := listOf(n.Object)
	if kind == "" || len(names) == 0 {
		o.other(Other, "ALTER EXTENSION ADD or DROP", nil)
		return
	}
	e := o.on(AlterExtension, o.onRelation(n.Objtype, names), ShareUpdateExclusive)
	e.Object = n.Extname
	o.add(e)
}

// extensionTypes gives the types that an extension brings: those of contrib,
// and of a few others that schemas are full of.
func extensionTypes(ext string) []string {
	var out []string
	for _, f := range builtins()[builtinKey{kind: "extension", a: ext}] {
		out = append(out, f.value)
	}
	if len(out) == 0 {
		return otherExtensions[ext]
	}
	return out
}

// otherExtensions are the types of extensions that do not come with the server.
var otherExtensions = map[string][]string{
	"postgis":          {"geometry", "geography", "box2d", "box3d", "box2df", "gidx", "spheroid"},
	"postgis_raster":   {"raster"},
	"postgis_topology": {"topogeometry", "topoelement", "topoelementarray"},
	"vector":           {"vector", "halfvec", "sparsevec"},
	"hll":              {"hll"},
	"prefix":           {"prefix_range"},
	"semver":           {"semver"},
	"ip4r":             {"ip4", "ip4r", "ip6", "ip6r", "ipaddress", "iprange"},
	"h3":               {"h3index"},
	"orafce":           {"varchar2", "nvarchar2"},
	"roaringbitmap":    {"roaringbitmap"},
	"ulid":             {"ulid"},
	"pgx_ulid":         {"ulid"},
	"unit":             {"unit"},
	"email":            {"email"},
	"uri":              {"uri"},
	"mobilitydb":       {"tbool", "tint", "tfloat", "ttext", "tgeompoint", "tgeogpoint"},
	"pointcloud":       {"pcpatch", "pcpoint"},
}

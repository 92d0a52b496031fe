package effect

import (
	"slices"
	"testing"
)

func TestBuiltinVolatility(t *testing.T) {
	for _, row := range []struct {
		name string
		pg   int
		want byte // 0: not there
	}{
		{"now", 12, 's'}, {"random", 12, 'v'}, {"lower", 18, 'i'}, {"clock_timestamp", 15, 'v'}, {"nextval", 15, 'v'},
		{"gen_random_uuid", 12, 'v'}, {"gen_random_uuid", 13, 'v'}, {"uuidv7", 17, 0}, {"uuidv7", 18, 'v'},
		{"timezone", 12, 'i'}, {"date_trunc", 12, 's'}, {"uuid_generate_v4", 18, 'v'}, {"no_such", 15, 0},
	} {
		if got, _ := builtinVolatility(row.name, row.pg); got != row.want {
			t.Errorf("builtinVolatility(%s, %d) = %q, want %q", row.name, row.pg, got, row.want)
		}
	}
}

func TestCasts(t *testing.T) {
	for _, row := range []struct {
		from, to string
		binary   bool
		context  byte // 0: no cast
	}{
		{"varchar", "text", true, 'i'}, {"text", "varchar", true, 'i'}, {"int4", "oid", true, 'i'}, {"oid", "int4", true, 'a'},
		{"cidr", "inet", true, 'i'}, {"xml", "text", true, 'a'}, {"bit", "varbit", true, 'i'}, {"int4", "int4", true, 'i'},
		{"inet", "cidr", false, 'a'}, {"int4", "int8", false, 'i'}, {"int8", "int4", false, 'a'}, {"bpchar", "text", false, 'i'},
		{"text", "int4", false, 'e'}, {"int4", "text", false, 'a'}, {"uuid", "text", false, 'a'}, {"bool", "int4", false, 'e'},
		{"int4", "uuid", false, 0}, {"int4", "no_such", false, 0}, {"timestamp", "timestamptz", false, 'i'},
		{"citext", "text", true, 'i'}, {"text", "citext", true, 'a'}, {"citext", "varchar", true, 'i'},
	} {
		if got := binaryCoercible(row.from, row.to, 15); got != row.binary {
			t.Errorf("binaryCoercible(%s, %s) = %t, want %t", row.from, row.to, got, row.binary)
		}
		got, ok := castContext(row.from, row.to, 15)
		if got != row.context || ok != (row.context != 0) || ok != castFunction(row.from, row.to, 15) {
			t.Errorf("castContext(%s, %s) = %q, %t, want %q", row.from, row.to, got, ok, row.context)
		}
	}
}

func TestDefaultOpclass(t *testing.T) {
	for _, row := range []struct{ typ, method, want string }{
		{"text", "btree", "text_ops"}, {"varchar", "btree", "text_ops"}, {"bpchar", "btree", "bpchar_ops"}, {"name", "btree", "name_ops"},
		{"inet", "btree", "inet_ops"}, {"cidr", "btree", "inet_ops"}, {"int4", "btree", "int4_ops"}, {"oid", "btree", "oid_ops"},
		{"regclass", "btree", "oid_ops"}, {"int4[]", "btree", "array_ops"}, {"int4[]", "gin", "array_ops"}, {"jsonb", "gin", "jsonb_ops"},
		{"int4range", "gist", "range_ops"}, {"int4multirange", "btree", "multirange_ops"}, {"anyenum", "hash", "enum_ops"},
		{"varchar", "brin", "text_minmax_ops"}, {"json", "btree", ""}, {"point", "btree", ""}, {"box", "btree", ""}, {"point", "gist", "point_ops"},
		{"citext", "btree", "citext_ops"}, {"hstore", "gin", "gin_hstore_ops"},
	} {
		if got := defaultOpclass(row.typ, row.method); got != row.want {
			t.Errorf("defaultOpclass(%s, %s) = %q, want %q", row.typ, row.method, got, row.want)
		}
	}
}

func TestKnownType(t *testing.T) {
	for name, want := range map[string]bool{"int4": true, "timestamptz": true, "jsonb": true, "int": false, "citext": false, "int4multirange": true} {
		if got := knownType(name); got != want {
			t.Errorf("knownType(%s) = %t, want %t", name, got, want)
		}
	}
}

func TestExtensionTypes(t *testing.T) {
	for ext, want := range map[string]string{"citext": "citext", "hstore": "hstore", "ltree": "ltree", "postgis": "geometry", "vector": "vector", "cube": "cube"} {
		if got := extensionTypes(ext); !slices.Contains(got, want) {
			t.Errorf("extensionTypes(%s) = %q, want %s among them", ext, got, want)
		}
	}
	if got := extensionTypes("pg_stat_statements"); len(got) > 0 {
		t.Errorf("pg_stat_statements has types: %q", got)
	}
}

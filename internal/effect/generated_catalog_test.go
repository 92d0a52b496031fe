package effect_test

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// catalogs holds the catalog against the server's: relations, columns, constraints and indexes.
func (h *history) catalogs(ctx context.Context) []string {
	rows, err := h.look.Query(ctx, serverCatalog)
	if err != nil {
		return []string{err.Error()}
	}
	theirs, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return []string{err.Error()}
	}
	ours := ourCatalog(h.c)
	var out []string
	for _, l := range theirs {
		if !slices.Contains(ours, l) {
			out = append(out, "the server has "+l)
		}
	}
	for _, l := range ours {
		if !slices.Contains(theirs, l) {
			out = append(out, "the catalog has "+l)
		}
	}
	return out
}

// ourCatalog writes the catalog as serverCatalog writes the server's.
func ourCatalog(c *catalog.Catalog) []string {
	var out []string
	line := func(words ...string) {
		out = append(out, strings.Join(slices.DeleteFunc(words, func(s string) bool { return s == "" }), " "))
	}
	for _, r := range c.Relations() {
		if r.Kind == catalog.Composite {
			continue
		}
		name := r.Name.Schema + "." + r.Name.Name
		line(string(r.Kind), name, persistence[r.Persistence], word(r.IsPartition, "partition"), word(r.RowSecurity, "rls"))
		if ix := r; ix.IsIndex() {
			if t := c.Get(ix.Table); t != nil {
				line("index", name, "on", t.Name.Name, word(ix.Unique, "unique"), word(ix.Invalid, "invalid"))
			}
			continue
		}
		for _, k := range r.Constraints {
			if kind := constraintKinds[k.Kind]; kind != "" {
				line("constraint", k.Name, "of", name, kind, word(k.NotValid, "notvalid"))
			}
		}
		if r.Kind != catalog.Table && r.Kind != catalog.PartitionedTable || r.Partial {
			continue
		}
		for _, col := range r.Columns {
			line("column", name+"."+col.Name, typeName(col.Type), word(col.NotNull, "notnull"), word(col.Default.Set, "default"),
				letter("identity", col.Identity), letter("generated", col.Generated))
		}
	}
	slices.Sort(out)
	return out
}

var persistence = map[catalog.Persistence]string{catalog.Unlogged: "unlogged", catalog.Temp: "temp"}

var constraintKinds = map[catalog.ConstraintKind]string{catalog.Check: "check", catalog.Unique: "unique", catalog.PrimaryKey: "primary",
	catalog.Exclusion: "exclusion", catalog.ForeignKey: "foreign"}

func word(is bool, w string) string {
	if is {
		return w
	}
	return ""
}

func letter(what string, b byte) string {
	if b == 0 {
		return ""
	}
	return what + "=" + string(b)
}

func typeName(t catalog.Type) string {
	if t.Array {
		return fmt.Sprintf("_%s", t.Name)
	}
	return t.Name
}

const serverCatalog = `
WITH rel AS (SELECT c.*, CASE WHEN n.nspname LIKE 'pg\_temp%' THEN 'pg_temp' ELSE n.nspname END AS schema
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_toast%' AND c.relkind <> 'c')
SELECT pg_catalog.concat_ws(' ', CASE relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
    WHEN 'S' THEN 'sequence' WHEN 'i' THEN 'index' WHEN 'I' THEN 'partitioned index' ELSE relkind::text END,
  schema || '.' || relname, CASE relpersistence WHEN 'u' THEN 'unlogged' WHEN 't' THEN 'temp' END,
  CASE WHEN relispartition AND relkind IN ('r', 'p') THEN 'partition' END, CASE WHEN relrowsecurity THEN 'rls' END) FROM rel
UNION ALL
SELECT pg_catalog.concat_ws(' ', 'index', r.schema || '.' || r.relname, 'on', t.relname, CASE WHEN i.indisunique THEN 'unique' END,
  CASE WHEN NOT i.indisvalid THEN 'invalid' END)
FROM rel r JOIN pg_catalog.pg_index i ON i.indexrelid = r.oid JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
UNION ALL
SELECT pg_catalog.concat_ws(' ', 'constraint', k.conname, 'of', r.schema || '.' || r.relname, CASE k.contype WHEN 'c' THEN 'check' WHEN 'u' THEN 'unique'
  WHEN 'p' THEN 'primary' WHEN 'x' THEN 'exclusion' WHEN 'f' THEN 'foreign' END, CASE WHEN NOT k.convalidated THEN 'notvalid' END)
FROM rel r JOIN pg_catalog.pg_constraint k ON k.conrelid = r.oid WHERE k.contype IN ('c', 'u', 'p', 'x', 'f')
  AND NOT (k.contype = 'f' AND k.conparentid <> 0 AND EXISTS (SELECT FROM pg_catalog.pg_constraint p WHERE p.oid = k.conparentid AND p.conrelid = k.conrelid))
UNION ALL
SELECT pg_catalog.concat_ws(' ', 'column', r.schema || '.' || r.relname || '.' || a.attname, y.typname, CASE WHEN a.attnotnull THEN 'notnull' END,
  CASE WHEN a.atthasdef AND a.attgenerated = '' THEN 'default' END, 'identity=' || NULLIF(a.attidentity::text, ''), 'generated=' || NULLIF(a.attgenerated::text, ''))
FROM rel r JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
WHERE r.relkind IN ('r', 'p')
ORDER BY 1`

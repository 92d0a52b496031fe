package effect_test

import (
	"fmt"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
)

var _ = makes(6, func(g *generator) string { // rows
	r := g.any(catalog.Table, catalog.Table, catalog.PartitionedTable, catalog.View)
	if r == nil {
		return ""
	}
	c := g.column(r)
	if c == nil {
		return ""
	}
	q := catalog.Quote(c.Name)
	switch g.IntN(6) {
	case 0, 1, 2:
		var cols, vals []string
		for _, c := range r.Columns {
			if c.Generated == 0 && c.Identity == 0 && (c.NotNull && !c.Default.Set || g.chance(50)) {
				cols, vals = append(cols, catalog.Quote(c.Name)), append(vals, value(c.Type))
			}
		}
		if len(cols) == 0 {
			return "INSERT INTO " + g.rel(r) + " DEFAULT VALUES"
		}
		return "INSERT INTO " + g.rel(r) + " (" + strings.Join(cols, ", ") + ") VALUES (" + strings.Join(vals, ", ") + ")" + g.maybe(20, " ON CONFLICT DO NOTHING")
	case 3:
		return "UPDATE " + g.rel(r) + " SET " + q + " = " + value(c.Type) + g.maybe(50, " WHERE "+g.condition(c))
	case 4:
		return "DELETE FROM " + g.rel(r) + " WHERE " + g.condition(c)
	}
	return "SELECT " + q + " FROM " + g.rel(r) + g.maybe(50, " WHERE "+g.condition(c)) + g.maybe(20, " FOR UPDATE")
})

var _ = makes(6, func(g *generator) string { // drops
	r := g.any(catalog.Table, catalog.PartitionedTable, catalog.Index, catalog.Index, catalog.View, catalog.MatView, catalog.Sequence)
	if r == nil {
		return ""
	}
	cascade := g.maybe(30, " CASCADE")
	ie := g.maybe(20, "IF EXISTS ")
	switch r.Kind {
	case catalog.Table, catalog.PartitionedTable:
		if len(g.relations(catalog.Table, catalog.PartitionedTable)) < 4 {
			return ""
		}
		return "DROP TABLE " + ie + g.rel(r) + cascade
	case catalog.Index, catalog.PartitionedIndex:
		return "DROP INDEX " + g.maybe(40, "CONCURRENTLY ") + ie + g.rel(r)
	case catalog.View:
		return "DROP VIEW " + ie + g.rel(r) + cascade
	case catalog.MatView:
		return "DROP MATERIALIZED VIEW " + ie + g.rel(r) + cascade
	}
	return "DROP SEQUENCE " + ie + g.rel(r) + cascade
})

var _ = makes(3, func(g *generator) string { // what hangs on tables
	r := g.table()
	if r == nil {
		return ""
	}
	switch {
	case len(r.Triggers) > 0 && g.chance(60):
		t := catalog.Quote(r.Triggers[g.IntN(len(r.Triggers))].Name)
		return g.one("DROP TRIGGER "+t+" ON "+g.rel(r), "ALTER TRIGGER "+t+" ON "+g.rel(r)+" RENAME TO "+g.newName("tr"))
	case len(r.Policies) > 0:
		p := catalog.Quote(r.Policies[g.IntN(len(r.Policies))].Name)
		return g.one("DROP POLICY "+p+" ON "+g.rel(r), "ALTER POLICY "+p+" ON "+g.rel(r)+" USING (true)", "ALTER POLICY "+p+" ON "+g.rel(r)+" RENAME TO "+g.newName("po"))
	case len(r.Rules) > 0:
		return "DROP RULE " + catalog.Quote(r.Rules[0].Name) + " ON " + g.rel(r)
	}
	return ""
})

var _ = makes(4, func(g *generator) string { // types
	ts := g.c.Types()
	if len(ts) == 0 {
		return ""
	}
	t := ts[g.IntN(len(ts))]
	n := t.Name.String()
	switch {
	case g.chance(10):
		return "DROP " + map[bool]string{true: "DOMAIN ", false: "TYPE "}[t.Kind == catalog.Domain] + n + g.maybe(50, " CASCADE")
	case g.chance(10):
		return "ALTER TYPE " + n + " RENAME TO " + g.newName("y")
	case t.Kind == catalog.Enum:
		g.n++
		return fmt.Sprintf("ALTER TYPE %s ADD VALUE 'v%d'", n, g.n)
	case t.Kind == catalog.CompositeType:
		return "ALTER TYPE " + n + " " + g.one("ADD ATTRIBUTE "+g.newName("z")+" int", "RENAME ATTRIBUTE x TO x", "ALTER ATTRIBUTE y TYPE varchar")
	case t.Kind == catalog.Domain && len(t.Constraints) > 0 && g.chance(50):
		k := catalog.Quote(t.Constraints[g.IntN(len(t.Constraints))].Name)
		return "ALTER DOMAIN " + n + g.one(" DROP CONSTRAINT ", " VALIDATE CONSTRAINT ") + k
	case t.Kind == catalog.Domain:
		return "ALTER DOMAIN " + n + " " + g.one("SET NOT NULL", "DROP NOT NULL", "SET DEFAULT NULL", "DROP DEFAULT",
			"ADD CONSTRAINT "+g.newName("dk")+" CHECK (VALUE IS NOT NULL)", "ADD CONSTRAINT "+g.newName("dk")+" CHECK (VALUE IS NOT NULL) NOT VALID")
	}
	return ""
})

var _ = makes(6, func(g *generator) string { // indexes and maintenance
	ix := g.any(catalog.Index, catalog.Index, catalog.PartitionedIndex)
	r := g.any(catalog.Table, catalog.Table, catalog.PartitionedTable, catalog.MatView)
	if ix == nil || r == nil {
		return ""
	}
	conc := g.maybe(35, "CONCURRENTLY ")
	switch g.IntN(12) {
	case 0:
		return "REINDEX INDEX " + conc + g.rel(ix)
	case 1:
		return "REINDEX TABLE " + conc + g.rel(r)
	case 2:
		return "CLUSTER " + g.rel(r) + g.maybe(60, " USING "+catalog.Quote(ix.Name.Name))
	case 3:
		return "VACUUM " + g.one("", "FULL ", "(ANALYZE) ", "(FULL, ANALYZE) ") + g.rel(r)
	case 4:
		return "ANALYZE " + g.rel(r)
	case 5:
		return "TRUNCATE " + g.maybe(20, "ONLY ") + g.rel(r) + g.one("", " RESTART IDENTITY", " CASCADE")
	case 6:
		return "ALTER INDEX " + g.rel(ix) + g.one(" SET (fillfactor = 60)", " RESET (fillfactor)", " SET TABLESPACE pg_default", " SET (fastupdate = off)")
	case 7:
		if r.Kind == catalog.MatView {
			return "REFRESH MATERIALIZED VIEW " + conc + g.rel(r) + g.maybe(10, " WITH NO DATA")
		}
	case 8:
		return "COMMENT ON " + tableWord(r) + g.rel(r) + " IS 'x'"
	case 9:
		return g.one("GRANT SELECT ON ", "REVOKE ALL ON ") + g.rel(r) + g.one(" TO PUBLIC", " FROM PUBLIC")
	case 10:
		return "LOCK TABLE " + g.rel(r) + " IN " + g.one("SHARE", "ACCESS EXCLUSIVE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE") + " MODE"
	case 11:
		if p := g.any(catalog.PartitionedIndex); p != nil {
			return "ALTER INDEX " + g.rel(p) + " ATTACH PARTITION " + g.rel(ix)
		}
	}
	return ""
})

func tableWord(r *catalog.Relation) string {
	if r.Kind == catalog.MatView {
		return "MATERIALIZED VIEW "
	}
	return "TABLE "
}

var _ = makes(3, func(g *generator) string { // sequences and the rest
	s := g.any(catalog.Sequence)
	switch g.IntN(6) {
	case 0, 1:
		if s != nil {
			return "ALTER SEQUENCE " + g.rel(s) + g.one(" RESTART", " INCREMENT BY 2", " OWNED BY NONE", " AS bigint", " MAXVALUE 50")
		}
	case 2:
		if s != nil {
			return "SELECT nextval('" + strings.ReplaceAll(s.Name.String(), "'", "''") + "')"
		}
	case 3:
		if g.c.Schema("s1") {
			return g.one("SET search_path = s1, public", "SET search_path = public", "RESET search_path")
		}
	case 4:
		if ps := g.c.Objects("publication"); len(ps) > 0 {
			if r := g.table(); r != nil {
				return "ALTER PUBLICATION " + catalog.Quote(ps[0].Name.Name) + g.one(" ADD TABLE ", " DROP TABLE ", " SET TABLE ") + g.rel(r)
			}
		}
	case 5:
		if path, _ := g.c.Setting("search_path"); strings.Contains(path, "s1") {
			return ""
		}
		return g.one("DROP SCHEMA s1 CASCADE", "DROP FUNCTION tf() CASCADE", "DROP SCHEMA s1")
	}
	return ""
})

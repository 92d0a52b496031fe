package split

import (
	"strings"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// index is CREATE INDEX, CONCURRENTLY.
func (k *clause) index() []step {
	e := k.effects[0]
	if k.rel != nil && k.rel.Kind == catalog.PartitionedTable {
		return k.leave("an index on a partitioned table cannot be built CONCURRENTLY: CREATE INDEX … ON ONLY, then one for each partition, attached")
	}
	at, ok := k.s.Keyword("INDEX")
	if !ok {
		return k.leave("where INDEX stands is not clear")
	}
	src := k.s.Section.File.Src
	name := ""
	if e.Detail.Name == "" {
		name = " " + catalog.Quote(e.Object) // so that a second attempt finds what the first left behind
	}
	sql := string(src[k.at.Start:at.End]) + " CONCURRENTLY" + name + string(src[at.End:k.at.End])
	return []step{{does: "index", alone: true, up: []string{sql}, down: []string{dropIndex(e.Target.Schema, e.Object)}}}
}

func dropIndex(schema, name string) string {
	return "DROP INDEX CONCURRENTLY IF EXISTS " + catalog.Name{Schema: schema, Name: name}.Short()
}

// dropIndex is DROP INDEX, CONCURRENTLY: one statement for each name.
func (k *clause) dropIndex() []step {
	var out []step
	for _, e := range k.effects {
		if e.Op != effect.DropIndex {
			continue
		}
		was, known := k.w.past.indexes[e.Target]
		switch r := k.v.Catalog.Get(e.OID); {
		case e.Detail.Cascade:
			return k.leave("CASCADE is refused with CONCURRENTLY")
		case r != nil && r.Kind == catalog.PartitionedIndex:
			return k.leave("a partitioned index cannot be dropped CONCURRENTLY")
		case k.w.m.Down != nil && !known:
			return k.leave("no CREATE INDEX is known that would take it back")
		}
		s := step{does: "drop", alone: true, up: []string{"DROP INDEX CONCURRENTLY " + ifExists(e.Detail.IfExists) + e.Target.Short()}}
		if at := strings.Index(strings.ToUpper(was), "INDEX"); known && at >= 0 {
			rest := strings.TrimSpace(was[at+len("INDEX"):])
			if !strings.HasPrefix(strings.ToUpper(rest), "CONCURRENTLY") {
				was = was[:at+len("INDEX")] + " CONCURRENTLY " + rest
			}
			s.down = []string{was}
		}
		out = append(out, s)
	}
	return out
}

func ifExists(yes bool) string {
	if yes {
		return "IF EXISTS "
	}
	return ""
}
